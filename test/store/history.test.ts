import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { TRIGGER_KINDS } from '../../src/domain/definition.ts'
import { type HistoryFilter, NO_FILTER } from '../../src/domain/filter.ts'
import { STATUSES } from '../../src/domain/status.ts'
import { COUNT_MAX, LOOKED_AT_MAX } from '../../src/store/history.ts'
import { createNarrowing } from '../../src/store/historyFilter.ts'
import { createRanges, idsIn, type Scope } from '../../src/store/historyRanges.ts'
import type { HistoryRow } from '../../src/store/historyRows.ts'
import { createStatements } from '../../src/store/statements.ts'
import type { Store } from '../../src/store/store.ts'
import { addExecution, openTestStore, saveWorkflow } from './fixture.ts'

const SLUGS = ['shop', 'cart', 'pay']
const BRANCHES = ['main', 'release/1', null]
const PEOPLE = ['alice', 'bob', 'schedule']
const PLACES = [[], ['dev'], ['dev', 'production'], ['production', 'production']]
const DAYS = ['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-03']
const TITLES = ['Fix the cart', 'fix: total of a CART', 'Say "hello"', '100% of É_x', null]

interface Sample {
  readonly row: Omit<HistoryRow, 'slug'>
  readonly slug: string
  readonly day: string
  readonly environments: readonly string[]
}

const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T

/** 300 executions whose fields go round in different measures, so that every pair of values occurs. */
function filled(): { store: Store; samples: Sample[] } {
  const store = openTestStore()
  const workflowIds = SLUGS.map((slug) => saveWorkflow(store, slug))
  const samples = Array.from({ length: 300 }, (_, i): Sample => {
    const slug = pick(SLUGS, i * i)
    const workflowId = workflowIds[SLUGS.indexOf(slug)] ?? 0
    const environments = pick(PLACES, i * 3 + (i >> 4))
    const day = DAYS[Math.floor(i / 75)] ?? ''
    const wanted = {
      workflowId,
      status: pick(STATUSES, i * 7 + (i >> 3)),
      branch: pick(BRANCHES, i + (i >> 5)),
      trigger: pick(TRIGGER_KINDS, i * 5 + (i >> 2)),
      triggeredBy: pick(PEOPLE, i + (i >> 6)),
      sha: Bun.hash(String(i)).toString(16).padStart(40, '0'),
      title: pick(TITLES, i + (i >> 1)),
      day,
    }
    const id = addExecution(store, wanted, environments)
    const row = store.executions.byId(id)
    if (row === null) throw new Error('it was just made')
    return { row, slug, day, environments }
  })
  return { store, samples }
}

const { store, samples } = filled()

function matches({ row, slug, day, environments }: Sample, filter: HistoryFilter): boolean {
  return (
    (filter.statuses.length === 0 || filter.statuses.includes(row.status)) &&
    (filter.workflow === null || slug === filter.workflow) &&
    (filter.branch === null || row.branch === filter.branch) &&
    (filter.trigger === null || row.trigger === filter.trigger) &&
    (filter.by === null || row.triggeredBy === filter.by) &&
    (filter.environment === null || environments.includes(filter.environment)) &&
    (filter.from === null || day >= filter.from) &&
    (filter.to === null || day <= filter.to) &&
    (filter.q === null || (row.title ?? '').toLowerCase().includes(filter.q.toLowerCase()))
  )
}

const orNull = <T>(...values: readonly T[]) => fc.constantFrom<T | null>(...values, null, null)

const anyFilter: fc.Arbitrary<HistoryFilter> = fc.record({
  statuses: fc.oneof(fc.constant([]), fc.array(fc.constantFrom(...STATUSES), { maxLength: 5 })),
  workflow: orNull(...SLUGS, 'unknown'),
  branch: orNull('main', 'release/1'),
  trigger: orNull(...TRIGGER_KINDS),
  by: orNull(...PEOPLE),
  environment: orNull('dev', 'production'),
  range: fc.constant(null),
  from: orNull(...DAYS, '2026-02-02', '2027-01-01'),
  to: orNull(...DAYS, '2026-02-02', '2020-01-01'),
  q: orNull('cart', 'CART', '"hello"', '0% of', '0_ of', 'É_x', 'é_X', 'nowhere'),
})

/** Ids page by page to the end, and back to the beginning. */
function walk(filter: HistoryFilter, limit: number): { down: number[]; up: number[] } {
  const down: number[] = []
  let page = store.history.page(filter, null, limit)
  down.push(...page.rows.map((row) => row.id))
  while (page.older !== null) {
    page = store.history.page(filter, page.older, limit)
    down.push(...page.rows.map((row) => row.id))
    // A page that gives the same rows again would go on for ever.
    if (down.length > samples.length) return { down, up: [] }
  }
  const up = page.rows.map((row) => row.id)
  while (page.newer !== null) {
    page = store.history.page(filter, page.newer, limit)
    const known = new Set(up)
    up.unshift(...page.rows.map((row) => row.id).filter((id) => !known.has(id)))
  }
  return { down, up }
}

describe('any filter, against the same executions filtered one by one', () => {
  test('its pages give each execution once, newest first, down and up again', () => {
    fc.assert(
      fc.property(anyFilter, fc.integer({ min: 1, max: 60 }), (filter, limit) => {
        const expected = samples
          .filter((sample) => matches(sample, filter))
          .map(({ row }) => row.id)
          .reverse()

        const { down, up } = walk(filter, limit)

        expect(down).toEqual(expected)
        expect(up).toEqual(expected)
      }),
      { numRuns: 400 },
    )
  })

  test('its total is how many there are', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        const expected = samples.filter((sample) => matches(sample, filter)).length

        expect(store.history.total(filter)).toEqual({ count: expected, exact: true })
      }),
      { numRuns: 200 },
    )
  })

  test('its tallies leave its own statuses out of account', () => {
    fc.assert(
      fc.property(anyFilter, fc.constantFrom(...STATUSES), (filter, status) => {
        const expected = samples.filter((sample) => matches(sample, { ...filter, statuses: [status] })).length

        expect(store.history.statusCounts(filter)[status]).toEqual({ count: expected, exact: true })
      }),
      { numRuns: 100 },
    )
  })
})

test('a row has what a list shows', () => {
  const newest = samples.at(-1)

  const [row] = store.history.page(NO_FILTER, null, 1).rows

  expect(row).toMatchObject({
    id: newest?.row.id,
    slug: newest?.slug,
    sha: newest?.row.sha,
    strip: '---------',
  })
})

test.each([
  ['a display id', (sample: Sample) => `${sample.slug}-${sample.row.number}`],
  ['a display id in capitals', (sample: Sample) => `${sample.slug}-${sample.row.number}`.toUpperCase()],
  ['a uid', (sample: Sample) => sample.row.uid],
  ['the beginning of a SHA', (sample: Sample) => (sample.row.sha ?? '').slice(0, 36)],
  ['a SHA', (sample: Sample) => ` ${sample.row.sha} `],
])('%s finds its execution', (_what, textOf) => {
  const wanted = samples[123] as Sample

  const { rows } = store.history.page({ ...NO_FILTER, q: textOf(wanted) }, null, 10)

  expect(rows.map((row) => row.id)).toEqual([wanted.row.id])
})

test('two letters are too few for a title and find nothing', () => {
  expect(store.history.page({ ...NO_FILTER, q: 'ca' }, null, 10).rows).toEqual([])
})

test('a cursor of another list, another instance, or nobody is refused with a sentence', () => {
  const cursor = store.history.page(NO_FILTER, null, 10).older ?? ''
  const tampered = cursor.replace(/^o./, (start) => (start === 'oz' ? 'oy' : 'oz'))

  for (const [filter, bad] of [
    [{ ...NO_FILTER, workflow: 'shop' }, cursor],
    [NO_FILTER, tampered],
    [NO_FILTER, `n${cursor.slice(1)}`],
    [NO_FILTER, ''],
    [NO_FILTER, 'o1.AAAAAAAAAAA'],
    [NO_FILTER, "o1' OR 1=1"],
  ] as const) {
    expect(() => store.history.page(filter, bad, 10)).toThrow('This cursor does not belong to this list.')
  }
})

test('naming the statuses in another order is the same list', () => {
  const one = store.history.page({ ...NO_FILTER, statuses: ['failed', 'error'] }, null, 5)

  const other = store.history.page({ ...NO_FILTER, statuses: ['error', 'failed', 'error'] }, one.older, 5)

  expect(other.rows.length).toBe(5)
})

test('going back to the top shows a full first page, also when executions were added meanwhile', () => {
  const lively = filled().store
  const second = lively.history.page(NO_FILTER, lively.history.page(NO_FILTER, null, 50).older, 50)
  const workflowId = lively.workflows.bySlug('shop')?.id ?? 0
  addExecution(lively, { workflowId, status: 'pending', day: '2026-02-04' })

  const back = lively.history.page(NO_FILTER, second.newer, 50)
  const top = lively.history.page(NO_FILTER, back.newer, 50)

  expect(back.rows.length).toBe(50)
  expect(top.rows).toEqual(lively.history.page(NO_FILTER, null, 50).rows)
  expect(top.newer).toBeNull()
})

test('a list shows every change at once, and nothing of one that was taken back', () => {
  const lively = openTestStore()
  const workflowId = saveWorkflow(lively, 'shop')
  const seen = () => ({
    rows: lively.history.page(NO_FILTER, null, 10).rows.length,
    total: lively.history.total(NO_FILTER).count,
  })
  expect(seen()).toEqual({ rows: 0, total: 0 })

  const id = addExecution(lively, { workflowId, status: 'pending' })
  expect(seen()).toEqual({ rows: 1, total: 1 })
  lively.executions.update(id, { title: 'New' })
  expect(lively.history.page(NO_FILTER, null, 10).rows[0]?.title).toBe('New')
  expect(() =>
    lively.transaction(() => {
      addExecution(lively, { workflowId, status: 'pending' })
      expect(seen()).toEqual({ rows: 2, total: 2 })
      throw new Error('no')
    }),
  ).toThrow('no')

  expect(seen()).toEqual({ rows: 1, total: 1 })
})

test('beyond a thousand only the counters know the total', () => {
  const large = openTestStore()
  const workflowId = saveWorkflow(large, 'large')
  large.transaction(() => {
    for (let i = 0; i < COUNT_MAX + 5; i += 1)
      addExecution(large, { workflowId, status: 'succeeded', branch: 'main' })
  })

  expect(large.history.total(NO_FILTER)).toEqual({ count: COUNT_MAX + 5, exact: true })
  expect(large.history.total({ ...NO_FILTER, workflow: 'large', statuses: ['succeeded'] })).toEqual({
    count: COUNT_MAX + 5,
    exact: true,
  })
  expect(large.history.total({ ...NO_FILTER, branch: 'main' })).toEqual({ count: COUNT_MAX, exact: false })
})

/** As many executions like one, which hold nothing but their row. */
function repeat({ state: { sqlite } }: Store, id: number, times: number): void {
  const others: Record<string, string> = { id: 'NULL', uid: "printf('%026d', i)", number: '1000 + i' }
  const columns = sqlite
    .query<{ name: string }, []>("SELECT name FROM pragma_table_info('executions')")
    .all()
    .map(({ name }) => name)
  sqlite.run(
    `WITH RECURSIVE counting (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counting WHERE i < ?1)
    INSERT INTO executions (${columns.join(', ')})
    SELECT ${columns.map((name) => others[name] ?? name).join(', ')} FROM executions, counting WHERE id = ?2`,
    [times, id],
  )
}

test('a list that must be looked at one by one is counted as far as is quick, and says so', () => {
  const sparse = openTestStore()
  const workflowId = saveWorkflow(sparse, 'sparse')
  sparse.transaction(() => {
    addExecution(sparse, { workflowId, status: 'failed', triggeredBy: 'bob' }, ['production'])
    repeat(
      sparse,
      addExecution(sparse, { workflowId, status: 'succeeded', triggeredBy: 'bob' }),
      LOOKED_AT_MAX,
    )
    for (let i = 0; i < 200; i += 1)
      addExecution(sparse, { workflowId, status: 'succeeded', triggeredBy: 'alice' }, ['production'])
  })
  const filter = { ...NO_FILTER, by: 'bob', environment: 'production' }

  expect(sparse.history.total(filter)).toEqual({ count: 0, exact: false })
  expect(sparse.history.statusCounts(filter).failed).toEqual({ count: 0, exact: false })
  expect(sparse.history.statusCounts(filter).running).toEqual({ count: 0, exact: true })
  expect(sparse.history.page(filter, null, 10).rows).toHaveLength(1)
  addExecution(sparse, { workflowId, status: 'failed', triggeredBy: 'bob' }, ['production'])
  expect(sparse.history.total(filter)).toEqual({ count: 1, exact: false })
  expect(sparse.history.statusCounts(filter).failed).toEqual({ count: 1, exact: false })
})

test('what retention took is out of the totals and stays in the analytics', () => {
  const kept = openTestStore()
  const workflowId = saveWorkflow(kept, 'kept')
  addExecution(kept, { workflowId, status: 'failed' })

  kept.trends.remove(workflowId, '2026-01-01', 'failed')

  expect(kept.history.total({ ...NO_FILTER, statuses: ['failed'] })).toEqual({ count: 0, exact: true })
  expect(kept.trends.days(0, '2026-01-01', '2026-01-01')).toEqual([
    { period: '2026-01-01', status: 'failed', count: 1 },
  ])
})

describe('every list is one range of an index, newest first without sorting', () => {
  const singles: Partial<HistoryFilter>[] = [
    { statuses: ['failed'] },
    { workflow: 'shop' },
    { branch: 'main' },
    { trigger: 'push' },
    { by: 'bob' },
    { environment: 'dev' },
  ]
  const statements = createStatements(store.state)
  const pairs = singles.flatMap((one, i) => singles.slice(i + 1).map((other) => ({ ...one, ...other })))

  test.each([{}, ...singles, ...pairs].map((part) => [JSON.stringify(part), part] as const))(
    '%s',
    (_name, part) => {
      const { scopes, span } = createNarrowing(statements).narrow({ ...NO_FILTER, ...part })
      const range = createRanges(statements)(scopes[0] as Scope)(span)
      const { sql, parameters } = idsIn(range, 'DESC', 50)

      const steps = store.state.sqlite
        .query<{ detail: string }, (string | number)[]>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...parameters)
        .map((row) => row.detail)

      expect(steps.join('\n')).not.toContain('TEMP B-TREE')
      expect(steps[0]).toMatch(/^SEARCH .*(rowid|execution_id)>\? AND/)
    },
  )
})
