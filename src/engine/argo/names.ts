import { createHash } from 'node:crypto'

/** Which server a Workflow and its pod belong to: the label that everything is selected by. */
export const INSTANCE_LABEL = 'periplus.dev/instance'
/** The hash of the plan that a Workflow was made from; adopting it requires the same. */
export const PLAN_ANNOTATION = 'periplus.dev/plan'
/** On a Workflow: its `Outline` as JSON. A restarted server knows nothing else of a segment but its name. */
export const OUTLINE_ANNOTATION = 'periplus.dev/outline'
/** On a Workflow whose end this server asked for: when. A stranger's `argo terminate` sets `shutdown` alone. */
export const TERMINATION_ANNOTATION = 'periplus.dev/termination-requested'
/** Keeps a Workflow's name taken until its end and its logs are stored. */
export const FINALIZER = 'periplus.dev/release'
/** Argo's own label on every pod: the name of its Workflow. */
export const WORKFLOW_LABEL = 'workflows.argoproj.io/workflow'
/** Which controller looks at a Workflow, where several share a cluster. */
export const CONTROLLER_LABEL = 'workflows.argoproj.io/controller-instanceid'

/** A container of a segment's pod, and what must be known of it to tell its story. */
export interface Act {
  readonly container: string
  /** The ordinal of the stage whose log it writes. */
  readonly stage: number
  readonly id: string
  readonly does: 'checkout' | 'script'
  /** A failure of it may be passed over. */
  readonly passes: boolean
  readonly timeoutMs: number | null
  readonly retries: number
  /** What it is to leave below the workspace, in the order of the wrapper's numbers. */
  readonly reports: readonly { readonly name: string; readonly path: string }[]
}

/** What must be known of a segment to tell its story and to end it. */
export interface Outline {
  /** Its containers, in their order. */
  readonly acts: readonly Act[]
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number
  readonly logBytesMax: number
}

/** The container of a stage. */
export function containerOf(ordinal: number): string {
  return `s${ordinal}`
}

/** The container that checks out for a segment whose first stage does not. */
export const CHECKOUT_CONTAINER = 'checkout'

/** What tells a wrapper's lines from its script's: 12 characters of 0–9, a–f, the same for a handle for ever. */
export function nonceOf(handle: string): string {
  return createHash('sha256').update(`periplus ${handle}`).digest('hex').slice(0, 12)
}
