import { Fault } from '../../domain/fault.ts'
import type { ExecutionRow } from '../../store/tables.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { asEvents, asText, logSource, type Place, type StageName } from '../logstream.ts'
import type { Streams } from '../streams.ts'

/** A log as somebody asks for it. */
interface LogAsked {
  readonly c: Ctx
  readonly execution: ExecutionRow
  /** Null is the whole execution. */
  readonly stage: StageName | null
  readonly from: Place
  readonly limit?: number | undefined
  readonly follow: boolean
  readonly timestamps: boolean
  readonly download: boolean
}

/** A log as a text or as a stream of events; null where JSON is wanted. */
export function logResponse(deps: ServerDeps, streams: Streams, asked: LogAsked): Response | null {
  const { c, execution, stage, download, follow } = asked
  const accept = c.req.header('accept') ?? ''
  const isText = download || accept.includes('text/plain')
  if (!isText && !follow && !accept.includes('text/event-stream')) return null
  if (download) {
    const name = `${deps.store.executions.displayId(execution.id)}${stage === null ? '' : `-${stage.id}`}.log`
    c.header('content-disposition', `attachment; filename="${name}"`)
  }
  const source = logSource(deps, streams, {
    executionId: execution.id,
    stage,
    limit: asked.limit ?? Number.POSITIVE_INFINITY,
    ...(isText
      ? // A file has an end.
        { from: asked.from, follow: follow && !download, writing: asText(asked.timestamps) }
      : { from: resumed(asked), follow: true, writing: asEvents(stage === null ? 'execution' : 'stage') }),
  })
  return streams.respond(c, source, isText ? 'text' : 'events')
}

/** Where a stream goes on: behind the message that arrived last. */
function resumed({ c, stage, from }: LogAsked): Place {
  const last = c.req.header('last-event-id')
  if (last === undefined || last === '') return from
  const [, ordinal, line] = (stage === null ? /^(\d{1,6}):(\d{1,15})$/ : /^()(\d{1,15})$/).exec(last) ?? []
  if (line === undefined) {
    throw new Fault('invalid', `Last-Event-ID ${last.slice(0, 40)} is not one of this stream’s ids.`)
  }
  return { ordinal: stage?.ordinal ?? Number(ordinal), line: Number(line) + 1 }
}
