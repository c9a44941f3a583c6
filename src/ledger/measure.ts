import { type Sample, shownFlaky } from '../domain/measure.ts'
import type { StageEnd } from '../store/stages.ts'
import type { ExecutionRow, StageRow } from '../store/tables.ts'
import type { Change } from './apply.ts'
import { type Desk, executionOf } from './desk.ts'

/**
 * Counts what an event completed, each sample once: in the transaction of the event, after its rows were written. The
 * migration that made the measures says in SQL what all of them must come to.
 */
export function measure(desk: Desk, change: Change): void {
  const samples = [
    ...queued(desk, change),
    ...decided(desk, change),
    ...deployed(desk, change),
    ...succeeded(desk, change),
  ]
  for (const sample of samples) desk.store.measures.add(change.row, sample)
}

function queued(desk: Desk, { row, event }: Change): readonly Sample[] {
  if (event.type !== 'segment.started') return []
  const { queuedAt = null, startedAt = null } = desk.store.segments.one(row.id, event.segment) ?? {}
  if (queuedAt === null || startedAt === null) return []
  return [{ kind: 'queue', subject: '', ms: startedAt - queuedAt }]
}

/** Only what people decided: an expiry or a termination says nothing of how long they take. */
function decided(desk: Desk, { row, event }: Change): readonly Sample[] {
  if (event.type !== 'gate.opened' && event.type !== 'gate.rejected') return []
  const gate = desk.store.gates.one(row.id, event.environment)
  if (gate === null || gate.closedAt === null) return []
  return [{ kind: 'gate', subject: '', ms: gate.closedAt - gate.askedAt }]
}

/** A deployment that came to its end, or one that began and whose failure ended the execution. */
function deployed(desk: Desk, { row, step, at, leaves }: Change): readonly Sample[] {
  const segment = leaves ? desk.store.segments.one(row.id, row.atSegment) : null
  if (segment === null || segment.environment === null) return []
  const { environment: subject, startedAt } = segment
  const { measures, deployments } = desk.store
  const deployment = deployments.ofExecution(row.id).find((one) => one.environment === subject)
  if (deployment !== undefined) {
    const since = measures.endOutage(row.workflowId, subject)
    const lead: Sample = { kind: 'deployment', subject, ms: deployment.deployedAt - deployment.triggeredAt }
    return since === null
      ? [lead]
      : [lead, { kind: 'restoration', subject, ms: deployment.deployedAt - since }]
  }
  if (startedAt === null || (step.status !== 'failed' && step.status !== 'error')) return []
  measures.beginOutage(row.workflowId, subject, at)
  return [{ kind: 'failed-deployment', subject, ms: at - startedAt }]
}

function succeeded(desk: Desk, { row, step }: Change): readonly Sample[] {
  if (step.status !== 'succeeded') return []
  return [{ kind: 'duration', subject: '', ms: executionOf(desk, row.id).ranMs }]
}

/** Ends a stage, and counts it where it failed, or shows a failure on the same commit to be no fault of the commit. */
export function finishStage(desk: Desk, row: ExecutionRow, stage: StageRow, end: StageEnd): void {
  const { stages, measures } = desk.store
  stages.finish(row.id, stage.ordinal, end)
  const { status } = end
  if (status !== 'failed' && status !== 'succeeded') return
  if (status === 'failed') measures.add(row, { kind: 'failed-stage', subject: stage.id, ms: 0 })
  // What Validation judges is the definition, not the commit.
  if (stage.phase === 'validation') return
  const flaky = { kind: 'flaky-stage', subject: stage.id, ms: 0 } as const
  if (status === 'succeeded' && stage.attempt > 1) measures.add(row, flaky)
  if (row.sha === null) return
  for (const day of shownFlaky(stages.ofCommit(row.workflowId, row.sha, stage.id), row.id))
    measures.add({ ...row, day }, flaky)
}
