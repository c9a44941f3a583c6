import { Worker } from 'node:worker_threads'
import { Fault, type FaultKind } from '../domain/fault.ts'
import type { World } from '../world.ts'
import type { Hit, LogTurn, Searcher, Turn } from './question.ts'
import type { createSearching } from './searching.ts'

type Searching = ReturnType<typeof createSearching>

/** What the thread is told when it is started. */
export interface Setting {
  /** The data directory. */
  readonly dir: string
}

/** A call of the thread. */
export interface Asked {
  readonly id: number
  readonly ask:
    | { readonly what: 'turn'; readonly given: Parameters<Searching['turn']> }
    | { readonly what: 'lines'; readonly given: Parameters<Searching['lines']> }
    | { readonly what: 'hits'; readonly given: Parameters<Searching['hits']> }
}

/** What came of it. */
export type Answer = { readonly id: number } & (
  | { readonly value: Turn | LogTurn | readonly Hit[] }
  | { readonly fault: { readonly kind: FaultKind; readonly message: string } }
  | { readonly error: string }
)

/** A thread that nobody asks gives its memory back; to start it again takes some ten milliseconds. */
const IDLE_MS = 60_000

/**
 * A searcher on a thread of its own, started when it is first asked. Turns are taken in the order in which they are
 * asked for, so that who asks for one after another shares the thread fairly. `entry` is where its program stands.
 */
export function startSearchThread(options: { dir: string; entry: URL; world: World }): Searcher {
  const { dir, entry, world } = options
  let thread: Thread | null = null
  let idle = new AbortController()

  async function ask<T>(what: Asked['ask']): Promise<T> {
    idle.abort()
    if (thread === null || thread.isOver()) thread = startThread(dir, entry)
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

type Thread = ReturnType<typeof startThread>

interface Pending {
  /** Each question has the answer of its kind. */
  resolve(value: never): void
  reject(error: unknown): void
}

function startThread(dir: string, entry: URL) {
  const setting: Setting = { dir }
  const worker = new Worker(entry, { workerData: setting })
  const pending = new Map<number, Pending>()
  const ended = Promise.withResolvers<void>()
  let count = 0
  let over = false

  worker.on('message', (answer: Answer) => {
    const asked = pending.get(answer.id)
    pending.delete(answer.id)
    if ('value' in answer) asked?.resolve(answer.value as never)
    else if ('fault' in answer) asked?.reject(new Fault(answer.fault.kind, answer.fault.message))
    else asked?.reject(new Error(answer.error))
  })
  worker.on('error', end)
  worker.on('exit', () => end(new Error('The thread of the search has ended.')))

  /** Whatever it was asked is not answered any more. */
  function end(reason: unknown): void {
    over = true
    for (const one of pending.values()) one.reject(reason)
    pending.clear()
    ended.resolve()
  }

  return {
    isIdle: () => pending.size === 0,
    isOver: () => over,

    ask<T>(what: Asked['ask']): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      count += 1
      pending.set(count, { resolve, reject })
      const asked: Asked = { id: count, ask: what }
      worker.postMessage(asked)
      return promise
    },

    /** Once what was asked before is answered. */
    close(): Promise<void> {
      worker.postMessage('close')
      return ended.promise
    },
  }
}
