import type { Plan } from '../domain/plan.ts'
import { storedPlan } from '../domain/stored.ts'
import type { Db } from './database.ts'
import type { ExecutionRow } from './tables.ts'

const COLUMNS = `id, uid, workflow_id AS workflowId, number, version, status, reason, waits, trigger,
  triggered_by AS triggeredBy, triggered_at AS triggeredAt, day, branch, tag, sha, title, author, engine,
  plan_hash AS planHash, at_segment AS atSegment, strip, concurrency_group AS concurrencyGroup,
  concurrency_limit AS concurrencyLimit, holds_slot AS holdsSlot, timeout_ms AS timeoutMs, ran_ms AS ranMs,
  deadline_at AS deadlineAt, timed_out AS timedOut, started_at AS startedAt, finished_at AS finishedAt,
  rerun_of AS rerunOf, from_stage AS fromStage, redeploys, reports`

type Fixed =
  | 'uid'
  | 'workflowId'
  | 'number'
  | 'version'
  | 'trigger'
  | 'triggeredBy'
  | 'triggeredAt'
  | 'day'
  | 'branch'
  | 'tag'
  | 'sha'
  | 'engine'
  | 'strip'
  | 'concurrencyGroup'
  | 'concurrencyLimit'
  | 'timeoutMs'
  | 'rerunOf'
  | 'fromStage'
  | 'redeploys'
  | 'title'
  | 'author'

/** What a trigger knows; everything else starts at its default. */
export type NewExecution = Pick<ExecutionRow, Fixed>

/** The columns that change in an execution's life, and their names in SQL. */
const CHANGING = {
  status: 'status',
  reason: 'reason',
  waits: 'waits',
  branch: 'branch',
  tag: 'tag',
  sha: 'sha',
  title: 'title',
  author: 'author',
  planHash: 'plan_hash',
  atSegment: 'at_segment',
  strip: 'strip',
  holdsSlot: 'holds_slot',
  ranMs: 'ran_ms',
  deadlineAt: 'deadline_at',
  timedOut: 'timed_out',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  reports: 'reports',
} as const

export type ExecutionPatch = Partial<Pick<ExecutionRow, keyof typeof CHANGING>>

/** Executions one by one, as the ledger and the runner need them; lists of them are history's. */
export function createExecutions({ sqlite }: Db) {
  const byId = sqlite.query<ExecutionRow, [number]>(`SELECT ${COLUMNS} FROM executions WHERE id = ?`)
  const insert = sqlite.query<{ id: number }, (string | number | null)[]>(
    `INSERT INTO executions (uid, workflow_id, number, version, status, trigger, triggered_by, triggered_at, day,
       branch, tag, sha, engine, strip, concurrency_group, concurrency_limit, timeout_ms, rerun_of, from_stage,
       redeploys, title, author)
     VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     RETURNING id`,
  )
  const putPlan = sqlite.query('INSERT OR IGNORE INTO plans (hash, plan) VALUES (?, ?)')
  const plan = sqlite.query<{ plan: string }, [string]>('SELECT plan FROM plans WHERE hash = ?')
  const latest = sqlite.query<{ triggeredAt: number }, []>(
    'SELECT triggered_at AS triggeredAt FROM executions ORDER BY id DESC LIMIT 1',
  )
  const overdue = sqlite.query<{ id: number }, [number]>(
    'SELECT id FROM executions WHERE deadline_at IS NOT NULL AND deadline_at <= ? ORDER BY deadline_at',
  )
  const nextDeadline = sqlite.query<{ at: number | null }, []>(
    'SELECT min(deadline_at) AS at FROM executions WHERE deadline_at IS NOT NULL',
  )
  const byUid = sqlite.query<ExecutionRow, [string]>(`SELECT ${COLUMNS} FROM executions WHERE uid = ?`)
  const byNumber = sqlite.query<ExecutionRow, [number, number]>(
    `SELECT ${COLUMNS} FROM executions WHERE workflow_id = ? AND number = ?`,
  )
  const displayId = sqlite.query<{ displayId: string }, [number]>(
    `SELECT w.slug || '-' || e.number AS displayId
     FROM executions e JOIN workflows w ON w.id = e.workflow_id
     WHERE e.id = ?`,
  )
  const groupHolders = sqlite.query<{ id: number }, [string]>(
    'SELECT id FROM executions WHERE concurrency_group = ? AND holds_slot = 1 ORDER BY id',
  )
  const olderInGroup = sqlite.query<ExecutionRow, [string, number]>(
    `SELECT ${COLUMNS} FROM executions
     WHERE status IN ('pending', 'running') AND concurrency_group = ? AND id < ?
     ORDER BY id`,
  )

  // By the index of the status alone: the few rows that are looked at are filtered by whoever asks.
  const successes = sqlite.query<ExecutionRow, [number, number, number]>(
    `SELECT ${COLUMNS} FROM executions INDEXED BY executions_by_status_workflow
     WHERE status = 'succeeded' AND finished_at IS NOT NULL AND workflow_id = ? AND id < ?
     ORDER BY id DESC
     LIMIT ?`,
  )
  const between = sqlite.query<ExecutionRow, [number, string | null, number, number, number]>(
    `SELECT ${COLUMNS} FROM executions
     WHERE workflow_id = ? AND branch IS ? AND id > ? AND id <= ?
     ORDER BY id DESC
     LIMIT ?`,
  )
  const firstOf = sqlite.query<{ id: number }, [string, number, string | null, string | null]>(
    `SELECT id FROM executions INDEXED BY executions_by_sha
     WHERE sha = ? AND workflow_id = ? AND (? IS NULL OR branch = ?)
     ORDER BY id
     LIMIT 1`,
  )
  const reruns = sqlite.query<{ id: number }, [number]>(
    'SELECT id FROM executions WHERE rerun_of = ? ORDER BY id DESC',
  )

  return {
    byId: (id: number) => byId.get(id),
    byUid: (uid: string) => byUid.get(uid),
    /** `storefront-12` is the twelfth of its workflow. */
    byNumber: (workflowId: number, number: number) => byNumber.get(workflowId, number),
    /** `storefront-12`. */
    displayId: (id: number) => displayId.get(id)?.displayId ?? `#${id}`,
    /** Adds it as Pending and answers its id. */
    insert: (row: NewExecution): number => {
      const added = insert.get(
        row.uid,
        row.workflowId,
        row.number,
        row.version,
        row.trigger,
        row.triggeredBy,
        row.triggeredAt,
        row.day,
        row.branch,
        row.tag,
        row.sha,
        row.engine,
        row.strip,
        row.concurrencyGroup,
        row.concurrencyLimit,
        row.timeoutMs,
        row.rerunOf,
        row.fromStage,
        row.redeploys,
        row.title,
        row.author,
      )
      if (added === null) throw new Error('SQLite answered no id for a new execution.')
      return added.id
    },
    update: (id: number, patch: ExecutionPatch): void => {
      const set: string[] = []
      const values: (string | number | null)[] = []
      for (const [key, column] of Object.entries(CHANGING)) {
        const value = patch[key as keyof typeof CHANGING]
        if (value === undefined) continue
        set.push(`${column} = ?`)
        values.push(value)
      }
      if (set.length === 0) return
      sqlite.query(`UPDATE executions SET ${set.join(', ')} WHERE id = ?`).run(...values, id)
    },
    /** When the newest execution was triggered: no later one is ever dated before it. */
    latestTrigger: () => latest.get()?.triggeredAt ?? 0,
    /** Equal plans are kept once. */
    putPlan: (hash: string, text: string): void => void putPlan.run(hash, text),
    plan(hash: string): Plan | null {
      const row = plan.get(hash)
      return row === null ? null : storedPlan(row.plan)
    },
    /** Executions whose running time is used up. */
    overdue: (now: number) => overdue.all(now).map((row) => row.id),
    /** When the next running time is used up. */
    nextDeadline: () => nextDeadline.get()?.at ?? null,
    /** What succeeded of a workflow before an execution, the newest first. */
    successes: (workflowId: number, before: number, limit: number) =>
      successes.all(workflowId, before, limit),
    /** Executions of a workflow and branch after one and up to another, the newest first. */
    between: (row: Pick<ExecutionRow, 'workflowId' | 'branch' | 'id'>, after: number, limit: number) =>
      between.all(row.workflowId, row.branch, after, row.id, limit),
    /** The execution that ran a commit first: of the same branch, where it has one. */
    firstOf: ({ id, sha, workflowId, branch }: Pick<ExecutionRow, 'id' | 'sha' | 'workflowId' | 'branch'>) =>
      (sha === null ? null : firstOf.get(sha, workflowId, branch, branch)?.id) ?? id,
    /** The re-runs of an execution, the newest first. */
    reruns: (id: number) => reruns.all(id).map((row) => row.id),
    /** Who holds the slots of a concurrency group, oldest first. */
    groupHolders: (group: string) => groupHolders.all(group).map((row) => row.id),
    /** Pending and running executions of a group that were triggered before `id`. */
    olderInGroup: (group: string, id: number) => olderInGroup.all(group, id),
  }
}
