import { answers } from '../domain/machine.ts'
import type { Plan } from '../domain/plan.ts'
import { isFinal } from '../domain/status.ts'
import type { EffectRow, ExecutionRow, SegmentRow, StageRow } from '../store/tables.ts'
import { apply } from './apply.ts'
import { type Desk, executionOf, record, SYSTEM } from './desk.ts'
import { resumed } from './rerun.ts'
import { stripOf } from './stages.ts'

/** What a preparation found out. */
export interface Preparation {
  readonly plan: Plan
  /** SHA-256 of the plan's canonical JSON. */
  readonly planHash: string
  readonly sha: string
  readonly branch: string | null
  readonly tag: string | null
}

/** An effect that is about to be performed, and what it is about. */
export interface Attempt {
  readonly effect: EffectRow
  readonly row: ExecutionRow
  /** Null before the plan is made. */
  readonly segment: SegmentRow | null
}

/** Keeps the plan, its stages and segments with their handles, and goes to the first of them. */
export function prepared(desk: Desk, id: number, effectId: number, preparation: Preparation): boolean {
  const { store, world } = desk
  return store.transaction(() => {
    const row = executionOf(desk, id)
    if (row.planHash !== null || !answers(row.status, 'prepared')) return false
    const { plan, planHash, sha, branch, tag } = preparation
    store.executions.putPlan(planHash, JSON.stringify(plan))
    store.executions.update(id, { planHash, sha, branch, tag })
    const now = world.now()
    store.stages.finish(id, 0, { status: 'succeeded', reason: null, exitCode: null, at: now })
    const { from, taken } = resumed(desk, row, plan)
    writeStages(desk, id, plan, taken, now)
    for (const { number, engine, environment } of plan.segments.slice(from))
      store.segments.insert({
        executionId: id,
        number,
        handle: handleOf(row.uid, number),
        engine,
        environment,
      })
    store.effects.settle(effectId, 'done', now)
    return apply(desk, id, { type: 'prepared', segments: plan.segments, from }, { actor: SYSTEM }).accepted
  })
}

/** The name of a segment in its engine: fixed before anything is submitted, so that a second submit finds the first. */
function handleOf(uid: string, segment: number): string {
  return `p-${uid.toLowerCase()}-${segment}`
}

function writeStages(
  desk: Desk,
  executionId: number,
  plan: Plan,
  taken: ReadonlyMap<number, StageRow>,
  now: number,
): void {
  const { stages } = desk.store
  for (const { ordinal, id, phase, segment, environment, skipped } of plan.stages) {
    if (ordinal === 0) continue
    const earlier = taken.get(ordinal)
    const status = earlier?.status ?? (skipped === null ? 'waiting' : 'skipped')
    stages.insert({
      executionId,
      ordinal,
      id,
      phase,
      segment,
      environment,
      status,
      reason: earlier?.reason ?? skipped,
      finishedAt: status === 'waiting' ? null : now,
    })
    if (earlier === undefined) continue
    stages.take(executionId, ordinal, { ...earlier, takenFrom: earlier.takenFrom ?? earlier.executionId })
  }
}

/**
 * Commits that an engine is about to be called. Null where the effect was overtaken: after a termination was asked for,
 * or a deadline has struck, nothing is submitted; what a re-run takes up is not released.
 */
export function attempt(desk: Desk, effectId: number, pins: Uint8Array | null): Attempt | null {
  const { store, world } = desk
  return store.transaction(() => {
    const effect = store.effects.one(effectId)
    if (effect === null || effect.state !== 'due') return null
    const row = executionOf(desk, effect.executionId)
    if (effect.kind === 'submit') {
      const open = (row.status === 'pending' || row.status === 'running') && row.timedOut === 0
      if (!open || effect.segment !== row.atSegment) return null
      store.segments.attempt(row.id, effect.segment, world.now())
      if (pins !== null) store.pins.put(row.id, pins)
    }
    if (effect.kind === 'release') {
      if (store.effects.needed(effectId)) return null
      if (effect.segment !== null) store.segments.release(row.id, effect.segment, world.now())
    }
    store.effects.attempt(effectId)
    const segment = effect.segment === null ? null : store.segments.one(row.id, effect.segment)
    return { effect: { ...effect, attempts: effect.attempts + 1 }, row, segment }
  })
}

/**
 * The engine has a segment; from here on its news is followed. Also where its submit was dropped while it was under way,
 * or in doubt, and the segment was seen later.
 */
export function submitted(desk: Desk, id: number, segment: number): void {
  const { store, world } = desk
  store.transaction(() => {
    const now = world.now()
    const row = executionOf(desk, id)
    if (isFinal(row.status) || !store.effects.taken(id, segment, now)) return
    store.stages.pend(id, segment)
    store.executions.update(id, { waits: null, strip: stripOf(desk, id, row.status) })
    record(desk, { executionId: id, at: now, type: 'segment.submitted', actor: SYSTEM, detail: { segment } })
  })
}

export function released(desk: Desk, effectId: number): void {
  const { store, world } = desk
  store.transaction(() => {
    const effect = store.effects.one(effectId)
    if (effect !== null) store.effects.settle(effectId, 'done', world.now())
  })
}

export function postpone(desk: Desk, effectId: number, dueAt: number, reason: string | null): void {
  const { store } = desk
  store.transaction(() => {
    const effect = store.effects.one(effectId)
    if (effect === null || effect.state !== 'due') return
    store.effects.postpone(effectId, dueAt, reason)
    if (reason !== null && effect.kind !== 'release') waits(desk, effect.executionId, reason)
  })
}

/** Says why an execution waits, or that it waits no longer; the same words again are no event. */
export function waits(desk: Desk, id: number, reason: string | null): void {
  const { store, world } = desk
  store.transaction(() => {
    const row = executionOf(desk, id)
    if (row.waits === reason || isFinal(row.status)) return
    store.executions.update(id, { waits: reason })
    record(desk, { executionId: id, at: world.now(), type: 'waits', actor: SYSTEM, reason })
  })
}

/** A segment was found alive although its execution is over; whoever reads the audit log learns that it was ended. */
export function leftover(desk: Desk, id: number, handle: string): void {
  const { store, world } = desk
  store.audit.append({
    at: world.now(),
    actor: SYSTEM.name,
    action: 'terminate-leftover',
    subject: store.executions.displayId(id),
    outcome: 'done',
    detail: `${handle} still ran.`,
  })
}
