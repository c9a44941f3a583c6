import { readableText } from '../domain/line.ts'
import { lettersOf, type Needle, regexMatcher, textMatcher } from '../domain/matcher.ts'
import { unpackText } from '../domain/transcript.ts'
import type { HistoryRow } from '../store/historyRows.ts'
import type { LogChunk } from '../store/logReading.ts'
import type { Reader } from '../store/reader.ts'
import { excerptOf } from './excerpt.ts'
import type { FoundLine, FoundLog, Hit, Place, Question, Turn } from './question.ts'

/** Lines shown of one log; who wants the others looks into it. */
export const LINES_PER_LOG = 5
/** Lines shown before and after one that matches. */
const CONTEXT_LINES = 1
/** Executions of one kind of hit; the history has the others. */
const HITS_MAX = 3
/** Of text gone through in one turn: ten milliseconds for a text, thirty for an expression. */
const TURN_BYTES = 8 * 1024 * 1024
/** An expression that is hard, or a cold disk, ends a turn by time. */
const TURN_MS = 40
/** Executions read at once; most searches end within the first of them. */
const ROWS = 100
/** Ids of executions are below it. */
const NEWEST = Number.MAX_SAFE_INTEGER

/** Where one turn stands. */
interface Round {
  readonly needle: Needle
  readonly linesMax: number
  readonly found: FoundLog[]
  lines: number
  executions: number
  logs: number
  bytes: number
  /** Whether it has gone through enough. */
  isOver(): boolean
}

interface Log {
  readonly execution: HistoryRow
  readonly ordinal: number
  readonly stage: string
}

/** Searches what a reader reads, the newest execution first. Each call is one turn. */
export function createSearching(reader: Reader, now: () => number) {
  const needleOf = createNeedles()

  /** A Fault where the expression is not understood, or takes too long. */
  function turn(question: Question, from: Place | null, linesMax: number): Turn {
    const round = begin(needleOf(question), linesMax, now)
    const next = walk(question, from ?? { execution: NEWEST - 1, ...BEGINNING }, round)
    const { found, executions, logs, bytes } = round
    return { found, searched: { executions, logs, bytes }, next }
  }

  /** Where to go on; null at the end. */
  function walk({ filter, stage }: Question, from: Place, round: Round): Place | null {
    let last = from.execution
    while (true) {
      const rows = reader.walk({ ...filter, q: null }, last + 1, ROWS)
      for (const row of rows) {
        const stopped = execution(row, stage, row.id === from.execution ? from : BEGINNING, round)
        if (stopped !== null) return stopped
        round.executions += 1
        last = row.id - 1
        if (round.isOver()) return { execution: last, ...BEGINNING }
      }
      if (rows.length < ROWS) return null
    }
  }

  function execution(row: HistoryRow, wanted: string | null, from: Start, round: Round): Place | null {
    const names = reader.stages(row.id)
    for (const [ordinal, { lines }] of reader.logs.infos(row.id)) {
      const stage = names.get(ordinal)
      if (ordinal < from.stage || lines === 0 || stage === undefined || !isWanted(stage, wanted)) continue
      const log = { execution: row, ordinal, stage }
      const stopped = searchLog(log, ordinal === from.stage ? from : { ...BEGINNING, stage: ordinal }, round)
      if (stopped !== null) return stopped
    }
    return null
  }

  function searchLog(log: Log, from: Start, round: Round): Place | null {
    const { execution: row, ordinal } = log
    const numbers: number[] = []
    const stopAt = (line: number): Place => {
      note(log, numbers, null, round)
      return { execution: row.id, stage: ordinal, line, shown: from.shown + numbers.length }
    }
    for (let line = from.line; ; ) {
      const chunk = reader.logs.chunk(row.id, ordinal, line)
      if (chunk === null) break
      // A chunk of which a turn had a part was counted then.
      if (chunk.first === line) round.bytes += chunk.bytes
      for (const number of matching(chunk, line, round.needle)) {
        if (from.shown + numbers.length >= LINES_PER_LOG) {
          note(log, numbers, number, round)
          round.logs += 1
          return null
        }
        numbers.push(number)
        round.lines += 1
        if (round.lines >= round.linesMax) return stopAt(number + 1)
      }
      line = chunk.first + chunk.lines
      if (round.isOver()) return stopAt(line)
    }
    note(log, numbers, null, round)
    round.logs += 1
    return null
  }

  function note(log: Log, numbers: readonly number[], more: number | null, round: Round): void {
    if (numbers.length > 0 || more !== null)
      round.found.push({ ...log, lines: linesOf(log, numbers, round.needle), more })
  }

  /** The lines of these numbers and those beside them, each once. */
  function linesOf(
    { execution: row, ordinal }: Log,
    numbers: readonly number[],
    needle: Needle,
  ): FoundLine[] {
    const matches = new Set(numbers)
    const lines = new Map<number, FoundLine>()
    for (const number of numbers) {
      const window = reader.logs.window(row.id, ordinal, number - CONTEXT_LINES, 1 + 2 * CONTEXT_LINES)
      for (const line of window)
        lines.set(line.number, excerptOf(line, matches.has(line.number) ? needle : null))
    }
    return [...lines.values()].sort((a, b) => a.number - b.number)
  }

  function hits({ q, as, filter }: Question): Hit[] {
    const text = q.trim()
    if (as === 'regex' || text === '') return []
    const lists: readonly (readonly [Hit['kind'] | null, HistoryRow[]])[] = [
      [null, reader.walk({ ...filter, q: text }, NEWEST, HITS_MAX + 1)],
      [
        'branch',
        filter.branch === null ? reader.walk({ ...filter, branch: text }, NEWEST, HITS_MAX + 1) : [],
      ],
      ['person', filter.by === null ? reader.walk({ ...filter, by: text }, NEWEST, HITS_MAX + 1) : []],
    ]
    return lists.flatMap(([kind, rows]) => {
      const [newest] = rows
      if (newest === undefined) return []
      const executions = rows.slice(0, HITS_MAX)
      return [{ kind: kind ?? meaningOf(text, newest), executions, more: rows.length > HITS_MAX }]
    })
  }

  return { turn, hits }
}

type Start = Omit<Place, 'execution'>
const BEGINNING: Start = { stage: 0, line: 1, shown: 0 }

function begin(needle: Needle, linesMax: number, now: () => number): Round {
  const began = now()
  return {
    ...{ needle, linesMax, found: [], lines: 0, executions: 0, logs: 0, bytes: 0 },
    isOver() {
      return this.lines >= this.linesMax || this.bytes >= TURN_BYTES || now() - began >= TURN_MS
    },
  }
}

function isWanted(stage: string, wanted: string | null): boolean {
  return wanted === null || stage === wanted || stage.startsWith(`${wanted}.`)
}

/** Numbers of a chunk's lines that match, from a line on; only of those that the stage itself wrote. */
function* matching({ first, body }: LogChunk, from: number, needle: Needle): Generator<number> {
  const { text, kinds } = unpackText(body)
  const lines = readableText(text)
  let number = first
  let at = 0
  const goTo = (enough: () => boolean): void => {
    while (!enough()) {
      at = lines.indexOf('\n', at) + 1
      number += 1
    }
  }
  goTo(() => number >= from)
  while (true) {
    const found = needle.find(lines, at)
    if (found < 0) return
    goTo(() => at >= found)
    if (!kinds.has(number - first)) yield number
    if (lines.indexOf('\n', at) < 0) return
    const next = number + 1
    goTo(() => number >= next)
  }
}

/** By what a list found its executions. */
function meaningOf(text: string, { uid, slug, number, sha }: HistoryRow): Hit['kind'] {
  if (uid === text.toUpperCase() || `${slug}-${number}` === text.toLowerCase()) return 'id'
  return sha?.startsWith(text.toLowerCase()) === true ? 'commit' : 'title'
}

/** As many searches go on at once, and an expression's states are worth keeping from turn to turn. */
const NEEDLES_MAX = 16

function createNeedles() {
  const kept = new Map<string, Needle>()
  return ({ q, as }: Question): Needle => {
    const key = `${as} ${q}`
    const needle = kept.get(key) ?? (as === 'text' ? textMatcher : regexMatcher)(q, lettersOf(q, as))
    kept.delete(key)
    kept.set(key, needle)
    for (const oldest of kept.keys()) {
      if (kept.size <= NEEDLES_MAX) break
      kept.delete(oldest)
    }
    return needle
  }
}
