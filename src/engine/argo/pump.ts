import type { World } from '../../world.ts'
import type { Cluster } from './cluster.ts'
import type { Inbox } from './inbox.ts'
import { ApiError } from './kube.ts'
import { Finder, type Line, LineReader, type Place } from './logline.ts'
import { secondOf } from './position.ts'

/** What comes of one reading: lines in their order, or that there will be no more. */
export type Reading =
  | { readonly is: 'lines'; readonly lines: readonly Line[]; readonly missed: boolean }
  /** All was read that can be read. `whole` where the last reading found its place and ended by itself. */
  | { readonly is: 'over'; readonly whole: boolean }

/** A stream that ended is opened again after this, then more and more slowly. */
const AGAIN_FIRST_MS = 200
const AGAIN_MAX_MS = 5_000
/** Where the kubelet cannot watch a log's file, or there are too many streams, a log is read this often instead. */
const POLL_MS = 2_000
/** A container that has ended and has no log gets so many tries: for half a minute after its start a kubelet knows no pod. */
const REFUSALS_MAX = 10
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

export interface Source {
  readonly cluster: Cluster
  readonly world: World
  readonly pod: string
  readonly container: string
  readonly streams: Streams
  /** How the container stands just now: it may have more to say, it has ended, or it is gone with its pod. */
  readonly state: () => 'open' | 'ended' | 'gone'
}

/**
 * Reads one container's log from a place on to its true end, however often the stream breaks off: a stream that ends is
 * no end as long as the container runs, so that a last reading begins only once it is known to have ended.
 */
export async function pump(
  source: Source,
  from: Place | null,
  inbox: Inbox<Reading>,
  signal: AbortSignal,
): Promise<void> {
  let place = from
  let failures = 0
  let refusals = 0
  let polls = false
  while (!signal.aborted) {
    const before = source.state()
    if (before === 'gone') return inbox.put({ is: 'over', whole: false })
    const attempt = new Attempt(source, place)
    const close = before === 'open' && !polls ? source.streams.open() : null
    let more = false
    try {
      for await (const reading of attempt.read(close !== null, signal)) {
        more = true
        await inbox.put(reading)
        if (signal.aborted) return
      }
      if (before === 'ended') return inbox.put({ is: 'over', whole: attempt.found })
    } catch (error) {
      if (signal.aborted) return
      if (before === 'ended' && error instanceof ApiError && (error.code === 404 || error.code === 400))
        refusals += 1
      // Nobody has this log any more, or there never was one.
      if (refusals > 0 && (isOfPod(error) || refusals >= REFUSALS_MAX))
        return inbox.put({ is: 'over', whole: false })
    } finally {
      close?.()
    }
    place = attempt.place
    polls ||= attempt.remark !== null && CANNOT_WATCH.test(attempt.remark)
    failures = more ? 0 : failures + 1
    const isPolled = polls || (before === 'open' && close === null)
    await rest(source.world, isPolled ? POLL_MS : AGAIN_FIRST_MS * 2 ** Math.min(failures, 10), signal)
  }
}

/** It is the pod that is not there, or the container that never began; not the kubelet that has just started. */
function isOfPod(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return error.code === 400 || (error.code === 404 && error.status.details?.kind === 'pods')
}

function rest(world: World, ms: number, signal: AbortSignal): Promise<void> {
  return world.sleep(Math.min(ms, AGAIN_MAX_MS), signal).catch(() => undefined)
}

/** One stream, from a place on. */
class Attempt {
  readonly #source: Source
  readonly #finder: Finder
  readonly #reader = new LineReader()
  /** The last line that was taken. */
  place: Place | null

  constructor(source: Source, place: Place | null) {
    this.#source = source
    this.#finder = new Finder(place)
    this.place = place
  }

  get found(): boolean {
    return this.#finder.found
  }

  get remark(): string | null {
    return this.#reader.remark
  }

  async *read(follow: boolean, signal: AbortSignal): AsyncGenerator<Reading> {
    const { cluster, pod, container } = this.#source
    const query = this.place === null ? { follow } : { follow, sinceTime: secondOf(this.place.stamp) }
    for await (const bytes of cluster.log(pod, container, query, signal)) {
      const found = this.#finder.found
      const lines = this.#finder.rest(this.#reader.read(bytes))
      const last = lines.at(-1)
      if (last === undefined) continue
      this.place = { stamp: last.stamp, nth: last.nth, half: false }
      yield { is: 'lines', lines, missed: !found && this.#finder.missed }
    }
  }
}
