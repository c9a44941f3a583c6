import type { Hono } from 'hono'
import { frame } from '../contract/sse.ts'
import { Fault } from '../domain/fault.ts'
import type { Ctx, Env, ServerDeps } from './context.ts'
import { type EventFilter, type EventReader, eventReader, type Happened, reloadFrame } from './eventstream.ts'
import type { Bytes, Source } from './livestream.ts'
import { asEvents, batchWire, logSource, type StageName, type Writing } from './logstream.ts'
import { findExecution, findStage, findWorkflow } from './lookup.ts'
import type { Streams } from './streams.ts'

/**
 * The one stream of a page: what changed, and the lines of the log it shows. Browsers allow six connections a host, so
 * ten tabs must not need twenty. Ids are `<event>:<line>`, so that one id resumes both.
 */
export function mountLive(app: Hono<Env>, deps: ServerDeps, streams: Streams): void {
  app.get('/live', (c) => {
    if (c.get('visitor') === null) throw new Fault('unauthenticated', 'Sign in to follow this page.')
    const execution =
      c.req.query('execution') === undefined
        ? null
        : findExecution(deps.store, c.req.query('execution') ?? '')
    const stageId = c.req.query('stage')
    const stage =
      execution === null || stageId === undefined ? null : findStage(deps.store, execution, stageId)
    const workflow = c.req.query('workflow')
    const filter = {
      execution: execution?.id ?? null,
      workflow: workflow === undefined ? null : findWorkflow(deps.store, workflow).id,
    }
    return streams.respond(c, liveSource(deps, streams, filter, stage, placeOf(c)), 'events')
  })
}

interface LivePlace {
  /** The last event the page knows; null begins with what comes now. */
  readonly event: number | null
  /** The next line the page wants. */
  readonly line: number
}

/** From Last-Event-ID where the browser itself comes back, otherwise from the address. */
function placeOf(c: Ctx): LivePlace {
  const [, event, line] = /^(\d{1,15}):(\d{1,15})$/.exec(c.req.header('last-event-id') ?? '') ?? []
  if (event !== undefined) return { event: Number(event), line: Number(line) + 1 }
  const number = (name: string) => {
    const value = c.req.query(name)
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
  }
  return { event: number('since'), line: Math.max(1, number('from') ?? 1) }
}

const encoder = new TextEncoder()

function liveSource(
  deps: ServerDeps,
  streams: Streams,
  filter: EventFilter,
  stage: StageName | null,
  place: LivePlace,
): Source {
  const reader = eventReader(deps, streams, filter, place.event)
  const log =
    filter.execution === null || stage === null
      ? null
      : logSource(deps, streams, {
          executionId: filter.execution,
          stage,
          from: { ordinal: stage.ordinal, line: place.line },
          limit: Number.POSITIVE_INFINITY,
          follow: true,
          writing: liveWriting(reader),
        })
  const line = () => (log?.place().line ?? place.line) - 1

  return {
    topic: filter.execution,
    next() {
      const found = reader.next()
      if (found === 'reload') return reloadFrame(`${reader.at}:${line()}`)
      if (found.length > 0) return Buffer.concat(found.map((one) => changedFrame(deps, one, line())))
      return log?.next() ?? null
    },
    // A page goes on listening when its log has ended.
    over: () => false,
  }
}

/** As a log's own stream, but with ids that also say which events are known; pages that know the same share bytes. */
function liveWriting(reader: EventReader): Writing {
  const plain = asEvents('stage')
  return {
    get name() {
      return `live ${reader.at}`
    },
    lines: (batch) => {
      const id = `${reader.at}:${batch.lines.at(-1)?.number ?? 0}`
      return encoder.encode(frame({ id, event: 'lines', data: JSON.stringify(batchWire(batch)) }))
    },
    end: plain.end,
  }
}

function changedFrame({ store }: ServerDeps, { event, execution }: Happened, line: number): Bytes {
  const id = store.executions.displayId(execution.id)
  const data = {
    id: event.id,
    execution: id,
    workflow: id.slice(0, id.lastIndexOf('-')),
    status: execution.status,
    type: event.type,
    from: event.fromStatus,
    to: event.toStatus,
    stage: event.stage,
  }
  return encoder.encode(frame({ id: `${event.id}:${line}`, event: 'changed', data: JSON.stringify(data) }))
}
