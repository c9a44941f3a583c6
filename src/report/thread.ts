import { Worker } from 'node:worker_threads'
import { Fault, type FaultKind } from '../domain/fault.ts'
import type { Report } from '../domain/finding.ts'
import type { ReportFormat } from '../domain/report.ts'

/** What the thread is started with. */
export interface Order {
  readonly format: ReportFormat
  readonly bytes: Uint8Array
}

/** What came of it. */
export type Answer =
  | { readonly report: Report }
  | { readonly fault: { readonly kind: FaultKind; readonly message: string } }
  | { readonly error: string }

/**
 * Reads a report on a thread of its own, which ends with it and gives back all its memory: the server answers meanwhile.
 * A Fault says what is wrong with the document. The thread is stopped when the signal fires. `entry` is where its program
 * stands.
 */
export async function parseOnThread(entry: URL, order: Order, signal: AbortSignal): Promise<Report> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const worker = new Worker(entry, { workerData: order })
  worker.on('message', resolve)
  worker.on('error', reject)
  worker.on('exit', () => reject(new Error('The thread of a report ended without an answer.')))
  const stop = () => {
    reject(signal.reason)
    void worker.terminate()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const answer = await promise
    if ('report' in answer) return answer.report
    if ('fault' in answer) throw new Fault(answer.fault.kind, answer.fault.message)
    throw new Error(answer.error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
