import type { Environment, Workflow } from './definition.ts'
import { readSources, type Source } from './document.ts'
import type { Finding } from './fault.ts'
import { didYouMean } from './nearest.ts'
import { type Path, pathOf } from './path.ts'
import { environmentProblems, type Problem, workflowProblems } from './rules.ts'
import { DEFINITION_KINDS, environmentSchema, workflowSchema } from './schema.ts'
import { sentencesOf } from './sentences.ts'
import {
  type EnvironmentSketch,
  sketchOfEnvironment,
  sketchOfWorkflow,
  type WorkflowSketch,
} from './sketch.ts'
import { environmentFrom, workflowFrom } from './written.ts'

interface Located {
  /** A problem with its line. */
  locate(problem: Problem): Finding
}

/** A definition as it was read, with its own part of the text, which is what a version keeps. */
export type Definition = Located & { readonly text: string } & (
    | { readonly kind: 'workflow'; readonly definition: Workflow }
    | { readonly kind: 'environment'; readonly definition: Environment }
  )

/** What a text holds: the definitions that are whole, and every problem of the others. */
export interface Reading {
  readonly documents: readonly Definition[]
  readonly findings: readonly Finding[]
}

/** What checks may go on with: all that can be told of a document, whatever else in it is wrong. */
export type Part = Located &
  (
    | { readonly kind: 'workflow'; readonly sketch: WorkflowSketch }
    | { readonly kind: 'environment'; readonly sketch: EnvironmentSketch }
  )

/** More than anybody mends before trying again. */
const FINDINGS_MAX = 100
const MESSAGE_LENGTH_MAX = 400

/**
 * Reads workflows and environments from YAML or JSON, any number in one text. Finds all that is wrong with each by
 * itself; whether what it names exists is `validate`'s to say. Never throws, whatever the text.
 */
export function readDefinitions(text: string): Reading {
  return readAnd(text, () => [])
}

/** Reads a text, and lets `look` find more in what can be told of its parts. */
export function readAnd(text: string, look: (parts: readonly Part[]) => readonly Finding[]): Reading {
  const { sources, findings } = readSources(text)
  const readings = sources.map(readOne)
  const parts = readings.flatMap(({ part }) => (part === null ? [] : [part]))
  const own = readings.flatMap((reading) => reading.findings)
  const found = [...findings, ...own, ...doubled(parts), ...look(parts)]
  return {
    documents: readings.flatMap(({ definition }) => (definition === null ? [] : [definition])),
    findings: bounded(inOrder(found)),
  }
}

/** The later one would win, and nobody would have said so. */
function doubled(parts: readonly Part[]): readonly Finding[] {
  const seen = new Set<string>()
  return parts.flatMap(({ kind, sketch, locate }) => {
    if (sketch.name === undefined) return []
    const words = `${kind} ${sketch.name}`
    if (!seen.has(words)) {
      seen.add(words)
      return []
    }
    return [locate({ path: 'name', message: `The ${words} stands here a second time. Keep one of the two.` })]
  })
}

interface One {
  /** Null where it is not whole. */
  readonly definition: Definition | null
  /** Null where nobody knows what it was meant to be. */
  readonly part: Part | null
  readonly findings: readonly Finding[]
}

/** Messages of '' are zod's own wordings, which sentences.ts replaces. */
const OUR_WORDS = { error: () => '' }

function readOne(source: Source): One {
  const kind = kindOf(source.value)
  if (kind === 'workflow') return readWorkflow(source)
  if (kind === 'environment') return readEnvironment(source)
  return { definition: null, part: null, findings: [kindProblem(source)] }
}

function readWorkflow(source: Source): One {
  const kind = 'workflow'
  const locate = locator(source)
  const parsed = workflowSchema.safeParse(source.value, OUR_WORDS)
  const definition = parsed.success ? workflowFrom(parsed.data) : null
  const sketch = definition ?? sketchOfWorkflow(source.value)
  const findings = [
    ...(parsed.success ? [] : sentencesOf(parsed.error.issues, kind, source)),
    ...workflowProblems(sketch).map(locate),
  ]
  const isWhole = definition !== null && findings.length === 0
  return {
    definition: isWhole ? { kind, definition, text: source.text, locate } : null,
    part: { kind, sketch, locate },
    findings,
  }
}

function readEnvironment(source: Source): One {
  const kind = 'environment'
  const locate = locator(source)
  const parsed = environmentSchema.safeParse(source.value, OUR_WORDS)
  const definition = parsed.success ? environmentFrom(parsed.data) : null
  const sketch = definition ?? sketchOfEnvironment(source.value)
  const findings = [
    ...(parsed.success ? [] : sentencesOf(parsed.error.issues, kind, source)),
    ...environmentProblems(sketch).map(locate),
  ]
  const isWhole = definition !== null && findings.length === 0
  return {
    definition: isWhole ? { kind, definition, text: source.text, locate } : null,
    part: { kind, sketch, locate },
    findings,
  }
}

function locator(source: Source): Located['locate'] {
  return (problem) => ({ ...problem, ...source.place(pathOf(problem.path)) })
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
}

function kindProblem(source: Source): Finding {
  const kind = kindOf(source.value)
  const path: Path = kind === undefined ? [] : ['kind']
  const isWord = typeof kind === 'string'
  const said = kind === undefined ? 'kind is missing.' : isWord ? `No kind ${kind}.` : 'kind is a word.'
  const mend = (isWord && didYouMean(kind, DEFINITION_KINDS)) || ' Write kind: workflow or kind: environment.'
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
