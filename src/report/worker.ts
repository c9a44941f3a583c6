import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../domain/fault.ts'
import { parseReport } from './parse.ts'
import type { Answer, Order } from './thread.ts'

/** The thread that reads one report. A program of its own, and an entry of the build. */
if (parentPort === null) throw new Error('The thread of a report was started as a program.')
// Nobody but thread.ts starts it.
parentPort.postMessage(answer(workerData as Order))
parentPort.close()

function answer({ format, bytes }: Order): Answer {
  try {
    return { report: parseReport(format, bytes) }
  } catch (error) {
    if (error instanceof Fault) return { fault: { kind: error.kind, message: error.message } }
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
