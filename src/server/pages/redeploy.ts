import { redeployPage } from '../../../views/execution/redeploy.tsx'
import { Fault } from '../../domain/fault.ts'
import type { ServerDeps } from '../context.ts'
import { findEnvironment } from '../lookup.ts'
import { type Visit, wanted } from './visit.ts'

/** Asks before an execution is deployed to an environment again, and says what it would replace. */
export function redeploy(deps: ServerDeps) {
  const { store, ledger } = deps
  return ({ c, frame }: Visit) => {
    const row = wanted(deps, c)
    const id = store.executions.displayId(row.id)
    const environment = c.req.query('environment') ?? ''
    const { gone } = ledger.redeployment(row.id, environment)
    if (gone !== null) throw new Fault('conflict', gone)
    const present = store.deployments.standing(environment, row.workflowId)
    return c.html(
      redeployPage(frame, {
        ...{ id, sha: row.sha, version: row.version, title: row.title },
        digest: store.deployments.one(row.id, environment)?.digest ?? null,
        replaces: present === null ? null : store.executions.displayId(present.executionId),
        environment: findEnvironment(store, environment).definition,
        older: ledger.olderThere(row.id, environment),
      }),
    )
  }
}
