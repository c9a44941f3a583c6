/**
 * Figures 1, 3, 4 and the store's part of 11: `bun bench/history.ts [--executions 1000000] [--stages 9] [--dir DIR]`.
 * The history is made where DIR has none; without --dir it is thrown away afterwards. Twice with --executions, at 1 M
 * and 5 M, is figure 3.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { TRIGGER_KINDS } from '../src/domain/definition.ts'
import { type HistoryFilter, NO_FILTER } from '../src/domain/filter.ts'
import { FINAL_STATUSES } from '../src/domain/status.ts'
import type { Range } from '../src/domain/trend.ts'
import { analyticsOf } from '../src/server/analytics.ts'
import { createCursors } from '../src/store/historyCursor.ts'
import { listOf } from '../src/store/historyFilter.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { realWorld } from '../src/world.ts'
import { BRANCHES, ENVIRONMENTS, fillHistory, PEOPLE, slugOf } from './historyData.ts'
import { oneOf, randomFrom } from './random.ts'
import { print, type Row, spread, timed, warm } from './report.ts'

const PAGE = 50
const ROUNDS = 2000
/** Of a whole page. */
const PAGE_ROUNDS = 300
const SEED = 1

const { values } = parseArgs({
  options: { executions: { type: 'string' }, stages: { type: 'string' }, dir: { type: 'string' } },
})
const executions = Number(values.executions ?? 1_000_000)
const stages = Number(values.stages ?? 9)
const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'periplus-bench-'))

try {
  const opening = openFilled()
  print(
    `History of ${executions.toLocaleString('en')} executions × ${stages} stages`,
    measure(opening.store, opening.times),
  )
  opening.store.close()
} finally {
  if (values.dir === undefined) rmSync(dir, { recursive: true })
}

/** The store with its history, and how long it took to open once that stood there. */
function openFilled(): { store: Store; times: number[] } {
  const world = realWorld()
  const open = () => openStore({ dir, now: world.now, id: world.id })
  if (!existsSync(join(dir, 'state.db'))) {
    const store = open()
    fillHistory(store, { executions, stages, seed: SEED })
    store.close()
  }
  warm(join(dir, 'state.db'))
  const times = timed(20, () => open().close())
  return { store: open(), times }
}

function measure(store: Store, opening: readonly number[]): Row[] {
  const random = randomFrom(SEED + 1)
  const cursors = createCursors(store.instance)
  const older = (filter: HistoryFilter, id: number) =>
    cursors.write(listOf(filter), { direction: 'older', id })
  const pages = (filters: readonly HistoryFilter[], deep: 'deep' | 'first') => {
    const asked = Array.from({ length: ROUNDS }, () => {
      const filter = oneOf(random, filters)
      return { filter, cursor: deep === 'deep' ? older(filter, Math.ceil(random() * executions)) : null }
    })
    return anew(store, (round) =>
      store.history.page(asked[round]?.filter ?? NO_FILTER, asked[round]?.cursor ?? null, PAGE),
    )
  }
  const row = (figure: string, measured: string, target = 'p50 ≤ 1, p99 ≤ 5 ms'): Row => ({
    figure,
    measured,
    beside: '–',
    target,
  })
  const bytes = statSync(join(dir, 'state.db')).size
  return [
    {
      figure: 'size',
      measured: `${(bytes / 1e6).toFixed(0)} MB`,
      beside: `${(bytes / executions).toFixed(0)} B an execution`,
      target: '–',
    },
    row('1 first page', pages([NO_FILTER], 'first')),
    row(
      '1 first page, nothing written since',
      spread(timed(ROUNDS, () => store.history.page(NO_FILTER, null, PAGE))),
    ),
    row('1 any depth', pages([NO_FILTER], 'deep')),
    row('1 one filter, any depth', pages(singles(), 'deep')),
    row('1 two filters, first page', pages(pairs(), 'first')),
    row('1 two filters, any depth', pages(pairs(), 'deep')),
    ...worstPairs(store, older),
    row(
      '1 three statuses, any depth',
      pages([{ ...NO_FILTER, statuses: ['failed', 'error', 'terminated'] }], 'deep'),
    ),
    row('1 title, any depth', pages([{ ...NO_FILTER, q: 'refund docs' }], 'deep')),
    row(
      'total, counted exactly',
      anew(store, () => store.history.total({ ...NO_FILTER, statuses: ['failed'] })),
    ),
    row(
      'total up to 1,000',
      anew(store, () => store.history.total({ ...NO_FILTER, branch: 'main' })),
    ),
    row(
      '4 analytics, 30 days, all workflows',
      spread(timed(ROUNDS, () => store.trends.days(0, '2026-10-01', '2026-10-30'))),
      '≤ 1 ms',
    ),
    row(
      '4 analytics, 12 months, all workflows',
      spread(timed(ROUNDS, () => store.trends.months(0, '2025-11', '2026-10'))),
      '≤ 5 ms',
    ),
    row(
      '4 analytics, 30 days, one workflow',
      spread(timed(ROUNDS, () => store.trends.days(7, '2026-10-01', '2026-10-30'))),
      '≤ 1 ms',
    ),
    ...wholeAnalytics(store),
    row('11 open the store', spread(opening), '≤ 60 ms to the first answer'),
  ]
}

/** All that a page of analytics reads: counters of two ranges, measures, stages of sampled executions. */
function wholeAnalytics(store: Store): Row[] {
  const deps = {
    store,
    world: { ...realWorld(), now: () => Date.UTC(2026, 9, 30, 12) },
    settings: { timezone: 'UTC' },
  }
  const ranges: readonly Range[] = [
    { period: 'day', count: 30 },
    { period: 'month', count: 12 },
  ]
  return ranges.flatMap((range) =>
    [null, slugOf(1), slugOf(100)].map((slug) => {
      const workflow = slug === null ? null : store.workflows.bySlug(slug)
      const question = { workflow, range, environment: 'production' }
      const { trend } = analyticsOf(deps, question)
      return {
        figure: `– a whole page of analytics, ${range.count} ${range.period}s, ${slug ?? 'all workflows'} (${trend.total} executions)`,
        measured: anew(store, () => analyticsOf(deps, question), PAGE_ROUNDS),
        beside: '–',
        target: '–',
      }
    }),
  )
}

/** Each time read from the tables: inside a transaction the store remembers no answer. */
function anew(store: Store, work: (round: number) => unknown, rounds = ROUNDS): string {
  return spread(store.transaction(() => timed(rounds, work)))
}

/** Every field that lists are filtered by, with values common and rare. */
function fields(): Partial<HistoryFilter>[][] {
  return [
    FINAL_STATUSES.map((status) => ({ statuses: [status] })),
    [1, 2, 10, 50, 200].map((workflow) => ({ workflow: slugOf(workflow) })),
    [0, 1, 10, 41].map((n) => ({ branch: BRANCHES[n] ?? null })),
    TRIGGER_KINDS.map((trigger) => ({ trigger })),
    [0, 1, 10, 59].map((n) => ({ by: PEOPLE[n] ?? null })),
    ENVIRONMENTS.map((environment) => ({ environment })),
    [{ from: '2025-05-01', to: '2025-05-31' }, { from: '2026-10-01' }],
  ]
}

function singles(): HistoryFilter[] {
  return fields()
    .flat()
    .map((one) => ({ ...NO_FILTER, ...one }))
}

function pairs(): HistoryFilter[] {
  const all = fields()
  return all.flatMap((ones, i) =>
    all
      .slice(i + 1)
      .flatMap((others) =>
        ones.flatMap((one) => others.map((other) => ({ ...NO_FILTER, ...one, ...other }))),
      ),
  )
}

/** The three pairs that take longest, each at 20 depths. */
function worstPairs(store: Store, older: (filter: HistoryFilter, id: number) => string): Row[] {
  const slowest = pairs()
    .map((filter) => ({
      filter,
      times: timed(20, (n) =>
        store.history.page(filter, older(filter, Math.ceil(((n + 1) / 20) * executions)), PAGE),
      ),
    }))
    .sort((a, b) => (b.times[10] ?? 0) - (a.times[10] ?? 0))
    .slice(0, 3)
  return slowest.map(({ filter, times }) => {
    const named = Object.entries(filter).filter(([, value]) => value !== null && value.length > 0)
    return {
      figure: `1 the slowest pairs: ${named.map(([name, value]) => `${name} ${value}`).join(', ')}`,
      measured: spread(times),
      beside: '–',
      target: '–',
    }
  })
}
