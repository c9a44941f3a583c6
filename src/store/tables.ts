import { blob, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { ROLES } from '../domain/actor.ts'
import { CREDENTIAL_KINDS } from '../domain/credential.ts'
import { ENGINE_NAMES, TRIGGER_KINDS } from '../domain/definition.ts'
import { MEASURE_KINDS } from '../domain/measure.ts'
import { REPORT_FORMATS, STANDINGS } from '../domain/report.ts'
import { PHASES, STAGE_STATUSES, STATUSES } from '../domain/status.ts'

/**
 * The tables as drizzle and TypeScript see them. The SQL migrations are the truth: constraints and indexes stand
 * there, and a test compares the columns.
 */

/** Columns are typed as SQLite gives them, so that a row is the same by drizzle and by a prepared statement. */
const json = (name: string) => text(name)
const flag = (name: string) => integer(name).$type<0 | 1>()
const bytes = (name: string) => blob(name, { mode: 'buffer' })

export const meta = sqliteTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
})

export const users = sqliteTable('users', {
  id: integer('id').primaryKey(),
  name: text('name').notNull(),
  role: text('role', { enum: ROLES }).notNull(),
  passwordHash: text('password_hash'),
  createdAt: integer('created_at').notNull(),
  deactivatedAt: integer('deactivated_at'),
})

export const signInLinks = sqliteTable('sign_in_links', {
  hash: text('hash').primaryKey(),
  userId: integer('user_id'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  usedAt: integer('used_at'),
})

export const sessions = sqliteTable('sessions', {
  hash: text('hash').primaryKey(),
  userId: integer('user_id').notNull(),
  csrf: text('csrf').notNull(),
  createdAt: integer('created_at').notNull(),
  seenAt: integer('seen_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  agent: text('agent').notNull().default(''),
  address: text('address').notNull().default(''),
})

export const tokens = sqliteTable('tokens', {
  id: integer('id').primaryKey(),
  userId: integer('user_id').notNull(),
  name: text('name').notNull(),
  hash: text('hash').notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  usedAt: integer('used_at'),
  role: text('role', { enum: ROLES }),
})

export const workflows = sqliteTable('workflows', {
  id: integer('id').primaryKey(),
  slug: text('slug').notNull(),
  version: integer('version').notNull(),
  executions: integer('executions').notNull().default(0),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
})

export const versions = sqliteTable(
  'versions',
  {
    workflowId: integer('workflow_id').notNull(),
    number: integer('number').notNull(),
    text: text('text').notNull(),
    definition: json('definition').notNull(),
    createdAt: integer('created_at').notNull(),
    createdBy: text('created_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workflowId, table.number] })],
)

export const drafts = sqliteTable(
  'drafts',
  {
    owner: text('owner').notNull(),
    workflowId: integer('workflow_id').notNull(),
    base: integer('base').notNull(),
    writer: text('writer').notNull(),
    text: text('text').notNull(),
    beganAt: integer('began_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.workflowId] })],
)

export const environments = sqliteTable('environments', {
  id: integer('id').primaryKey(),
  slug: text('slug').notNull(),
  active: flag('active').notNull(),
  text: text('text').notNull(),
  definition: json('definition').notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  updatedBy: text('updated_by').notNull(),
})

export const secrets = sqliteTable('secrets', {
  name: text('name').primaryKey(),
  sealed: bytes('sealed').notNull(),
  updatedAt: integer('updated_at').notNull(),
  updatedBy: text('updated_by').notNull(),
})

export const credentials = sqliteTable('credentials', {
  name: text('name').primaryKey(),
  kind: text('kind', { enum: CREDENTIAL_KINDS }).notNull(),
  sealed: bytes('sealed').notNull(),
  updatedAt: integer('updated_at').notNull(),
  updatedBy: text('updated_by').notNull(),
})

export const views = sqliteTable('views', {
  id: integer('id').primaryKey(),
  owner: text('owner'),
  name: text('name').notNull(),
  query: text('query').notNull(),
  savedAt: integer('saved_at').notNull(),
  savedBy: text('saved_by').notNull(),
})
export type ViewRow = typeof views.$inferSelect

export const plans = sqliteTable('plans', {
  hash: text('hash').primaryKey(),
  plan: json('plan').notNull(),
})

export const executions = sqliteTable('executions', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  uid: text('uid').notNull(),
  workflowId: integer('workflow_id').notNull(),
  number: integer('number').notNull(),
  version: integer('version').notNull(),
  status: text('status', { enum: STATUSES }).notNull(),
  reason: text('reason'),
  waits: text('waits'),
  trigger: text('trigger', { enum: TRIGGER_KINDS }).notNull(),
  triggeredBy: text('triggered_by').notNull(),
  triggeredAt: integer('triggered_at').notNull(),
  day: text('day').notNull(),
  branch: text('branch'),
  tag: text('tag'),
  sha: text('sha'),
  title: text('title'),
  author: text('author'),
  engine: text('engine', { enum: ENGINE_NAMES }).notNull(),
  planHash: text('plan_hash'),
  atSegment: integer('at_segment').notNull().default(0),
  strip: text('strip').notNull(),
  concurrencyGroup: text('concurrency_group'),
  concurrencyLimit: integer('concurrency_limit'),
  holdsSlot: flag('holds_slot').notNull().default(0),
  timeoutMs: integer('timeout_ms'),
  ranMs: integer('ran_ms').notNull().default(0),
  deadlineAt: integer('deadline_at'),
  timedOut: flag('timed_out').notNull().default(0),
  startedAt: integer('started_at'),
  finishedAt: integer('finished_at'),
  rerunOf: integer('rerun_of'),
  fromStage: integer('from_stage'),
  reports: json('reports'),
  redeploys: text('redeploys'),
})

export const ignores = sqliteTable(
  'ignores',
  {
    workflowId: integer('workflow_id').notNull(),
    fingerprint: text('fingerprint').notNull(),
    rule: text('rule').notNull(),
    place: text('place'),
    reason: text('reason').notNull(),
    expiresAt: integer('expires_at'),
    ignoredAt: integer('ignored_at').notNull(),
    ignoredBy: text('ignored_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workflowId, table.fingerprint] })],
)
export type IgnoreRow = typeof ignores.$inferSelect

export const stages = sqliteTable(
  'stages',
  {
    executionId: integer('execution_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    id: text('id').notNull(),
    phase: text('phase', { enum: PHASES }).notNull(),
    segment: integer('segment'),
    environment: text('environment'),
    status: text('status', { enum: STAGE_STATUSES }).notNull(),
    reason: text('reason'),
    exitCode: integer('exit_code'),
    attempt: integer('attempt').notNull().default(1),
    startedAt: integer('started_at'),
    finishedAt: integer('finished_at'),
    outputs: json('outputs'),
    takenFrom: integer('taken_from'),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.ordinal] })],
)

export const segments = sqliteTable(
  'segments',
  {
    executionId: integer('execution_id').notNull(),
    number: integer('number').notNull(),
    handle: text('handle').notNull(),
    engine: text('engine', { enum: ENGINE_NAMES }).notNull(),
    environment: text('environment'),
    state: text('state', { enum: ['waiting', 'queued', 'open', 'ended'] }).notNull(),
    queuedAt: integer('queued_at'),
    attemptedAt: integer('attempted_at'),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
    releasedAt: integer('released_at'),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.number] })],
)

export const gates = sqliteTable(
  'gates',
  {
    executionId: integer('execution_id').notNull(),
    environment: text('environment').notNull(),
    segment: integer('segment').notNull(),
    rule: json('rule').notNull(),
    state: text('state', { enum: ['open', 'passed', 'rejected', 'expired', 'terminated'] }).notNull(),
    askedAt: integer('asked_at').notNull(),
    expiresAt: integer('expires_at'),
    closedAt: integer('closed_at'),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.environment] })],
)

export const decisions = sqliteTable(
  'decisions',
  {
    executionId: integer('execution_id').notNull(),
    environment: text('environment').notNull(),
    person: text('person').notNull(),
    verdict: text('verdict', { enum: ['approved', 'rejected', 'triggered'] }).notNull(),
    comment: text('comment'),
    at: integer('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.environment, table.person] })],
)

export const events = sqliteTable('events', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  executionId: integer('execution_id').notNull(),
  at: integer('at').notNull(),
  type: text('type').notNull(),
  actorKind: text('actor_kind', { enum: ['person', 'engine', 'system'] }).notNull(),
  actor: text('actor').notNull(),
  fromStatus: text('from_status', { enum: STATUSES }),
  toStatus: text('to_status', { enum: STATUSES }),
  stage: text('stage'),
  reason: text('reason'),
  detail: json('detail'),
})

export const effects = sqliteTable('effects', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  executionId: integer('execution_id').notNull(),
  kind: text('kind', { enum: ['prepare', 'submit', 'terminate', 'release'] }).notNull(),
  segment: integer('segment'),
  state: text('state', { enum: ['queued', 'due', 'done', 'dropped'] }).notNull(),
  dueAt: integer('due_at').notNull(),
  attempts: integer('attempts').notNull().default(0),
  error: text('error'),
  createdAt: integer('created_at').notNull(),
  doneAt: integer('done_at'),
})

export const counters = sqliteTable(
  'counters',
  {
    workflowId: integer('workflow_id').notNull(),
    day: text('day').notNull(),
    status: text('status', { enum: STATUSES }).notNull(),
    count: integer('count').notNull(),
    removed: integer('removed').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.workflowId, table.day, table.status] })],
)

export const measures = sqliteTable(
  'measures',
  {
    workflowId: integer('workflow_id').notNull(),
    kind: text('kind', { enum: MEASURE_KINDS }).notNull(),
    monthly: flag('monthly').notNull(),
    period: text('period').notNull(),
    subject: text('subject').notNull(),
    classMs: integer('class_ms').notNull(),
    count: integer('count').notNull(),
    sumMs: integer('sum_ms').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.workflowId, table.kind, table.monthly, table.period, table.subject, table.classMs],
    }),
  ],
)

export const outages = sqliteTable(
  'outages',
  {
    workflowId: integer('workflow_id').notNull(),
    environment: text('environment').notNull(),
    since: integer('since').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workflowId, table.environment] })],
)

export const deployments = sqliteTable('deployments', {
  id: integer('id').primaryKey(),
  environment: text('environment').notNull(),
  workflowId: integer('workflow_id').notNull(),
  executionId: integer('execution_id').notNull(),
  sha: text('sha'),
  triggeredAt: integer('triggered_at').notNull(),
  deployedAt: integer('deployed_at').notNull(),
  deployedBy: text('deployed_by').notNull(),
  origin: integer('origin').notNull().default(0),
  image: text('image'),
  digest: text('digest'),
})

export const pins = sqliteTable('pins', {
  executionId: integer('execution_id').primaryKey(),
  sealed: bytes('sealed').notNull(),
})

export const audit = sqliteTable('audit', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  outcome: text('outcome', { enum: ['done', 'refused'] }).notNull(),
  detail: text('detail'),
})

export const idempotency = sqliteTable(
  'idempotency',
  {
    actor: text('actor').notNull(),
    key: text('key').notNull(),
    request: text('request').notNull(),
    status: integer('status').notNull(),
    response: text('response').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.actor, table.key] })],
)

/** Of logs.db. */
export const logs = sqliteTable('logs', {
  id: integer('id').primaryKey(),
  executionId: integer('execution_id').notNull(),
  stage: integer('stage').notNull(),
  lines: integer('lines').notNull().default(0),
  bytes: integer('bytes').notNull().default(0),
  mergedLines: integer('merged_lines').notNull().default(0),
  mergedBytes: integer('merged_bytes').notNull().default(0),
  cursor: text('cursor'),
  sealedAt: integer('sealed_at'),
  recompressedAt: integer('recompressed_at'),
})

/** Of logs.db. */
export const chunks = sqliteTable(
  'chunks',
  {
    logId: integer('log_id').notNull(),
    firstLine: integer('first_line').notNull(),
    lines: integer('lines').notNull(),
    bytes: integer('bytes').notNull(),
    packed: bytes('packed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.logId, table.firstLine] })],
)

/** Of logs.db. */
export const reports = sqliteTable('reports', {
  id: integer('id').primaryKey(),
  executionId: integer('execution_id').notNull(),
  workflowId: integer('workflow_id').notNull(),
  branch: text('branch'),
  stage: integer('stage').notNull(),
  name: text('name').notNull(),
  path: text('path').notNull(),
  format: text('format', { enum: REPORT_FORMATS }).notNull(),
  state: text('state', { enum: ['kept', 'read', 'wrong'] }).notNull(),
  told: flag('told').notNull().default(0),
  problem: text('problem'),
  keptAt: integer('kept_at').notNull(),
  bytes: integer('bytes'),
  hash: text('hash'),
  attempts: integer('attempts').notNull().default(0),
  baseId: integer('base_id'),
  summary: json('summary'),
})
export type ReportRow = typeof reports.$inferSelect

/** Of logs.db. */
export const documents = sqliteTable('documents', {
  reportId: integer('report_id').primaryKey(),
  packed: bytes('packed').notNull(),
})

/** Of logs.db. */
export const findings = sqliteTable(
  'findings',
  {
    reportId: integer('report_id').notNull(),
    severity: integer('severity').notNull(),
    number: integer('number').notNull(),
    fingerprint: text('fingerprint').notNull(),
    standing: text('standing', { enum: STANDINGS }).notNull(),
    since: integer('since').notNull(),
    rule: text('rule').notNull(),
    message: text('message').notNull(),
    file: text('file'),
    line: integer('line'),
    package: text('package'),
    version: text('version'),
    fixedIn: text('fixed_in'),
    link: text('link'),
  },
  (table) => [primaryKey({ columns: [table.reportId, table.severity, table.number] })],
)
export type FindingRow = typeof findings.$inferSelect

/** Of logs.db. */
export const tests = sqliteTable(
  'tests',
  {
    reportId: integer('report_id').notNull(),
    outcome: integer('outcome').notNull(),
    number: integer('number').notNull(),
    suite: text('suite').notNull(),
    name: text('name').notNull(),
    file: text('file'),
    durationMs: real('duration_ms'),
    retried: flag('retried').notNull(),
    message: text('message'),
    standing: text('standing', { enum: STANDINGS }),
  },
  (table) => [primaryKey({ columns: [table.reportId, table.outcome, table.number] })],
)
export type TestRow = typeof tests.$inferSelect

export type UserRow = typeof users.$inferSelect
export type SessionRow = typeof sessions.$inferSelect
export type TokenRow = typeof tokens.$inferSelect
export type WorkflowRow = typeof workflows.$inferSelect
export type DraftRow = typeof drafts.$inferSelect
export type VersionRow = typeof versions.$inferSelect
export type EnvironmentRow = typeof environments.$inferSelect
export type ExecutionRow = typeof executions.$inferSelect
export type StageRow = typeof stages.$inferSelect
export type SegmentRow = typeof segments.$inferSelect
export type GateRow = typeof gates.$inferSelect
export type DecisionRow = typeof decisions.$inferSelect
export type EventRow = typeof events.$inferSelect
export type EffectRow = typeof effects.$inferSelect
export type DeploymentRow = typeof deployments.$inferSelect
export type AuditRow = typeof audit.$inferSelect
