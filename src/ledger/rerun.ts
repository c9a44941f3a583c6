import { type Actor, reaches } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import type { Plan, PlannedStage } from '../domain/plan.ts'
import { keptBefore, stoppedAt, takeover } from '../domain/rerun.ts'
import { isFinal, STATUS_WORDS } from '../domain/status.ts'
import type { ExecutionRow, StageRow } from '../store/tables.ts'
import { type Desk, executionOf, planOf } from './desk.ts'
import { trigger } from './trigger.ts'
import { type Refusal, wish } from './wishes.ts'

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
    if (from === 'start') return begin(desk, row, null, actor)
    if (row.status === 'succeeded')
      return refusal(
        'conflict',
        `Execution ${name} has succeeded: nothing failed that could be run again. Re-run all of it.`,
      )
    const found = resumption(desk, row)
    if (found !== null && found.gone !== null) return refusal('conflict', found.gone)
    return begin(desk, row, found?.stage.ordinal ?? null, actor)
  })
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
  fromStage: number | null,
  actor: Actor,
): ExecutionRow | Refusal {
  const workflow = desk.store.workflows.byId(row.workflowId)?.slug ?? ''
  try {
    return trigger(desk, { workflow, trigger: 'rerun', actor, rerunOf: row.id, fromStage })
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
