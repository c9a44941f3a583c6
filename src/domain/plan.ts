import type {
  ArgoSettings,
  EngineName,
  Environment,
  Resources,
  TriggerKind,
  Variables,
  Workflow,
} from './definition.ts'
import type { PlannedReport } from './report.ts'
import { draftStages } from './stage.ts'
import type { Phase } from './status.ts'

/** What a stage does. `checkout` is the Source phase; `image` and `push` run a script of ours, the others one of the user's. */
export type StageKind =
  | 'validation'
  | 'checkout'
  | 'script'
  | 'build'
  | 'image'
  | 'push'
  | 'deploy'
  | 'verify'

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
  /** The container image it names itself. */
  readonly image: string | null
  readonly resources: Resources | null
  readonly env: Variables
  readonly timeoutMs: number | null
  readonly retries: number
  readonly continueOnFailure: boolean
  readonly asRoot: boolean
  /** Globs kept for later segments (build on the local engine only). */
  readonly artifacts: readonly string[]
  readonly reports: readonly PlannedReport[]
  /** Files that it finds below PERIPLUS_FILES while it runs: secrets, by the file's name. */
  readonly files: Readonly<Record<string, { readonly secret: string }>>
  /** The registry that it pushes to, by its credential's name. */
  readonly registry: string | null
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
  /** The workflow's settings; in a deploy its environment's over them, and as service account only that one's. */
  readonly argo: ArgoSettings
  /** The gate before it; null where it follows at once. */
  readonly gate: GateRule | null
  /** Ordinals of its stages, in order. */
  readonly stages: readonly number[]
}

export interface Plan {
  readonly stages: readonly PlannedStage[]
  readonly segments: readonly PlannedSegment[]
}

/** What planning knows besides the definitions. */
export interface PlanFacts {
  readonly defaultEngine: EngineName
  readonly branch: string | null
  readonly tag: string | null
  /** What began it; of a re-run also what began the first of them, so that it has the stages that one had. */
  readonly events: readonly TriggerKind[]
  /** The environment that a redeploy goes to: the deploys to all others are left out. */
  readonly redeploys?: string | null
}

/**
 * Turns a version into phases, stages and segments; what it decides is never decided again. A segment ends where a gate
 * stands, and where environment or engine change. Every environment that is deployed to must be given.
 */
export function plan(
  workflow: Workflow,
  environments: ReadonlyMap<string, Environment>,
  facts: PlanFacts,
): Plan {
  const drafts = draftStages(workflow, environments, facts)
  const stages: PlannedStage[] = []
  const segments: PlannedSegment[] = []
  for (const [ordinal, { engine, argo, gate, ...draft }] of drafts.entries()) {
    const runs = draft.kind !== 'validation' && draft.skipped === null
    if (runs) place(segments, { ordinal, engine, environment: draft.environment, argo, gate })
    stages.push({ ...draft, ordinal, segment: runs ? segments.length - 1 : null })
  }
  return { stages, segments }
}

/** Puts a stage into the last segment, or begins a new one with it. */
function place(
  segments: PlannedSegment[],
  stage: { readonly ordinal: number } & Pick<PlannedSegment, 'engine' | 'environment' | 'argo' | 'gate'>,
): void {
  const { ordinal, ...segment } = stage
  const last = segments.at(-1)
  if (last !== undefined && last.engine === segment.engine && last.environment === segment.environment) {
    segments[segments.length - 1] = { ...last, stages: [...last.stages, ordinal] }
    return
  }
  segments.push({ number: segments.length, ...segment, stages: [ordinal] })
}
