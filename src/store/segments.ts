import type { EngineName } from '../domain/definition.ts'
import type { PlannedSegment } from '../domain/plan.ts'
import type { Db } from './database.ts'
import type { SegmentRow } from './tables.ts'

const COLUMNS = `execution_id AS executionId, number, handle, engine, environment, state, queued_at AS queuedAt,
  attempted_at AS attemptedAt, started_at AS startedAt, ended_at AS endedAt, released_at AS releasedAt`

/** A segment whose end is awaited. */
export interface FollowedSegment {
  readonly executionId: number
  readonly number: number
  readonly handle: string
  readonly engine: EngineName
  readonly attemptedAt: number | null
  /** Whether the engine has said that it took it. */
  readonly submitted: 0 | 1
}

/** The segments of executions: their handles and where each stands between queue and release. */
export function createSegments({ sqlite }: Db) {
  const insert = sqlite.query(
    "INSERT INTO segments (execution_id, number, handle, engine, environment, state) VALUES (?, ?, ?, ?, ?, 'waiting')",
  )
  const one = sqlite.query<SegmentRow, [number, number]>(
    `SELECT ${COLUMNS} FROM segments WHERE execution_id = ? AND number = ?`,
  )
  const list = sqlite.query<SegmentRow, [number]>(
    `SELECT ${COLUMNS} FROM segments WHERE execution_id = ? ORDER BY number`,
  )
  const queue = sqlite.query(
    "UPDATE segments SET state = 'queued', queued_at = ? WHERE execution_id = ? AND number = ? AND state = 'waiting'",
  )
  const open = sqlite.query(
    "UPDATE segments SET state = 'open' WHERE execution_id = ? AND number = ? AND state = 'queued'",
  )
  const attempt = sqlite.query(
    'UPDATE segments SET attempted_at = coalesce(attempted_at, ?) WHERE execution_id = ? AND number = ?',
  )
  const start = sqlite.query(
    'UPDATE segments SET started_at = coalesce(started_at, ?) WHERE execution_id = ? AND number = ?',
  )
  const running = sqlite.query<{ engine: EngineName; count: number }, []>(
    "SELECT engine, count(*) AS count FROM segments WHERE state = 'open' GROUP BY engine",
  )
  const end = sqlite.query(
    "UPDATE segments SET state = 'ended', ended_at = ? WHERE execution_id = ? AND number = ? AND state IN ('queued', 'open')",
  )
  const release = sqlite.query(
    'UPDATE segments SET released_at = coalesce(released_at, ?) WHERE execution_id = ? AND number = ?',
  )
  const taken = sqlite.query<SegmentRow, [number, number]>(
    `SELECT ${COLUMNS.replaceAll(/(^|, )\s*/g, '$1s.')} FROM stages own
     JOIN stages source ON source.execution_id = own.taken_from AND source.ordinal = own.ordinal
     JOIN segments s ON s.execution_id = source.execution_id AND s.number = source.segment
     WHERE own.execution_id = ? AND own.ordinal = ?`,
  )
  const openOn = sqlite.query<{ count: number }, [string]>(
    "SELECT count(*) AS count FROM segments WHERE state = 'open' AND engine = ?",
  )
  const openAt = sqlite.query<{ environment: string; executionId: number }, []>(
    `SELECT environment, execution_id AS executionId FROM segments
     WHERE state = 'open' AND environment IS NOT NULL`,
  )
  // Before the engine has said that it took a submit, absence means nothing; so a segment is followed only from then
  // on, or once nobody tries to submit it any more and its end alone is awaited.
  const followed = sqlite.query<FollowedSegment, []>(
    `SELECT s.execution_id AS executionId, s.number, s.handle, s.engine, s.attempted_at AS attemptedAt,
       EXISTS (SELECT 1 FROM effects f WHERE f.execution_id = s.execution_id AND f.segment = s.number
               AND f.kind = 'submit' AND f.state = 'done') AS submitted
     FROM executions e JOIN segments s ON s.execution_id = e.id AND s.number = e.at_segment
     WHERE e.status IN ('pending', 'running', 'terminating', 'termination-failed') AND s.state <> 'ended'
       AND (submitted OR e.status = 'termination-failed')
     ORDER BY s.execution_id`,
  )
  const unreleased = sqlite.query<Pick<SegmentRow, 'handle' | 'engine'>, []>(
    `SELECT handle, engine FROM segments WHERE attempted_at IS NOT NULL AND released_at IS NULL
     ORDER BY execution_id, number`,
  )

  return {
    insert: (row: Pick<SegmentRow, 'executionId' | 'number' | 'handle' | 'engine' | 'environment'>): void =>
      void insert.run(row.executionId, row.number, row.handle, row.engine, row.environment),
    /** How many segments of each engine have their slots and have not ended. */
    running: (): ReadonlyMap<EngineName, number> =>
      new Map(running.all().map(({ engine, count }) => [engine, count])),
    one: (executionId: number, number: number) => one.get(executionId, number),
    list: (executionId: number) => list.all(executionId),
    queue: (executionId: number, number: number, at: number): void => void queue.run(at, executionId, number),
    open: (executionId: number, number: number): void => void open.run(executionId, number),
    /** From this commit on an engine may know the segment. */
    attempt: (executionId: number, number: number, at: number): void =>
      void attempt.run(at, executionId, number),
    start: (executionId: number, number: number, at: number): void => void start.run(at, executionId, number),
    end: (executionId: number, number: number, at: number): void => void end.run(at, executionId, number),
    /** From this commit on the engine may have forgotten the segment and all that it kept. */
    release: (executionId: number, number: number, at: number): void =>
      void release.run(at, executionId, number),
    /** Where a planned segment was run: in this execution, or in the one that its stages were taken over from. */
    ran: (executionId: number, { number, stages }: Pick<PlannedSegment, 'number' | 'stages'>) =>
      one.get(executionId, number) ?? taken.get(executionId, stages[0] ?? 0),
    /** How many segments have their slots on an engine. */
    openOn: (engine: EngineName) => openOn.get(engine)?.count ?? 0,
    /** Which environments are being deployed to, and by which execution. */
    openAt: () => new Map(openAt.all().map((row) => [row.environment, row.executionId])),
    /** Segments whose engine may still know them. */
    unreleased: () => unreleased.all(),
    /** Segments whose news is to be followed. */
    followed: () => followed.all(),
  }
}
