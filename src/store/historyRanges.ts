import { FINAL_STATUSES, type Status } from '../domain/status.ts'
import type { Parameter, Statements } from './statements.ts'

/** Columns that a list is filtered by. */
export type Field = 'status' | 'workflow_id' | 'branch' | 'trigger' | 'triggered_by'

/** One list without its order: equal fields and what else must hold. A list of several statuses is several of these. */
export interface Scope {
  readonly fields: ReadonlyMap<Field, string | number>
  readonly environment: string | null
  /** Words of the title. */
  readonly title: string | null
  /** Where the text named executions: only these. */
  readonly ids: readonly number[] | null
}

/** Ids, both included. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A piece of SQL with what belongs in its places. */
interface Fragment {
  readonly sql: string
  readonly parameters: readonly Parameter[]
}

/** `FROM … WHERE …`, with the execution as `e`. */
export interface Range extends Fragment {
  /** What holds the execution's id, in whose order the range is walked. */
  readonly id: string
  /** The same without what is looked up in each execution, and that apart; null where nothing is. */
  readonly walked: Fragment
  readonly rest: Fragment | null
  /** One execution may stand in it several times. */
  readonly repeats: boolean
}

export type Order = 'ASC' | 'DESC'

interface Index {
  readonly name: string
  readonly fields: readonly Field[]
  /** Holds executions in a final status only. */
  readonly final: boolean
}

const index = (name: string, ...fields: readonly Field[]): Index => ({
  name: `executions_by_${name}`,
  fields,
  final: fields.length > 1 && fields.includes('status'),
})

/** Of equally fit ones the earlier is taken. */
const INDEXES: readonly Index[] = [
  index('status_workflow', 'status', 'workflow_id'),
  index('status_person', 'status', 'triggered_by'),
  index('status_branch', 'status', 'branch'),
  index('status_trigger', 'status', 'trigger'),
  index('workflow_person', 'workflow_id', 'triggered_by'),
  index('workflow_branch', 'workflow_id', 'branch'),
  index('workflow_trigger', 'workflow_id', 'trigger'),
  index('branch_person', 'branch', 'triggered_by'),
  index('trigger_person', 'trigger', 'triggered_by'),
  index('branch_trigger', 'branch', 'trigger'),
  index('workflow', 'workflow_id'),
  index('person', 'triggered_by'),
  index('branch', 'branch'),
  index('status', 'status'),
  index('trigger', 'trigger'),
]

const FINAL: ReadonlySet<unknown> = new Set<Status>(FINAL_STATUSES)
/** Ranges are compared by their first so many entries: fewer than that is cheap to walk whichever it is. */
const COMPARED = 200
/** Further, where one of them is of titles: those take ten times as long to walk, and may be of no use at all. */
const TITLES_COMPARED = 2_000

/** How a list is walked: a source of ids in their order, and what is then looked up in each execution. */
interface Walk {
  readonly from: string
  readonly id: string
  /** What makes the range, with its parameters. */
  readonly range: Fragment
  readonly fields: readonly Field[]
  readonly environment: boolean
  readonly title: boolean
  readonly repeats: boolean
}

/** Turns scopes into ranges of the best index there is for them. */
export function createRanges(statements: Statements) {
  /** The walk with the shortest range; where all are long, the first. */
  function choose(walks: readonly Walk[]): Walk {
    const [only, ...others] = walks
    if (only === undefined) return ALL
    if (others.length === 0) return only
    const shortest = shortestOf(walks, COMPARED)
    const titles = walks.some(({ title }) => title)
    return (titles && shortest.size >= COMPARED ? shortestOf(walks, TITLES_COMPARED) : shortest).walk
  }

  function shortestOf(walks: readonly Walk[], limit: number): { readonly walk: Walk; readonly size: number } {
    const sizes = walks.map((walk) => ({ walk, size: sizeOf(walk, limit) }))
    return sizes.reduce((best, next) => (next.size < best.size ? next : best))
  }

  function sizeOf({ from, range }: Walk, limit: number): number {
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${from} WHERE ${range.sql} LIMIT ?)`
    return statements<{ n: number }>(sql).get(...range.parameters, limit)?.n ?? 0
  }

  /** Chooses how to walk a scope; what is given back tells where its executions stand within a span of ids. */
  return function rangeOf(scope: Scope): (span: Span) => Range {
    const walk = choose(walksOf(scope))
    const others = rest(scope, walk)
    return (span) => {
      const within = { sql: `${walk.id} BETWEEN ? AND ?`, parameters: [span.from, span.to] }
      const { sql, parameters } = every([walk.range, within])
      const walked = { sql: `FROM ${walk.from} WHERE ${sql}`, parameters }
      return {
        ...(others.length === 0 ? walked : every([walked, ...others])),
        ...{ id: walk.id, walked, rest: others.length === 0 ? null : every(others), repeats: walk.repeats },
      }
    }
  }
}

function every(conditions: readonly Fragment[]): Fragment {
  return {
    sql: conditions.map((each) => each.sql).join(' AND '),
    parameters: conditions.flatMap((each) => each.parameters),
  }
}

/** Selects the ids of a range, newest or oldest first, at most `limit`. */
export function idsIn(
  range: Pick<Range, 'id' | 'sql' | 'parameters' | 'repeats'>,
  order: Order,
  limit: number,
): Fragment {
  const distinct = range.repeats ? 'DISTINCT ' : ''
  return {
    sql: `SELECT ${distinct}${range.id} AS id ${range.sql} ORDER BY ${range.id} ${order} LIMIT ?`,
    parameters: [...range.parameters, limit],
  }
}

const ALL: Walk = {
  from: 'executions e',
  id: 'e.id',
  range: { sql: 'TRUE', parameters: [] },
  fields: [],
  environment: false,
  title: false,
  repeats: false,
}

/** All sensible ways to walk a scope. */
function walksOf(scope: Scope): Walk[] {
  if (scope.ids !== null) return [byIds(scope.ids)]
  if (scope.title !== null && !ASCII.test(scope.title)) return [byTitle(scope.title)]
  const final = FINAL.has(scope.fields.get('status'))
  const usable = INDEXES.filter(
    (one) => one.fields.every((field) => scope.fields.has(field)) && (final || !one.final),
  )
  const longest = Math.max(0, ...usable.map((one) => one.fields.length))
  const walks = usable.filter((one) => one.fields.length === longest).map((one) => byIndex(one, scope))
  return [
    ...(scope.title === null ? [] : [byTitle(scope.title)]),
    ...walks,
    ...(scope.environment === null ? [] : [byEnvironment(scope.environment)]),
  ]
}

function byIndex(one: Index, scope: Scope): Walk {
  const equal = one.fields.map((field) => `e.${field} = ?`)
  return {
    from: `executions e INDEXED BY ${one.name}`,
    id: 'e.id',
    range: {
      sql: [...equal, ...(one.final ? ['e.finished_at IS NOT NULL'] : [])].join(' AND '),
      parameters: one.fields.map((field) => scope.fields.get(field) ?? ''),
    },
    fields: one.fields,
    environment: false,
    title: false,
    repeats: false,
  }
}

/** CROSS JOIN keeps SQLite from turning it round; with an ON it would not seek to the span within the index. */
function byEnvironment(environment: string): Walk {
  return {
    from: 'segments s INDEXED BY segments_by_environment CROSS JOIN executions e',
    id: 's.execution_id',
    range: { sql: 's.environment = ? AND e.id = s.execution_id', parameters: [environment] },
    fields: [],
    environment: true,
    title: false,
    repeats: true,
  }
}

function byTitle(title: string): Walk {
  return {
    from: 'titles CROSS JOIN executions e',
    id: 'titles.rowid',
    range: {
      sql: 'titles MATCH ? AND e.id = titles.rowid',
      parameters: [phraseOf(title)],
    },
    fields: [],
    environment: false,
    title: true,
    repeats: false,
  }
}

function byIds(ids: readonly number[]): Walk {
  return {
    from: 'executions e',
    id: 'e.id',
    range: { sql: 'e.id IN (SELECT value FROM json_each(?))', parameters: [JSON.stringify(ids)] },
    fields: [],
    environment: false,
    title: false,
    repeats: false,
  }
}

function phraseOf(title: string): string {
  return `"${title.replaceAll('"', '""')}"`
}

/** What the walk does not see to by itself. A plus keeps SQLite from using an index for it. */
function rest(scope: Scope, walk: Walk): Fragment[] {
  const fields = [...scope.fields]
    .filter(([field]) => !walk.fields.includes(field))
    .map(([field, value]) => ({ sql: `+e.${field} = ?`, parameters: [value] }))
  const environment = scope.environment === null || walk.environment ? [] : [deploysTo(scope.environment)]
  const title = scope.title === null || walk.title ? [] : [isTitled(scope.title)]
  return [...fields, ...environment, ...title]
}

function deploysTo(environment: string): Fragment {
  const sql = 'EXISTS (SELECT 1 FROM segments WHERE execution_id = e.id AND environment = ?)'
  return { sql, parameters: [environment] }
}

/** LIKE knows capital and small letters of ASCII alone; the index of titles knows all, but takes long for one title. */
const ASCII = /^[\x20-\x7e]*$/

function isTitled(title: string): Fragment {
  const escaped = title.replace(/[\\%_]/g, '\\$&')
  return { sql: "e.title LIKE ? ESCAPE '\\'", parameters: [`%${escaped}%`] }
}
