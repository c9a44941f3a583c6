import { Fault } from '../domain/fault.ts'
import type { Ctx, ServerDeps } from './context.ts'
import { type House, LiveStream, type Source, type StreamKind } from './livestream.ts'
import { createMemo, type Memo } from './memo.ts'

/** Long enough to cost nothing, short enough for proxies that cut quiet connections after 30 s. */
const HEARTBEAT_MS = 15_000
/** Each costs little, but file descriptors are not endless: half of a common limit of 4,096. */
const STREAMS_MAX = 2_000

const TYPES = {
  events: 'text/event-stream; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  tar: 'application/x-tar',
} as const satisfies Record<StreamKind, string>

/** All open streams of the server: wakes them by the feed, keeps them alive, ends them. */
export interface Streams {
  /** Number of the newest event. */
  lastEvent(): number
  /** A value that is worked out again only after something happened to the execution. */
  readonly remember: Memo['remember']
  respond(c: Ctx, source: Source, kind: StreamKind): Response
  /** How many are open. */
  readonly open: number
  /** Ends every stream where it stands; readers come back and go on from there. */
  close(): void
}

type Reads = Pick<ServerDeps, 'store' | 'feed' | 'world'>

/** `isWelcome` is asked again and again while a stream is open: whoever was let in may be shut out meanwhile. */
export function createStreams({ store, feed, world }: Reads, isWelcome: (c: Ctx) => boolean): Streams {
  const open = new Set<LiveStream>()
  const waiting = createWaitingRooms()
  const memo = createMemo()
  const stopped = new AbortController()
  let last = store.events.last()

  const unsubscribe = feed.subscribe((message) => {
    memo.forget(message.executionId)
    if (message.type === 'event') last = Math.max(last, message.id)
    waiting.wake(message.executionId)
    if (message.type === 'event') waiting.wake(null)
  })
  void heartbeat()

  /** One clock for all streams. */
  async function heartbeat(): Promise<void> {
    while (!stopped.signal.aborted) {
      await world.sleep(HEARTBEAT_MS, stopped.signal).catch(() => {})
      for (const stream of [...open]) stream.beat()
    }
  }

  const house: House = {
    enter: (stream) => void open.add(stream),
    wait: waiting.enter,
    leave(stream) {
      open.delete(stream)
      waiting.leave(stream)
      if (open.size === 0) memo.clear()
    },
    failed: (error) =>
      world.log.error('a stream failed', { error: error instanceof Error ? error.stack : String(error) }),
  }

  return {
    lastEvent: () => last,
    remember: memo.remember,
    respond(c, source, kind) {
      const headers = {
        'content-type': TYPES[kind],
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      }
      // A stream without a reader would never end.
      if (c.req.raw.method === 'HEAD') {
        source.left?.()
        return c.body(null, 200, headers)
      }
      if (open.size >= STREAMS_MAX) {
        source.left?.()
        throw new Fault(
          'limited',
          `${STREAMS_MAX} streams are open, which is all this server keeps. Try again later.`,
        )
      }
      c.env.server?.timeout(c.env.request, 0)
      const stream = new LiveStream({ house, source, kind, isWelcome: () => isWelcome(c) })
      return c.body(stream.readable, 200, headers)
    },
    get open() {
      return open.size
    },
    close() {
      stopped.abort()
      unsubscribe()
      for (const stream of [...open]) stream.cut()
    },
  }
}

/** Where streams wait until something happens to what they speak of. */
function createWaitingRooms() {
  const rooms = new Map<number | null, Set<LiveStream>>()
  return {
    enter(stream: LiveStream): void {
      const others = rooms.get(stream.topic) ?? new Set()
      rooms.set(stream.topic, others.add(stream))
    },
    leave(stream: LiveStream): void {
      const others = rooms.get(stream.topic)
      others?.delete(stream)
      if (others?.size === 0) rooms.delete(stream.topic)
    },
    wake(topic: number | null): void {
      const woken = rooms.get(topic)
      rooms.delete(topic)
      for (const stream of woken ?? []) stream.wake()
    },
  }
}
