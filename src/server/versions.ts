import { changesBetween } from '../domain/changes.ts'
import type { Workflow } from '../domain/definition.ts'
import { type DiffLine, diff } from '../domain/diff.ts'

/** A version, or what is to become one. */
export interface Compared {
  readonly text: string
  /** Null where it cannot be read. */
  readonly definition: Workflow | null
}

export interface VersionChanges {
  readonly summary: readonly string[]
  readonly lines: DiffLine[]
}

/** What differs from one version to another: in words, and line by line. */
export function versionChanges(from: Compared | null, to: Compared): VersionChanges {
  const lines = diff(from?.text ?? '', to.text)
  return { summary: summaryOf(from, to), lines }
}

/** What differs in words; where the words are the same, that only the text differs. */
export function summaryOf(from: Compared | null, to: Compared): readonly string[] {
  if (from === null) return ['The first version.']
  if (from.text === to.text) return []
  if (from.definition === null || to.definition === null) return []
  const sentences = changesBetween(from.definition, to.definition)
  return sentences.length > 0 ? sentences : ['Only its comments or its layout differ.']
}
