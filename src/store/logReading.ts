import { type LogLine, unpack } from '../domain/transcript.ts'
import type { Db } from './database.ts'
import { decompress, decompressAside } from './zstd.ts'

/** Lines of a window at most; a reader asks again for more. */
const WINDOW_MAX = 10_000

/** What is known of a stage's log; a log nobody wrote to has no lines and no cursor. */
export interface LogInfo {
  readonly lines: number
  /** Of text, newlines included. */
  readonly bytes: number
  readonly cursor: string | null
  readonly sealedAt: number | null
}

/** Some lines of a log as they are packed (domain/transcript.ts). */
export interface LogChunk {
  readonly first: number
  readonly lines: number
  /** Of text, newlines included. */
  readonly bytes: number
  /** On its way from another thread. */
  readonly body: Promise<Uint8Array>
}

/** A chunk of a log that is gone through. */
export interface ScannedChunk {
  readonly first: number
  readonly body: Uint8Array
  /** Lines before this number were shown already: rows at the end of a log that grows become one meanwhile. */
  readonly from: number
}

interface ChunkRow {
  readonly firstLine: number
  readonly packed: Uint8Array
}

const EMPTY: LogInfo = { lines: 0, bytes: 0, cursor: null, sealedAt: null }
const INFO = 'lines, bytes, cursor, sealed_at AS sealedAt'

/** Reads logs: any window of lines costs the same, wherever it stands and however long the log is. */
export function createLogReading({ sqlite }: Pick<Db, 'sqlite'>) {
  const find = sqlite.query<LogInfo & { id: number }, [number, number]>(
    `SELECT id, ${INFO} FROM logs WHERE execution_id = ? AND stage = ?`,
  )
  const ofExecution = sqlite.query<LogInfo & { stage: number }, [number]>(
    `SELECT stage, ${INFO} FROM logs WHERE execution_id = ? ORDER BY stage`,
  )
  const chunksOf = sqlite.query<ChunkRow, [number, number, number]>(
    `SELECT first_line AS firstLine, packed FROM chunks
    WHERE log_id = ?1
      AND first_line >= coalesce((SELECT max(first_line) FROM chunks WHERE log_id = ?1 AND first_line <= ?2), 0)
      AND first_line <= ?3
    ORDER BY first_line`,
  )
  const holding = sqlite.query<ChunkRow & { lines: number; bytes: number }, [number, number]>(
    `SELECT first_line AS firstLine, lines, bytes, packed FROM chunks
    WHERE log_id = ?1
      AND first_line >= coalesce((SELECT max(first_line) FROM chunks WHERE log_id = ?1 AND first_line <= ?2), 0)
    ORDER BY first_line
    LIMIT 1`,
  )

  function window(executionId: number, stage: number, from: number, limit: number): LogLine[] {
    const log = find.get(executionId, stage)
    const first = Math.max(1, from)
    const last = first + Math.min(limit, WINDOW_MAX) - 1
    if (log === null || last < first) return []
    return chunksOf
      .all(log.id, first, last)
      .flatMap((chunk) => unpack(decompress(chunk.packed), chunk.firstLine, first, last))
  }

  function info(executionId: number, stage: number): LogInfo {
    return find.get(executionId, stage) ?? EMPTY
  }

  /**
   * The chunk that holds a line, which may begin before it: small chunks at the end of a log become one meanwhile. Null
   * beyond the end.
   */
  function chunk(executionId: number, stage: number, line: number): LogChunk | null {
    const log = find.get(executionId, stage)
    const row = log === null || line > log.lines ? null : holding.get(log.id, line)
    if (row === null) return null
    const body = decompressAside(row.packed)
    // Where nobody waits for it any more, nobody wants to know that it is damaged.
    body.catch(() => {})
    return { first: row.firstLine, lines: row.lines, bytes: row.bytes, body }
  }

  return {
    info,

    /** Lines from a number on, at most `limit` and 10,000; none beyond the end. */
    window,

    /** The last lines. */
    tail(executionId: number, stage: number, limit: number): LogLine[] {
      return window(executionId, stage, info(executionId, stage).lines - limit + 1, limit)
    },

    /** All logs of an execution by their stage's ordinal. */
    infos(executionId: number): ReadonlyMap<number, LogInfo> {
      return new Map(ofExecution.all(executionId).map(({ stage, ...log }) => [stage, log]))
    },

    /** Where an engine is to go on, by stage ordinal. */
    cursors(executionId: number): Readonly<Record<number, string>> {
      const known = ofExecution
        .all(executionId)
        .flatMap(({ stage, cursor }) => (cursor === null ? [] : [[stage, cursor]]))
      return Object.fromEntries(known)
    },

    chunk,

    /**
     * Shows all chunks of a log, one after another, as they stand when it begins, and lets others run in between; ends
     * soon after the signal fires, with its reason.
     */
    async scan(
      executionId: number,
      stage: number,
      visit: (chunk: ScannedChunk) => void,
      signal: AbortSignal,
    ): Promise<void> {
      const { lines } = info(executionId, stage)
      for (let from = 1; from <= lines; ) {
        signal.throwIfAborted()
        const next = chunk(executionId, stage, from)
        if (next === null) return
        visit({ first: next.first, body: await next.body, from })
        from = next.first + next.lines
        // One chunk is some milliseconds at most.
        await new Promise(setImmediate)
      }
    },
  }
}
