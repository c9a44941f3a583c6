import type { Db } from './database.ts'

/** The secret values an execution ran with, sealed: what its logs are masked by. */
export function createPins({ sqlite }: Db) {
  const put = sqlite.query(
    'INSERT INTO pins (execution_id, sealed) VALUES (?, ?) ON CONFLICT (execution_id) DO UPDATE SET sealed = excluded.sealed',
  )
  const get = sqlite.query<{ sealed: Uint8Array }, [number]>('SELECT sealed FROM pins WHERE execution_id = ?')
  const drop = sqlite.query('DELETE FROM pins WHERE execution_id = ?')

  return {
    put: (executionId: number, sealed: Uint8Array): void => void put.run(executionId, sealed),
    get: (executionId: number) => get.get(executionId)?.sealed ?? null,
    drop: (executionId: number): void => void drop.run(executionId),
  }
}
