import type { HistoryFilter } from '../domain/filter.ts'
import { isFinal, STATUSES, type Status } from '../domain/status.ts'
import type { Db } from './database.ts'
import { createCursors } from './historyCursor.ts'
import { createNarrowing, listOf, type Narrowed } from './historyFilter.ts'
import { createRanges, idsIn, type Range, type Span } from './historyRanges.ts'
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
/** Executions looked at one by one for that: some milliseconds. */
export const LOOKED_AT_MAX = 5_000
/** Rows a page has at most. */
const PAGE_MAX = 200

/** Whether one index holds the list by status. */
function isRangeByStatus({ workflow, branch, trigger, by, environment, q }: HistoryFilter): boolean {
  const fields = [workflow, branch, trigger, by].filter((field) => field !== null)
  return fields.length <= 1 && environment === null && q === null
}

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
    const counts = scopes.map((scope) => countNewest(rangeOf(scope)(span)))
    const count = counts.reduce((sum, each) => sum + each.count, 0)
    return {
      count: Math.min(count, COUNT_MAX),
      exact: count <= COUNT_MAX && counts.every((each) => each.exact),
    }
  }

  function countNewest(range: Range): Total {
    if (range.rest !== null) {
      const { counts, exact } = newestByStatus(range)
      return { count: counts.reduce((sum, { n }) => sum + n, 0), exact }
    }
    const { sql, parameters } = idsIn(range, 'DESC', COUNT_MAX + 1)
    const found = query<{ n: number }>(`SELECT count(*) AS n FROM (${sql})`).get(...parameters)
    return { count: found?.n ?? 0, exact: true }
  }

  /** Looks no further than is quick, and so may find few of many; exact where it came to the end. */
  function newestByStatus(range: Range): {
    counts: readonly { status: Status; n: number }[]
    exact: boolean
  } {
    const limit = range.rest === null ? COUNT_MAX : LOOKED_AT_MAX
    const { sql, parameters } = idsIn({ ...range, ...range.walked }, 'DESC', limit + 1)
    const fits = range.rest?.sql ?? 'TRUE'
    const counts = query<{ status: Status; n: number; walked: number }>(
      `SELECT e.status AS status, count(CASE WHEN ${fits} THEN 1 END) AS n, count(*) AS walked
      FROM (${sql}) found CROSS JOIN executions e ON e.id = found.id
      GROUP BY e.status`,
    ).all(...(range.rest?.parameters ?? []), ...parameters)
    return { counts, exact: counts.reduce((sum, { walked }) => sum + walked, 0) <= limit }
  }

  /** Counts the executions of a list that have the ids of a span: a whole list is counted piece by piece. */
  function counter(filter: HistoryFilter): (piece: Span) => number {
    const { scopes, span } = narrow(filter)
    const ranges = scopes.map((scope) => rangeOf(scope))
    return (piece) => {
      const within = { from: Math.max(span.from, piece.from), to: Math.min(span.to, piece.to) }
      return ranges.reduce((sum, range) => {
        const { id, sql, parameters } = range(within)
        return (
          sum + (query<{ n: number }>(`SELECT count(DISTINCT ${id}) AS n ${sql}`).get(...parameters)?.n ?? 0)
        )
      }, 0)
    }
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
    const newest = known === null && !isRangeByStatus(filter) ? amongNewest(filter) : null
    const tally = (status: Status): Total => {
      if (known !== null) return { count: known.get(status) ?? 0, exact: true }
      if (newest !== null && isFinal(status)) return newest(status)
      return capped(narrow({ ...filter, statuses: [status] }))
    }
    return Object.fromEntries(STATUSES.map((status) => [status, tally(status)])) as Record<Status, Total>
  }

  /**
   * How many of a list's newest stand in a status: where no index holds the list by status, all of it might have to be
   * read for the few that stand in a rare one.
   */
  function amongNewest(filter: HistoryFilter): (status: Status) => Total {
    const { scopes, span } = narrow({ ...filter, statuses: [] })
    const found = scopes.map((scope) => newestByStatus(rangeOf(scope)(span)))
    const exact = found.every((each) => each.exact)
    const counts = new Map(found.flatMap((each) => each.counts.map(({ status, n }) => [status, n])))
    return (status) => ({ count: counts.get(status) ?? 0, exact })
  }

  return {
    page,
    counter,

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
