import { API_BASE } from '../../contract/endpoint.ts'
import { LOG_LIMIT_MAX } from '../../contract/inputs.ts'
import { Fault } from '../../domain/fault.ts'
import type { LogLine } from '../../domain/transcript.ts'
import type { Store } from '../../store/store.ts'
import type { ExecutionRow } from '../../store/tables.ts'
import type { Asked, Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { eventSource } from '../eventstream.ts'
import { type Place, readBatch, type StageName } from '../logstream.ts'
import { findExecution, findStage, findWorkflow } from '../lookup.ts'
import type { Streams } from '../streams.ts'
import { lineWire } from '../wire.ts'
import { logResponse } from './logresponse.ts'

type Operations = 'getExecutionLog' | 'getStageLog' | 'followEvents'

/** Lines of a JSON answer where nothing else is asked. */
const JSON_LINES = 1_000
/** Characters of a JSON answer; a window of long lines ends earlier and says where to go on. */
const JSON_CHARS_MAX = 4 * 1024 * 1024

/** Logs as windows, as text and as streams; and the stream of all events. */
export function logHandlers(deps: ServerDeps, streams: Streams): Pick<Handlers, Operations> {
  const { store } = deps
  return {
    getStageLog: ({ c, params, query }) => {
      const execution = findExecution(store, params.id)
      const stage = findStage(store, execution, params.stage)
      const total = store.logs.info(execution.id, stage.ordinal).lines
      const line = Math.max(1, query.from < 0 ? total + query.from + 1 : query.from)
      const asked = { c, execution, stage, ...query, from: { ordinal: stage.ordinal, line } }
      return logResponse(deps, streams, asked) ?? stageWindow(store, execution, stage, line, query.limit)
    },

    getExecutionLog: ({ c, params, query }) => {
      const execution = findExecution(store, params.id)
      const [ordinal = 0, line = 1] = query.from.split(':').map(Number)
      const from = { ordinal, line: Math.max(1, line) }
      const asked = { c, execution, stage: null, ...query, from }
      return logResponse(deps, streams, asked) ?? executionWindow(store, execution, from, query.limit)
    },

    followEvents: (asked) => {
      const { execution, workflow } = asked.query
      const filter = {
        execution: execution === undefined ? null : findExecution(store, execution).id,
        workflow: workflow === undefined ? null : findWorkflow(store, workflow).id,
      }
      return streams.respond(
        asked.c,
        eventSource(deps, streams, { ...filter, after: eventId(asked) }),
        'events',
      )
    },
  }
}

type Limit = number | undefined

function stageWindow(store: Store, execution: ExecutionRow, stage: StageName, line: number, limit: Limit) {
  const { lines: total, sealedAt } = store.logs.info(execution.id, stage.ordinal)
  const lines = collect(store, execution, [stage], { ordinal: stage.ordinal, line }, limit)
  const after = (lines.at(-1)?.number ?? line - 1) + 1
  return {
    stage: stage.id,
    ordinal: stage.ordinal,
    lines: lines.map(lineWire),
    total,
    sealed: sealedAt !== null,
    next: after > total ? null : addressOf(execution, `stages/${stage.id}/log`, `${after}`, limit),
  }
}

function executionWindow(store: Store, execution: ExecutionRow, from: Place, limit: Limit) {
  const stages = store.stages.list(execution.id)
  const logs = store.logs.infos(execution.id)
  const lines = collect(store, execution, stages, from, limit)
  const last = lines.at(-1)
  const after = last === undefined ? from : { ordinal: last.ordinal, line: last.number + 1 }
  const hasMore = stages.some(({ ordinal }) => {
    const stored = logs.get(ordinal)?.lines ?? 0
    return ordinal > after.ordinal ? stored > 0 : ordinal === after.ordinal && stored >= after.line
  })
  return {
    lines: lines.map((one) => ({ ...lineWire(one), stage: one.stage, ordinal: one.ordinal })),
    sealed: execution.finishedAt !== null,
    next: hasMore ? addressOf(execution, 'log', `${after.ordinal}:${after.line}`, limit) : null,
  }
}

type PlacedLine = LogLine & { readonly stage: string; readonly ordinal: number }

/** Lines of one stage after another, from a place on. */
function collect(
  store: Store,
  execution: ExecutionRow,
  stages: readonly StageName[],
  from: Place,
  limit: Limit,
): PlacedLine[] {
  const max = Math.min(limit ?? JSON_LINES, LOG_LIMIT_MAX)
  const lines: PlacedLine[] = []
  let chars = 0
  for (const { id: stage, ordinal } of stages) {
    if (ordinal < from.ordinal) continue
    let line = ordinal === from.ordinal ? from.line : 1
    while (lines.length < max && chars < JSON_CHARS_MAX) {
      const batch = readBatch(store, execution.id, { id: stage, ordinal }, line)
      if (batch === null) break
      const taken = batch.lines.slice(0, max - lines.length)
      lines.push(...taken.map((one) => ({ ...one, stage, ordinal })))
      chars += taken.reduce((sum, one) => sum + one.text.length, 0)
      line += taken.length
    }
  }
  return lines
}

function eventId({ c }: Pick<Asked<'followEvents'>, 'c'>): number | null {
  const last = c.req.header('last-event-id')
  if (last === undefined || last === '') return null
  if (/^\d{1,15}$/.test(last)) return Number(last)
  throw new Fault('invalid', `Last-Event-ID ${last.slice(0, 40)} is not the number of an event.`)
}

function addressOf(execution: ExecutionRow, path: string, from: string, limit: Limit): string {
  return `${API_BASE}/executions/${execution.uid}/${path}?from=${from}${limit === undefined ? '' : `&limit=${limit}`}`
}
