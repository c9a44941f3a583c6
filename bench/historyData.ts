import { TRIGGER_KINDS, type TriggerKind } from '../src/domain/definition.ts'
import { isFinal, PHASES, type Status } from '../src/domain/status.ts'
import type { Store } from '../src/store/store.ts'
import { oneOf, randomFrom, weighted } from './random.ts'

/** The test history: 200 workflows of very different sizes, 42 branches, 60 people, two years, 80 % succeeded. */
export interface HistoryPlan {
  readonly executions: number
  /** Of each execution; the figures are taken with 9. */
  readonly stages: number
  readonly seed: number
}

const WORKFLOWS = 200
const DAYS = 730
const DAY_MS = 86_400_000
const FIRST_DAY = Date.UTC(2024, 10, 1)
/** Executions in one commit. */
const BATCH = 5000
/** Only the newest may still be under way. */
const UNDER_WAY = 200

export const BRANCHES = ['main', 'develop', ...Array.from({ length: 40 }, (_, n) => `feature/${n + 1}`)]
export const PEOPLE = Array.from({ length: 60 }, (_, n) => `person-${n + 1}`)
export const ENVIRONMENTS = ['dev', 'staging', 'production']
export const slugOf = (workflow: number) => `pipeline-${workflow}`

const workflowOf = weighted(Array.from({ length: WORKFLOWS }, (_, n) => [n + 1, 1 / (n + 1)] as const))
const branchOf = weighted(BRANCHES.map((branch, n) => [branch, n === 0 ? 60 : 40 / (n + 1)] as const))
const personOf = weighted(PEOPLE.map((person, n) => [person, 1 / (n + 1)] as const))
const triggerOf = weighted<TriggerKind>(
  TRIGGER_KINDS.map((kind) => [
    kind,
    { push: 60, 'pull-request': 20, schedule: 8, manual: 6, api: 3, rerun: 2, tag: 1 }[kind],
  ]),
)
const finalOf = weighted<Status>([
  ['succeeded', 80],
  ['failed', 13],
  ['error', 3],
  ['approval-rejected', 1],
  ['terminated', 3],
])
const underWayOf = weighted<Status>([
  ['pending', 3],
  ['running', 8],
  ['deployment-pending', 1],
  ['approval-pending', 2],
  ['terminating', 1],
  ['termination-failed', 1],
])
const WORDS = [
  'Fix',
  'cart',
  'total',
  'checkout',
  'Add',
  'shipping',
  'refund',
  'update',
  'docs',
  'for',
  'release',
  'invoice',
]

/** Fills an empty store. Indexes are made afterwards, as SQLite does that best. */
export function fillHistory(store: Store, plan: HistoryPlan): void {
  const { sqlite } = store.state
  const random = randomFrom(plan.seed)
  saveWorkflows(store)
  const restore = dropIndexes(store)
  sqlite.run('PRAGMA synchronous = OFF')
  sqlite.run('PRAGMA foreign_keys = OFF')
  const add = createAdding(store, plan, random)
  for (let id = 1; id <= plan.executions; id += BATCH) {
    store.transaction(() => {
      for (let n = id; n < id + BATCH && n <= plan.executions; n += 1) add.execution(n)
    })
  }
  store.transaction(add.counters)
  restore()
  sqlite.run("INSERT INTO titles (titles) VALUES ('rebuild')")
  sqlite.run('PRAGMA synchronous = FULL')
  sqlite.run('PRAGMA foreign_keys = ON')
  sqlite.run('PRAGMA wal_checkpoint(TRUNCATE)')
}

function saveWorkflows(store: Store): void {
  const insert = store.state.sqlite.query(
    'INSERT INTO workflows (id, slug, version, created_at, updated_at) VALUES (?, ?, 1, 0, 0)',
  )
  const version = store.state.sqlite.query(
    "INSERT INTO versions (workflow_id, number, text, definition, created_at, created_by) VALUES (?, 1, '', '{}', 0, 'person-1')",
  )
  store.transaction(() => {
    for (let id = 1; id <= WORKFLOWS; id += 1) {
      insert.run(id, slugOf(id))
      version.run(id)
    }
  })
}

/** Takes indexes and triggers of the history away; the answer puts them back. */
function dropIndexes(store: Store): () => void {
  const { sqlite } = store.state
  const made = sqlite
    .query<{ type: string; name: string; sql: string }, []>(
      `SELECT type, name, sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND tbl_name IN ('executions', 'segments') AND type IN ('index', 'trigger')`,
    )
    .all()
  for (const { type, name } of made) sqlite.run(`DROP ${type} ${name}`)
  return () => {
    for (const { sql } of made) sqlite.run(sql)
  }
}

function createAdding(store: Store, plan: HistoryPlan, random: () => number) {
  const { sqlite } = store.state
  const execution = sqlite.query(
    `INSERT INTO executions (id, uid, workflow_id, number, version, status, trigger, triggered_by, triggered_at, day,
      branch, sha, title, author, engine, strip, started_at, finished_at)
    VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'local', ?, ?, ?)`,
  )
  const stage = sqlite.query(
    `INSERT INTO stages (execution_id, ordinal, id, phase, segment, status, started_at, finished_at)
    VALUES (?, ?, ?, ?, 0, 'succeeded', ?, ?)`,
  )
  const segment = sqlite.query(
    `INSERT INTO segments (execution_id, number, handle, engine, environment, state, ended_at)
    VALUES (?, ?, ?, 'local', ?, 'ended', ?)`,
  )
  const numbers = new Map<number, number>()
  const counts = new Map<string, number>()

  function addExecution(id: number): void {
    const at = FIRST_DAY + Math.floor((id / plan.executions) * DAYS * DAY_MS)
    const day = new Date(at).toISOString().slice(0, 10)
    const workflow = workflowOf(random)
    const number = (numbers.get(workflow) ?? 0) + 1
    numbers.set(workflow, number)
    const status = id > plan.executions - UNDER_WAY ? underWayOf(random) : finalOf(random)
    const person = personOf(random)
    const title = Array.from({ length: 5 }, () => oneOf(random, WORDS)).join(' ')
    const uid =
      id
        .toString(36)
        .toUpperCase()
        .replace(/[ILOU]/g, 'Z')
        .padStart(13, '0') + String(id).padStart(13, '0')
    execution.run(
      id,
      uid,
      workflow,
      number,
      status,
      triggerOf(random),
      person,
      at,
      day,
      branchOf(random),
      shaOf(random),
      title,
      person,
      'sssssssss',
      at + 1000,
      isFinal(status) ? at + 300_000 : null,
    )
    for (let ordinal = 0; ordinal < plan.stages; ordinal += 1) {
      const phase = PHASES[ordinal % PHASES.length] ?? 'build'
      stage.run(
        id,
        ordinal,
        `${phase}.${ordinal}`,
        phase,
        at + ordinal * 30_000,
        at + ordinal * 30_000 + 29_000,
      )
    }
    segment.run(id, 0, `p-${id}-0`, null, at)
    // One in three deploys, most often to dev alone.
    if (random() < 1 / 3) segment.run(id, 1, `p-${id}-1`, oneOf(random, ENVIRONMENTS), at)
    for (const key of [`${workflow} ${day}`, `${workflow} all`, `0 ${day}`, '0 all']) {
      counts.set(`${key} ${status}`, (counts.get(`${key} ${status}`) ?? 0) + 1)
    }
  }

  function addCounters(): void {
    const counter = sqlite.query('INSERT INTO counters (workflow_id, day, status, count) VALUES (?, ?, ?, ?)')
    for (const [key, count] of counts) {
      const [workflow = '', day = '', status = ''] = key.split(' ')
      counter.run(Number(workflow), day, status, count)
    }
    const bump = sqlite.query('UPDATE workflows SET executions = ? WHERE id = ?')
    for (const [workflow, number] of numbers) bump.run(number, workflow)
  }

  return { execution: addExecution, counters: addCounters }
}

function shaOf(random: () => number): string {
  return Array.from({ length: 5 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
}
