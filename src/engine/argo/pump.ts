import { Attempt, type Lines, type Source } from './attempt.ts'
import type { Inbox } from './inbox.ts'
import { ApiError } from './kube.ts'
import type { Place } from './logline.ts'

/** What comes of reading: lines in their order, why there are none just now, or that there will be no more. */
export type Reading =
  | Lines
  /** It cannot be read, for this reason; null where it can again. */
  | { readonly is: 'trouble'; readonly reason: string | null }
  /** All was read that can be read. `whole` where the last reading found its place and ended by itself. */
  | { readonly is: 'over'; readonly whole: boolean }

/** A stream that ended is opened again after this, then more and more slowly. */
const AGAIN_FIRST_MS = 200
const AGAIN_MAX_MS = 5_000
/** Where the kubelet cannot watch a log's file, or there are too many streams, a log is read this often instead. */
const POLL_MS = 2_000
/** A container that has ended and has no log gets so many tries: for half a minute after its start a kubelet knows no pod. */
const REFUSALS_MAX = 10
/** A failure that comes so often in a row is told; fewer are a restart of whoever stands between. */
const TROUBLES_MIN = 3
/** The kubelet's own words for it: it is out of inotify instances. */
const CANNOT_WATCH = /fsnotify|inotify|too many open files/i

/**
 * Streams that an engine has open at most. Bun runs 256 requests at once and lets all others wait, those that submit and
 * terminate too.
 */
const STREAMS_MAX = 200

/** How many logs are streamed just now; whoever finds no room reads now and then instead. */
export class Streams {
  #open = 0

  /** Null where there is no room; otherwise how to give it back. */
  open(): (() => void) | null {
    if (this.#open >= STREAMS_MAX) return null
    this.#open += 1
    return () => {
      this.#open -= 1
    }
  }
}

/** A container whose log is followed as far as there is room for its stream. */
interface Followed extends Source {
  readonly streams: Streams
}

/**
 * Reads one container's log from a place on to its true end, however often the stream breaks off: a stream that ends is
 * no end as long as the container runs, so that a last reading begins only once it is known to have ended.
 */
export async function pump(
  source: Followed,
  from: Place | null,
  inbox: Inbox<Reading>,
  signal: AbortSignal,
): Promise<void> {
  const one = new Pump(source, from, inbox)
  while (!signal.aborted) {
    const over = await one.read(signal)
    if (over !== null) return inbox.put(over)
    await source.world.sleep(one.pauseMs, signal).catch(() => undefined)
  }
}

class Pump {
  readonly #source: Followed
  readonly #inbox: Inbox<Reading>
  readonly #troubles: Troubles
  /** The last line that was taken. */
  #place: Place | null
  #failures = 0
  #refusals = 0
  #polls = false
  /** Until it is read again. */
  pauseMs = 0

  constructor(source: Followed, from: Place | null, inbox: Inbox<Reading>) {
    this.#source = source
    this.#place = from
    this.#inbox = inbox
    this.#troubles = new Troubles(inbox)
  }

  /** Reads once, as far as that goes; answers how it is over, or null where it is not. */
  async read(signal: AbortSignal): Promise<Reading | null> {
    const before = this.#source.state()
    if (before === 'gone') return { is: 'over', whole: false }
    const attempt = new Attempt(this.#source, this.#place)
    const close = before === 'open' && !this.#polls ? this.#source.streams.open() : null
    let more = false
    let askedMs = 0
    try {
      for await (const reading of attempt.read(close !== null, signal)) {
        more = true
        await this.#troubles.over()
        await this.#inbox.put(reading)
        if (signal.aborted) return null
      }
      if (before === 'ended') return { is: 'over', whole: attempt.found }
      await this.#troubles.over()
    } catch (error) {
      if (signal.aborted) return null
      if (await this.#isHopeless(before, error)) return { is: 'over', whole: false }
      askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    } finally {
      close?.()
    }
    this.#place = attempt.place
    this.#polls ||= attempt.remark !== null && CANNOT_WATCH.test(attempt.remark)
    this.#failures = more ? 0 : this.#failures + 1
    const isPolled = this.#polls || (before === 'open' && close === null)
    const backoff = Math.min(AGAIN_MAX_MS, AGAIN_FIRST_MS * 2 ** Math.min(this.#failures, 10))
    this.pauseMs = Math.max(askedMs, isPolled ? POLL_MS : backoff)
    return null
  }

  /** Nobody has this log any more, or there never was one. */
  async #isHopeless(before: 'open' | 'ended', error: unknown): Promise<boolean> {
    const isNothing = error instanceof ApiError && (error.code === 404 || error.code === 400)
    if (!isNothing) await this.#troubles.one(error)
    else if (before === 'ended') this.#refusals += 1
    return this.#refusals > 0 && (isOfPod(error) || this.#refusals >= REFUSALS_MAX)
  }
}

/** Tells why a log cannot be read once that has lasted, or at once where it was forbidden; and when it is over. */
class Troubles {
  readonly #inbox: Inbox<Reading>
  #inRow = 0
  #told = false

  constructor(inbox: Inbox<Reading>) {
    this.#inbox = inbox
  }

  async one(error: unknown): Promise<void> {
    this.#inRow += 1
    const isForbidden = error instanceof ApiError && error.code === 403
    if (this.#inRow < TROUBLES_MIN && !isForbidden) return
    this.#told = true
    const reason = error instanceof Error ? error.message : String(error)
    await this.#inbox.put({ is: 'trouble', reason })
  }

  async over(): Promise<void> {
    this.#inRow = 0
    if (!this.#told) return
    this.#told = false
    await this.#inbox.put({ is: 'trouble', reason: null })
  }
}

/** It is the pod that is not there, or the container that never began; not the kubelet that has just started. */
function isOfPod(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return error.code === 400 || (error.code === 404 && error.status.details?.kind === 'pods')
}
