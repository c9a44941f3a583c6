import { parentPort } from 'node:worker_threads'
import { type Asked, answerOf } from '../thread.ts'
import { createReading } from './reading.ts'
import type { Question } from './thread.ts'

/** The thread that reads reports. A program of its own, and an entry of the build. */
const port = parentPort
if (port === null) throw new Error('The thread for reports was started as a program.')
const reading = createReading()

port.on('message', async (asked: Asked<Question> | 'close') => {
  if (asked === 'close') port.close()
  else port.postMessage(await answerOf(asked.id, () => valueFor(asked.ask)))
})

function valueFor(ask: Question): unknown {
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
