import { Worker } from 'node:worker_threads'
import { Fault, type FaultKind } from './domain/fault.ts'

/** A call of a thread: its number, and what it is asked. */
export interface Asked<Ask> {
  readonly id: number
  readonly ask: Ask
}

/** What came of a call. A fault crosses as its kind and sentence, all else that was thrown as its trace. */
export type Answer = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly fault: { readonly kind: FaultKind; readonly message: string } }
  | { readonly error: string }
)

/** A program on a thread of its own that answers what it is asked. */
export interface Thread<Ask> {
  isIdle(): boolean
  /** Whether it has ended: it answers nothing any more. */
  isOver(): boolean
  /** Rejects with the Fault that the thread met, or with an Error where it ended before it answered. */
  ask<T>(ask: Ask): Promise<T>
  /** Once what was asked before is answered. */
  close(): Promise<void>
}

interface Pending {
  /** Each question has the answer of its kind. */
  resolve(value: never): void
  reject(error: unknown): void
}

/** Starts the program at `entry`; `name` is what its end is told by, `given` what it finds as its `workerData`. */
export function startThread<Ask>(entry: URL, name: string, given?: unknown): Thread<Ask> {
  const worker = new Worker(entry, { workerData: given })
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
  worker.on('exit', () => end(new Error(`The thread ${name} has ended.`)))

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

    ask<T>(ask: Ask): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      count += 1
      pending.set(count, { resolve, reject })
      const asked: Asked<Ask> = { id: count, ask }
      worker.postMessage(asked)
      return promise
    },

    close(): Promise<void> {
      worker.postMessage('close')
      return ended.promise
    },
  }
}

/** On the thread: what `work` comes to, as an answer to call `id`. */
export async function answerOf(id: number, work: () => unknown): Promise<Answer> {
  try {
    return { id, value: await work() }
  } catch (error) {
    if (error instanceof Fault) return { id, fault: { kind: error.kind, message: error.message } }
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
