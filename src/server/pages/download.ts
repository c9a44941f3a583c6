import type { ServerDeps } from '../context.ts'
import { findStage } from '../lookup.ts'
import { time } from '../wire.ts'
import { wanted } from './execution.ts'
import type { Visit } from './visit.ts'

/** Lines read at once while a log is sent: memory stays small however long it is. */
const PIECE_LINES = 2_000

/** A stage's whole log as a text, with times or as it was written. */
export function logText(deps: ServerDeps, form: 'times' | 'raw') {
  return (visit: Visit): Response => {
    const { c } = visit
    const row = wanted(deps, c)
    const stage = findStage(deps.store, row, c.req.param('stage') ?? '')
    const encoder = new TextEncoder()
    let next = 1
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const lines = deps.store.logs.window(row.id, stage.ordinal, next, PIECE_LINES)
        next += lines.length
        if (lines.length === 0) return controller.close()
        const texts = lines.map((line) =>
          form === 'times' ? `${time(line.at)} ${line.text}\n` : `${line.text}\n`,
        )
        controller.enqueue(encoder.encode(texts.join('')))
      },
    })
    return c.body(body, 200, { 'content-type': 'text/plain; charset=utf-8' })
  }
}
