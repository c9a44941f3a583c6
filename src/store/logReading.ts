import { type LogLine, unpack } from '../domain/transcript.ts'
import type { Db } from './database.ts'
import { decompress } from './zstd.ts'

/** Lines of a window at most; a reader asks again for more. */
const WINDOW_MAX = 10_000
/** Chunks searched before others get a turn: some ten milliseconds. */
const SEARCHED_AT_ONCE = 24

/** What is known of a stage's log; a log nobody wrote to has no lines and no cursor. */
export interface LogInfo {
  readonly lines: number
  /** Of text, newlines included. */
  readonly bytes: number
  readonly cursor: string | null
  readonly sealedAt: number | null
}

/** Which lines hold a text: all are counted, the first ones named. */
export interface LogMatches {
  readonly count: number
  readonly lines: readonly number[]
}

/** Some lines of a log as they are packed (domain/transcript.ts). */
export interface LogChunk {
  readonly first: number
  readonly lines: number
  /** Of text, newlines included. */
  readonly bytes: number
  readonly body: Uint8Array
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
  const after = sqlite.query<ChunkRow, [number, number]>(
    `SELECT first_line AS firstLine, packed FROM chunks
    WHERE log_id = ? AND first_line > ?
    ORDER BY first_line
    LIMIT ${SEARCHED_AT_ONCE}`,
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

    /**
     * The chunk that holds a line, which may begin before it: small chunks at the end of a log become one meanwhile. Null
     * beyond the end.
     */
    chunk(executionId: number, stage: number, line: number): LogChunk | null {
      const log = find.get(executionId, stage)
      const row = log === null || line > log.lines ? null : holding.get(log.id, line)
      if (row === null) return null
      return { first: row.firstLine, lines: row.lines, bytes: row.bytes, body: decompress(row.packed) }
    },

    /** Lines that hold `text`, in any case. Lets others run in between; ends soon after the signal fires. */
    async search(
      executionId: number,
      stage: number,
      text: string,
      limit: number,
      signal?: AbortSignal,
    ): Promise<LogMatches> {
      const log = find.get(executionId, stage)
      const pattern = new RegExp(RegExp.escape(text), 'iu')
      const lines: number[] = []
      let count = 0
      let reached = 0
      while (log !== null && text !== '' && !signal?.aborted) {
        const chunks = after.all(log.id, reached)
        for (const chunk of chunks) {
          const found = matching(chunk, pattern)
          count += found.length
          lines.push(...found.slice(0, limit - lines.length))
          reached = chunk.firstLine
        }
        if (chunks.length < SEARCHED_AT_ONCE) break
        await new Promise(setImmediate)
      }
      return { count, lines }
    },
  }
}

function matching(chunk: ChunkRow, pattern: RegExp): number[] {
  return unpack(decompress(chunk.packed), chunk.firstLine)
    .filter((line) => pattern.test(line.text))
    .map((line) => line.number)
}
