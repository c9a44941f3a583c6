import { API_BASE } from '../../contract/endpoint.ts'
import { LOG_LIMIT_MAX } from '../../contract/inputs.ts'
import { Fault } from '../../domain/fault.ts'
import type { ExecutionRow } from '../../store/tables.ts'
import type { Handlers } from '../api.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { eventSource } from '../eventstream.ts'
import { asEvents, asText, logSource, type Place, readBatch, type StageName } from '../logstream.ts'
import { findExecution, findStage, findWorkflow } from '../lookup.ts'
import type { Streams } from '../streams.ts'
import { lineWire } from '../wire.ts'

type Operations = 'getExecutionLog' | 'getStageLog' | 'followEvents'

/** Lines of a JSON answer where nothing else is asked. */
const JSON_LINES = 1_000
/** Characters of a JSON answer; a window of long lines ends earlier and says where to go on. */
const JSON_CHARS_MAX = 4 * 1024 * 1024

interface View {
  readonly limit?: number | undefined
  readonly follow: boolean
  readonly timestamps: boolean
  readonly download: boolean
}

/** Logs as windows, as text and as streams; and the stream of all events. */
export function logHandlers(deps: ServerDeps, streams: Streams): Pick<Handlers, Operations> {
  const { store } = deps

  return {
    getStageLog: ({ c, params, query }) => {
      const execution = findExecution(store, params.id)
      const stage = findStage(store, execution, params.stage)
      const { lines: total, sealedAt } = store.logs.info(execution.id, stage.ordinal)
      const first = query.from < 0 ? Math.max(1, total + query.from + 1) : Math.max(1, query.from)
      const stream = streamed(c, execution, stage, { ordinal: stage.ordinal, line: first }, query)
      if (stream !== null) return stream
      const lines = collect(
        execution.id,
        [stage],
        { ordinal: stage.ordinal, line: first },
        query.limit ?? JSON_LINES,
      )
      const after = (lines.at(-1)?.number ?? first - 1) + 1
      return {
        stage: stage.id,
        ordinal: stage.ordinal,
        lines: lines.map(lineWire),
        total,
        sealed: sealedAt !== null,
        next: after > total ? null : logAddress(execution, `stages/${stage.id}/log`, `${after}`, query.limit),
      }
    },

    getExecutionLog: ({ c, params, query }) => {
      const execution = findExecution(store, params.id)
      const [ordinal = 0, line = 1] = query.from.split(':').map(Number)
      const from = { ordinal, line: Math.max(1, line) }
      const stream = streamed(c, execution, null, from, query)
      if (stream !== null) return stream
      const stages = store.stages.list(execution.id)
      const limit = query.limit ?? JSON_LINES
      const lines = collect(execution.id, stages, from, limit)
      const last = lines.at(-1)
      const place = last === undefined ? from : { ordinal: last.ordinal, line: last.number + 1 }
      const more = stages.some(
        (one) =>
          one.ordinal >= place.ordinal &&
          store.logs.info(execution.id, one.ordinal).lines >=
            (one.ordinal === place.ordinal ? place.line : 1),
      )
      return {
        lines: lines.map(({ stage, ordinal: of, ...one }) => ({ ...lineWire(one), stage, ordinal: of })),
        sealed: execution.finishedAt !== null,
        next: more ? logAddress(execution, 'log', `${place.ordinal}:${place.line}`, query.limit) : null,
      }
    },

    followEvents: ({ c, query }) => {
      const execution = query.execution === undefined ? null : findExecution(store, query.execution).id
      const workflow = query.workflow === undefined ? null : findWorkflow(store, query.workflow).id
      const source = eventSource(deps, streams, { execution, workflow, after: eventId(c) })
      return streams.respond(c, source, 'text/event-stream')
    },
  }

  /** The answer where not JSON is wanted; null where it is. */
  function streamed(
    c: Ctx,
    execution: ExecutionRow,
    stage: StageName | null,
    from: Place,
    view: View,
  ): Response | null {
    const accept = c.req.header('accept') ?? ''
    const text = view.download || accept.includes('text/plain')
    const events = !text && (view.follow || accept.includes('text/event-stream'))
    if (!text && !events) return null
    if (view.download) {
      const name = `${store.executions.displayId(execution.id)}${stage === null ? '' : `-${stage.id}`}.log`
      c.header('content-disposition', `attachment; filename="${name}"`)
    }
    const source = logSource(deps, streams, {
      executionId: execution.id,
      stage,
      from: events ? resumed(c, stage, from) : from,
      limit: view.limit ?? Number.POSITIVE_INFINITY,
      // A file has an end.
      follow: events || (view.follow && !view.download),
      writing: events ? asEvents(stage === null ? 'execution' : 'stage') : asText(view.timestamps),
    })
    return streams.respond(c, source, events ? 'text/event-stream' : 'text/plain')
  }

  function collect(executionId: number, stages: readonly StageName[], from: Place, limit: number) {
    const lines = []
    let chars = 0
    for (const stage of stages) {
      if (stage.ordinal < from.ordinal) continue
      let line = stage.ordinal === from.ordinal ? from.line : 1
      while (lines.length < Math.min(limit, LOG_LIMIT_MAX) && chars < JSON_CHARS_MAX) {
        const batch = readBatch(deps, executionId, stage, line)
        if (batch === null) break
        const taken = batch.lines.slice(0, limit - lines.length)
        for (const one of taken) {
          lines.push({ ...one, stage: stage.id, ordinal: stage.ordinal })
          chars += one.text.length
        }
        line += taken.length
      }
    }
    return lines
  }
}

/** Where a stream goes on: behind the message that arrived last. */
function resumed(c: Ctx, stage: StageName | null, from: Place): Place {
  const last = c.req.header('last-event-id')
  if (last === undefined || last === '') return from
  const [, ordinal, line] = (stage === null ? /^(\d{1,6}):(\d{1,15})$/ : /^()(\d{1,15})$/).exec(last) ?? []
  if (line === undefined) {
    throw new Fault('invalid', `Last-Event-ID “${last.slice(0, 40)}” is not one of this stream’s ids.`)
  }
  return { ordinal: stage?.ordinal ?? Number(ordinal), line: Number(line) + 1 }
}

function eventId(c: Ctx): number | null {
  const last = c.req.header('last-event-id')
  if (last === undefined || last === '') return null
  if (!/^\d{1,15}$/.test(last))
    throw new Fault('invalid', `Last-Event-ID “${last.slice(0, 40)}” is not the number of an event.`)
  return Number(last)
}

function logAddress(execution: ExecutionRow, path: string, from: string, limit: number | undefined): string {
  return `${API_BASE}/executions/${execution.uid}/${path}?from=${from}${limit === undefined ? '' : `&limit=${limit}`}`
}
