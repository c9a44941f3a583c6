import { isFinal } from '../domain/status.ts'
import type { HistoryRow } from '../store/historyRows.ts'
import type { ServerDeps } from './context.ts'

/** Says of one row after another why it waits. */
export type Waiting = (row: Pick<HistoryRow, 'id' | 'status' | 'waits'>) => string | null

/**
 * For one answer about many executions: the queue is read once, and only who stands in it is asked about it. Everybody
 * else's reason stands in their row.
 */
export function createWaiting({ store, ledger }: Pick<ServerDeps, 'store' | 'ledger'>): Waiting {
  let queued: ReadonlySet<number> | null = null
  return (row) => {
    if (isFinal(row.status)) return null
    queued ??= new Set(store.effects.queued().map(({ executionId }) => executionId))
    return queued.has(row.id) ? ledger.waitingFor(row.id) : row.waits
  }
}
