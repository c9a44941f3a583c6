import { createHash } from 'node:crypto'

/** Which server a Workflow and its pod belong to: the label that everything is selected by. */
export const INSTANCE_LABEL = 'periplus.dev/instance'
/** The hash of the plan that a Workflow was made from; adopting it requires the same. */
export const PLAN_ANNOTATION = 'periplus.dev/plan'
/** On a Workflow, by container: the id of the stage that it runs, as JSON. */
export const STAGES_ANNOTATION = 'periplus.dev/stages'
/** Keeps a Workflow's name taken until its end and its logs are stored. */
export const FINALIZER = 'periplus.dev/release'
/** Argo's own label on every pod: the name of its Workflow. */
export const WORKFLOW_LABEL = 'workflows.argoproj.io/workflow'
/** Which controller looks at a Workflow, where several share a cluster. */
export const CONTROLLER_LABEL = 'workflows.argoproj.io/controller-instanceid'

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
