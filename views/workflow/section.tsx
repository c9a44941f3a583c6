import type { Child } from 'hono/jsx'
import type { Finding } from '../../src/domain/fault.ts'
import { type Path, pathText, valueAt } from '../../src/domain/path.ts'
import { keysAt } from '../../src/domain/schema.ts'
import { Icon } from '../parts.tsx'
import { counted } from '../words.ts'
import { problemsAt, type Sheet, Wrong } from './field.tsx'
import { idOf } from './ids.ts'

interface SectionProps {
  readonly sheet: Sheet
  readonly title: string
  readonly path: Path
  /** Other parts whose problems are shown here. */
  readonly also?: readonly Path[]
  readonly summary: string
  /** Problems that stand at no field of any section. */
  readonly problems?: readonly Finding[]
  readonly open?: 'open'
  readonly children?: Child
}

/** A part of the form, folded to a line that says what is in it. It is open where something is wrong or asked for. */
export function Section(p: SectionProps) {
  const { sheet, title, path } = p
  const places = [path, ...(p.also ?? [])]
  const stray = p.problems ?? []
  const problems = [...stray, ...places.flatMap((place) => problemsAt(sheet.findings, place))]
  const isAsked = sheet.at !== null && places.some((place) => sheet.at?.startsWith(pathText(place)))
  return (
    <details id={`s-${idOf(title)}`} open={p.open !== undefined || problems.length > 0 || isAsked}>
      <summary>
        <Icon frame={sheet.frame} name="ui-right" class="q" />
        <span class="b">{title}</span>
        <span class="q2 cut">{p.summary}</span>
        {problems.length === 0 ? (
          <span />
        ) : (
          <span class="num bad2">{counted(problems.length, 'problem')}</span>
        )}
      </summary>
      <div>
        <Wrong frame={sheet.frame} id={`s-${idOf(title)}-p`} problems={stray} />
        {p.children}
      </div>
    </details>
  )
}

/** Keys at the top that nobody knows: they are no section's. */
export function strayProblems(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ path }) => path !== '' && !KNOWN_KEYS.includes(/^[^.[]*/.exec(path)?.[0] ?? ''))
}

const KNOWN_KEYS = keysAt('workflow', [])

/** Fields side by side. */
export function Pair(p: { children?: Child }) {
  return <div class="pair">{p.children}</div>
}

/** What is written at a path; empty where it is no word. */
export function textAt(sheet: Sheet, path: Path): string {
  const value = valueAt(sheet.form.value, path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

export function listAt(sheet: Sheet, path: Path): readonly unknown[] {
  const value = valueAt(sheet.form.value, path)
  return Array.isArray(value) ? value : []
}

/** The problems of exactly these keys, and of the part itself. */
export function ownProblems(
  findings: readonly Finding[],
  part: Path,
  keys: readonly string[],
): readonly Finding[] {
  const places = [pathText(part), ...keys.map((key) => pathText([...part, key]))]
  return findings.filter(({ path }) => places.includes(path))
}

/** The problems in a part that stand at none of its fields: its own, and those of keys that nobody knows. */
export function otherProblems(
  findings: readonly Finding[],
  part: Path,
  shown: readonly string[],
): readonly Finding[] {
  const placed = new Set(shown.flatMap((key) => problemsAt(findings, [...part, ...key.split('.')])))
  return problemsAt(findings, part).filter((finding) => !placed.has(finding))
}
