import type { Store } from '../store/store.ts'
import type { DeploymentRow, ExecutionRow } from '../store/tables.ts'
import { type Commit, commitsSince } from './baseline.ts'

/** What an execution would replace in an environment, and the commits that lie between. */
export interface Replacement {
  readonly present: DeploymentRow
  /** Whether they are brought there or taken back. */
  readonly commits: 'brought' | 'taken back'
  /** Newest first, as far as they were run. */
  readonly between: readonly Commit[]
}

/** Null where nothing of its workflow stands there. */
export function replacement(store: Store, row: ExecutionRow, environment: string): Replacement | null {
  const present = store.deployments.standing(environment, row.workflowId)
  if (present === null) return null
  const own = store.executions.firstOf(row)
  const [earlier, later] = [own, present.origin].toSorted((a, b) => a - b).map(store.executions.byId)
  return {
    present,
    commits: own < present.origin ? 'taken back' : 'brought',
    // Either may be gone by retention; then nobody knows what lay between.
    between: earlier == null || later == null ? [] : commitsSince(store, later, earlier),
  }
}
