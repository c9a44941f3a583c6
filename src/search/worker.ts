import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from '../store/reader.ts'
import { type Asked, answerOf } from '../thread.ts'
import { realWorld } from '../world.ts'
import { createSearching } from './searching.ts'
import type { Question, Setting } from './thread.ts'

/**
 * The thread that goes through logs: it reads the databases by connections of its own, so that the server's thread is
 * free meanwhile. A program of its own, and an entry of the build.
 */
const port = parentPort
if (port === null) throw new Error('The thread of the search was started as a program.')
// Nobody but thread.ts starts it.
const reader = openReader((workerData as Setting).dir)
const searching = createSearching(reader, realWorld().now)

/** One after another, in the order in which they came. */
let last = Promise.resolve()
port.on('message', (asked: Asked<Question> | 'close') => {
  last = last.then(async () => {
    if (asked !== 'close') {
      port.postMessage(await answerOf(asked.id, () => doneFor(asked.ask)))
      return
    }
    reader.close()
    port.close()
  })
})

async function doneFor(ask: Question) {
  switch (ask.what) {
    case 'turn':
      return await searching.turn(...ask.given)
    case 'lines':
      return await searching.lines(...ask.given)
    case 'hits':
      return searching.hits(...ask.given)
    default:
      return ask satisfies never
  }
}
