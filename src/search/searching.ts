import { matchingLines } from '../domain/grep.ts'
import { type Needle, needleOf } from '../domain/matcher.ts'
import type { HistoryRow } from '../store/historyRows.ts'
import type { LogChunk } from '../store/logReading.ts'
import type { Reader } from '../store/reader.ts'
import { excerptOf } from './excerpt.ts'
import type { FoundLine, FoundLog, Hit, LogPlace, LogTurn, Place, Question, Turn } from './question.ts'
import { ahead, type Item, type Log, NEWEST, turnBounds, walk } from './walk.ts'

/** Lines shown of one log; who wants the others looks into it. */
export const LINES_PER_LOG = 5
/** Lines shown before and after one that matches. */
const CONTEXT_LINES = 1
/** Executions of one kind of hit; the history has the others. */
const HITS_MAX = 3

/** Searches what a reader reads, the newest execution first. */
export function createSearching(reader: Reader, now: () => number) {
  const kept = createNeedles()

  return {
    /** One turn of a search. A Fault where the expression is not understood, or takes too long. */
    async turn(question: Question, from: Place | null, linesMax: number): Promise<Turn> {
      const round = new Round(reader, kept(question), linesMax)
      const isDone = (log: Log) => round.isDone(log)
      const items = ahead(walk(reader, question, from, { now, isDone }))
      while (true) {
        const item = items.next()
        if (item.done === true) return round.end(item.value)
        const stopped = await round.take(item.value)
        if (stopped !== null) return round.end(stopped)
      }
    },

    /** One turn in one log: all its lines that match, from a line on. */
    async lines(log: LogPlace, wanted: Pick<Question, 'q' | 'as'>, from: number): Promise<LogTurn> {
      const needle = kept(wanted)
      const numbers: number[] = []
      const bounds = turnBounds(now)
      let line = from
      while (!bounds.isFull()) {
        const chunk = reader.logs.chunk(log.executionId, log.stage, line)
        if (chunk === null) return { numbers, next: null }
        for (const number of matchingLines(chunk.first, await chunk.body, line, needle)) numbers.push(number)
        bounds.step(chunk.bytes)
        line = chunk.first + chunk.lines
      }
      return { numbers, next: line }
    },

    /** What the text names besides; nothing for an expression. */
    hits({ q, as, filter }: Question): Hit[] {
      const text = q.trim()
      if (as === 'regex' || text === '') return []
      const list = (narrowed: Partial<Question['filter']>) =>
        reader.walk({ ...filter, ...narrowed }, NEWEST, HITS_MAX + 1)
      const lists: readonly (readonly [Hit['kind'] | null, HistoryRow[]])[] = [
        [null, list({ q: text })],
        ['branch', filter.branch === null ? list({ branch: text }) : []],
        ['person', filter.by === null ? list({ by: text }) : []],
      ]
      return lists.flatMap(([kind, rows]) => {
        const [newest] = rows
        if (newest === undefined) return []
        const executions = rows.slice(0, HITS_MAX)
        return [{ kind: kind ?? meaningOf(text, newest), executions, more: rows.length > HITS_MAX }]
      })
    },
  }
}

/** By what a list found its executions. */
function meaningOf(text: string, { uid, slug, number, sha }: HistoryRow): Hit['kind'] {
  if (uid === text.toUpperCase() || `${slug}-${number}` === text.toLowerCase()) return 'id'
  return sha?.startsWith(text.toLowerCase()) === true ? 'commit' : 'title'
}

/** What a turn has come to, and the log it is at. */
class Round {
  readonly #reader: Reader
  readonly #needle: Needle
  readonly #found: FoundLog[] = []
  readonly #searched = { executions: 0, logs: 0, bytes: 0 }
  #left: number
  #log: Log | null = null
  /** Lines of the log that were shown before this turn, and those that match since. */
  #shown = 0
  #numbers: number[] = []
  /** The next line that matches once enough are shown; then nothing more is looked for in the log. */
  #more: number | null = null

  constructor(reader: Reader, needle: Needle, linesMax: number) {
    this.#reader = reader
    this.#needle = needle
    this.#left = linesMax
  }

  isDone(log: Log): boolean {
    return this.#log === log && this.#more !== null
  }

  /** Where enough was found; null where it goes on. */
  async take(item: Item): Promise<Place | null> {
    switch (item.is) {
      case 'log':
        this.#log = item.log
        this.#shown = item.shown
        return null
      case 'chunk':
        return await this.#look(item.chunk, item.from)
      case 'end of log':
        this.#leave()
        this.#searched.logs += 1
        return null
      case 'end of execution':
        this.#searched.executions += 1
        return null
      default:
        return item satisfies never
    }
  }

  end(next: Place | null): Turn {
    const log = this.#log
    const isWithin = next?.execution === log?.execution.id && next?.stage === log?.ordinal
    const shown = this.#shown + this.#numbers.length
    this.#leave()
    const place = next !== null && isWithin ? { ...next, shown } : next
    return { found: this.#found, searched: this.#searched, next: place }
  }

  async #look(chunk: LogChunk, from: number): Promise<Place | null> {
    if (this.#log === null || this.#more !== null) return null
    // A chunk of which another turn had a part was counted then.
    if (chunk.first === from) this.#searched.bytes += chunk.bytes
    for (const number of matchingLines(chunk.first, await chunk.body, from, this.#needle)) {
      if (this.#shown + this.#numbers.length >= LINES_PER_LOG) {
        this.#more = number
        return null
      }
      this.#numbers.push(number)
      this.#left -= 1
      const { execution, ordinal } = this.#log
      if (this.#left <= 0) return { execution: execution.id, stage: ordinal, line: number + 1, shown: 0 }
    }
    return null
  }

  #leave(): void {
    if (this.#log !== null && (this.#numbers.length > 0 || this.#more !== null))
      this.#found.push({ ...this.#log, lines: this.#lines(this.#log), more: this.#more })
    this.#log = null
    this.#numbers = []
    this.#more = null
  }

  /** The lines that match and those beside them, each once. */
  #lines({ execution, ordinal }: Log): FoundLine[] {
    const matches = new Set(this.#numbers)
    const lines = new Map<number, FoundLine>()
    for (const number of this.#numbers) {
      const from = number - CONTEXT_LINES
      for (const line of this.#reader.logs.window(execution.id, ordinal, from, 1 + 2 * CONTEXT_LINES))
        lines.set(line.number, excerptOf(line, matches.has(line.number) ? this.#needle : null))
    }
    return [...lines.values()].sort((a, b) => a.number - b.number)
  }
}

/** As many searches go on at once, and an expression's states are worth keeping from turn to turn. */
const NEEDLES_MAX = 16

function createNeedles() {
  const kept = new Map<string, Needle>()
  return ({ q, as }: Pick<Question, 'q' | 'as'>): Needle => {
    const key = `${as} ${q}`
    const needle = kept.get(key) ?? needleOf(as, q)
    kept.delete(key)
    kept.set(key, needle)
    for (const oldest of kept.keys()) {
      if (kept.size <= NEEDLES_MAX) break
      kept.delete(oldest)
    }
    return needle
  }
}
