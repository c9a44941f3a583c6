import type { Environment } from '../../src/domain/definition.ts'
import { duration, list } from '../words.ts'

/** How a deploy comes to an environment, in a few words: “manual, by approval”. */
export function gateWords({ manual, approvers }: Pick<Environment, 'manual' | 'approvers'>): string {
  if (approvers.length > 0) return 'manual, by approval'
  return manual ? 'manual' : 'automatic'
}

/** An environment's gate in one sentence. */
export function rulesWords(e: Environment): string {
  if (!e.manual && e.approvers.length === 0) return 'deploys at once'
  if (e.approvers.length === 0) return 'waits to be deployed by a person'
  const needed = e.quorum === 1 ? 'one approval' : `${e.quorum} approvals`
  const expiry = e.expiresMs === null ? '' : ` within ${duration(e.expiresMs)}`
  return `needs ${needed}${expiry} of ${list(e.approvers)}`
}
