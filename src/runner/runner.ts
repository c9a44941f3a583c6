import type { FollowedSegment } from '../store/segments.ts'
import type { EffectRow } from '../store/tables.ts'
import { Absences } from './absence.ts'
import { Bell } from './bell.ts'
import { follow, watch } from './follow.ts'
import { Janitor } from './janitor.ts'
import { type Parts, reasonOf } from './parts.ts'
import { perform } from './perform.ts'
import { Readings } from './reports.ts'

export type { Parts } from './parts.ts'

/** Performs effects, follows engines, cleans up. A start is a recovery: it goes on from what the store says. */
export interface Runner {
  start(): void
  /** Takes nothing new, and resolves when what was under way is put down. What runs in the engines runs on. */
  drain(): Promise<void>
}

/** Executions whose effects are performed at once; each spends its time waiting for an engine or a repository. */
const LANES_MAX = 64
/** Releases performed at once: they hurry nobody. */
const RELEASES_MAX = 4

interface Task {
  readonly abort: AbortController
  readonly done: Promise<void>
}

export function createRunner(parts: Parts): Runner {
  const turns = new Turns(parts)
  return { start: () => turns.start(), drain: () => turns.drain() }
}

/** One turn after another: what is due begins, what is new is followed, what is over is let go. */
class Turns {
  readonly #parts: Parts
  readonly #absences = new Absences()
  readonly #stop = new AbortController()
  readonly #bell: Bell
  readonly #janitor: Janitor
  readonly #readings: Readings
  /** By execution: its prepare, submit and terminate run one after another. */
  readonly #lanes = new Map<number, Task & { readonly effectId: number }>()
  readonly #releases = new Map<number, Task>()
  readonly #followers = new Map<string, Task>()
  #unsubscribe = () => {}
  #running: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#bell = new Bell(parts.world)
    this.#janitor = new Janitor(parts)
    this.#readings = new Readings(parts)
  }

  start(): void {
    this.#unsubscribe = this.#parts.feed.subscribe((message) => {
      if (message.type === 'event') this.#bell.ring()
    })
    this.#running = this.#run()
  }

  async drain(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort(new Error('The server is stopping.'))
    const tasks = [...this.#lanes.values(), ...this.#releases.values(), ...this.#followers.values()]
    for (const task of tasks) task.abort.abort(this.#stop.signal.reason)
    await Promise.all([this.#running, this.#janitor.drain(), ...tasks.map((task) => task.done)])
    // Those that were followed may have left some to keep, for which its thread was needed.
    await this.#readings.drain()
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let pause = AFTER_FAULT_MS
      try {
        this.#turn()
        pause = this.#pause()
      } catch (error) {
        // A full or locked disk: nothing was changed, and the next turn finds the same work.
        this.#parts.world.log.error('A turn of the runner failed.', { error: reasonOf(error) })
      }
      await this.#bell.wait(pause, this.#stop.signal)
    }
  }

  #turn(): void {
    this.#parts.ledger.tick()
    this.#letGo()
    const now = this.#parts.world.now()
    const { effects, segments } = this.#parts.store
    for (const effect of effects.ordered(now, LANES_MAX)) this.#perform(effect)
    for (const effect of effects.releases(now, RELEASES_MAX)) this.#release(effect)
    this.#follow(segments.followed())
    this.#readings.work()
    if (this.#parts.options.recompress) this.#janitor.work()
  }

  /** Until the next thing falls due, at most a poll. */
  #pause(): number {
    const { store, world, options } = this.#parts
    const now = world.now()
    const due = [store.effects.nextDue(now), store.gates.nextExpiry(), store.executions.nextDeadline()]
    const next = Math.min(...due.map((at) => at ?? Number.POSITIVE_INFINITY))
    return Math.min(options.pollMs, Math.max(1, next - now))
  }

  /** A preparation that was overtaken by a termination is not waited for. */
  #letGo(): void {
    for (const { effectId, abort } of this.#lanes.values())
      if (this.#parts.store.effects.one(effectId)?.state === 'dropped')
        abort.abort(new Error('It was overtaken.'))
  }

  #perform(effect: EffectRow): void {
    if (this.#lanes.has(effect.executionId) || this.#lanes.size >= LANES_MAX) return
    const task = this.#begin(effect, () => this.#lanes.delete(effect.executionId))
    this.#lanes.set(effect.executionId, { ...task, effectId: effect.id })
  }

  #release(effect: EffectRow): void {
    if (this.#releases.has(effect.id) || this.#releases.size >= RELEASES_MAX) return
    this.#releases.set(
      effect.id,
      this.#begin(effect, () => this.#releases.delete(effect.id)),
    )
  }

  #begin(effect: EffectRow, over: () => void): Task {
    const abort = new AbortController()
    const work = { parts: this.#parts, absences: this.#absences, effect, signal: abort.signal }
    return { abort, done: this.#see(`effect ${effect.kind}`, perform(work), over) }
  }

  /** Begins to follow what is new, and stops following what is over. */
  #follow(wanted: readonly FollowedSegment[]): void {
    const keys = new Map(wanted.map((segment) => [`${segment.handle} ${segment.submitted}`, segment]))
    for (const [key, task] of this.#followers) if (!keys.has(key)) task.abort.abort(new Error('It is over.'))
    for (const [key, segment] of keys) {
      if (this.#followers.has(key)) continue
      const abort = new AbortController()
      const work =
        segment.submitted === 1
          ? follow(this.#parts, segment, abort.signal)
          : watch(this.#parts, this.#absences, segment, abort.signal)
      const done = this.#see(`following ${segment.handle}`, work, () => this.#followers.delete(key))
      this.#followers.set(key, { abort, done })
    }
  }

  /** Sees work to its end. Only what the store refused comes here as an error; the next turn begins it anew. */
  async #see(what: string, work: Promise<void>, over: () => void): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#parts.world.log.error('Work of the runner failed.', { what, error: reasonOf(error) })
      await this.#parts.world.sleep(AFTER_FAULT_MS, this.#stop.signal).catch(() => undefined)
    } finally {
      over()
      this.#bell.ring()
    }
  }
}

/** A disk that refused a commit is not asked again at once. */
const AFTER_FAULT_MS = 1_000
