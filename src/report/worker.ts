import { parentPort } from 'node:worker_threads'
import { Fault } from '../domain/fault.ts'
import { createReading } from './reading.ts'
import type { Answer, Asked } from './thread.ts'

/** The thread that reads reports. A program of its own, and an entry of the build. */
const port = parentPort
if (port === null) throw new Error('The thread for reports was started as a program.')
const reading = createReading()

port.on('message', (asked: Asked | 'close') => {
  if (asked === 'close') port.close()
  else port.postMessage(answer(asked))
})

function answer({ id, ask }: Asked): Answer {
  try {
    return { id, value: valueFor(ask) }
  } catch (error) {
    if (error instanceof Fault) return { id, fault: { kind: error.kind, message: error.message } }
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function valueFor(ask: Asked['ask']): unknown {
  switch (ask.what) {
    case 'keep':
      return reading.keep(...ask.given)
    case 'open':
      return reading.open(...ask.given)
    case 'findings':
      return reading.findings(...ask.given)
    case 'tests':
      return reading.tests(...ask.given)
    default:
      return ask satisfies never
  }
}
