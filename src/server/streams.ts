import { Fault } from '../domain/fault.ts'
import type { FeedMessage } from '../ledger/feed.ts'
import type { Ctx, ServerDeps } from './context.ts'

/** Bytes with memory of their own, as streams want them. */
export type Bytes = Uint8Array<ArrayBuffer>

/** What a stream sends. It remembers where it stands; the store has everything else, so a slow reader costs no memory. */
export interface Source {
  /** The execution it waits for; null waits for whatever happens. */
  readonly topic: number | null
  /** The next piece, read from the store; null where there is nothing yet. */
  next(): Bytes | null
  /** Whether nothing can follow any more. Asked only when there is nothing yet. */
  over(): boolean
}

/** Long enough to cost nothing, short enough for proxies that cut quiet connections after 30 s. */
const HEARTBEAT_MS = 15_000
/** What may lie unread in one stream; what follows stays in the store until its reader is ready. */
const BACKLOG_BYTES_MAX = 64 * 1024

/** Each costs little, but file descriptors are not endless: half of a common limit of 4,096. */
const STREAMS_MAX = 2_000
/** What is remembered: the last pieces of the executions that are watched most lately. */
const MEMO_KEYS_MAX = 8
const MEMO_EXECUTIONS_MAX = 32

const OK = new TextEncoder().encode(': ok\n\n')
const BEAT = new TextEncoder().encode(': still here\n\n')

/** All open streams of the server: wakes them by the feed, keeps them alive, ends them. */
export interface Streams {
  /** Number of the newest event. */
  lastEvent(): number
  /** A value that is worked out again only after something happened to the execution. */
  remember<T>(executionId: number, key: string, work: () => T): T
  /** Answers with a stream, as `text/event-stream` or as plain text. */
  respond(c: Ctx, source: Source, type: 'text/event-stream' | 'text/plain'): Response
  /** How many are open. */
  readonly open: number
  /** Ends every stream where it stands; readers come back and go on from there. */
  close(): void
}

interface OpenStream {
  wake(): void
  /** Shows that the stream lives, or ends it where its reader is not let in any more. */
  beat(): void
  /**
   * Ends it before its time. A reader of events comes back and goes on; a text is broken off, because ended in order it
   * would look whole.
   */
  cut(): void
}

type Reads = Pick<ServerDeps, 'store' | 'feed' | 'world'>

/** `isWelcome` is asked again and again while a stream is open: whoever was let in may be shut out meanwhile. */
export function createStreams({ store, feed, world }: Reads, isWelcome: (c: Ctx) => boolean): Streams {
  const open = new Set<OpenStream>()
  const waiting = new Map<number | null, Set<OpenStream>>()
  const memos = new Map<number, Map<string, unknown>>()
  const ended = new AbortController()
  let last = store.events.last()

  const unsubscribe = feed.subscribe((message: FeedMessage) => {
    if (message.type === 'event') last = Math.max(last, message.id)
    memos.delete(message.executionId)
    for (const topic of [message.executionId, null]) {
      if (topic === null && message.type === 'grew') continue
      const woken = waiting.get(topic)
      if (woken === undefined) continue
      waiting.delete(topic)
      for (const stream of woken) stream.wake()
    }
  })
  void heartbeat()

  /** One clock for all streams. */
  async function heartbeat(): Promise<void> {
    while (!ended.signal.aborted) {
      await world.sleep(HEARTBEAT_MS, ended.signal).catch(() => {})
      for (const stream of [...open]) stream.beat()
    }
  }

  function wait(topic: number | null, stream: OpenStream): void {
    const others = waiting.get(topic) ?? new Set()
    waiting.set(topic, others.add(stream))
  }

  function forget(topic: number | null, stream: OpenStream): void {
    open.delete(stream)
    if (open.size === 0) memos.clear()
    const others = waiting.get(topic)
    others?.delete(stream)
    if (others?.size === 0) waiting.delete(topic)
  }

  return {
    lastEvent: () => last,
    remember(executionId, key, work) {
      const memo = memos.get(executionId) ?? new Map<string, unknown>()
      if (!memo.has(key)) {
        memo.set(key, work())
        memos.delete(executionId)
        memos.set(executionId, memo)
        dropOldest(memo, MEMO_KEYS_MAX)
        dropOldest(memos, MEMO_EXECUTIONS_MAX)
      }
      // Kept under the same key by the same caller, so of its type.
      return memo.get(key) as ReturnType<typeof work>
    },
    respond(c, source, type) {
      const headers = {
        'content-type': `${type}; charset=utf-8`,
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      }
      // A stream without a reader would never end.
      if (c.req.raw.method === 'HEAD') return c.body(null, 200, headers)
      if (open.size >= STREAMS_MAX) {
        throw new Fault(
          'limited',
          `${STREAMS_MAX} streams are open, which is all this server keeps. Try again later.`,
        )
      }
      c.env.server?.timeout(c.env.request, 0)
      return c.body(
        readable(source, type === 'text/event-stream', () => isWelcome(c)),
        200,
        headers,
      )
    },
    get open() {
      return open.size
    },
    close() {
      ended.abort()
      unsubscribe()
      for (const stream of [...open]) stream.cut()
      memos.clear()
    },
  }

  /**
   * Sends whenever the reader is ready and there is something; otherwise waits to be woken by either. The first comment
   * goes out at once, because Bun holds the headers back until the first piece.
   */
  function readable(source: Source, framed: boolean, welcome: () => boolean): ReadableStream<Bytes> {
    let resume: (() => void) | null = null
    let stream: OpenStream | null = null
    const leave = (self: OpenStream) => {
      forget(source.topic, self)
      resume?.()
    }
    return new ReadableStream<Bytes>(
      {
        start(controller) {
          const self: OpenStream = {
            wake: () => resume?.(),
            beat: () => {
              if (!welcome()) self.cut()
              else if (framed && (controller.desiredSize ?? 0) > 0) controller.enqueue(BEAT)
            },
            cut: () => {
              leave(self)
              if (framed) controller.close()
              // Without a reason: Bun would print it to standard error, where our log stands alone.
              else controller.error()
            },
          }
          stream = self
          open.add(self)
          if (framed) controller.enqueue(OK)
        },
        async pull(controller) {
          while (stream !== null && open.has(stream)) {
            try {
              const piece = source.next()
              if (piece !== null) {
                controller.enqueue(piece)
                return
              }
              if (source.over()) {
                leave(stream)
                controller.close()
                return
              }
            } catch (error) {
              world.log.error('a stream failed', {
                error: error instanceof Error ? error.stack : String(error),
              })
              stream.cut()
              return
            }
            wait(source.topic, stream)
            await new Promise<void>((resolve) => {
              resume = resolve
            })
            resume = null
          }
        },
        cancel() {
          if (stream !== null) leave(stream)
        },
      },
      { highWaterMark: BACKLOG_BYTES_MAX, size: (piece) => piece?.byteLength ?? 0 },
    )
  }
}

function dropOldest<K>(map: Map<K, unknown>, max: number): void {
  const oldest = map.keys().next()
  if (map.size > max && !oldest.done) map.delete(oldest.value)
}
