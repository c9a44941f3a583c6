import type { Db } from './database.ts'
import type { DeploymentRow } from './tables.ts'

const COLUMNS = `id, environment, workflow_id AS workflowId, execution_id AS executionId, sha,
  triggered_at AS triggeredAt, deployed_at AS deployedAt, deployed_by AS deployedBy, origin, image, digest`

/** Further behind than this is said as “100+”: nobody needs the number, and it would cost to count. */
export const BEHIND_MAX = 100

/** What was deployed where. Their ids are the order in which it was done. */
export function createDeployments({ sqlite }: Db) {
  const insert = sqlite.query(
    `INSERT INTO deployments (environment, workflow_id, execution_id, sha, triggered_at, deployed_at, deployed_by,
       origin, image, digest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (environment, execution_id) DO NOTHING`,
  )
  const ofExecution = sqlite.query<DeploymentRow, [number]>(
    `SELECT ${COLUMNS} FROM deployments WHERE execution_id = ? ORDER BY id`,
  )
  const standing = sqlite.query<DeploymentRow, [string, number]>(
    `SELECT ${COLUMNS} FROM deployments WHERE environment = ? AND workflow_id = ? ORDER BY id DESC LIMIT 1`,
  )
  const everyStanding = sqlite.query<DeploymentRow, [string]>(
    `SELECT ${COLUMNS} FROM deployments
     WHERE id IN (SELECT max(id) FROM deployments WHERE environment = ? GROUP BY workflow_id)
     ORDER BY id DESC`,
  )
  const newer = sqlite.query<{ count: number }, [string, number, number, number]>(
    `SELECT count(*) AS count FROM (
       SELECT DISTINCT origin FROM deployments WHERE environment = ? AND workflow_id = ? AND origin > ? LIMIT ?
     )`,
  )
  const history = sqlite.query<DeploymentRow, [string, number, number]>(
    `SELECT ${COLUMNS} FROM deployments WHERE environment = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  )
  const recent = sqlite.query<DeploymentRow, [number]>(
    `SELECT ${COLUMNS} FROM deployments ORDER BY id DESC LIMIT ?`,
  )

  return {
    insert: (row: Omit<DeploymentRow, 'id'>): void =>
      void insert.run(
        row.environment,
        row.workflowId,
        row.executionId,
        row.sha,
        row.triggeredAt,
        row.deployedAt,
        row.deployedBy,
        row.origin,
        row.image,
        row.digest,
      ),
    /** What an execution brought to an environment; null where it never came there. */
    one: (executionId: number, environment: string) =>
      ofExecution.all(executionId).find((row) => row.environment === environment) ?? null,
    ofExecution: (executionId: number) => ofExecution.all(executionId),
    /** What stands in an environment of one workflow; null where it was never deployed there. */
    standing: (environment: string, workflowId: number) => standing.get(environment, workflowId),
    /** What stands in an environment, of each workflow, the last that came first. */
    everyStanding: (environment: string) => everyStanding.all(environment),
    /** How many commits that were run after this one came to an environment; counted up to BEHIND_MAX. */
    newer: (environment: string, workflowId: number, origin: number): number =>
      newer.get(environment, workflowId, origin, BEHIND_MAX)?.count ?? 0,
    /** Newest first, done before the one of that id. */
    history: (environment: string, before: number, limit: number) => history.all(environment, before, limit),
    /** To any environment, newest first. */
    recent: (limit: number) => recent.all(limit),
  }
}
