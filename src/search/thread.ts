import { startThread, type Thread } from '../thread.ts'
import type { World } from '../world.ts'
import type { Searcher } from './question.ts'
import type { createSearching } from './searching.ts'

type Searching = ReturnType<typeof createSearching>

/** What the thread is told when it is started. */
export interface Setting {
  /** The data directory. */
  readonly dir: string
}

/** What the thread is asked. */
export type Question =
  | { readonly what: 'turn'; readonly given: Parameters<Searching['turn']> }
  | { readonly what: 'lines'; readonly given: Parameters<Searching['lines']> }
  | { readonly what: 'hits'; readonly given: Parameters<Searching['hits']> }

/** A thread that nobody asks gives its memory back; to start it again takes some ten milliseconds. */
const IDLE_MS = 60_000

/**
 * A searcher on a thread of its own, started when it is first asked. Turns are taken in the order in which they are
 * asked for, so that who asks for one after another shares the thread fairly. `entry` is where its program stands.
 */
export function startSearchThread(options: { dir: string; entry: URL; world: World }): Searcher {
  const { dir, entry, world } = options
  let thread: Thread<Question> | null = null
  let idle = new AbortController()

  async function ask<T>(what: Question): Promise<T> {
    idle.abort()
    if (thread === null || thread.isOver())
      thread = startThread(entry, 'of the search', { dir } satisfies Setting)
    const asked = thread
    try {
      return await asked.ask<T>(what)
    } finally {
      if (asked === thread && asked.isIdle()) void closeWhenIdle()
    }
  }

  async function closeWhenIdle(): Promise<void> {
    idle = new AbortController()
    await world.sleep(IDLE_MS, idle.signal).then(close, () => {})
  }

  async function close(): Promise<void> {
    idle.abort()
    const ending = thread
    thread = null
    await ending?.close()
  }

  return {
    turn: (...given) => ask({ what: 'turn', given }),
    lines: (...given) => ask({ what: 'lines', given }),
    hits: (...given) => ask({ what: 'hits', given }),
    close,
  }
}
