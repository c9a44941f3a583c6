import type { ServerDeps } from '../context.ts'
import { asText, logSource } from '../logstream.ts'
import { findStage } from '../lookup.ts'
import type { Streams } from '../streams.ts'
import { wanted } from './execution.ts'
import type { Visit } from './visit.ts'

/** A stage's whole log as a text, with times or as it was written. */
export function logText(deps: ServerDeps, streams: Streams, form: 'times' | 'raw') {
  return ({ c }: Visit): Response => {
    const row = wanted(deps, c)
    const stage = findStage(deps.store, row, c.req.param('stage') ?? '')
    const source = logSource(deps, streams, {
      executionId: row.id,
      stage,
      from: { ordinal: stage.ordinal, line: 1 },
      limit: Number.POSITIVE_INFINITY,
      follow: false,
      writing: asText(form === 'times'),
    })
    return streams.respond(c, source, 'text')
  }
}
