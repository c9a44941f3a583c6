import { setImmediate } from 'node:timers/promises'
import type { z } from 'zod'
import { type ExecutionsExportQuery, ViewFilter } from '../contract/inputs.ts'
import type { ExecutionWire } from '../contract/schemas.ts'
import { Fault } from '../domain/fault.ts'
import { EXPORT_ROWS_MAX, type HistoryFilter, NO_FILTER, within } from '../domain/filter.ts'
import { dayOf } from '../domain/trend.ts'
import type { Total } from '../store/history.ts'
import type { ServerDeps } from './context.ts'
import { parseFields } from './request.ts'
import { type TableFormat, tableFile } from './table.ts'
import { createWaiting } from './waiting.ts'
import { executionWire } from './wire.ts'

/** Read at once for an export: a page of the list, quick enough to keep nobody else waiting. */
const BATCH = 200
/** Ids that are looked at in one go while counting: a few milliseconds, whatever the filter. */
const PIECE = 20_000

type Clock = Pick<ServerDeps, 'world' | 'settings'>
type Given = Omit<z.output<typeof ExecutionsExportQuery>, 'format'>

/** What a request asks for, as the store has it. */
export function filterOf(deps: Clock, { status, range, ...given }: Given): HistoryFilter {
  if (range !== undefined && (given.from !== undefined || given.to !== undefined)) {
    throw new Fault('invalid', 'query.range: range excludes from and to; take one of them.')
  }
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  const filter = { ...NO_FILTER, ...Object.fromEntries(named), statuses: status ?? [] }
  return range === undefined ? filter : within(filter, range, todayOf(deps))
}

/** The day that it is where the instance's days are counted. */
export function todayOf({ world, settings }: Clock): string {
  return dayOf(world.now(), settings.timezone)
}

/** What a query says, as it stands in the address of a list. */
export function filterFrom(deps: Clock, query: string): HistoryFilter {
  const { value, findings } = parseFields(ViewFilter, Object.fromEntries(new URLSearchParams(query)))
  if (value !== null) return filterOf(deps, value)
  const [first] = findings
  throw new Fault('invalid', `query.${first?.path ?? ''}: ${first?.message ?? 'It is no filter.'}`, {
    findings,
  })
}

/** Counts a list to its end where no counter knows it, in pieces, so that others are answered in between. */
export async function countAll({ store }: Pick<ServerDeps, 'store'>, filter: HistoryFilter): Promise<Total> {
  const known = store.history.total(filter)
  if (known.exact) return known
  const countIn = store.history.counter(filter)
  let count = 0
  for (let to = store.history.newestId(); to > 0; to -= PIECE) {
    count += countIn({ from: to - PIECE + 1, to })
    await setImmediate()
  }
  return { count, exact: true }
}

const COLUMNS = [
  'id',
  'status',
  'workflow',
  'number',
  'version',
  'trigger',
  'triggeredBy',
  'triggeredAt',
  'startedAt',
  'finishedAt',
  'branch',
  'tag',
  'sha',
  'title',
  'author',
  'engine',
  'reason',
  'waitingFor',
  'rerunOf',
  'uid',
] as const satisfies (keyof ExecutionWire)[]

/** What a filter leaves as a file, newest first. */
export function historyExport(deps: ServerDeps, filter: HistoryFilter, format: TableFormat): Response {
  const { history } = deps.store
  let given = 0
  let place: string | null = null
  const next = (): ExecutionWire[] | null => {
    if (given >= EXPORT_ROWS_MAX || (given > 0 && place === null)) return null
    const { rows, older } = history.page(filter, place, Math.min(BATCH, EXPORT_ROWS_MAX - given))
    place = older
    given += rows.length
    const waiting = createWaiting(deps)
    return rows.length === 0 ? null : rows.map((row) => executionWire(deps, row, waiting))
  }
  return tableFile('periplus-executions', { format, columns: COLUMNS, next })
}
