import type { EngineName } from '../domain/definition.ts'
import type { Db } from './database.ts'
import type { EffectRow } from './tables.ts'

const COLUMNS = `id, execution_id AS executionId, kind, segment, state, due_at AS dueAt, attempts, error,
  created_at AS createdAt, done_at AS doneAt`

/** A submit that waits for its slots. */
export interface QueuedSubmit {
  readonly effectId: number
  readonly executionId: number
  readonly segment: number
  readonly engine: EngineName
  readonly environment: string | null
  readonly group: string | null
  readonly limit: number | null
  readonly holdsSlot: 0 | 1
}

/** How much there is to do. */
interface Load {
  readonly due: number
  /** Failed before, and tried again at their time. */
  readonly retrying: number
  /** Since when the oldest is due. */
  readonly oldestAt: number | null
}

export type NewEffect = Pick<EffectRow, 'executionId' | 'kind' | 'segment' | 'state' | 'dueAt' | 'createdAt'>

/**
 * A later segment may take up what an earlier one kept, however long the gate between them, and so may re-runs that begin
 * in the middle, and theirs: nothing is let go while one of them goes on.
 */
const NEEDED = `EXISTS (
  WITH RECURSIVE later (id) AS (
    SELECT execution_id
    UNION SELECT e.id FROM later JOIN executions e ON e.rerun_of = later.id AND e.from_stage IS NOT NULL)
  SELECT 1 FROM later JOIN executions e ON e.id = later.id WHERE e.finished_at IS NULL)`

/** The work that must follow events, kept until it is done. */
export function createEffects({ sqlite }: Db) {
  const insert = sqlite.query(
    'INSERT INTO effects (execution_id, kind, segment, state, due_at, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const one = sqlite.query<EffectRow, [number]>(`SELECT ${COLUMNS} FROM effects WHERE id = ?`)
  const list = sqlite.query<EffectRow, [number]>(
    `SELECT ${COLUMNS} FROM effects WHERE execution_id = ? ORDER BY id`,
  )
  // An execution's prepare, submit and terminate run one after another: only its oldest unfinished one is given out.
  const ordered = sqlite.query<EffectRow, [number, number]>(
    `SELECT ${COLUMNS} FROM effects
     WHERE state = 'due' AND due_at <= ? AND kind <> 'release'
       AND NOT EXISTS (SELECT 1 FROM effects older
                       WHERE older.execution_id = effects.execution_id AND older.id < effects.id
                         AND older.kind <> 'release' AND older.state IN ('queued', 'due'))
     ORDER BY due_at, id
     LIMIT ?`,
  )
  const releases = sqlite.query<EffectRow, [number, number]>(
    `SELECT ${COLUMNS} FROM effects
     WHERE state = 'due' AND due_at <= ? AND kind = 'release' AND NOT ${NEEDED}
     ORDER BY due_at, id
     LIMIT ?`,
  )
  const needed = sqlite.query<{ needed: 0 | 1 }, [number]>(
    `SELECT ${NEEDED} AS needed FROM effects WHERE id = ?`,
  )
  const nextDue = sqlite.query<{ dueAt: number | null }, [number]>(
    "SELECT min(due_at) AS dueAt FROM effects WHERE state = 'due' AND due_at > ?",
  )
  // Left alone, SQLite would rather walk all effects there ever were, because they come in the wanted order.
  const queued = sqlite.query<QueuedSubmit, []>(
    `SELECT f.id AS effectId, f.execution_id AS executionId, f.segment, s.engine, s.environment,
       e.concurrency_group AS "group", e.concurrency_limit AS "limit", e.holds_slot AS holdsSlot
     FROM effects f INDEXED BY effects_queued
     JOIN executions e ON e.id = f.execution_id
     JOIN segments s ON s.execution_id = f.execution_id AND s.number = f.segment
     WHERE f.state = 'queued'
     ORDER BY f.execution_id`,
  )
  const load = sqlite.query<Load, [number, number]>(
    `SELECT count(*) FILTER (WHERE due_at <= ?) AS due, count(error) AS retrying,
       min(due_at) FILTER (WHERE due_at <= ?) AS oldestAt
     FROM effects WHERE state = 'due' AND kind <> 'release'`,
  )
  const due = sqlite.query("UPDATE effects SET state = 'due', due_at = ? WHERE id = ? AND state = 'queued'")
  const settle = sqlite.query(
    "UPDATE effects SET state = ?, done_at = ? WHERE id = ? AND state IN ('queued', 'due')",
  )
  const taken = sqlite.query(
    `UPDATE effects SET state = 'done', done_at = coalesce(done_at, ?)
     WHERE execution_id = ? AND segment = ? AND kind = 'submit' AND state <> 'done'`,
  )
  const attempt = sqlite.query('UPDATE effects SET attempts = attempts + 1 WHERE id = ?')
  const postpone = sqlite.query("UPDATE effects SET due_at = ?, error = ? WHERE id = ? AND state = 'due'")
  const open = sqlite.query<EffectRow, [number]>(
    `SELECT ${COLUMNS} FROM effects WHERE execution_id = ? AND state IN ('queued', 'due') ORDER BY id`,
  )

  return {
    insert: (row: NewEffect): void =>
      void insert.run(row.executionId, row.kind, row.segment, row.state, row.dueAt, row.createdAt),
    one: (id: number) => one.get(id),
    list: (executionId: number) => list.all(executionId),
    /** Everything of an execution that is not done yet. */
    open: (executionId: number) => open.all(executionId),
    /** The oldest unfinished prepare, submit or terminate of each execution, where it is due. */
    ordered: (now: number, limit: number) => ordered.all(now, limit),
    releases: (now: number, limit: number) => releases.all(now, limit),
    /** Whether what a release would let go may still be taken up. */
    needed: (id: number) => needed.get(id)?.needed === 1,
    /** When the next effect falls due after `now`. */
    nextDue: (now: number) => nextDue.get(now)?.dueAt ?? null,
    /** Submits that wait for their slots, the oldest execution first. */
    queued: () => queued.all(),
    /** What is to be done now or again, releases left out: those hurry nobody. */
    load: (now: number): Load => load.get(now, now) ?? { due: 0, retrying: 0, oldestAt: null },
    admit: (id: number, at: number): void => void due.run(at, id),
    settle: (id: number, state: 'done' | 'dropped', at: number): void => void settle.run(state, at, id),
    /** The engine has a segment, also where its submit was dropped in doubt; answers whether that is new. */
    taken: (executionId: number, segment: number, at: number): boolean =>
      taken.run(at, executionId, segment).changes > 0,
    attempt: (id: number): void => void attempt.run(id),
    postpone: (id: number, dueAt: number, error: string | null): void => void postpone.run(dueAt, error, id),
  }
}
