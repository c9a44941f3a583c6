import type { HistoryFilter } from '../domain/filter.ts'
import type { Db } from './database.ts'
import { createNarrowing, type Narrowed } from './historyFilter.ts'
import { createRanges, idsIn, type Order, type Span } from './historyRanges.ts'
import { createStatements, type Statements } from './statements.ts'
import type { ExecutionRow } from './tables.ts'

/** An execution as a list shows it. */
export type HistoryRow = Pick<ExecutionRow, (typeof SHOWN)[number]> & { readonly slug: string }

const SHOWN = [
  'id',
  'uid',
  'workflowId',
  'number',
  'version',
  'status',
  'reason',
  'waits',
  'trigger',
  'triggeredBy',
  'triggeredAt',
  'branch',
  'tag',
  'sha',
  'title',
  'author',
  'engine',
  'strip',
  'startedAt',
  'finishedAt',
  'rerunOf',
  'reports',
  'redeploys',
] as const satisfies readonly (keyof ExecutionRow)[]

const COLUMNS = [
  ...SHOWN.map((name) => `e.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} AS ${name}`),
  '(SELECT slug FROM workflows w WHERE w.id = e.workflow_id) AS slug',
].join(', ')

/** Reads rows of a list that was narrowed to ranges. */
export function createRows(query: Statements) {
  const rangeOf = createRanges(query)

  return function rowsOf({ scopes }: Narrowed, span: Span, order: Order, limit: number): HistoryRow[] {
    const ranges = scopes.map((scope) => rangeOf(scope)(span))
    const [first] = ranges
    if (first === undefined) return []
    if (ranges.length === 1 && !first.repeats) {
      const sql = `SELECT ${COLUMNS} ${first.sql} ORDER BY ${first.id} ${order} LIMIT ?`
      return query<HistoryRow>(sql).all(...first.parameters, limit)
    }
    const arms = ranges.map((range) => idsIn(range, order, limit))
    const sql = `WITH found (id) AS (${arms.map((arm) => `SELECT id FROM (${arm.sql})`).join(' UNION ALL ')})
      SELECT ${COLUMNS}
      FROM found CROSS JOIN executions e ON e.id = found.id
      ORDER BY found.id ${order}
      LIMIT ?`
    return query<HistoryRow>(sql).all(...arms.flatMap((arm) => arm.parameters), limit)
  }
}

/** Goes down a list from an execution on, by ids; remembers nothing, so that each look sees what is committed. */
export function createWalk(db: Pick<Db, 'sqlite'>) {
  const query = createStatements(db)
  const { narrow } = createNarrowing(query)
  const rowsOf = createRows(query)

  /** The newest executions of a list among those that are older than one, by its id. */
  return (filter: HistoryFilter, id: number, limit: number): HistoryRow[] => {
    const narrowed = narrow(filter)
    const { from, to } = narrowed.span
    return rowsOf(narrowed, { from, to: Math.min(to, id - 1) }, 'DESC', limit)
  }
}
