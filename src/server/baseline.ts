import type { LogPlace } from '../search/question.ts'
import type { Store } from '../store/store.ts'
import type { ExecutionRow, StageRow } from '../store/tables.ts'

/** Successes looked back at, for one of the same branch: a quiet branch beside a busy one should still find its own. */
const SUCCESSES_MAX = 200
/** Successes in which a stage is looked for: it may be newer than most of them. */
const STAGES_MAX = 20

/** Earlier successes of the same workflow, those of the same branch first. */
function successesBefore(store: Store, row: ExecutionRow): ExecutionRow[] {
  const all = store.executions.successes(row.workflowId, row.id, SUCCESSES_MAX)
  return [
    ...all.filter(({ branch }) => branch === row.branch),
    ...all.filter(({ branch }) => branch !== row.branch),
  ]
}

/** The last success before an execution: of its branch, or else of any. Null where there was none. */
export function lastSuccess(store: Store, row: ExecutionRow): ExecutionRow | null {
  return successesBefore(store, row)[0] ?? null
}

/** A stage where it went well for the last time. */
export interface EarlierStage {
  readonly execution: ExecutionRow
  readonly log: LogPlace
}

/** The same stage in the last success that has it. */
export function lastGood(store: Store, row: ExecutionRow, stage: StageRow): EarlierStage | null {
  for (const execution of successesBefore(store, row).slice(0, STAGES_MAX)) {
    const earlier = store.stages.list(execution.id).find((one) => one.id === stage.id)
    if (earlier?.status === 'succeeded') return { execution, log: logOf(earlier) }
  }
  return null
}

/** Where a stage's log is kept: with the execution that ran it. */
export function logOf({ executionId, takenFrom, ordinal }: StageRow): LogPlace {
  return { executionId: takenFrom ?? executionId, stage: ordinal }
}

/** A commit that was run. */
export interface Commit {
  readonly sha: string
  readonly title: string | null
  readonly author: string | null
  /** Of the newest execution that ran it. */
  readonly execution: ExecutionRow
}

/** Executions looked through for their commits. */
const EXECUTIONS_MAX = 500

/**
 * The commits that were run of a workflow and branch after one execution and up to another, the newest first. Git may
 * know more between them: only what was run is known here.
 */
export function commitsSince(store: Store, row: ExecutionRow, since: ExecutionRow): Commit[] {
  const commits = new Map<string, Commit>()
  for (const execution of store.executions.between(row, since.id, EXECUTIONS_MAX)) {
    const { sha, title, author } = execution
    if (sha === null || sha === since.sha || commits.has(sha)) continue
    commits.set(sha, { sha, title, author, execution })
  }
  return [...commits.values()]
}
