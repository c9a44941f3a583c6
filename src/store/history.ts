import type { HistoryFilter } from '../domain/filter.ts'
import { STATUSES, type Status } from '../domain/status.ts'
import type { Db } from './database.ts'
import { createCursors } from './historyCursor.ts'
import { createNarrowing, listOf, type Narrowed } from './historyFilter.ts'
import { createRanges, idsIn, type Span } from './historyRanges.ts'
import { createRows, type HistoryRow } from './historyRows.ts'
import { createMemory } from './memory.ts'
import { createStatements } from './statements.ts'
import { ALL_WORKFLOWS, type Trends } from './trends.ts'

/** Newest first. The cursors lead to the pages beside this one; null where there is none. */
export interface HistoryPage {
  readonly rows: readonly HistoryRow[]
  readonly newer: string | null
  readonly older: string | null
}

/** Exact, or “1,000+”: at least so many. */
export interface Total {
  readonly count: number
  readonly exact: boolean
}

/** Where no counter knows the total it is counted up to here. */
export const COUNT_MAX = 1000
/** Rows a page has at most. */
const PAGE_MAX = 200

/** Lists of executions: any page costs the same, however deep it lies and however long the history is. */
export function createHistory(db: Db, trends: Trends, instance: string) {
  const query = createStatements(db)
  const { narrow, workflowId } = createNarrowing(query)
  const rangeOf = createRanges(query)
  const rowsOf = createRows(query)
  const cursors = createCursors(instance)
  const remembered = createMemory(db)

  function newest(list: string, narrowed: Narrowed, limit: number): HistoryPage {
    const rows = rowsOf(narrowed, narrowed.span, 'DESC', limit + 1)
    return pageOf(list, rows.slice(0, limit), { newer: false, older: rows.length > limit })
  }

  function pageOf(
    list: string,
    rows: readonly HistoryRow[],
    more: { newer: boolean; older: boolean },
  ): HistoryPage {
    const first = rows[0]
    const last = rows.at(-1)
    return {
      rows,
      newer:
        more.newer && first !== undefined ? cursors.write(list, { direction: 'newer', id: first.id }) : null,
      older:
        more.older && last !== undefined ? cursors.write(list, { direction: 'older', id: last.id }) : null,
    }
  }

  /** `limit` executions beside a cursor that an earlier page gave, or the newest. A Fault where it is of another list. */
  function page(filter: HistoryFilter, cursor: string | null, limit: number): HistoryPage {
    const list = listOf(filter)
    const wanted = Math.min(limit, PAGE_MAX)
    if (cursor === null)
      return remembered(`page ${wanted} ${list}`, () => newest(list, narrow(filter), wanted))

    const place = cursors.read(list, cursor)
    const narrowed = narrow(filter)
    const { span } = narrowed
    if (place.direction === 'older') {
      const rows = rowsOf(
        narrowed,
        { from: span.from, to: Math.min(span.to, place.id - 1) },
        'DESC',
        wanted + 1,
      )
      return pageOf(list, rows.slice(0, wanted), { newer: true, older: rows.length > wanted })
    }
    const rows = rowsOf(narrowed, { from: Math.max(span.from, place.id + 1), to: span.to }, 'ASC', wanted + 1)
    // At the top a page is filled up from below, so that going back ends where one began.
    if (rows.length <= wanted) return newest(list, narrowed, wanted)
    return pageOf(list, rows.slice(0, wanted).reverse(), { newer: true, older: true })
  }

  function capped({ scopes, span }: Narrowed): Total {
    const count = scopes.reduce((sum, scope) => {
      const ids = idsIn(rangeOf(scope, span), 'DESC', COUNT_MAX + 1)
      return (
        sum + (query<{ n: number }>(`SELECT count(*) AS n FROM (${ids.sql})`).get(...ids.parameters)?.n ?? 0)
      )
    }, 0)
    return { count: Math.min(count, COUNT_MAX), exact: count <= COUNT_MAX }
  }

  /** The executions of a list that have the ids of a span: a whole list is counted piece by piece. */
  function countWithin(filter: HistoryFilter, piece: Span): number {
    const { scopes, span } = narrow(filter)
    const within = { from: Math.max(span.from, piece.from), to: Math.min(span.to, piece.to) }
    return scopes.reduce((sum, scope) => {
      const { id, sql, parameters } = rangeOf(scope, within)
      return (
        sum + (query<{ n: number }>(`SELECT count(DISTINCT ${id}) AS n ${sql}`).get(...parameters)?.n ?? 0)
      )
    }, 0)
  }

  /** From the counters, by status; null where they do not know this list. */
  function counted(filter: HistoryFilter): ReadonlyMap<Status, number> | null {
    const others = [filter.branch, filter.trigger, filter.by, filter.environment, filter.q]
    if (others.some((other) => other !== null)) return null
    const workflow = filter.workflow === null ? ALL_WORKFLOWS : workflowId(filter.workflow)
    return workflow === null ? new Map() : trends.totals(workflow, filter.from, filter.to)
  }

  function total(filter: HistoryFilter): Total {
    const known = counted(filter)
    if (known === null) return capped(narrow(filter))
    const statuses = filter.statuses.length === 0 ? STATUSES : new Set(filter.statuses)
    return { count: [...statuses].reduce((sum, status) => sum + (known.get(status) ?? 0), 0), exact: true }
  }

  function statusCounts(filter: HistoryFilter): Readonly<Record<Status, Total>> {
    const known = counted(filter)
    const tally = (status: Status): Total =>
      known === null
        ? capped(narrow({ ...filter, statuses: [status] }))
        : { count: known.get(status) ?? 0, exact: true }
    return Object.fromEntries(STATUSES.map((status) => [status, tally(status)])) as Record<Status, Total>
  }

  return {
    page,
    countWithin,

    /** The newest id there is; 0 where there is none. */
    newestId: (): number =>
      query<{ id: number | null }>('SELECT max(id) AS id FROM executions').get()?.id ?? 0,

    /** How many executions a list has. */
    total: (filter: HistoryFilter) => remembered(`total ${listOf(filter)}`, () => total(filter)),

    /** How many of a list stand in each status, whichever statuses it is narrowed to. */
    statusCounts: (filter: HistoryFilter) =>
      remembered(`tallies ${listOf(filter)}`, () => statusCounts(filter)),
  }
}
