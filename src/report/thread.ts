import { Worker } from 'node:worker_threads'
import { Fault, type FaultKind } from '../domain/fault.ts'
import type { createReading, ReportReader } from './reading.ts'

type Reading = ReturnType<typeof createReading>
type Ask<What extends keyof Reading> = { readonly what: What; readonly given: Parameters<Reading[What]> }

/** A call of the thread. */
export interface Asked {
  readonly id: number
  readonly ask: Ask<'keep'> | Ask<'open'> | Ask<'findings'> | Ask<'tests'>
}

/** What came of it. */
export type Answer = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly fault: { readonly kind: FaultKind; readonly message: string } }
  | { readonly error: string }
)

/**
 * A reader of reports on a thread of its own, so that tens of thousands of findings hold nobody up. The thread is started
 * with the first question and gives its memory back when it is told that no more will come soon. `entry` is its program.
 */
export function startReportThread(entry: URL): ReportReader {
  let thread: Thread | null = null

  function ask<T>(what: Asked['ask']): Promise<T> {
    if (thread === null || thread.isOver()) thread = startThread(entry)
    return thread.ask<T>(what)
  }

  return {
    keep: (...given) => ask({ what: 'keep', given }),
    open: (...given) => ask({ what: 'open', given }),
    findings: (...given) => ask({ what: 'findings', given }),
    tests: (...given) => ask({ what: 'tests', given }),
    async close() {
      const ending = thread
      thread = null
      await ending?.close()
    },
  }
}

type Thread = ReturnType<typeof startThread>

interface Pending {
  /** Each question has the answer of its kind. */
  resolve(value: never): void
  reject(error: unknown): void
}

function startThread(entry: URL) {
  const worker = new Worker(entry)
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
  worker.on('exit', () => end(new Error('The thread for reports has ended.')))

  /** Whatever it was asked is not answered any more. */
  function end(reason: unknown): void {
    over = true
    for (const one of pending.values()) one.reject(reason)
    pending.clear()
    ended.resolve()
  }

  return {
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
