import type { Actor } from '../domain/actor.ts'
import { decide, type Effect, type Happening, type Position, type Step } from '../domain/machine.ts'
import { shippedBy } from '../domain/redeploy.ts'
import { isFinal, type Status } from '../domain/status.ts'
import type { ExecutionPatch } from '../store/executions.ts'
import type { ExecutionRow } from '../store/tables.ts'
import { type Desk, executionOf, planOf, plausible, record } from './desk.ts'
import { measure } from './measure.ts'
import { admit, supersede } from './queue.ts'
import { closeStages, stripOf } from './stages.ts'

/** What is known besides the event itself. */
export interface Circumstances {
  readonly actor: Actor
  /** When it happened, where that was earlier than now. */
  readonly at?: number
  /** Why a person or a rule asked for it; kept with the event. */
  readonly reason?: string | null
  readonly detail?: Readonly<Record<string, unknown>>
}

export type Outcome =
  | { readonly accepted: true; readonly row: ExecutionRow }
  | { readonly accepted: false; readonly row: ExecutionRow; readonly why: string }

/** One accepted event on its way into the tables. */
export interface Change {
  readonly row: ExecutionRow
  readonly position: Position
  readonly event: Happening
  readonly step: Step
  readonly now: number
  /** When it happened: never after now. */
  readonly at: number
  readonly around: Circumstances
  /** Whether the segment the execution stood at is over with this event. */
  readonly leaves: boolean
}

/** Statuses in which an execution waits for people and holds nothing of an engine. */
const AT_GATE: ReadonlySet<Status> = new Set(['approval-pending', 'deployment-pending'])

/**
 * The one door: one transaction reads the position, asks the machine, and writes all that follows from its answer,
 * or changes nothing.
 */
export function apply(desk: Desk, id: number, event: Happening, around: Circumstances): Outcome {
  return desk.store.transaction(() => {
    const row = executionOf(desk, id)
    // A segment that ended before its start was heard of has started all the same.
    if (row.status === 'pending' && event.type === 'segment.finished')
      apply(desk, id, { type: 'segment.started', segment: event.segment }, around)
    const before = executionOf(desk, id)
    const position = positionOf(desk, before, event)
    const decision = decide(position, event)
    if (!decision.accepted) return { accepted: false, row: before, why: decision.why }
    if (isKnown(desk, before, event)) return { accepted: true, row: before }
    const now = desk.world.now()
    const at = plausible(around.at ?? now, earliestOf(desk, before, event), now)
    // A re-run that begins in the middle leaves no segment behind it.
    const leaves = isFinal(decision.status) || (event.type !== 'prepared' && decision.at !== position.at)
    carryOut(desk, { row: before, position, event, step: decision, now, at, around, leaves })
    return { accepted: true, row: executionOf(desk, id) }
  })
}

/** Nothing is heard of a segment from before it was handed over, and none ends before it began. */
function earliestOf(desk: Desk, row: ExecutionRow, event: Happening): number {
  const segment = 'segment' in event ? desk.store.segments.one(row.id, event.segment) : null
  return segment?.startedAt ?? segment?.attemptedAt ?? row.triggeredAt
}

/** News comes twice: whenever a segment is followed anew, its start is told again. */
function isKnown(desk: Desk, row: ExecutionRow, event: Happening): boolean {
  if (event.type !== 'segment.started') return false
  return (desk.store.segments.one(row.id, event.segment)?.startedAt ?? null) !== null
}

function positionOf(desk: Desk, row: ExecutionRow, event: Happening): Position {
  return {
    status: row.status,
    // `prepared` brings the plan itself; its row is written in the same transaction, and the law judges what was before.
    segments: event.type === 'prepared' ? [] : (planOf(desk, row)?.segments ?? []),
    at: row.atSegment,
    attempted: (desk.store.segments.one(row.id, row.atSegment)?.attemptedAt ?? null) !== null,
    timedOut: row.timedOut === 1,
  }
}

/** Every consequence has its line here; the order matters where one reads what another wrote. */
function carryOut(desk: Desk, change: Change): void {
  const { row, event, step } = change
  if (event.type === 'segment.started') desk.store.segments.start(row.id, event.segment, change.at)
  closeStages(desk, change)
  const spent = closeSegment(desk, change)
  closeGate(desk, change)
  desk.store.executions.update(row.id, patchOf(desk, change, spent))
  openGate(desk, change)
  settleEffects(desk, change)
  for (const effect of step.effects) order(desk, change, effect)
  if (isFinal(step.status)) desk.store.pins.drop(row.id)
  desk.store.executions.update(row.id, { strip: stripOf(desk, row.id, step.status) })
  desk.store.trends.count(row.workflowId, row.day, row.status, step.status)
  measure(desk, change)
  recordChange(desk, change)
  if (event.type === 'prepared' && step.effects.some((effect) => effect.kind === 'submit'))
    supersede(desk, row)
  admit(desk)
}

function recordChange(desk: Desk, { row, event, step, now, around }: Change): void {
  record(desk, {
    executionId: row.id,
    at: now,
    type: event.type,
    actor: around.actor,
    ...(row.status === step.status ? {} : { from: row.status, to: step.status }),
    reason: around.reason ?? step.reason ?? ('reason' in event ? event.reason : null),
    ...(around.detail === undefined ? {} : { detail: around.detail }),
  })
}

/** Ends the segment that is left; answers how long it ran. */
function closeSegment(desk: Desk, { row, event, at, leaves }: Change): number {
  if (!leaves) return 0
  const segment = desk.store.segments.one(row.id, row.atSegment)
  if (segment === null) return 0
  desk.store.segments.end(row.id, segment.number, at)
  if (
    segment.environment !== null &&
    event.type === 'segment.finished' &&
    event.verdict === 'succeeded' &&
    !event.killed
  )
    desk.store.deployments.insert({
      ...shippedBy(desk.store.stages.list(row.id)),
      environment: segment.environment,
      workflowId: row.workflowId,
      executionId: row.id,
      sha: row.sha,
      triggeredAt: row.triggeredAt,
      deployedAt: at,
      deployedBy: deployedBy(desk, row, segment.environment),
      origin: desk.store.executions.firstOf(row),
    })
  return segment.startedAt === null ? 0 : Math.max(0, at - segment.startedAt)
}

/** Whoever let it through the gate, or else whoever began the execution. */
function deployedBy(desk: Desk, row: ExecutionRow, environment: string): string {
  const decided = desk.store.gates.decisionsAt({ executionId: row.id, environment })
  return decided.at(-1)?.person ?? row.triggeredBy
}

function patchOf(desk: Desk, change: Change, spentMs: number): ExecutionPatch {
  const { row, event, step, at } = change
  const moved = step.status !== row.status || step.at !== row.atSegment
  const started = event.type === 'segment.started'
  return {
    status: step.status,
    atSegment: step.at,
    reason: reasonOf(change),
    timedOut: step.timedOut ? 1 : 0,
    ranMs: row.ranMs + spentMs,
    deadlineAt: deadlineOf(desk, change),
    ...(moved || started ? { waits: null } : {}),
    ...(isFinal(step.status) || AT_GATE.has(step.status) ? { holdsSlot: 0 } : {}),
    ...(started && row.startedAt === null ? { startedAt: at } : {}),
    ...(isFinal(step.status) ? { finishedAt: Math.max(at, row.startedAt ?? row.triggeredAt) } : {}),
  }
}

/** A status keeps its reason while it lasts; Terminating and Terminated bear the reason of whoever asked. */
function reasonOf({ row, step, around }: Change): string | null {
  if (step.reason !== null) return step.reason
  if (step.status === row.status) return row.reason
  if (step.status === 'terminating') return around.reason ?? null
  if (step.status !== 'terminated') return null
  return around.reason ?? (row.status === 'terminating' ? row.reason : null)
}

/** Only running time counts: a deadline stands while a segment runs, and nobody has asked for its end. */
function deadlineOf(desk: Desk, { row, step, leaves }: Change): number | null {
  if (row.timeoutMs === null || leaves || step.status !== 'running' || step.timedOut) return null
  const startedAt = desk.store.segments.one(row.id, step.at)?.startedAt ?? null
  return startedAt === null ? null : startedAt + Math.max(0, row.timeoutMs - row.ranMs)
}

const GATE_END = {
  'gate.opened': 'passed',
  'gate.rejected': 'rejected',
  'gate.expired': 'expired',
  'termination.requested': 'terminated',
} as const

/** A gate that is left is closed, by the name of what closed it. */
function closeGate(desk: Desk, { row, event, step, now }: Change): void {
  if (!AT_GATE.has(row.status) || AT_GATE.has(step.status)) return
  const environment = desk.store.gates.list(row.id).find((gate) => gate.state === 'open')?.environment
  if (environment === undefined || !(event.type in GATE_END)) return
  desk.store.gates.close(row.id, environment, GATE_END[event.type as keyof typeof GATE_END], now)
}

function openGate(desk: Desk, { row, step, now }: Change): void {
  if (!AT_GATE.has(step.status) || AT_GATE.has(row.status)) return
  const rule = planOf(desk, executionOf(desk, row.id))?.segments[step.at]?.gate
  if (rule === undefined || rule === null) return
  desk.store.gates.open({
    executionId: row.id,
    environment: rule.environment,
    segment: step.at,
    rule: JSON.stringify(rule),
    askedAt: now,
    expiresAt: rule.expiresMs === null ? null : now + rule.expiresMs,
  })
}

/**
 * Once an end is asked for, nothing is begun any more; once it is seen, nothing is left to ask for. A second request
 * takes the place of the first, so that it has its own tries.
 */
function settleEffects(desk: Desk, { row, event, step, now }: Change): void {
  const asked = step.effects.some((effect) => effect.kind === 'terminate')
  if (!asked && !isFinal(step.status) && event.type !== 'termination.failed') return
  for (const effect of desk.store.effects.open(row.id)) {
    if (effect.kind === 'release') continue
    desk.store.effects.settle(effect.id, asked ? 'dropped' : 'done', now)
  }
}

/** After a lost segment it is looked after soon: it may turn up alive. */
const LEFTOVER_LOOK_MS = 60_000

/** Leaves an effect: a submit waits for its slots, a release for its day, all else is due now. */
function order(desk: Desk, change: Change, effect: Effect): void {
  const { row, now } = change
  const segment = effect.kind === 'prepare' ? null : effect.segment
  const state = effect.kind === 'submit' ? 'queued' : 'due'
  if (effect.kind === 'submit') desk.store.segments.queue(row.id, effect.segment, now)
  const dueAt = effect.kind === 'release' ? releaseAt(desk, change) : now
  desk.store.effects.insert({ executionId: row.id, kind: effect.kind, segment, state, dueAt, createdAt: now })
}

function releaseAt(desk: Desk, { event, now }: Change): number {
  const unsure = event.type === 'segment.lost' && event.how === 'unknown'
  return now + (unsure ? LEFTOVER_LOOK_MS : desk.options.releaseAfterMs)
}
