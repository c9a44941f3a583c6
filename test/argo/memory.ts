import { Fault } from '../../src/domain/fault.ts'
import type {
  Cluster,
  JsonPatch,
  Kind,
  Kinds,
  ListQuery,
  LogQuery,
  WatchQuery,
} from '../../src/engine/argo/cluster.ts'
import {
  ApiError,
  type ArgoWorkflow,
  type KubeEvent,
  type List,
  type Secret,
  type WatchEvent,
} from '../../src/engine/argo/kube.ts'
import type { Time } from './objects.ts'
import type { StandIn } from './standin.ts'

/** What a watch asks the server for, and what it gets: its end, and bookmarks on the way. */
const WATCH_MS = 290_000
const BOOKMARK_MS = 60_000

/**
 * The port that the engine speaks through, straight over a stand-in: no sockets and no time of its own. A server that is
 * down breaks every stream and answers nothing.
 */
export class MemoryCluster implements Cluster {
  readonly namespace: string
  readonly #standIn: StandIn
  readonly #time: Time
  readonly #breaks = new Set<(reason: Error) => void>()
  #isUp = true

  constructor(standIn: StandIn, time: Time, namespace = 'argo') {
    this.#standIn = standIn
    this.#time = time
    this.namespace = namespace
  }

  /** The API server dies: open streams break, calls go unanswered until it is up again. */
  down(): void {
    this.#isUp = false
    for (const breakOff of [...this.#breaks]) breakOff(unreachable('The connection was reset.'))
  }

  up(): void {
    this.#isUp = true
  }

  async createWorkflow(workflow: ArgoWorkflow): Promise<ArgoWorkflow> {
    return this.#argo.create('workflows', this.namespace, workflow)
  }

  async workflow(name: string): Promise<ArgoWorkflow | null> {
    return unlessMissing(() => this.#argo.get('workflows', this.namespace, name))
  }

  async patchWorkflow(
    name: string,
    patch: Readonly<Record<string, unknown>> | readonly JsonPatch[],
  ): Promise<ArgoWorkflow | null> {
    return unlessMissing(() => this.#argo.patch('workflows', this.namespace, name, patch))
  }

  async deleteWorkflow(name: string, uid: string): Promise<void> {
    unlessGone(() => this.#argo.delete('workflows', this.namespace, name, { uid, propagation: 'Background' }))
  }

  async createSecret(secret: Secret): Promise<void> {
    try {
      this.#api.create('secrets', this.namespace, secret)
    } catch (error) {
      if (!(error instanceof ApiError && error.status.reason === 'AlreadyExists')) throw error
    }
  }

  async deletePod(name: string, uid: string, graceSeconds: number): Promise<void> {
    unlessGone(() => this.#api.delete('pods', this.namespace, name, { uid, graceSeconds }))
  }

  async list<K extends Kind>(kind: K, query: ListQuery): Promise<List<Kinds[K]>> {
    return (kind === 'workflows' ? this.#argo : this.#api).list(kind, this.namespace, query) as List<Kinds[K]>
  }

  async *watch<K extends Kind>(
    kind: K,
    { labelSelector, resourceVersion }: WatchQuery,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kinds[K]>> {
    const api = kind === 'workflows' ? this.#argo : this.#api
    const stream = new Stream<WatchEvent<Kinds[K]>>()
    const stops = [
      api.watch(
        kind,
        this.namespace,
        { resourceVersion, ...(labelSelector === undefined ? {} : { labelSelector }) },
        { tell: (event) => stream.put(event as WatchEvent<Kinds[K]>), end: () => stream.end() },
      ),
      this.#time.after(WATCH_MS, () => stream.end()),
    ]
    const bookmark = () => {
      const metadata = { name: '', resourceVersion: String(api.history.version) }
      stream.put({ type: 'BOOKMARK', object: { metadata } as Kinds[K] })
      stops[2] = this.#time.after(BOOKMARK_MS, bookmark)
    }
    stops.push(this.#time.after(BOOKMARK_MS, bookmark))
    yield* this.#streamed(stream, signal, () => stops.forEach((stop) => void stop()))
  }

  async *log(
    pod: string,
    container: string,
    { follow, sinceTime }: LogQuery,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    if (!this.#isUp) throw unreachable('The connection was refused.')
    const stream = new Stream<Uint8Array>()
    const sinceMs = sinceTime === undefined ? null : Date.parse(sinceTime)
    const hands = { tell: (bytes: Uint8Array) => stream.put(bytes), end: () => stream.end() }
    const { stop } = this.#standIn.kubelet.log(this.namespace, pod, { container, follow, sinceMs }, hands)
    yield* this.#streamed(stream, signal, stop)
  }

  async events(uid: string): Promise<readonly KubeEvent[]> {
    return this.#api.all('events', this.namespace).filter(({ involvedObject }) => involvedObject?.uid === uid)
  }

  /** For Argo's own kind; without it a real client finds no cluster that it can use. */
  get #argo() {
    const api = this.#api
    if (!api.hasArgo) throw unreachable('It does not know Argo Workflows.')
    return api
  }

  get #api() {
    if (!this.#isUp) throw unreachable('The connection was refused.')
    return this.#standIn.api
  }

  async *#streamed<T>(stream: Stream<T>, signal: AbortSignal, close: () => void): AsyncGenerator<T> {
    const breakOff = (reason: Error) => stream.fail(reason)
    const onAbort = () => stream.stop()
    this.#breaks.add(breakOff)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) stream.stop()
    try {
      yield* stream.items()
    } finally {
      this.#breaks.delete(breakOff)
      signal.removeEventListener('abort', onAbort)
      close()
    }
  }
}

/** A queue from a callback to a loop. */
class Stream<T> {
  #queue: T[] = []
  #over: 'open' | 'ended' | Error = 'open'
  #wake: () => void = () => {}

  put(item: T): void {
    this.#queue.push(item)
    this.#wake()
  }

  end(): void {
    if (this.#over === 'open') this.#over = 'ended'
    this.#wake()
  }

  /** Ends at once; what was not read yet is dropped. */
  stop(): void {
    this.#queue = []
    this.end()
  }

  fail(reason: Error): void {
    this.#queue = []
    this.#over = reason
    this.#wake()
  }

  async *items(): AsyncGenerator<T> {
    for (;;) {
      const [next] = this.#queue.splice(0, 1)
      if (next !== undefined) yield next
      else if (this.#over instanceof Error) throw this.#over
      else if (this.#over === 'ended') return
      else await this.#change()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function unlessMissing<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof ApiError && error.code === 404 && error.status.details !== undefined) return null
    throw error
  }
}

/** Gone already, or another of the same name: what was asked for is so. */
function unlessGone(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof ApiError && (error.code === 404 || error.status.reason === 'Conflict')))
      throw error
  }
}

function unreachable(why: string): Fault {
  return new Fault('engine_unreachable', `The cluster has not answered: ${why}`)
}
