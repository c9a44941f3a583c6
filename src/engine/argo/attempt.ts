import type { World } from '../../world.ts'
import type { Cluster } from './cluster.ts'
import { Finder, type Line, LineReader, type Place } from './logline.ts'
import { secondOf } from './position.ts'

/** A stream over a connection that is dead on one side never ends: a silent one is opened anew after so long. */
const SILENCE_MS = 120_000
/** A stream ends within a second of its container; one that has not by then is dead as well. */
const LAST_WORDS_MS = 10_000

/** Lines in their order; `missed` where others before them can't be had any more. */
export interface Lines {
  readonly is: 'lines'
  readonly lines: readonly Line[]
  readonly missed: boolean
}

/** A container, and where its log is read. */
export interface Source {
  readonly cluster: Cluster
  readonly world: World
  readonly pod: string
  readonly container: string
  /** How the container stands just now: it may have more to say, it has ended, or it is gone with its pod. */
  readonly state: () => 'open' | 'ended' | 'gone'
}

/** One stream, from a place on. */
export class Attempt {
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

  async *read(follow: boolean, signal: AbortSignal): AsyncGenerator<Lines> {
    const { cluster, pod, container } = this.#source
    const query = this.place === null ? { follow } : { follow, sinceTime: secondOf(this.place.stamp) }
    const watchdog = new Watchdog(this.#source, signal)
    if (follow) void watchdog.watch()
    try {
      for await (const bytes of cluster.log(pod, container, query, watchdog.signal)) {
        watchdog.wait()
        const found = this.#finder.found
        const lines = this.#finder.rest(this.#reader.read(bytes))
        const last = lines.at(-1)
        if (last !== undefined) {
          this.place = { stamp: last.stamp, nth: last.nth, half: false }
          yield { is: 'lines', lines, missed: !found && this.#finder.missed }
        }
        watchdog.heard()
      }
    } finally {
      watchdog.end()
    }
  }
}

/** Ends a stream that says nothing any more and does not end either. */
class Watchdog {
  readonly #source: Source
  readonly #over = new AbortController()
  readonly #outer: AbortSignal
  #heardAt: number

  constructor(source: Source, outer: AbortSignal) {
    this.#source = source
    this.#outer = outer
    this.#heardAt = source.world.now()
    outer.addEventListener('abort', this.end, { once: true })
    if (outer.aborted) this.end()
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  heard(): void {
    this.#heardAt = this.#source.world.now()
  }

  /** However long whoever reads takes for what was heard, that is nobody's silence. */
  wait(): void {
    this.#heardAt = Number.POSITIVE_INFINITY
  }

  readonly end = (): void => {
    this.#over.abort()
    this.#outer.removeEventListener('abort', this.end)
  }

  async watch(): Promise<void> {
    const { world, state } = this.#source
    while (!this.signal.aborted) {
      await world.sleep(LAST_WORDS_MS, this.signal).catch(() => undefined)
      const silence = world.now() - this.#heardAt
      if (silence >= SILENCE_MS || (state() !== 'open' && silence >= LAST_WORDS_MS)) this.end()
    }
  }
}
