import { Fault } from '../domain/fault.ts'
import { readable } from '../domain/line.ts'
import { LineSet } from '../domain/lineset.ts'
import { COMPLAINTS, type Matcher, needleOf } from '../domain/matcher.ts'
import { Familiar } from '../domain/novelty.ts'
import { type Group, Outline } from '../domain/outline.ts'
import { unpack, unpackText } from '../domain/transcript.ts'
import type { LogPlace, Searcher } from '../search/question.ts'
import type { ScannedChunk } from '../store/logReading.ts'
import type { Store } from '../store/store.ts'

/** Which lines somebody looks for. */
export type Wanted =
  | { readonly as: 'text' | 'regex'; readonly q: string }
  | { readonly as: 'errors' }
  /** Those that another log does not have, but for what differs from run to run. */
  | { readonly as: 'new'; readonly since: LogPlace }

/** The lines of a log that are wanted. */
export interface Found {
  readonly lines: LineSet
  /** False where not all could be compared, so that some are called new that are not. */
  readonly complete: boolean
}

/**
 * Goes through whole logs on behalf of readers, in slices that let others run in between, and remembers what it found:
 * going to the next match is then no search. Ends with the signal's reason soon after it fires.
 */
export interface Finder {
  find(log: LogPlace, wanted: Wanted, signal: AbortSignal): Promise<Found>
  groups(log: LogPlace, signal: AbortSignal): Promise<readonly Group[]>
  close(): void
}

/** Logs gone through at once; each shares the thread with everybody else. */
const SCANS_MAX = 8
/** What was found, a bit a line: some hundred logs of a million lines. */
const REMEMBERED_BYTES_MAX = 16 * 1024 * 1024
/** Of one entry besides its lines. */
const ENTRY_BYTES = 1024

/** Says of readable lines whether they are wanted, and where the words stand. */
export function matcherOf(wanted: Exclude<Wanted, { as: 'new' }>): Matcher {
  switch (wanted.as) {
    case 'text':
    case 'regex':
      return needleOf(wanted.as, wanted.q)
    case 'errors':
      return COMPLAINTS
    default:
      return wanted satisfies never
  }
}

export function createFinder({
  store,
  searcher,
}: {
  readonly store: Store
  readonly searcher: Searcher
}): Finder {
  const stopped = new AbortController()
  const remembered = createMemory()
  let scans = 0

  /** A log is found by how long it is, too: one that has grown is gone through again. */
  async function once<T>(
    key: string,
    bytes: (made: T) => number,
    asked: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const known = remembered.get<T>(key)
    if (known !== undefined) return known
    if (scans >= SCANS_MAX)
      throw new Fault('limited', `${SCANS_MAX} logs are being searched just now. Try again in a moment.`)
    scans += 1
    try {
      const made = await work(AbortSignal.any([asked, stopped.signal]))
      remembered.put(key, made, bytes(made) + ENTRY_BYTES)
      return made
    } catch (error) {
      // Nobody is left to hear it, and nothing went wrong.
      if (asked.aborted) throw new Fault('limited', 'Whoever asked for it has left.')
      throw error
    } finally {
      scans -= 1
    }
  }

  const keyOf = ({ executionId, stage }: LogPlace, what: string) => {
    const { lines, sealedAt } = store.logs.info(executionId, stage)
    return `${executionId} ${stage} ${lines} ${sealedAt} ${what}`
  }

  return {
    find: (log, wanted, asked) =>
      once(
        keyOf(log, JSON.stringify(wanted)),
        (found) => found.lines.bytes,
        asked,
        (signal) => {
          if (wanted.as === 'new') return newLines(store, log, wanted.since, signal)
          if (wanted.as === 'errors') return complaints(store, log, signal)
          return matching(searcher, emptySet(store, log), log, wanted, signal)
        },
      ),
    groups: (log, asked) =>
      once(
        keyOf(log, 'groups'),
        (groups) => groups.length * ENTRY_BYTES,
        asked,
        (signal) => groupsOf(store, log, signal),
      ),
    close: () => stopped.abort(new Fault('limited', 'The server is stopping.')),
  }
}

/** On the thread of the search: nobody else waits for an expression that is hard. */
async function matching(
  searcher: Searcher,
  lines: LineSet,
  log: LogPlace,
  wanted: Extract<Wanted, { q: string }>,
  signal: AbortSignal,
): Promise<Found> {
  for (let next: number | null = 1; next !== null && next <= lines.lines; ) {
    signal.throwIfAborted()
    const turn = await searcher.lines(log, wanted, next)
    // A log that grows has more lines by now than it is looked at for.
    for (const number of turn.numbers) if (number <= lines.lines) lines.add(number)
    next = turn.next
  }
  return { lines, complete: true }
}

async function complaints(store: Store, log: LogPlace, signal: AbortSignal): Promise<Found> {
  const lines = emptySet(store, log)
  await store.logs.scan(
    log.executionId,
    log.stage,
    (chunk) =>
      eachText(chunk, (number, text) => {
        if (COMPLAINTS.test(readable(text))) lines.add(number)
      }),
    signal,
  )
  return { lines, complete: true }
}

async function newLines(store: Store, log: LogPlace, since: LogPlace, signal: AbortSignal): Promise<Found> {
  const familiar = new Familiar()
  await store.logs.scan(
    since.executionId,
    since.stage,
    (chunk) => eachText(chunk, (_, text) => familiar.add(text)),
    signal,
  )
  const lines = emptySet(store, log)
  // The last line, where it was new: blank ones between two that are new are as new as they are.
  let before = 0
  await store.logs.scan(
    log.executionId,
    log.stage,
    (chunk) =>
      eachText(chunk, (number, text) => {
        if (text.trim() === '') return
        if (familiar.has(text)) before = 0
        else {
          for (let at = before === 0 ? number : before + 1; at <= number; at += 1) lines.add(at)
          before = number
        }
      }),
    signal,
  )
  return { lines, complete: familiar.complete }
}

function emptySet(store: Store, { executionId, stage }: LogPlace): LineSet {
  return new LineSet(store.logs.info(executionId, stage).lines)
}

/** The lines of a chunk that a stage wrote itself. */
function eachText({ first, body, from }: ScannedChunk, visit: (number: number, text: string) => void): void {
  const { text: all, kinds } = unpackText(body)
  for (const [index, text] of all.split('\n').entries())
    if (first + index >= from && !kinds.has(index)) visit(first + index, text)
}

async function groupsOf(store: Store, log: LogPlace, signal: AbortSignal): Promise<readonly Group[]> {
  const { lines, sealedAt } = store.logs.info(log.executionId, log.stage)
  const outline = new Outline()
  await store.logs.scan(
    log.executionId,
    log.stage,
    ({ first, body, from }) => {
      if (!Outline.mayFold(decoder.decode(body))) return
      for (const line of unpack(body, first, from)) outline.take(line)
    },
    signal,
  )
  const [last] = store.logs.tail(log.executionId, log.stage, 1)
  return outline.groups(lines, last?.at ?? 0, sealedAt !== null)
}

const decoder = new TextDecoder()

/** What was found lately; the longest unused is forgotten first. */
function createMemory() {
  const entries = new Map<string, { readonly made: unknown; readonly bytes: number }>()
  let total = 0
  const drop = (key: string): void => {
    total -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  return {
    /** What was put under the same key has the same type: keys name what they are of. */
    get<T>(key: string): T | undefined {
      const known = entries.get(key)
      if (known === undefined) return undefined
      entries.delete(key)
      entries.set(key, known)
      return known.made as T
    },
    put(key: string, made: unknown, bytes: number): void {
      drop(key)
      entries.set(key, { made, bytes })
      total += bytes
      for (const oldest of entries.keys()) {
        if (total <= REMEMBERED_BYTES_MAX) return
        drop(oldest)
      }
    },
  }
}
