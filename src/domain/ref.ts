import type { GitRef } from './definition.ts'
import { Fault } from './fault.ts'

/** A full commit id: SHA-1 or SHA-256. */
export const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** Git's own names are bounded by file names; nobody types longer ones. */
const REF_LENGTH_MAX = 255

/** What `git check-ref-format` forbids in a name, but for the wildcards, each with its reason. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'is empty'],
  [/^[-/]/, 'begins with - or /'],
  // Git would look for refs/heads/refs/heads/main.
  [/^refs\//, 'begins with refs/, which is left out here'],
  [/[\s~^:\\]/, 'has a blank, ~, ^, : or \\'],
  [/[\u0000-\u001f\u007f]/, 'has a control character'],
  [/\.\.|@\{|\/\//, 'has .., @{ or //'],
  [/(?:^|\/)\./, 'has a part that begins with a dot'],
  [/\.lock(?:\/|$)/, 'has a part that ends in .lock'],
  [/[./]$/, 'ends in . or /'],
]

/** Why `name` can be no branch or tag, as the rest of a sentence; null where it can. `pattern` lets `*`, `?` and `[` stand. */
export function refProblem(name: string, kind: 'name' | 'pattern'): string | null {
  if (name.length > REF_LENGTH_MAX) return `is longer than ${REF_LENGTH_MAX} characters`
  if (kind === 'name' && isWildcard(name)) return 'has *, ? or ['
  if (name.includes('[')) return 'has ['
  return FORBIDDEN.find(([forbidden]) => forbidden.test(name))?.[1] ?? null
}

/** True where a branch or tag stands for many: `release/*`. */
export function isWildcard(name: string): boolean {
  return /[*?[]/.test(name)
}

/**
 * Whether a branch or tag fits a pattern: `*` is any part without a slash, `**` any part, `?` one character.
 * Takes time in proportion to both lengths, whatever the pattern; a regular expression would not.
 */
export function matches(pattern: string, name: string): boolean {
  let reached = new Set([0])
  for (const token of pattern.match(/\*\*|./gsu) ?? []) {
    reached = token.startsWith('*') ? spread(reached, name, token) : step(reached, name, token)
  }
  return reached.has(name.length)
}

function step(from: ReadonlySet<number>, name: string, token: string): Set<number> {
  const next = new Set<number>()
  for (const at of from) {
    const letter = name[at]
    if (letter !== undefined && (token === '?' ? letter !== '/' : letter === token)) next.add(at + 1)
  }
  return next
}

function spread(from: ReadonlySet<number>, name: string, token: string): Set<number> {
  const next = new Set(from)
  for (let at = 0; at < name.length; at += 1) {
    if (next.has(at) && (token === '**' || name[at] !== '/')) next.add(at + 1)
  }
  return next
}

/** A ref as people say it: “branch main”, “tag v1”, “commit 0a1b2c3”. */
export function refWords(ref: GitRef): string {
  return ref.kind === 'sha' ? `commit ${ref.sha.slice(0, 7)}` : `${ref.kind} ${ref.name}`
}

/**
 * Which commit an execution is to take: what was asked for at the trigger, or else what the workflow names.
 * A wildcard of the workflow needs a choice that fits it; otherwise it is a Fault `invalid`.
 */
export function chooseRef(own: GitRef, asked: GitRef | null): GitRef {
  if (asked !== null) checkAsked(asked)
  if (own.kind === 'sha' || !isWildcard(own.name)) return asked ?? own
  if (asked === null) {
    throw new Fault(
      'invalid',
      `The source is every ${own.kind} like ${own.name}. Say which ${own.kind} to run.`,
    )
  }
  if (asked.kind === 'sha' || (asked.kind === own.kind && matches(own.name, asked.name))) return asked
  throw new Fault(
    'invalid',
    `The source is every ${own.kind} like ${own.name}; ${refWords(asked)} is none of them.`,
  )
}

function checkAsked(asked: GitRef): void {
  if (asked.kind === 'sha') {
    if (!SHA.test(asked.sha))
      throw new Fault('invalid', 'A commit is named by its full SHA of 40 or 64 characters.')
    return
  }
  const problem = refProblem(asked.name, 'name')
  if (problem !== null) throw new Fault('invalid', `“${asked.name}” can be no ${asked.kind}: it ${problem}.`)
}
