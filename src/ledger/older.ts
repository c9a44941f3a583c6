import type { ExecutionRow } from '../store/tables.ts'
import type { Desk } from './desk.ts'

/** Whether somebody was told that it is older than what is deployed, and wants it all the same. */
export type Confirmation = 'confirmed' | 'unconfirmed'

/**
 * “storefront-7 is older than storefront-10, which is deployed to production.” Null where an execution would replace
 * nothing newer. Its age is its commit's: a re-run of something old is as old.
 */
export function olderThere({ store }: Desk, row: ExecutionRow, environment: string): string | null {
  const present = store.deployments.standing(environment, row.workflowId)
  if (present === null || store.executions.firstOf(row) >= present.origin) return null
  const [name, there] = [row.id, present.executionId].map(store.executions.displayId)
  return `${name} is older than ${there}, which is deployed to ${environment}.`
}
