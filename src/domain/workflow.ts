import type { Environment, Workflow } from './definition.ts'
import { readSources, type Source } from './document.ts'
import type { Finding } from './fault.ts'
import { didYouMean } from './nearest.ts'
import { type Path, pathOf } from './path.ts'
import { environmentProblems, type Problem, workflowProblems } from './rules.ts'
import { DEFINITION_KINDS, environmentSchema, workflowSchema } from './schema.ts'
import { sentencesOf } from './sentences.ts'
import { environmentFrom, workflowFrom } from './written.ts'

/** A definition as it was read, with its own part of the text, which is what a version keeps. */
export type Definition = { readonly text: string; locate(problem: Problem): Finding } & (
  | { readonly kind: 'workflow'; readonly definition: Workflow }
  | { readonly kind: 'environment'; readonly definition: Environment }
)

/** What a text holds: the definitions that are whole, and every problem of the others. */
export interface Reading {
  readonly documents: readonly Definition[]
  readonly findings: readonly Finding[]
}

/** More than anybody mends before trying again. */
const FINDINGS_MAX = 100
const MESSAGE_LENGTH_MAX = 400

/**
 * Reads workflows and environments from YAML or JSON, any number in one text. Finds all that is wrong with each by
 * itself; whether what it names exists is `validate`'s to say. Never throws, whatever the text.
 */
export function readDefinitions(text: string): Reading {
  const { sources, findings } = readSources(text)
  const readings = sources.map(readOne)
  return {
    documents: readings.flatMap((reading) => (reading.definition === null ? [] : [reading.definition])),
    findings: bounded(inOrder([...findings, ...readings.flatMap((reading) => reading.findings)])),
  }
}

interface One {
  readonly definition: Definition | null
  readonly findings: readonly Finding[]
}

/** Messages of '' are zod's own wordings, which sentences.ts replaces. */
const OUR_WORDS = { error: () => '' }

function readOne(source: Source): One {
  const kind = kindOf(source.value)
  if (kind === 'workflow') {
    const parsed = workflowSchema.safeParse(source.value, OUR_WORDS)
    if (!parsed.success) return { definition: null, findings: sentencesOf(parsed.error.issues, kind, source) }
    const definition = workflowFrom(parsed.data)
    return whole({ kind, definition, ...own(source) }, workflowProblems(definition))
  }
  if (kind === 'environment') {
    const parsed = environmentSchema.safeParse(source.value, OUR_WORDS)
    if (!parsed.success) return { definition: null, findings: sentencesOf(parsed.error.issues, kind, source) }
    const definition = environmentFrom(parsed.data)
    return whole({ kind, definition, ...own(source) }, environmentProblems(definition))
  }
  return { definition: null, findings: [kindProblem(source)] }
}

function whole(definition: Definition, problems: readonly Problem[]): One {
  const findings = problems.map((problem) => definition.locate(problem))
  return { definition: findings.length === 0 ? definition : null, findings }
}

function own(source: Source): Pick<Definition, 'text' | 'locate'> {
  return {
    text: source.text,
    locate: (problem) => ({ ...problem, ...source.place(pathOf(problem.path)) }),
  }
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
}

function kindProblem(source: Source): Finding {
  const kind = kindOf(source.value)
  const path: Path = kind === undefined ? [] : ['kind']
  const said = kind === undefined ? 'kind is missing.' : `No kind ${String(kind)}.`
  const mend =
    (typeof kind === 'string' && didYouMean(kind, DEFINITION_KINDS)) ||
    ' Write kind: workflow or kind: environment.'
  return { path: path.join('.'), ...source.place(path), message: said + mend }
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

/** A list that a person can read, whatever somebody sent: no more of them, and none longer, than make sense. */
function bounded(findings: readonly Finding[]): readonly Finding[] {
  const shown = findings.slice(0, FINDINGS_MAX).map((finding) => ({
    ...finding,
    path: cut(finding.path),
    message: cut(finding.message),
  }))
  if (findings.length <= FINDINGS_MAX) return shown
  const message = `There are ${findings.length - FINDINGS_MAX} more problems.`
  return [...shown, { path: '', line: null, column: null, message }]
}

/** Findings quote what they speak of, which may be as long as the text. */
function cut(text: string): string {
  return text.length <= MESSAGE_LENGTH_MAX ? text : `${text.slice(0, MESSAGE_LENGTH_MAX)}…`
}
