import type { LiveEventWire } from '../contract/schemas.ts'
import { frame } from '../contract/sse.ts'
import type { EventRow, ExecutionRow } from '../store/tables.ts'
import type { ServerDeps } from './context.ts'
import type { Bytes, Source } from './livestream.ts'
import type { Streams } from './streams.ts'
import { eventWire, executionWire } from './wire.ts'

/** Who is further behind than this is told to load anew, which is cheaper for both sides. */
const REPLAY_MAX = 1_000
/** Events of one piece. */
const PIECE_MAX = 100

const encoder = new TextEncoder()

export interface EventFilter {
  /** Row ids; null takes all. */
  readonly execution: number | null
  readonly workflow: number | null
}

type Reads = Pick<ServerDeps, 'store' | 'ledger'>

export interface Happened {
  readonly event: EventRow
  readonly execution: ExecutionRow
}

/** Reads events in their order from a place of its own. */
export interface EventReader {
  /** Number of the last event that was read or passed over. */
  readonly at: number
  /** The next events that pass the filter; `reload` where too many were missed, after which it stands at the newest. */
  next(): readonly Happened[] | 'reload'
}

export function eventReader(
  { store }: Reads,
  streams: Streams,
  filter: EventFilter,
  after: number | null,
): EventReader {
  const { execution, workflow } = filter
  let at = after ?? streams.lastEvent()

  /** Events behind `at`, oldest first; of one execution all of them, so that others' events do not count as missed. */
  function missed(): readonly EventRow[] {
    if (execution === null) return store.events.since(at, PIECE_MAX)
    return streams
      .remember(execution, 'events', () => store.events.list(execution))
      .filter(({ id }) => id > at)
  }

  /** An id of the future comes from another instance, or from one that was restored from an older copy. */
  function isLost(): boolean {
    if (at > streams.lastEvent()) return true
    return (execution === null ? streams.lastEvent() - at : missed().length) > REPLAY_MAX
  }

  return {
    get at() {
      return at
    },
    next() {
      const found: Happened[] = []
      // Most wakes are about lines: they need not look for events.
      if (at === streams.lastEvent()) return found
      if (isLost()) {
        at = streams.lastEvent()
        return 'reload'
      }
      while (found.length === 0 && at < streams.lastEvent()) {
        const events = missed().slice(0, PIECE_MAX)
        if (events.length === 0) at = streams.lastEvent()
        for (const event of events) {
          at = event.id
          const row = store.executions.byId(event.executionId)
          if (row !== null && (workflow === null || workflow === row.workflowId))
            found.push({ event, execution: row })
        }
      }
      return found
    },
  }
}

/** `event` messages with the event and its execution as it is now; `reload` where too much was missed. */
export function eventSource(
  deps: Reads,
  streams: Streams,
  request: EventFilter & { readonly after: number | null },
): Source {
  const reader = eventReader(deps, streams, request, request.after)
  return {
    topic: request.execution,
    next() {
      const found = reader.next()
      if (found === 'reload') return reloadFrame(reader.at)
      if (found.length === 0) return null
      return Buffer.concat(found.map((happened) => bytesOf(deps, streams, happened)))
    },
    over: () => false,
  }
}

export function reloadFrame(id: number | string): Bytes {
  return encoder.encode(frame({ id, event: 'reload', data: '{}' }))
}

/** Made once for all who listen. */
function bytesOf(deps: Reads, streams: Streams, { event, execution }: Happened): Bytes {
  return streams.remember(execution.id, `event ${event.id}`, () => {
    const wire = executionWire(deps, execution)
    const data: LiveEventWire = { event: eventWire(event, wire.id), execution: wire }
    return encoder.encode(frame({ id: event.id, event: 'event', data: JSON.stringify(data) }))
  })
}
