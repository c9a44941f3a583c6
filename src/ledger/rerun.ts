import { type Actor, reaches } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import type { Plan, PlannedStage } from '../domain/plan.ts'
import { keptBefore, stoppedAt, takeover } from '../domain/rerun.ts'
import { isFinal, STATUS_WORDS } from '../domain/status.ts'
import type { ExecutionRow, StageRow } from '../store/tables.ts'
import { type Desk, executionOf, planOf } from './desk.ts'
import { type Confirmation, olderThere } from './older.ts'
import { type TriggerRequest, trigger } from './trigger.ts'
import { type Refusal, unconfirmed, wish } from './wishes.ts'

/** `start` runs everything again; `failed` begins with the segment that the execution stopped at or before. */
export type RerunFrom = 'start' | 'failed'

/** Begins a new execution of the same version and commit, linked to the one it runs again. */
export function rerun(desk: Desk, id: number, from: RerunFrom, actor: Actor): ExecutionRow {
  return wish(desk, id, 'rerun', actor, () => {
    const row = executionOf(desk, id)
    const name = desk.store.executions.displayId(id)
    if (actor.kind === 'person' && !reaches(actor.role, 'executor'))
      return refusal('forbidden', `Re-running needs the role executor; ${actor.name} is a ${actor.role}.`)
    if (!isFinal(row.status))
      return refusal(
        'conflict',
        `Execution ${name} is ${STATUS_WORDS[row.status]}; it can be run again once it has ended.`,
      )
    if (from === 'start') return again(desk, row, actor, null)
    if (row.status === 'succeeded')
      return refusal(
        'conflict',
        `Execution ${name} has succeeded: nothing failed that could be run again. Re-run all of it.`,
      )
    const found = resumption(desk, row)
    if (found !== null && found.gone !== null) return refusal('conflict', found.gone)
    return again(desk, row, actor, found?.stage.ordinal ?? null)
  })
}

/** A redeploy is run again as one: of itself, or, where it was never planned, of what it should have deployed. */
function again(
  desk: Desk,
  row: ExecutionRow,
  actor: Actor,
  fromStage: number | null,
): ExecutionRow | Refusal {
  const { redeploys, rerunOf, planHash } = row
  if (redeploys === null) return begin(desk, row, actor, { fromStage })
  const planned = planHash !== null || rerunOf === null ? row : executionOf(desk, rerunOf)
  return begin(desk, planned, actor, { fromStage: fromStage ?? row.fromStage, redeploys })
}

/** Deploys to one environment again what an execution brought there once; its gate is asked anew. */
export function redeploy(
  desk: Desk,
  id: number,
  environment: string,
  actor: Actor,
  confirmation: Confirmation,
): ExecutionRow {
  const older = (row: ExecutionRow) => olderThere(desk, row, environment)
  const work = () => {
    const row = executionOf(desk, id)
    if (actor.kind === 'person' && !reaches(actor.role, 'executor'))
      return refusal('forbidden', `Deploying needs the role executor; ${actor.name} is a ${actor.role}.`)
    const { fromStage, gone } = redeployment(desk, row, environment)
    if (gone !== null) return refusal('conflict', gone)
    return (
      unconfirmed(older(row), confirmation) ?? begin(desk, row, actor, { fromStage, redeploys: environment })
    )
  }
  return wish(desk, id, 'redeploy', actor, work, older)
}

/** What a redeploy would begin with. */
export interface Redeployment {
  /** Ordinal of the deploy's stage; null where there is none. */
  readonly fromStage: number | null
  /** Why it cannot be, in a sentence; null where it can. */
  readonly gone: string | null
}

export function redeployment(desk: Desk, row: ExecutionRow, environment: string): Redeployment {
  const { store } = desk
  const name = store.executions.displayId(row.id)
  const deployed = store.deployments.one(row.id, environment) !== null
  const first = store.stages.list(row.id).find((stage) => stage.id === `deploy.${environment}`)
  const plan = planOf(desk, row)
  if (!deployed || first?.segment == null || plan === null)
    return {
      fromStage: null,
      gone: `${name} was never deployed to ${environment}, so it cannot be deployed there again.`,
    }
  if (!isFinal(row.status))
    return {
      fromStage: null,
      gone: `${name} is ${STATUS_WORDS[row.status]}; it can be deployed again once it has ended.`,
    }
  return { fromStage: first.ordinal, gone: missing(desk, row, plan, first.segment) }
}

/** Where a re-run would go on from where an execution stopped. */
export interface Resumption {
  /** The first stage that it would run. */
  readonly stage: PlannedStage
  /** Why it cannot, in a sentence; null where it can. */
  readonly gone: string | null
}

/** Null where nothing came before: then all of it is run again. */
export function resumption(desk: Desk, row: ExecutionRow): Resumption | null {
  const plan = planOf(desk, row)
  const stage = stoppedAt(plan, row.atSegment)
  return stage === null || plan === null ? null : { stage, gone: missing(desk, row, plan, row.atSegment) }
}

/** What the trigger refuses is audited like every other wish of a person. */
function begin(
  desk: Desk,
  row: ExecutionRow,
  actor: Actor,
  how: Pick<TriggerRequest, 'fromStage' | 'redeploys'>,
): ExecutionRow | Refusal {
  const workflow = desk.store.workflows.byId(row.workflowId)?.slug ?? ''
  try {
    return trigger(desk, { workflow, trigger: 'rerun', actor, rerunOf: row.id, ...how })
  } catch (error) {
    if (error instanceof Fault && error.kind !== 'internal') return refusal(error.kind, error.message)
    throw error
  }
}

function refusal(kind: Refusal['kind'], sentence: string): Refusal {
  return { kind, sentence }
}

/** Stages as a re-run has them instead of running them, and the segment that it begins with. */
export interface Resumed {
  readonly from: number
  readonly taken: ReadonlyMap<number, StageRow>
}

/** What a newly planned execution takes over from the one that it runs again. */
export function resumed(desk: Desk, row: ExecutionRow, plan: Plan): Resumed {
  const earlier = row.rerunOf === null ? [] : desk.store.stages.list(row.rerunOf)
  const { from, stages } = takeover(plan, row.fromStage, earlier)
  return {
    from,
    taken: new Map(earlier.flatMap((stage) => (stages.has(stage.ordinal) ? [[stage.ordinal, stage]] : []))),
  }
}

/** Why a re-run cannot begin where it should with this plan, in a sentence; null where it can. */
export function unresumable(desk: Desk, id: number, plan: Plan): string | null {
  const row = executionOf(desk, id)
  const { from } = resumed(desk, row, plan)
  const earlier = row.rerunOf === null ? null : executionOf(desk, row.rerunOf)
  if (row.redeploys !== null && plan.segments[from]?.environment !== row.redeploys)
    return `Not all that comes before the deploy to ${row.redeploys} can be taken over by now. Run ${row.rerunOf === null ? 'it' : desk.store.executions.displayId(row.rerunOf)} again from the start.`
  if (from === 0 || earlier === null) return null
  if (from >= plan.segments.length)
    return 'No stage is left to run: the conditions of what follows leave it out by now. Re-run it from the start.'
  return missing(desk, earlier, plan, from)
}

/** What an earlier execution kept for its later segments is there as long as its engine has not let it go. */
function missing(desk: Desk, earlier: ExecutionRow, plan: Plan, from: number): string | null {
  const { store } = desk
  for (const segment of keptBefore(plan, from)) {
    const ran = store.segments.ran(earlier.id, segment)
    if (ran !== null && ran.releasedAt === null) continue
    const stage = segment.stages
      .map((ordinal) => plan.stages[ordinal])
      .find((one) => (one?.artifacts.length ?? 0) > 0)
    const where = store.executions.displayId(ran?.executionId ?? earlier.id)
    return `What ${stage?.id} of ${where} kept for later stages is not there any more. Re-run ${store.executions.displayId(earlier.id)} from the start.`
  }
  return null
}
