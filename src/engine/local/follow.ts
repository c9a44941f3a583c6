import { type FSWatcher, watch } from 'node:fs'
import type { News, Offsets } from '../engine.ts'
import type { Folder } from './folder.ts'
import { JournalReader } from './journal.ts'
import type { Entry, Exit } from './records.ts'
import { reportNews } from './reports.ts'
import { hasTail } from './spool.ts'
import { SpoolReader } from './tail.ts'

/** Without a notice from the kernel, this often it is looked whether the supervisor is still there. */
const LOOK_MS = 500
/** Where the kernel gives no notices (its watches are used up), files are looked at this often instead. */
const POLL_MS = 20
/** Notices come one a write; whoever writes a line at a time is read this often. */
const GATHER_MS = 5

/** What the directory says of a segment just now. */
export type Condition =
  | { readonly is: 'running' }
  /** Why nothing can be said yet, for the person who waits. */
  | { readonly is: 'doubtful'; readonly reason: string }
  | { readonly is: 'ended'; readonly exit: Exit }

/**
 * Tells a segment's story from its directory: the journal leads, and each stage's log is read up to where the
 * journal says it stood. Runs until the exit record is told.
 */
export async function* follow(
  folder: Folder,
  from: Offsets,
  condition: () => Condition,
  signal: AbortSignal,
): AsyncGenerator<News> {
  const reader = new StoryReader(folder, from)
  const notice = new Notice(folder.path)
  let doubt: string | null = null
  try {
    while (!signal.aborted) {
      const now = condition()
      yield* reader.read(signal)
      if (signal.aborted) return
      if (now.is === 'ended') {
        yield* reader.rest(now.exit)
        yield lastNews(now.exit)
        return
      }
      const reason = now.is === 'doubtful' ? now.reason : null
      if (reason !== doubt) yield { type: 'waits', reason }
      doubt = reason
      await notice.wait(reason === null ? LOOK_MS : POLL_MS, signal)
    }
  } finally {
    notice.close()
    reader.close()
  }
}

function lastNews(exit: Exit): News {
  if (exit.lost) return { type: 'segment.lost', how: 'gone', reason: exit.reason }
  const { verdict, killed, reason, at } = exit
  return { type: 'segment.finished', verdict, killed, reason, at }
}

class StoryReader {
  readonly #folder: Folder
  readonly #from: Offsets
  readonly #journal: JournalReader
  #spool: { readonly stage: number; readonly reader: SpoolReader } | null = null

  constructor(folder: Folder, from: Offsets) {
    this.#folder = folder
    this.#from = from
    this.#journal = new JournalReader(folder.journal)
  }

  /** All that is there; what is written meanwhile comes along. */
  *read(signal: AbortSignal): Generator<News> {
    for (const entry of this.#journal.read()) {
      yield* this.#tell(entry)
      if (signal.aborted) return
    }
    while (!signal.aborted) {
      const news = this.#spool?.reader.read() ?? []
      if (news.length === 0) return
      yield* news
    }
  }

  /** After a loss: what the supervisor held apart of an over-long log cannot be had any more. */
  *rest(exit: Exit): Generator<News> {
    if (!exit.lost || this.#spool === null || !hasTail(this.#folder, this.#spool.stage)) return
    const { stage, reader } = this.#spool
    const reason = 'The end of this log was lost with its supervisor.'
    yield { type: 'gap', stage, at: exit.at, lines: null, reason, cursor: String(reader.offset) }
  }

  close(): void {
    this.#spool?.reader.close()
    this.#journal.close()
  }

  *#tell(entry: Entry): Generator<News> {
    if (entry.type === 'segment.started' || entry.type === 'outputs') {
      yield entry
      return
    }
    if (entry.type === 'report') {
      yield reportNews(entry, this.#folder)
      return
    }
    const { spool, ...news } = entry
    yield* this.#logUpTo(news.stage, spool, news.at)
    if (news.type === 'stage.finished') this.#shut()
    yield news
  }

  /** Lines that were written before the journal's entry come before it. */
  *#logUpTo(stage: number, length: number, at: number): Generator<News> {
    if (length === 0) return
    if (this.#spool?.stage !== stage) {
      this.#shut()
      this.#spool = { stage, reader: new SpoolReader(this.#folder.spool(stage), stage, this.#from[stage]) }
    }
    const { reader } = this.#spool
    while (reader.offset < length) {
      const news = reader.read()
      if (news.length > 0) yield* news
      else {
        // The journal reached the disk before a power failure and the log did not.
        yield {
          type: 'gap',
          stage,
          at,
          lines: null,
          reason: 'The end of this log did not reach the disk.',
          cursor: String(length),
        }
        return
      }
    }
  }

  #shut(): void {
    this.#spool?.reader.close()
    this.#spool = null
  }
}

/** Wakes whoever waits when something in a directory changes, and now and then. */
class Notice {
  readonly #watcher: FSWatcher | null
  #changed = false
  #wake: (() => void) | null = null

  constructor(directory: string) {
    this.#watcher = openWatcher(directory, () => {
      this.#changed = true
      this.#wake?.()
    })
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed)
      await pause(this.#watcher === null ? POLL_MS : ms, signal, (wake) => {
        this.#wake = wake
      })
    this.#wake = null
    if (this.#changed) await pause(GATHER_MS, signal, () => {})
    this.#changed = false
  }

  close(): void {
    this.#watcher?.close()
    this.#wake?.()
  }
}

/** Lasts `ms`, or until the signal fires, or until what `give` was given is called. */
function pause(ms: number, signal: AbortSignal, give: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
    give(done)
  })
}

function openWatcher(directory: string, changed: () => void): FSWatcher | null {
  try {
    return watch(directory, changed).on('error', changed)
  } catch {
    return null
  }
}
