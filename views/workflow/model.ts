import type { EngineName, GitRef, TriggerKind, VariableValue } from '../../src/domain/definition.ts'
import type { DiffLine } from '../../src/domain/diff.ts'
import type { Finding } from '../../src/domain/fault.ts'
import type { Form } from '../../src/domain/form/read.ts'
import type { GateRule } from '../../src/domain/plan.ts'
import type { Phase } from '../../src/domain/status.ts'

export interface VersionLine {
  readonly number: number
  readonly at: number
  readonly by: string
}

/** One workflow as every tab of it is headed. */
export interface WorkflowLine {
  readonly slug: string
  readonly newest: VersionLine
  /** Since when this visitor has changes that are not saved; null where there are none. */
  readonly changedSince: number | null
}

/** What may be chosen, or is proposed, in fields. */
export interface Choices {
  readonly engines: readonly EngineName[]
  readonly defaultEngine: EngineName
  readonly environments: ReadonlyMap<string, string>
  readonly secrets: readonly string[]
  /** Those of repositories. */
  readonly credentials: readonly string[]
  readonly registries: readonly string[]
  readonly people: readonly string[]
}

/** Which commit an execution is to take. */
export interface RefChoice {
  readonly kind: GitRef['kind']
  readonly name: string
  /** What the workflow itself names, as kind and name. */
  readonly own: string
  /** What the name must fit; null where any does. */
  readonly pattern: string | null
  /** What is wrong with the name; null where nothing is. */
  readonly problem: string | null
  /** Those that ran lately, newest first. */
  readonly recent: readonly { readonly kind: GitRef['kind']; readonly name: string }[]
}

/** Somebody saved a newer version than the one that this text began from. */
export interface Overtaken {
  readonly newest: VersionLine
  readonly base: number
  readonly summary: readonly string[]
  /** From the newest version to this text. */
  readonly lines: readonly DiffLine[]
}

/** What somebody may do here: why not, as a sentence; null where they may. */
export interface Rights {
  readonly edit: string | null
  readonly run: string | null
}

export interface BuilderProps {
  /** Null while it is being made. */
  readonly workflow: WorkflowLine | null
  readonly text: string
  /** The version that the text began from. */
  readonly base: number
  /** Names this window among its visitor's, and the one that wrote the text. */
  readonly window: string
  readonly seen: string
  /** Null where the text cannot be read. */
  readonly form: Form | null
  readonly findings: readonly Finding[]
  /** What the findings hinder. */
  readonly stops: 'update' | 'execution'
  /** Whether somebody has tried to save it: until then nobody is told what is missing. */
  readonly tried: 'tried' | 'not yet'
  readonly overtaken: Overtaken | null
  readonly choices: Choices
  readonly ref: RefChoice
  readonly rights: Rights
  /** What was added or moved last, as a path: its part is open. */
  readonly at: string | null
}

export interface VersionRow extends VersionLine {
  readonly summary: readonly string[]
}

/** Two texts side by side. */
export interface Comparison {
  readonly from: string
  readonly to: string
  readonly summary: readonly string[]
  readonly lines: readonly DiffLine[]
}

export interface VariableLine {
  readonly name: string
  readonly value: VariableValue
  /** Of a secret: whether there is one of that name. */
  readonly known: 'known' | 'unknown'
}

/** Variables and whom they are for. */
export interface VariableGroup {
  readonly title: string
  readonly hint: string
  readonly variables: readonly VariableLine[]
}

export interface DryRunLine {
  readonly phases: readonly {
    readonly phase: Phase
    readonly stages: readonly {
      readonly id: string
      readonly segment: number | null
      readonly skipped: string | null
    }[]
  }[]
  readonly segments: readonly {
    readonly number: number
    readonly engine: EngineName
    readonly environment: string | null
    readonly gate: GateRule | null
    readonly stages: readonly string[]
  }[]
}

export interface DryRunProps {
  readonly workflow: WorkflowLine | null
  readonly ref: RefChoice
  readonly event: TriggerKind
  readonly findings: readonly Finding[]
  /** Null where the findings leave nothing to plan. */
  readonly plan: DryRunLine | null
}
