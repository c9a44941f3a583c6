import type { Actor } from '../domain/actor.ts'
import type { EngineName } from '../domain/definition.ts'
import { Fault } from '../domain/fault.ts'
import type { Plan } from '../domain/plan.ts'
import type { Status } from '../domain/status.ts'
import type { Store } from '../store/store.ts'
import type { ExecutionRow } from '../store/tables.ts'
import type { World } from '../world.ts'
import type { Feed } from './feed.ts'

export interface LedgerOptions {
  /** The engine of workflows that name none. */
  readonly engine: EngineName
  /** The zone in which a trigger's day is counted. */
  readonly timezone: string
  /** Segments that may be open on the local engine at once. */
  readonly localMaxRunning: number
  /** How long after its end a segment's name stays taken in its engine: longer than any restored copy should be old. */
  readonly releaseAfterMs: number
  /** Bytes free on the data's disk; null where nobody can tell. */
  readonly freeBytes: () => number | null
  /** Below this nothing new starts: logs and artifacts of what runs still need a place to go. */
  readonly freeBytesMin: number
}

/** What every part of the ledger works with. */
export interface Desk {
  readonly store: Store
  readonly world: World
  readonly feed: Feed
  readonly options: LedgerOptions
}

/** When it happened by the clock of whoever ran it; by our own, where that one must be wrong. */
export function plausible(at: number, earliest: number, now: number): number {
  return at < earliest || at > now ? now : at
}

interface Entry {
  readonly executionId: number
  readonly at: number
  readonly type: string
  readonly actor: Actor
  readonly from?: Status | null
  readonly to?: Status | null
  readonly stage?: string
  readonly reason?: string | null
  readonly detail?: Readonly<Record<string, unknown>>
}

/** Writes an event, to be told once it is committed. */
export function record(desk: Desk, entry: Entry): void {
  const id = desk.store.events.insert({
    executionId: entry.executionId,
    at: entry.at,
    type: entry.type,
    actorKind: entry.actor.kind,
    actor: entry.actor.name,
    fromStatus: entry.from ?? null,
    toStatus: entry.to ?? null,
    stage: entry.stage ?? null,
    reason: entry.reason ?? null,
    detail: entry.detail === undefined ? null : JSON.stringify(entry.detail),
  })
  desk.store.afterCommit(() => desk.feed.tell({ type: 'event', id, executionId: entry.executionId }))
}

export function executionOf(desk: Desk, id: number): ExecutionRow {
  const row = desk.store.executions.byId(id)
  if (row === null) throw new Fault('not_found', `There is no execution with the number ${id}.`)
  return row
}

/** The plan an execution was prepared with; null before that. */
export function planOf(desk: Desk, row: ExecutionRow): Plan | null {
  return row.planHash === null ? null : desk.store.executions.plan(row.planHash)
}

export const SYSTEM: Actor = { kind: 'system', name: 'periplus' }
