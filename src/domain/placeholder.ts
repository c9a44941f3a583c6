import { didYouMean } from './nearest.ts'

/** What may stand between double braces: facts of an execution that nobody knows when a definition is written. */
export const PLACEHOLDERS = [
  'execution.id',
  'git.sha',
  'git.shortSha',
  'git.branch',
  'git.tag',
  'image.digest',
] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]

const BRACES = /\{\{(.*?)\}\}/gs

/** A text in its parts: what stands there to the letter, and placeholders. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly name: Placeholder }

/** The parts of a text that `placeholderProblem` found nothing wrong with. */
export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = []
  let at = 0
  for (const found of text.matchAll(BRACES)) {
    const name = nameOf(found[1] ?? '')
    if (name === null) continue
    if (found.index > at) parts.push({ kind: 'text', text: text.slice(at, found.index) })
    parts.push({ kind: 'placeholder', name })
    at = found.index + found[0].length
  }
  return at === text.length ? parts : [...parts, { kind: 'text', text: text.slice(at) }]
}

/** What is wrong with the placeholders of a text, as a sentence; null where nothing is. `known` may stand here. */
export function placeholderProblem(text: string, known: readonly Placeholder[]): string | null {
  for (const [, inside = ''] of text.matchAll(BRACES)) {
    const name = nameOf(inside)
    if (name !== null && known.includes(name)) continue
    if (name !== null)
      return `{{${name}}} is not known yet when this is used. Known here: ${known.join(', ')}.`
    const mend = didYouMean(inside.trim(), known) || ` Known here: ${known.join(', ')}.`
    return `No placeholder {{${inside.trim()}}}.${mend}`
  }
  return null
}

function nameOf(inside: string): Placeholder | null {
  return PLACEHOLDERS.find((name) => name === inside.trim()) ?? null
}
