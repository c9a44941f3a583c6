import type { Store } from '../../store/store.ts'
import type { ExecutionRow, StageRow } from '../../store/tables.ts'
import { logOf } from '../baseline.ts'
import type { ServerDeps } from '../context.ts'
import type { Bytes, Source } from '../livestream.ts'
import { asText, logSource, readBatch } from '../logstream.ts'
import { findStage } from '../lookup.ts'
import type { Streams } from '../streams.ts'
import { TAR_END, tarHeader, tarPadding } from '../tar.ts'
import { type Visit, wanted } from './visit.ts'

/** A stage's whole log as a text, with times or as it was written. */
export function logText(deps: ServerDeps, streams: Streams, form: 'times' | 'raw') {
  return ({ c }: Visit): Response => {
    const row = wanted(deps, c)
    const stage = findStage(deps.store, row, c.req.param('stage') ?? '')
    const source = logSource(deps, streams, {
      executionId: logOf(stage).executionId,
      stage,
      from: { ordinal: stage.ordinal, line: 1 },
      limit: Number.POSITIVE_INFINITY,
      follow: false,
      writing: asText(form === 'times'),
    })
    return streams.respond(c, source, 'text')
  }
}

/** All that was written in an execution as one text, each stage under its name. */
export function executionText({ store }: ServerDeps, streams: Streams) {
  return ({ c }: Visit): Response => {
    const row = wanted({ store }, c)
    return streams.respond(c, pieces(row, textOf(store, row)), 'text')
  }
}

/** All that was written in an execution, a file for each stage. */
export function executionTar({ store }: ServerDeps, streams: Streams) {
  return ({ c }: Visit): Response => {
    const row = wanted({ store }, c)
    return streams.respond(c, pieces(row, tarOf(store, row)), 'tar')
  }
}

/** A stream that reads the store as fast as its reader takes it. */
function pieces(row: ExecutionRow, from: Iterator<Bytes>): Source {
  let ended = false
  return {
    topic: row.id,
    next() {
      const { done, value } = from.next()
      ended = done === true
      return done === true ? null : value
    },
    over: () => ended,
  }
}

const encoder = new TextEncoder()

function* textOf(store: Store, row: ExecutionRow): Generator<Bytes> {
  for (const stage of store.stages.list(row.id)) {
    const from = stage.takenFrom === null ? '' : `, from ${store.executions.displayId(stage.takenFrom)}`
    yield encoder.encode(`── ${stage.id}${from}\n`)
    yield* linesOf(store, stage, 'times')
  }
}

function* tarOf(store: Store, row: ExecutionRow): Generator<Bytes> {
  const name = store.executions.displayId(row.id)
  for (const stage of store.stages.list(row.id)) {
    const { executionId, stage: ordinal } = logOf(stage)
    const { bytes } = store.logs.info(executionId, ordinal)
    yield tarHeader(`${name}/${stage.ordinal}-${stage.id}.log`, bytes, stage.finishedAt ?? row.triggeredAt)
    // What is written from here on is not in the size that was just told.
    yield* linesOf(store, stage, 'raw')
    yield tarPadding(bytes)
  }
  yield TAR_END
}

/** The lines that a log has when it is come to. */
function* linesOf(store: Store, stage: StageRow, form: 'times' | 'raw'): Generator<Bytes> {
  const { executionId, stage: ordinal } = logOf(stage)
  const { lines: total } = store.logs.info(executionId, ordinal)
  const writing = asText(form === 'times')
  for (let line = 1; line <= total; ) {
    const batch = readBatch(store, executionId, stage, line)
    if (batch === null) return
    const lines = batch.lines.slice(0, total - line + 1)
    line += lines.length
    yield writing.lines({ ...batch, lines })
  }
}
