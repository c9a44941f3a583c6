import type { Db } from './database.ts'
import type { DeploymentRow } from './tables.ts'

const COLUMNS = `id, environment, execution_id AS executionId, sha, triggered_at AS triggeredAt,
  deployed_at AS deployedAt, deployed_by AS deployedBy`

/** What was deployed where. */
export function createDeployments({ sqlite }: Db) {
  const insert = sqlite.query(
    `INSERT INTO deployments (environment, execution_id, sha, triggered_at, deployed_at, deployed_by)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (environment, execution_id) DO NOTHING`,
  )
  const ofExecution = sqlite.query<DeploymentRow, [number]>(
    `SELECT ${COLUMNS} FROM deployments WHERE execution_id = ? ORDER BY deployed_at, id`,
  )
  const latest = sqlite.query<DeploymentRow, [string]>(
    `SELECT ${COLUMNS} FROM deployments WHERE environment = ? ORDER BY deployed_at DESC, id DESC LIMIT 1`,
  )

  return {
    insert: (row: Omit<DeploymentRow, 'id'>): void =>
      void insert.run(
        row.environment,
        row.executionId,
        row.sha,
        row.triggeredAt,
        row.deployedAt,
        row.deployedBy,
      ),
    ofExecution: (executionId: number) => ofExecution.all(executionId),
    /** What stands in an environment now. */
    latest: (environment: string) => latest.get(environment),
  }
}
