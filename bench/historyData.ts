import { STATE_MIGRATIONS } from '../migrations/index.ts'
import { NO_ARGO_SETTINGS, TRIGGER_KINDS, type TriggerKind, type Workflow } from '../src/domain/definition.ts'
import type { GateRule } from '../src/domain/plan.ts'
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

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
/** The first stage that can fail; validation and source do not. */
const FIRST_OWN_STAGE = 2

/** What filling took besides. */
export interface Filled {
  /** The migration that measures a history which is there already. */
  readonly measuringMs: number
}

/** Fills an empty store. Indexes and measures are made afterwards, as SQLite does that best. */
export function fillHistory(store: Store, plan: HistoryPlan): Filled {
  const { sqlite } = store.state
  const random = randomFrom(plan.seed)
  saveWorkflows(store)
  const restore = dropIndexes(store)
  const measureAll = dropMeasures(store)
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
  const started = performance.now()
  store.transaction(measureAll)
  const measuringMs = performance.now() - started
  sqlite.run("INSERT INTO titles (titles) VALUES ('rebuild')")
  sqlite.run('PRAGMA synchronous = FULL')
  sqlite.run('PRAGMA foreign_keys = ON')
  sqlite.run('PRAGMA wal_checkpoint(TRUNCATE)')
  return { measuringMs }
}

function saveWorkflows(store: Store): void {
  const insert = store.state.sqlite.query(
    'INSERT INTO workflows (id, slug, version, created_at, updated_at) VALUES (?, ?, 1, 0, 0)',
  )
  const version = store.state.sqlite.query(
    "INSERT INTO versions (workflow_id, number, text, definition, created_at, created_by) VALUES (?, 1, ?, ?, 0, 'person-1')",
  )
  store.transaction(() => {
    for (let id = 1; id <= WORKFLOWS; id += 1) {
      insert.run(id, slugOf(id))
      version.run(id, `name: ${slugOf(id)}\n`, JSON.stringify(definitionOf(slugOf(id))))
    }
  })
}

const SOURCE: Workflow['source'] = {
  url: 'https://git.example/shop.git',
  ref: { kind: 'branch', name: 'main' },
  credential: null,
}

function definitionOf(name: string): Workflow {
  return {
    ...{ name, engine: null, source: SOURCE, concurrency: null, timeoutMs: null },
    ...{ variables: {}, argo: NO_ARGO_SETTINGS, build: null, push: null, deploy: [] },
    tools: { 'pre-build': [], 'post-build': [], 'post-push': [], 'post-deploy': [] },
  }
}

/** Takes indexes and triggers of the history away; the answer puts them back. */
function dropIndexes(store: Store): () => void {
  const { sqlite } = store.state
  const made = sqlite
    .query<{ type: string; name: string; sql: string }, []>(
      `SELECT type, name, sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND tbl_name IN ('executions', 'segments', 'gates', 'deployments') AND type IN ('index', 'trigger')`,
    )
    .all()
  for (const { type, name } of made) sqlite.run(`DROP ${type} ${name}`)
  return () => {
    for (const { sql } of made) sqlite.run(sql)
  }
}

/** Takes the measures away; the answer makes them anew, as an upgrade does. */
function dropMeasures(store: Store): () => void {
  const { sqlite } = store.state
  for (const table of ['measures', 'outages']) sqlite.run(`DROP TABLE ${table}`)
  const migration = STATE_MIGRATIONS.find(({ name }) => name === 'measures')
  return () => void sqlite.run(migration?.sql ?? '')
}

function createAdding(store: Store, plan: HistoryPlan, random: () => number) {
  const { sqlite } = store.state
  const execution = sqlite.query(
    `INSERT INTO executions (id, uid, workflow_id, number, version, status, trigger, triggered_by, triggered_at, day,
      branch, sha, title, author, engine, strip, at_segment, ran_ms, started_at, finished_at)
    VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'local', ?, ?, ?, ?, ?)`,
  )
  const part = createParts(store, plan, random)
  const numbers = new Map<number, number>()
  const counts = new Map<string, number>()
  const commits = new Map<number, string>()

  function addExecution(id: number): void {
    const at = FIRST_DAY + Math.floor((id / plan.executions) * DAYS * DAY_MS)
    const day = new Date(at).toISOString().slice(0, 10)
    const workflow = workflowOf(random)
    const number = (numbers.get(workflow) ?? 0) + 1
    numbers.set(workflow, number)
    const status = id > plan.executions - UNDER_WAY ? underWayOf(random) : finalOf(random)
    const person = personOf(random)
    const trigger = triggerOf(random)
    // A re-run is of the newest commit; sometimes it passes where that failed.
    const sha = (trigger === 'rerun' ? commits.get(workflow) : undefined) ?? shaOf(random)
    commits.set(workflow, sha)
    const title = Array.from({ length: 5 }, () => oneOf(random, WORDS)).join(' ')
    const uid =
      id
        .toString(36)
        .toUpperCase()
        .replace(/[ILOU]/g, 'Z')
        .padStart(13, '0') + String(id).padStart(13, '0')
    const { startedAt, endedAt, ranMs, atSegment } = part.add({ id, workflow, sha, at, status })
    execution.run(
      id,
      uid,
      workflow,
      number,
      status,
      trigger,
      person,
      at,
      day,
      branchOf(random),
      sha,
      title,
      person,
      'sssssssss',
      atSegment,
      ranMs,
      startedAt,
      isFinal(status) ? endedAt : null,
    )
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

interface Plain {
  readonly id: number
  readonly workflow: number
  readonly sha: string
  readonly at: number
  readonly status: Status
}

interface Course {
  readonly startedAt: number
  readonly endedAt: number
  readonly ranMs: number
  readonly atSegment: number
}

/** Stages, segments, gate and deployment of one execution: one in three deploys, most often to dev alone. */
function createParts(store: Store, plan: HistoryPlan, random: () => number) {
  const { sqlite } = store.state
  const stage = sqlite.query(
    `INSERT INTO stages (execution_id, ordinal, id, phase, segment, status, started_at, finished_at)
    VALUES (?, ?, ?, ?, 0, ?, ?, ?)`,
  )
  const segment = sqlite.query(
    `INSERT INTO segments (execution_id, number, handle, engine, environment, state, queued_at, started_at, ended_at)
    VALUES (?, ?, ?, 'local', ?, 'ended', ?, ?, ?)`,
  )
  const gate = sqlite.query(
    `INSERT INTO gates (execution_id, environment, segment, rule, state, asked_at, closed_at)
    VALUES (?, ?, 1, ?, 'passed', ?, ?)`,
  )
  const deployment = sqlite.query(
    `INSERT INTO deployments (environment, workflow_id, execution_id, sha, triggered_at, deployed_at, deployed_by)
    VALUES (?, ?, ?, ?, ?, ?, '')`,
  )

  function addStages(id: number, from: number, medianMs: number, failsAt: number | null): number {
    let at = from
    for (let ordinal = 0; ordinal < plan.stages; ordinal += 1) {
      const phase = PHASES[ordinal % PHASES.length] ?? 'build'
      const ended = at + around(random, medianMs / plan.stages)
      const reached = failsAt === null || ordinal <= failsAt
      const status = !reached ? 'skipped' : ordinal === failsAt ? 'failed' : 'succeeded'
      stage.run(id, ordinal, `${phase}.${ordinal}`, phase, status, reached ? at : null, reached ? ended : at)
      if (reached) at = ended
    }
    return Math.max(at, from + SECOND_MS)
  }

  function addDeploy({ id, workflow, sha, at, status }: Plain, queuedAt: number): Course {
    const environment = oneOf(random, ENVIRONMENTS)
    const opened = environment === 'dev' ? queuedAt : queuedAt + around(random, 30 * MINUTE_MS)
    if (opened > queuedAt) gate.run(id, environment, ruleOf(environment), queuedAt, opened)
    const startedAt = opened + around(random, 5 * SECOND_MS)
    const endedAt = startedAt + around(random, 2 * MINUTE_MS)
    segment.run(id, 1, `p-${id}-1`, environment, opened, startedAt, endedAt)
    if (status === 'succeeded') deployment.run(environment, workflow, id, sha, at, endedAt)
    return { startedAt, endedAt, ranMs: endedAt - startedAt, atSegment: 1 }
  }

  return {
    add(of: Plain): Course {
      const { id, workflow, at, status } = of
      const deploys = random() < 1 / 3
      const failed = status === 'failed' || status === 'error'
      const failsInBuild = failed && (!deploys || random() < 0.8)
      const failsAt = failsInBuild
        ? FIRST_OWN_STAGE + Math.floor(random() * (plan.stages - FIRST_OWN_STAGE))
        : null
      const startedAt = at + around(random, 5 * SECOND_MS)
      const endedAt = addStages(id, startedAt, (1 + (workflow % 10)) * MINUTE_MS, failsAt)
      segment.run(id, 0, `p-${id}-0`, null, at, startedAt, endedAt)
      const ranMs = endedAt - startedAt
      if (!deploys || failsInBuild) return { startedAt, endedAt, ranMs, atSegment: 0 }
      const deploy = addDeploy(of, endedAt)
      return { ...deploy, startedAt, ranMs: ranMs + deploy.ranMs }
    },
  }
}

function ruleOf(environment: string): string {
  const rule: GateRule = {
    ...{ kind: 'deployment', environment, approvers: [], quorum: 1 },
    ...{ selfApproval: true, expiresMs: null },
  }
  return JSON.stringify(rule)
}

/** Lengths lie around their median, seldom far: the logarithm is about normal. */
function around(random: () => number, medianMs: number): number {
  const normal = Array.from({ length: 6 }, random).reduce((sum, one) => sum + one, -3)
  return Math.max(1, Math.round(medianMs * 2 ** normal))
}

function shaOf(random: () => number): string {
  return Array.from({ length: 5 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
}
