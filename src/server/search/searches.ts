import { Fault } from '../../domain/fault.ts'
import { compile } from '../../domain/pattern.ts'
import type { FoundLog, Hit, Question, Searcher } from '../../search/question.ts'
import type { World } from '../../world.ts'
import { type Spot, type Sum, writeCursor } from './cursor.ts'

/** Searches at once, of all people. They take turns, so that the last of them waits for fifteen others: half a second. */
const SEARCHES_MAX = 16
/** Of one person: tabs that somebody forgot must not hold up everybody else. */
const PER_PERSON_MAX = 4

/** Why a search stopped: everything was searched, enough was found, or it took long enough. */
export type Ended = 'all' | 'lines' | 'time'

/** How far a search may go. */
export interface Bounds {
  /** Lines that match. */
  readonly lines: number
  readonly ms: number
}

/** What a search has come to. */
export interface Step {
  readonly found: readonly FoundLog[]
  readonly sum: Sum
  /** Where it goes on; null where everything was searched. */
  readonly cursor: string | null
  /** Null while it goes on. */
  readonly ended: Ended | null
}

/** A search that goes on. */
export interface Search {
  /** The next turn; not to be asked for after one that ended it. A Fault where the expression takes too long. */
  next(): Promise<Step>
  /** Gives its place up: nobody waits for it any more. May be called again. */
  stop(): void
}

/** All searches that go on, and how many may. */
export type Searches = ReturnType<typeof createSearches>

export function createSearches(searcher: Searcher, world: Pick<World, 'now'>) {
  const open = new Map<symbol, string>()

  function enter(person: string): symbol {
    const theirs = [...open.values()].filter((one) => one === person).length
    if (theirs >= PER_PERSON_MAX) {
      throw new Fault(
        'limited',
        `${theirs} searches of yours go on already. Stop one, or let it end, and try again.`,
      )
    }
    if (open.size >= SEARCHES_MAX) {
      throw new Fault(
        'limited',
        `${open.size} searches go on, which is all this server does at once. Try again in a moment.`,
      )
    }
    const ticket = Symbol(person)
    open.set(ticket, person)
    return ticket
  }

  /** Begins a search. A Fault where its expression is not understood, or where too many go on. */
  function begin(person: string, question: Question, from: Spot, bounds: Bounds): Search {
    check(question)
    const ticket = enter(person)
    const began = world.now()
    let { place, sum } = from
    let left = bounds.lines
    const stop = () => void open.delete(ticket)

    async function next(): Promise<Step> {
      try {
        const turn = await searcher.turn(question, place, left)
        const lines = linesIn(turn.found)
        left -= lines
        sum = plus(sum, { ...turn.searched, lines })
        place = turn.next
        const late = world.now() - began >= bounds.ms
        const ended = place === null ? 'all' : left <= 0 ? 'lines' : late ? 'time' : null
        if (ended !== null) stop()
        return { found: turn.found, sum, cursor: place === null ? null : writeCursor(place, sum), ended }
      } catch (error) {
        stop()
        throw error
      }
    }

    return { next, stop }
  }

  return {
    begin,

    /** What the text names besides; nothing where a search only goes on. */
    hits: async (question: Question, from: Spot): Promise<readonly Hit[]> =>
      from.place === null ? await searcher.hits(question) : [],

    /** A whole search as one answer. Ends with a Fault soon after the signal fires. */
    async collect(search: Search, signal: AbortSignal): Promise<Step & { readonly ended: Ended }> {
      let found: readonly FoundLog[] = []
      try {
        while (true) {
          const step = await search.next()
          found = joined(found, step.found)
          if (step.ended !== null) return { ...step, found, ended: step.ended }
          if (signal.aborted) throw new Fault('limited', 'Whoever asked for it has left.')
        }
      } finally {
        search.stop()
      }
    },

    /** How many go on. */
    get open() {
      return open.size
    },
  }
}

function check({ q, as }: Question): void {
  if (q === '') throw new Fault('invalid', 'Say what to look for.')
  if (as === 'regex') compile(q, 'exact')
}

function linesIn(found: readonly FoundLog[]): number {
  return found.reduce((sum, log) => sum + log.lines.filter((line) => line.matches).length, 0)
}

function plus(a: Sum, b: Sum): Sum {
  return {
    executions: a.executions + b.executions,
    logs: a.logs + b.logs,
    bytes: a.bytes + b.bytes,
    lines: a.lines + b.lines,
  }
}

/** What two turns found; of a log that both have parts of, the parts are put together. */
function joined(before: readonly FoundLog[], next: readonly FoundLog[]): readonly FoundLog[] {
  const last = before.at(-1)
  const [first, ...others] = next
  if (last === undefined || first === undefined || !isPartOf(last, first)) return [...before, ...next]
  const lines = new Map(first.lines.map((line) => [line.number, line]))
  // A line beside one match may stand beside the next one too, or match itself.
  for (const line of last.lines) if (line.matches || !lines.has(line.number)) lines.set(line.number, line)
  const inOrder = [...lines.values()].sort((a, b) => a.number - b.number)
  return [...before.slice(0, -1), { ...first, lines: inOrder }, ...others]
}

/** Whether what was found is a further part of a log. */
export function isPartOf(log: Stood, found: Stood): boolean {
  return log.execution.id === found.execution.id && log.ordinal === found.ordinal
}

/** Where something was found. */
interface Stood {
  readonly execution: { readonly id: number }
  readonly ordinal: number
}
