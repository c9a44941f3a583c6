import type { EngineName, Variables } from './definition.ts'
import type { Phase } from './status.ts'

/** What a stage does. `checkout` is the Source phase; the others run a script of the user's. */
export type StageKind = 'validation' | 'checkout' | 'script' | 'build' | 'deploy' | 'verify'

/** One stage of a plan. `ordinal` counts from 0 (validation) and addresses its log. */
export interface PlannedStage {
  readonly ordinal: number
  /** `source`, `build`, `deploy.dev`, `pre-build.unit-tests`. */
  readonly id: string
  readonly phase: Phase
  readonly kind: StageKind
  /** Null for validation, which no engine runs, and for a stage that its condition left out. */
  readonly segment: number | null
  readonly environment: string | null
  readonly run: string | null
  readonly env: Variables
  readonly timeoutMs: number | null
  readonly retries: number
  readonly continueOnFailure: boolean
  readonly asRoot: boolean
  /** Globs kept for later segments (build on the local engine only). */
  readonly artifacts: readonly string[]
  /** Why planning left it out (“if: branch release/* does not match main”); null where it runs. */
  readonly skipped: string | null
}

/** The rules of a gate, as they stood when the execution was planned: environment and workflow, the stricter of each. */
export interface GateRule {
  readonly kind: 'approval' | 'deployment'
  readonly environment: string
  readonly approvers: readonly string[]
  readonly quorum: number
  readonly selfApproval: boolean
  readonly expiresMs: number | null
}

/** Stages handed to an engine as one unit. */
export interface PlannedSegment {
  /** From 0. */
  readonly number: number
  readonly engine: EngineName
  readonly environment: string | null
  /** The gate before it; null where it follows at once. */
  readonly gate: GateRule | null
  /** Ordinals of its stages, in order. */
  readonly stages: readonly number[]
}

export interface Plan {
  readonly stages: readonly PlannedStage[]
  readonly segments: readonly PlannedSegment[]
}
