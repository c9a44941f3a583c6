import type { Outcome } from '../domain/measure.ts'
import type { StageStatus } from '../domain/status.ts'
import type { Db } from './database.ts'
import type { StageRow } from './tables.ts'

const COLUMNS = `execution_id AS executionId, ordinal, id, phase, segment, environment, status, reason,
  exit_code AS exitCode, attempt, started_at AS startedAt, finished_at AS finishedAt, outputs,
  taken_from AS takenFrom`

export type NewStage = Pick<
  StageRow,
  'executionId' | 'ordinal' | 'id' | 'phase' | 'segment' | 'environment' | 'status' | 'reason' | 'finishedAt'
>

/** How a stage ended in the execution that it is taken over from. */
export type TakenStage = Pick<StageRow, 'exitCode' | 'outputs' | 'takenFrom'>

export interface StageEnd {
  readonly status: StageStatus
  readonly reason: string | null
  readonly exitCode: number | null
  readonly at: number
}

/** So many executions of one commit are looked at for flaky stages; only a schedule that runs on an old commit has more. */
const OF_COMMIT_MAX = 50

/** The stages of executions: their rows, not their logs. */
export function createStages({ sqlite }: Db) {
  const insert = sqlite.query(
    `INSERT INTO stages (execution_id, ordinal, id, phase, segment, environment, status, reason, finished_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const list = sqlite.query<StageRow, [number]>(
    `SELECT ${COLUMNS} FROM stages WHERE execution_id = ? ORDER BY ordinal`,
  )
  const one = sqlite.query<StageRow, [number, number]>(
    `SELECT ${COLUMNS} FROM stages WHERE execution_id = ? AND ordinal = ?`,
  )
  const pending = sqlite.query(
    "UPDATE stages SET status = 'pending' WHERE execution_id = ? AND segment = ? AND status = 'waiting'",
  )
  const start = sqlite.query(
    `UPDATE stages SET status = 'running', attempt = ?, started_at = coalesce(started_at, ?)
     WHERE execution_id = ? AND ordinal = ?`,
  )
  const finish = sqlite.query(
    `UPDATE stages SET status = ?, reason = ?, exit_code = ?, finished_at = ? WHERE execution_id = ? AND ordinal = ?`,
  )
  const ofCommit = sqlite.query<Outcome, [string, string, number, number]>(
    `SELECT e.id AS executionId, e.day, s.status
     FROM executions e INDEXED BY executions_by_sha
     CROSS JOIN stages s ON s.execution_id = e.id AND s.id = ?
     WHERE e.sha = ? AND e.workflow_id = ? AND s.status IN ('succeeded', 'failed') AND s.taken_from IS NULL
     ORDER BY e.id DESC
     LIMIT ?`,
  )
  const outputs = sqlite.query('UPDATE stages SET outputs = ? WHERE execution_id = ? AND ordinal = ?')
  const take = sqlite.query(
    'UPDATE stages SET exit_code = ?, outputs = ?, taken_from = ? WHERE execution_id = ? AND ordinal = ?',
  )

  return {
    insert: (row: NewStage): void => {
      insert.run(
        row.executionId,
        row.ordinal,
        row.id,
        row.phase,
        row.segment,
        row.environment,
        row.status,
        row.reason,
        row.finishedAt,
      )
    },
    list: (executionId: number) => list.all(executionId),
    one: (executionId: number, ordinal: number) => one.get(executionId, ordinal),
    /** The stages of a segment that was handed over: no longer waiting. */
    pend: (executionId: number, segment: number): void => void pending.run(executionId, segment),
    start: (executionId: number, ordinal: number, attempt: number, at: number): void =>
      void start.run(attempt, at, executionId, ordinal),
    finish: (executionId: number, ordinal: number, end: StageEnd): void =>
      void finish.run(end.status, end.reason, end.exitCode, end.at, executionId, ordinal),
    /** How a stage ended in the newest executions of one commit, by its own verdict. */
    ofCommit: (workflowId: number, sha: string, stage: string): Outcome[] =>
      ofCommit.all(stage, sha, workflowId, OF_COMMIT_MAX),
    setOutputs: (executionId: number, ordinal: number, values: string): void =>
      void outputs.run(values, executionId, ordinal),
    /** It was run elsewhere, and what it handed on there counts here. */
    take: (executionId: number, ordinal: number, from: TakenStage): void =>
      void take.run(from.exitCode, from.outputs, from.takenFrom, executionId, ordinal),
  }
}
