import type { HistoryRow } from '../store/historyRows.ts'
import type { LogChunk } from '../store/logReading.ts'
import type { Reader } from '../store/reader.ts'
import type { Place, Question } from './question.ts'

/** Executions read at once; most searches end within the first of them. */
const ROWS = 100
/** Of text gone through in one turn: some fifteen milliseconds. */
const TURN_BYTES = 16 * 1024 * 1024
/** An expression that is hard, a cold disk, or many executions without logs end a turn by time. */
const TURN_MS = 40
/** Ids of executions are below it. */
export const NEWEST = Number.MAX_SAFE_INTEGER

export interface Log {
  readonly execution: HistoryRow
  readonly ordinal: number
  readonly stage: string
}

/** What a turn comes across. A chunk is looked at from a line on. */
export type Item =
  | { readonly is: 'log'; readonly log: Log; readonly shown: number }
  | { readonly is: 'chunk'; readonly chunk: LogChunk; readonly from: number }
  | { readonly is: 'end of log' }
  | { readonly is: 'end of execution' }

type Start = Omit<Place, 'execution'>
const BEGINNING: Start = { stage: 0, line: 1, shown: 0 }

/**
 * All logs in their order, from a place on: as much as one turn goes through. Answers where the next one goes on, null
 * at the end. A log of which enough was seen is left before its end.
 */
export function* walk(
  reader: Reader,
  { filter, stage }: Question,
  place: Place | null,
  { now, isDone }: { readonly now: () => number; readonly isDone: (log: Log) => boolean },
): Generator<Item, Place | null> {
  const bounds = turnBounds(now)
  let last = place?.execution ?? NEWEST - 1

  /** Where it stopped; null at the end of the log. */
  function* log(one: Log, start: Start): Generator<Item, Place | null> {
    let { line } = start
    if (bounds.isFull()) return { execution: one.execution.id, ...start }
    yield { is: 'log', log: one, shown: start.shown }
    while (!isDone(one)) {
      if (bounds.isFull()) return { execution: one.execution.id, ...start, line }
      const chunk = reader.logs.chunk(one.execution.id, one.ordinal, line)
      if (chunk === null) break
      yield { is: 'chunk', chunk, from: line }
      bounds.step(chunk.bytes)
      line = chunk.first + chunk.lines
    }
    yield { is: 'end of log' }
    return null
  }

  while (true) {
    const rows = reader.walk({ ...filter, q: null }, last + 1, ROWS)
    for (const row of rows) {
      const start = row.id === place?.execution ? place : BEGINNING
      for (const one of logsOf(reader, row, stage)) {
        if (one.ordinal < start.stage) continue
        const { ordinal } = one
        const stopped = yield* log(one, ordinal === start.stage ? start : { ...BEGINNING, stage: ordinal })
        if (stopped !== null) return stopped
      }
      yield { is: 'end of execution' }
      bounds.step(0)
      last = row.id - 1
      if (bounds.isFull()) return { execution: last, ...BEGINNING }
    }
    if (rows.length < ROWS) return null
  }
}

/** How much one turn goes through. One that came no step further would come no further for ever. */
export function turnBounds(now: () => number) {
  const began = now()
  let [steps, bytes] = [0, 0]
  return {
    step(of: number): void {
      steps += 1
      bytes += of
    },
    isFull: () => steps > 0 && (bytes >= TURN_BYTES || now() - began >= TURN_MS),
  }
}

function* logsOf(reader: Reader, execution: HistoryRow, wanted: string | null): Generator<Log> {
  const names = reader.stages(execution.id)
  for (const [ordinal, { lines }] of reader.logs.infos(execution.id)) {
    const stage = names.get(ordinal)
    const isWanted = wanted === null || stage === wanted || stage?.startsWith(`${wanted}.`) === true
    if (stage !== undefined && isWanted && lines > 0) yield { execution, ordinal, stage }
  }
}

/** Come across before the first of them is looked at: a few chunks, which other threads decompress meanwhile. */
const AHEAD = 10

/** The same items, come across some time before they are needed. */
export function* ahead<T, End>(items: Generator<T, End>): Generator<T, End> {
  const waiting: T[] = []
  let next = items.next()
  while (true) {
    for (; next.done !== true && waiting.length < AHEAD; next = items.next()) waiting.push(next.value)
    const item = waiting.shift()
    if (item !== undefined) yield item
    else if (next.done === true) return next.value
  }
}
