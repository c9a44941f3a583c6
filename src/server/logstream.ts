import type { LinesEventWire } from '../contract/schemas.ts'
import { frame } from '../contract/sse.ts'
import { isFinal, type Status } from '../domain/status.ts'
import type { LogLine } from '../domain/transcript.ts'
import type { Store } from '../store/store.ts'
import type { StageRow } from '../store/tables.ts'
import type { ServerDeps } from './context.ts'
import type { Bytes, Source } from './livestream.ts'
import type { Streams } from './streams.ts'
import { lineWire, time } from './wire.ts'

/** Lines of one frame: half a stored chunk, so that catching up on a long log decompresses little twice. */
const FRAME_LINES_MAX = 1_000
/** Characters of text in one frame, unless a single line is longer. */
const FRAME_CHARS_MAX = 128 * 1024

export interface Place {
  readonly ordinal: number
  /** The next line to be sent. */
  readonly line: number
}

/** Lines as they are sent: with where they stand, and where to go on. */
export interface Batch {
  readonly stage: string
  readonly ordinal: number
  readonly lines: readonly LogLine[]
}

type Reads = Pick<ServerDeps, 'store'>

/** The next lines of a stage from `from` on, as many as one frame holds; null where none are stored yet. */
export function readBatch(store: Store, executionId: number, stage: StageName, from: number): Batch | null {
  const lines = store.logs.window(executionId, stage.ordinal, from, FRAME_LINES_MAX)
  if (lines.length === 0) return null
  let chars = 0
  const fitting = lines.findIndex((line) => {
    chars += line.text.length
    return chars > FRAME_CHARS_MAX
  })
  return {
    stage: stage.id,
    ordinal: stage.ordinal,
    lines: fitting < 0 ? lines : lines.slice(0, Math.max(1, fitting)),
  }
}

export interface StageName {
  readonly ordinal: number
  readonly id: string
}

/** How lines become bytes, and how the end is told. */
export interface Writing {
  /** Requests that write alike share their bytes. */
  readonly name: string
  lines(batch: Batch): Bytes
  end(status: string): Bytes | null
}

const encoder = new TextEncoder()

/** `lines` and `end` events; the id is the last line's, of one stage or of a whole execution. */
export function asEvents(ids: 'stage' | 'execution'): Writing {
  return {
    name: `events ${ids}`,
    lines: (batch) => {
      const last = batch.lines.at(-1)?.number ?? 0
      return encoder.encode(
        frame({
          id: ids === 'stage' ? last : `${batch.ordinal}:${last}`,
          event: 'lines',
          data: JSON.stringify(batchWire(batch)),
        }),
      )
    },
    end: (status) => encoder.encode(frame({ event: 'end', data: JSON.stringify({ status }) })),
  }
}

/** The lines as they were written, each ended by a newline; with their times where wanted. */
export function asText(timestamps: boolean): Writing {
  return {
    name: `text ${timestamps}`,
    lines: ({ lines }) =>
      encoder.encode(
        lines.map(({ at, text }) => (timestamps ? `${time(at)} ${text}\n` : `${text}\n`)).join(''),
      ),
    end: () => null,
  }
}

export function batchWire({ stage, ordinal, lines }: Batch): LinesEventWire {
  return { stage, ordinal, lines: lines.map(lineWire) }
}

export interface LogRequest {
  readonly executionId: number
  /** One stage; null is the whole execution, stage after stage. */
  readonly stage: StageName | null
  readonly from: Place
  /** Lines at most. */
  readonly limit: number
  readonly follow: boolean
  readonly writing: Writing
}

export interface LogSource extends Source {
  /** Where it goes on. */
  place(): Place
}

/** A log from a line on: what is stored and, where it is followed, what comes, until nothing can come any more. */
export function logSource({ store }: Reads, streams: Streams, request: LogRequest): LogSource {
  const { executionId, stage, writing, follow } = request
  let { ordinal, line } = request.from
  let left = request.limit
  let ended = false

  const state = () => streams.remember(executionId, 'state', () => stateOf(store, executionId))

  /** All viewers that stand at the same line get the same bytes, made once. */
  function piece(of: StageName): { readonly bytes: Bytes; readonly lines: number } | null {
    return streams.remember(
      executionId,
      `${writing.name} ${of.ordinal}:${line} ${Math.min(left, FRAME_LINES_MAX)}`,
      () => {
        const batch = readBatch(store, executionId, of, line)
        if (batch === null) return null
        const lines = batch.lines.slice(0, left)
        return { bytes: writing.lines({ ...batch, lines }), lines: lines.length }
      },
    )
  }

  function next(): Bytes | null {
    for (const of of stage === null ? state().stages : [stage]) {
      if (of.ordinal < ordinal) continue
      if (of.ordinal > ordinal) {
        ordinal = of.ordinal
        line = 1
      }
      const found = left > 0 ? piece(of) : null
      if (found !== null) {
        line += found.lines
        left -= found.lines
        return found.bytes
      }
      if (follow && left > 0 && !state().closed.has(of.ordinal)) return null
    }
    return ending()
  }

  /** Said once, when the last line is out. */
  function ending(): Bytes | null {
    const status = follow && left > 0 && !ended ? endOf() : null
    if (status === null) return null
    ended = true
    return writing.end(status)
  }

  /** The final status of the stage, or of the execution; null while it is open. */
  function endOf(): string | null {
    const { status, closed, stages } = state()
    if (stage === null) return isFinal(status) ? status : null
    return closed.has(stage.ordinal)
      ? (stages.find((one) => one.ordinal === stage.ordinal)?.status ?? status)
      : null
  }

  return {
    topic: executionId,
    next,
    place: () => ({ ordinal, line }),
    over: () => !follow || left <= 0 || endOf() !== null,
  }
}

interface LogState {
  readonly status: Status
  readonly stages: readonly StageRow[]
  /** Ordinals of stages whose logs no line can follow: a log is sealed before its stage's end is told. */
  readonly closed: ReadonlySet<number>
}

function stateOf(store: Store, executionId: number): LogState {
  const status = store.executions.byId(executionId)?.status ?? 'terminated'
  const stages = store.stages.list(executionId)
  const closed = stages.filter((one) => isFinal(status) || one.finishedAt !== null).map((one) => one.ordinal)
  return { status, stages, closed: new Set(closed) }
}
