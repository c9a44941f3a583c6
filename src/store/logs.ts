import { Fault } from '../domain/fault.ts'
import { CHUNK_BYTES, CHUNK_LINES, cut, fit, type NewLine, pack, unpack } from '../domain/transcript.ts'
import type { Db } from './database.ts'
import { createLogReading, type LogInfo } from './logReading.ts'
import { compress, decompress, recompress } from './zstd.ts'

/** Small rows of a tail before they are merged early: the tail of a slow writer stays quick to read. */
const TAIL_ROWS_MAX = 128
/** Free pages given back to the file system after a recompression: 8 MiB, so that this is never long. */
const VACUUM_PAGES = 1024

/** Lines as an engine hands them over, masked already. */
export interface LogBatch {
  readonly lines: readonly NewLine[]
  /** The cursor the caller believes to be stored; null before the first batch. */
  readonly after: string | null
  /** The engine's, at the start of the line after these. */
  readonly cursor: string
}

/** The numbers that appended lines were given: `first` … `first + lines - 1`. */
export interface Appended {
  readonly first: number
  readonly lines: number
}

interface LogRow extends LogInfo {
  readonly id: number
  readonly mergedLines: number
  readonly mergedBytes: number
}

type Size = Pick<LogRow, 'lines' | 'bytes' | 'mergedLines' | 'mergedBytes'>

interface ChunkRow {
  readonly firstLine: number
  readonly packed: Uint8Array
}

const LOG = `id, lines, bytes, merged_lines AS mergedLines, merged_bytes AS mergedBytes, cursor,
  sealed_at AS sealedAt`

/**
 * Logs of stages, one each, in chunks. Lines and the engine's cursor commit together, so that after any crash the
 * engine is asked for exactly the lines that are not here.
 */
export function createLogs(db: Db) {
  const { sqlite, transaction } = db
  const tail = createTail(db)
  const find = sqlite.query<LogRow, [number, number]>(
    `SELECT ${LOG} FROM logs WHERE execution_id = ? AND stage = ?`,
  )
  const make = sqlite.query<LogRow, [number, number]>(
    `INSERT INTO logs (execution_id, stage) VALUES (?, ?) RETURNING ${LOG}`,
  )
  const grow = sqlite.query(
    'UPDATE logs SET lines = ?, bytes = ?, merged_lines = ?, merged_bytes = ?, cursor = ? WHERE id = ?',
  )
  const markSealed = sqlite.query('UPDATE logs SET sealed_at = ? WHERE id = ? AND sealed_at IS NULL')

  function findOrMake(executionId: number, stage: number): LogRow {
    const row = find.get(executionId, stage) ?? make.get(executionId, stage)
    if (row === null)
      throw new Error(`The log of stage ${stage} of execution ${executionId} could not be made.`)
    return row
  }

  return {
    ...createLogReading(db),
    ...createRecompression(db),

    /**
     * Commits lines and the cursor after them. Null, and nothing is stored, where the batch does not follow what is
     * stored: it was committed before, or another follower was faster. A Fault once the log is sealed.
     */
    append(executionId: number, stage: number, batch: LogBatch): Appended | null {
      return transaction(() => {
        const row = findOrMake(executionId, stage)
        if (row.cursor !== batch.after || row.cursor === batch.cursor) return null
        if (row.sealedAt !== null) {
          throw new Fault(
            'conflict',
            `The log of stage ${stage} of execution ${executionId} is sealed; no line can follow.`,
          )
        }
        const size = tail.add(row, batch.lines.map(fitted))
        grow.run(size.lines, size.bytes, size.mergedLines, size.mergedBytes, batch.cursor, row.id)
        return { first: row.lines + 1, lines: batch.lines.length }
      })
    },

    /**
     * Closes a log: what it holds is on the disk when this returns, and nothing can be added. May be called again,
     * and for a log nobody wrote to.
     */
    seal(executionId: number, stage: number, now: number): void {
      transaction(() => {
        const row = findOrMake(executionId, stage)
        if (row.sealedAt !== null) return
        tail.merge(row)
        markSealed.run(now, row.id)
      })
      // Commits of this file are not synced one by one; a checkpoint syncs them all, before a final status is told.
      sqlite.run('PRAGMA wal_checkpoint(PASSIVE)')
    },
  }
}

function fitted(line: NewLine): NewLine {
  const text = fit(line.text)
  return text === line.text ? line : { at: line.at, text, kind: line.kind }
}

/** The small rows at a log's end, and how they become full chunks; in the caller's transaction. */
function createTail({ sqlite }: Db) {
  const insert = sqlite.query(
    'INSERT INTO chunks (log_id, first_line, lines, bytes, packed) VALUES (?, ?, ?, ?, ?)',
  )
  const rowsFrom = sqlite.query<ChunkRow, [number, number]>(
    'SELECT first_line AS firstLine, packed FROM chunks WHERE log_id = ? AND first_line >= ? ORDER BY first_line',
  )
  const countFrom = sqlite.query<{ rows: number }, [number, number]>(
    'SELECT count(*) AS rows FROM chunks WHERE log_id = ? AND first_line >= ?',
  )
  const removeFrom = sqlite.query('DELETE FROM chunks WHERE log_id = ? AND first_line >= ?')

  /** Stores lines as one row; their bytes. */
  function put(logId: number, first: number, lines: readonly NewLine[]): number {
    const { body, bytes } = pack(lines)
    insert.run(logId, first, lines.length, bytes, compress(body))
    return bytes
  }

  /** Takes the tail's lines out of the table. */
  function take(row: LogRow): NewLine[] {
    const from = row.mergedLines + 1
    const lines = rowsFrom
      .all(row.id, from)
      .flatMap((chunk) => unpack(decompress(chunk.packed), chunk.firstLine))
    removeFrom.run(row.id, from)
    return lines
  }

  function rows(row: LogRow): number {
    return countFrom.get(row.id, row.mergedLines + 1)?.rows ?? 0
  }

  /** Full chunks of the tail and these lines, and what is left as the new tail. */
  function fill(row: LogRow, added: readonly NewLine[]): Size {
    const { full, rest } = cut([...take(row), ...added])
    let { mergedLines, mergedBytes } = row
    for (const lines of full) {
      mergedBytes += put(row.id, mergedLines + 1, lines)
      mergedLines += lines.length
    }
    const restBytes = rest.length === 0 ? 0 : put(row.id, mergedLines + 1, rest)
    return { lines: mergedLines + rest.length, bytes: mergedBytes + restBytes, mergedLines, mergedBytes }
  }

  return {
    /** Stores lines after the log's last one; its size then. */
    add(row: LogRow, lines: readonly NewLine[]): Size {
      if (lines.length === 0) return row
      const bytes = lines.reduce((sum, line) => sum + line.text.length + 1, 0)
      const isFull =
        row.lines - row.mergedLines + lines.length >= CHUNK_LINES ||
        row.bytes - row.mergedBytes + bytes >= CHUNK_BYTES
      if (isFull || rows(row) >= TAIL_ROWS_MAX) return fill(row, lines)
      return { ...row, lines: row.lines + lines.length, bytes: row.bytes + put(row.id, row.lines + 1, lines) }
    },

    /** Makes one row of the tail. */
    merge(row: LogRow): void {
      if (rows(row) > 1) put(row.id, row.mergedLines + 1, take(row))
    },
  }
}

/** What follows a seal, in its own time: the same chunks, smaller. */
function createRecompression({ sqlite }: Db) {
  const sealed = sqlite.query<{ id: number }, [number, number]>(
    `SELECT id FROM logs
    WHERE execution_id = ? AND stage = ? AND sealed_at IS NOT NULL AND recompressed_at IS NULL`,
  )
  const waiting = sqlite.query<{ executionId: number; stage: number }, [number]>(
    `SELECT execution_id AS executionId, stage FROM logs
    WHERE sealed_at IS NOT NULL AND recompressed_at IS NULL
    ORDER BY sealed_at
    LIMIT ?`,
  )
  const next = sqlite.query<ChunkRow, [number, number]>(
    `SELECT first_line AS firstLine, packed FROM chunks
    WHERE log_id = ? AND first_line > ?
    ORDER BY first_line
    LIMIT 1`,
  )
  const replace = sqlite.query('UPDATE chunks SET packed = ? WHERE log_id = ? AND first_line = ?')
  const mark = sqlite.query('UPDATE logs SET recompressed_at = ? WHERE id = ?')

  return {
    /** Sealed logs that are still to be recompressed, oldest first: also what a crash left. */
    toRecompress(limit: number): { executionId: number; stage: number }[] {
      return waiting.all(limit)
    },

    /** Recompresses a sealed log on another thread, chunk by chunk; may be cut off anywhere and begun again. */
    async recompress(executionId: number, stage: number, now: number, signal?: AbortSignal): Promise<void> {
      const log = sealed.get(executionId, stage)
      if (log === null) return
      for (let chunk = next.get(log.id, 0); chunk !== null; chunk = next.get(log.id, chunk.firstLine)) {
        const smaller = await recompress(chunk.packed)
        if (signal?.aborted) return
        if (smaller.length < chunk.packed.length) replace.run(smaller, log.id, chunk.firstLine)
      }
      mark.run(now, log.id)
      sqlite.run(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`)
    },
  }
}
