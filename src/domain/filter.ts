import type { TriggerKind } from './definition.ts'
import type { Status } from './status.ts'
import { periodsOf } from './trend.ts'

/** So many days, today's included; an address that says so stays fresh. */
export const LAST_DAYS = ['7d', '30d', '90d'] as const
export type LastDays = (typeof LAST_DAYS)[number]

/** What a list of executions is narrowed by; everything must hold. */
export interface HistoryFilter {
  /** Any of these; empty is all. */
  readonly statuses: readonly Status[]
  /** A slug. */
  readonly workflow: string | null
  readonly branch: string | null
  readonly trigger: TriggerKind | null
  readonly by: string | null
  /** One it deploys to, or would. */
  readonly environment: string | null
  /** Where it is not null, `from` is its first day as of now, and `to` is null. */
  readonly range: LastDays | null
  /** Days of the trigger in the instance's time zone, 'YYYY-MM-DD', both included. */
  readonly from: string | null
  readonly to: string | null
  /** A display id, a uid, the beginning of a commit's SHA, or words of a title. */
  readonly q: string | null
}

/** Every execution there is. */
export const NO_FILTER: HistoryFilter = {
  statuses: [],
  workflow: null,
  branch: null,
  trigger: null,
  by: null,
  environment: null,
  range: null,
  from: null,
  to: null,
  q: null,
}

/** How many days a range looks back on. */
export function countOf(range: LastDays): number {
  return Number.parseInt(range, 10)
}

/** A filter that keeps to the last days, as seen from this one. */
export function within(filter: HistoryFilter, range: LastDays, today: string): HistoryFilter {
  const [first = today] = periodsOf({ period: 'day', count: countOf(range) }, today)
  return { ...filter, range, from: first, to: null }
}

/** Rows of one export: nobody reads more in a table; whoever keeps a copy of everything asks in ranges of days. */
export const EXPORT_ROWS_MAX = 100_000
