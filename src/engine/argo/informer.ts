import type { World } from '../../world.ts'
import type { Cluster, Kind, Kinds } from './cluster.ts'
import { ApiError, type Status, type WatchEvent } from './kube.ts'

/** A page of a list: 500 finished Workflows are some 5 MB. */
const PAGE = 500
/** Nothing for so long, bookmarks (one a minute) included, is no silence but a dead watch. */
const SILENCE_MS = 90_000
/** A server whose history was set back answers a watch with silence and bookmarks alone: so it is listed anew this often. */
const RELIST_MS = 600_000
/** The first try after a failure comes almost at once; later ones rarely enough for a server that has just started. */
const AGAIN_FIRST_MS = 250
const AGAIN_MAX_MS = 15_000

/**
 * All objects of one kind that bear our label, kept as they are in the cluster: listed once, then watched. It works as
 * long as somebody listens, and tells each listener when an object under its key changed.
 */
export class Informer<K extends Kind> {
  readonly #kind: K
  readonly #cluster: Cluster
  readonly #selector: string
  readonly #keyOf: (object: Kinds[K]) => string
  readonly #world: World
  readonly #objects = new Map<string, Kinds[K]>()
  readonly #byKey = new Map<string, Map<string, Kinds[K]>>()
  readonly #listeners = new Map<string, Set<() => void>>()
  #run: AbortController | null = null
  #synced = false
  #trouble: string | null = null
  #refused = false

  constructor(
    kind: K,
    around: { readonly cluster: Cluster; readonly selector: string; readonly world: World },
    keyOf: (object: Kinds[K]) => string,
  ) {
    this.#kind = kind
    this.#cluster = around.cluster
    this.#selector = around.selector
    this.#world = around.world
    this.#keyOf = keyOf
  }

  /** Whether what it holds was complete once; while there is trouble it may be old. */
  get synced(): boolean {
    return this.#synced
  }

  /** Why it does not hear of changes just now; null where it does. */
  get trouble(): string | null {
    return this.#trouble
  }

  get(key: string): readonly Kinds[K][] {
    return [...(this.#byKey.get(key)?.values() ?? [])]
  }

  /** Calls back whenever something under this key changed, or whether it hears at all; answers how to end that. */
  listen(key: string, changed: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    listeners.add(changed)
    this.#listeners.set(key, listeners)
    this.#start()
    return () => {
      listeners.delete(changed)
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  #start(): void {
    if (this.#run !== null) return
    this.#run = new AbortController()
    void this.#keep(this.#run.signal)
  }

  #stop(): void {
    this.#run?.abort()
    this.#run = null
    this.#synced = false
    this.#trouble = null
    this.#objects.clear()
    this.#byKey.clear()
  }

  async #keep(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      try {
        let version = await this.#list(signal)
        const until = this.#world.now() + RELIST_MS
        while (!signal.aborted && this.#world.now() < until) {
          const began = this.#world.now()
          version = await this.#watch(version, signal)
          failures = 0
          // A server that ends every watch at once is not asked without a breath.
          if (this.#world.now() - began < AGAIN_FIRST_MS) await this.#pause(1, null, signal)
        }
      } catch (error) {
        if (signal.aborted) return
        if (!isExpired(error)) {
          failures += 1
          // One broken connection is the end of a watch; two failures in a row are trouble, and so is a refusal.
          if (failures > 1 || error instanceof ApiError) this.#say(wordsOf(error))
        }
        await this.#pause(failures, error, signal)
      }
    }
  }

  async #pause(failures: number, error: unknown, signal: AbortSignal): Promise<void> {
    const asked = error instanceof ApiError ? error.retryAfterMs : null
    const backoff = Math.min(AGAIN_MAX_MS, AGAIN_FIRST_MS * 2 ** Math.min(failures, 10))
    const ms = Math.max(asked ?? 0, backoff * (0.5 + this.#world.random() / 2))
    await this.#world.sleep(ms, signal).catch(() => undefined)
  }

  /** Takes all there is, page by page; what is not there any more is forgotten only when the last page came. */
  async #list(signal: AbortSignal): Promise<string> {
    const seen = new Map<string, Kinds[K]>()
    let next: string | undefined
    for (;;) {
      const query = { labelSelector: this.#selector, limit: PAGE }
      const page = await this.#cluster.list(
        this.#kind,
        next === undefined ? query : { ...query, continue: next },
      )
      signal.throwIfAborted()
      for (const object of page.items) seen.set(nameOf(object), object)
      next = page.metadata.continue || undefined
      if (next !== undefined) continue
      for (const [name, object] of this.#objects) if (!seen.has(name)) this.#drop(object)
      for (const object of seen.values()) this.#put(object)
      const first = !this.#synced
      this.#synced = true
      // What may be listed and not watched stays in trouble.
      if (!this.#refused) this.#say(null)
      if (first) this.#tellAll()
      return page.metadata.resourceVersion
    }
  }

  /** Follows the changes after a version until the server ends it; the last version that was heard of. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    const over = new AbortController()
    const end = () => over.abort()
    signal.addEventListener('abort', end, { once: true })
    const events = this.#cluster.watch(
      this.#kind,
      { labelSelector: this.#selector, resourceVersion: from },
      over.signal,
    )
    let version = from
    try {
      for (;;) {
        const next = await this.#beforeSilence(events.next(), signal)
        if (next.done !== true) version = this.#take(next.value) ?? version
        this.#refused = false
        this.#say(null)
        if (next.done === true) return version
      }
    } catch (error) {
      this.#refused = error instanceof ApiError && !isExpired(error)
      throw error
    } finally {
      over.abort()
      signal.removeEventListener('abort', end)
    }
  }

  async #beforeSilence<T>(next: Promise<T>, signal: AbortSignal): Promise<T> {
    const heard = new AbortController()
    const silence = this.#world.sleep(SILENCE_MS, heard.signal).then(() => {
      throw new Expired('The watch has been silent for too long.')
    })
    silence.catch(() => undefined)
    try {
      const value = await Promise.race([next, silence])
      signal.throwIfAborted()
      return value
    } finally {
      heard.abort()
      // Whoever lost the race fails unheard.
      next.catch(() => undefined)
    }
  }

  #take(event: WatchEvent<Kinds[K]>): string | null {
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        this.#put(event.object)
        break
      case 'DELETED':
        this.#drop(event.object)
        break
      case 'BOOKMARK':
        break
      case 'ERROR':
        throw refusal(event.object)
      default:
        event satisfies never
    }
    return event.object.metadata.resourceVersion ?? null
  }

  #put(object: Kinds[K]): void {
    const name = nameOf(object)
    const before = this.#objects.get(name)
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return
    if (before !== undefined && this.#keyOf(before) !== this.#keyOf(object)) this.#drop(before)
    this.#objects.set(name, object)
    const key = this.#keyOf(object)
    const group = this.#byKey.get(key) ?? new Map()
    group.set(name, object)
    this.#byKey.set(key, group)
    this.#tell(key)
  }

  #drop(object: Kinds[K]): void {
    const name = nameOf(object)
    const key = this.#keyOf(object)
    this.#objects.delete(name)
    const group = this.#byKey.get(key)
    group?.delete(name)
    if (group?.size === 0) this.#byKey.delete(key)
    this.#tell(key)
  }

  #say(trouble: string | null): void {
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    this.#tellAll()
  }

  #tell(key: string): void {
    for (const changed of this.#listeners.get(key) ?? []) changed()
  }

  #tellAll(): void {
    for (const key of this.#listeners.keys()) this.#tell(key)
  }
}

/** The version that was asked for is too old, or the watch is dead: it is listed anew, and nothing is wrong. */
class Expired extends Error {}

function isExpired(error: unknown): boolean {
  return error instanceof Expired || (error instanceof ApiError && error.code === 410)
}

function refusal(status: Status): Error {
  return new ApiError(status.code ?? 500, status, status.message ?? 'The watch was ended by the server.')
}

function nameOf(object: Kinds[Kind]): string {
  return object.metadata.name
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
