import type { Db } from './database.ts'
import type { EventRow } from './tables.ts'

const COLUMNS = `id, execution_id AS executionId, at, type, actor_kind AS actorKind, actor, from_status AS fromStatus,
  to_status AS toStatus, stage, reason, detail`

/** What happened, in the order it was committed. */
export function createEvents({ sqlite }: Db) {
  const insert = sqlite.query<{ id: number }, (string | number | null)[]>(
    `INSERT INTO events (execution_id, at, type, actor_kind, actor, from_status, to_status, stage, reason, detail)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     RETURNING id`,
  )
  const list = sqlite.query<EventRow, [number]>(
    `SELECT ${COLUMNS} FROM events WHERE execution_id = ? ORDER BY id`,
  )
  const since = sqlite.query<EventRow, [number, number]>(
    `SELECT ${COLUMNS} FROM events WHERE id > ? ORDER BY id LIMIT ?`,
  )
  const last = sqlite.query<{ id: number | null }, []>('SELECT max(id) AS id FROM events')

  return {
    insert: (row: Omit<EventRow, 'id'>): number =>
      insert.get(
        row.executionId,
        row.at,
        row.type,
        row.actorKind,
        row.actor,
        row.fromStatus,
        row.toStatus,
        row.stage,
        row.reason,
        row.detail,
      )?.id ?? 0,
    list: (executionId: number) => list.all(executionId),
    since: (id: number, limit: number) => since.all(id, limit),
    /** The newest event's number; 0 where nothing has happened yet. */
    last: () => last.get()?.id ?? 0,
  }
}
