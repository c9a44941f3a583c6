import type { TriggerKind } from './definition.ts'
import type { Status } from './status.ts'

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
  from: null,
  to: null,
  q: null,
}

/** Rows of one export: nobody reads more in a table; whoever keeps a copy of everything asks in ranges of days. */
export const EXPORT_ROWS_MAX = 100_000
