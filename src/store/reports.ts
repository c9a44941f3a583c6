import type { ReportSummary } from '../domain/report.ts'
import type { Db } from './database.ts'
import type { ReportRow } from './tables.ts'

const COLUMNS = `id, execution_id AS executionId, workflow_id AS workflowId, branch, stage, name, path, format, state, told,
  problem, kept_at AS keptAt, bytes, hash, attempts, base_id AS baseId, summary`

/** A document as it is stored. */
export interface PackedDocument {
  readonly packed: Uint8Array
  /** Of the document itself, and its SHA-256. */
  readonly bytes: number
  readonly hash: string
}

/** What was collected of a report. */
export type NewReport = Pick<
  ReportRow,
  'executionId' | 'workflowId' | 'branch' | 'stage' | 'name' | 'path' | 'format' | 'keptAt'
> & { readonly content: PackedDocument | { readonly problem: string } }

/** Reports of executions: the documents, and how far each of them has been read. */
export function createReports({ sqlite, transaction }: Db) {
  const one = sqlite.query<ReportRow, [number, string]>(
    `SELECT ${COLUMNS} FROM reports WHERE execution_id = ? AND name = ?`,
  )
  const byId = sqlite.query<ReportRow, [number]>(`SELECT ${COLUMNS} FROM reports WHERE id = ?`)
  const list = sqlite.query<ReportRow, [number]>(
    `SELECT ${COLUMNS} FROM reports WHERE execution_id = ? ORDER BY stage, id`,
  )
  const insert = sqlite.query<{ id: number }, (string | number | null)[]>(
    `INSERT INTO reports
       (execution_id, workflow_id, branch, stage, name, path, format, kept_at, state, problem, bytes, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     RETURNING id`,
  )
  const remove = sqlite.query('DELETE FROM reports WHERE id = ?')
  const putDocument = sqlite.query('INSERT INTO documents (report_id, packed) VALUES (?, ?)')
  const document = sqlite.query<{ packed: Uint8Array }, [number]>(
    'SELECT packed FROM documents WHERE report_id = ?',
  )
  const next = sqlite.query<ReportRow, []>(
    `SELECT ${COLUMNS} FROM reports WHERE told = 0 ORDER BY id LIMIT 1`,
  )
  const base = sqlite.query<ReportRow, [number, string, number, string | null]>(
    `SELECT ${COLUMNS} FROM reports
     WHERE workflow_id = ? AND name = ? AND execution_id < ? AND branch IS ? AND state = 'read'
     ORDER BY execution_id DESC
     LIMIT 1`,
  )
  const attempt = sqlite.query('UPDATE reports SET attempts = attempts + 1 WHERE id = ?')
  const read = sqlite.query("UPDATE reports SET state = 'read', base_id = ?, summary = ? WHERE id = ?")
  const fail = sqlite.query("UPDATE reports SET state = 'wrong', problem = ? WHERE id = ?")
  const told = sqlite.query('UPDATE reports SET told = 1 WHERE id = ?')

  return {
    one: (executionId: number, name: string) => one.get(executionId, name),
    byId: (id: number) => byId.get(id),
    list: (executionId: number) => list.all(executionId),

    /**
     * Keeps a report, to be read; false where it is kept already. Another document of that name takes its place, for its
     * stage was run a second time; the news that there is none does not.
     */
    keep(report: NewReport): boolean {
      const { content } = report
      return transaction(() => {
        const known = one.get(report.executionId, report.name)
        const hash = 'hash' in content ? content.hash : null
        if (known !== null && (hash === null || known.hash === hash)) return false
        if (known !== null) remove.run(known.id)
        const { executionId, workflowId, branch, stage, name, path, format, keptAt } = report
        const { problem, bytes } = { problem: null, bytes: null, ...content }
        const added = insert.get(
          ...[executionId, workflowId, branch, stage, name, path, format, keptAt],
          ...[problem === null ? 'kept' : 'wrong', problem, bytes, hash],
        )
        if (added !== null && 'packed' in content) putDocument.run(added.id, content.packed)
        return true
      })
    },

    /** The document as it is stored; null where none could be kept. */
    document: (id: number): Uint8Array | null => document.get(id)?.packed ?? null,
    /** The oldest report that is yet to be read or told of; null where all are. */
    next: () => next.get(),
    /** Notes that somebody begins to read it. */
    attempt: (id: number): void => void attempt.run(id),
    /** The last report of this name that an earlier execution of the same branch has. */
    base: ({ workflowId, name, executionId, branch }: ReportRow) =>
      base.get(workflowId, name, executionId, branch),
    read: (id: number, baseId: number | null, summary: ReportSummary): void =>
      void read.run(baseId, JSON.stringify(summary), id),
    fail: (id: number, problem: string): void => void fail.run(problem, id),
    told: (id: number): void => void told.run(id),
  }
}
