import type { JsonPatch, ListQuery } from '../../src/engine/argo/cluster.ts'
import type { ApiError, List, Status, WatchEvent } from '../../src/engine/argo/kube.ts'
import * as failures from './failures.ts'
import { History } from './history.ts'
import { type Kind, type Kinds, type KubeObject, type Pod, RESOURCES, stamp, type Time } from './objects.ts'
import { isObject, jsonPatch, mergePatch } from './patches.ts'
import { validate } from './schema.ts'
import { fits, fitsFields } from './select.ts'

export type Propagation = 'Background' | 'Foreground' | 'Orphan'
export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'

export interface Query extends ListQuery {
  readonly fieldSelector?: string
}

export interface DeleteOptions {
  readonly propagation?: Propagation
  readonly uid?: string
  readonly graceSeconds?: number
}

/** Pages of unfinished lists that are kept. */
const SNAPSHOTS_MAX = 100
const GRACE_SECONDS = 30

/**
 * The API server as a value: synchronous, with its clock passed in. It stores and refuses as the real one does; nothing
 * here runs by itself. Refusals are thrown as `ApiError` with the body that the real server sends.
 */
export class ApiServer {
  readonly history = new History()
  readonly namespaces = new Map<string, 'active' | 'terminating'>()
  /** Whether Argo's kinds were ever installed. */
  hasArgo = true
  /** What refuses a pod before it is stored: a quota, pod security. */
  admit: (pod: Pod) => ApiError | null = () => null
  readonly #time: Time
  readonly #objects: Readonly<Record<Kind, Map<string, KubeObject>>> = {
    workflows: new Map(),
    pods: new Map(),
    secrets: new Map(),
    events: new Map(),
  }
  readonly #snapshots = new Map<string, readonly KubeObject[]>()
  #uids = 0

  constructor(time: Time, namespaces: readonly string[]) {
    this.#time = time
    for (const name of namespaces) this.namespaces.set(name, 'active')
  }

  /** What is only tried is refused as what is kept, and not stored. */
  create<K extends Kind>(
    kind: K,
    namespace: string,
    manifest: unknown,
    how: 'kept' | 'tried' = 'kept',
  ): Kinds[K] {
    this.#mustKnow(kind)
    const { metadata = {}, ...rest } = isObject(manifest) ? manifest : {}
    const given = isObject(metadata) ? metadata : {}
    const name = String(given['name'] ?? '')
    const state = this.namespaces.get(namespace)
    if (state === undefined) throw failures.namespaceNotFound(namespace)
    validate(kind, manifest)
    const known = this.find(kind, namespace, name)
    if (known?.metadata.deletionTimestamp !== undefined) throw failures.isBeingDeleted(kind, name)
    if (known !== null) throw failures.alreadyExists(kind, name)
    if (state === 'terminating') throw failures.namespaceTerminating(kind, name, namespace)
    const object = {
      apiVersion: RESOURCES[kind].apiVersion,
      kind: RESOURCES[kind].kind,
      ...(kind === 'secrets' ? encoded(rest) : rest),
      metadata: {
        ...given,
        namespace,
        uid: this.#uid(),
        generation: 1,
        creationTimestamp: stamp(this.#time.now()),
      },
    } as unknown as Kinds[K]
    const refused = kind === 'pods' ? this.admit(object as Pod) : null
    if (refused !== null) throw refused
    return how === 'tried' ? object : this.#store(kind, object, null)
  }

  get<K extends Kind>(kind: K, namespace: string, name: string): Kinds[K] {
    this.#mustKnow(kind)
    const found = this.find(kind, namespace, name)
    if (found === null) throw failures.notFound(kind, name)
    return found
  }

  find<K extends Kind>(kind: K, namespace: string, name: string): Kinds[K] | null {
    return (this.#objects[kind].get(`${namespace}/${name}`) as Kinds[K] | undefined) ?? null
  }

  /** Every object of a kind, of one namespace or of all, by name. */
  all<K extends Kind>(kind: K, namespace: string | null = null): Kinds[K][] {
    const all = [...this.#objects[kind].entries()].filter(
      ([key]) => namespace === null || key.startsWith(`${namespace}/`),
    )
    return all.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object as Kinds[K])
  }

  list<K extends Kind>(kind: K, namespace: string, query: Query): List<Kinds[K]> {
    this.#mustKnow(kind)
    const { version, items } = this.#snapshot(kind, namespace, query)
    const limit = query.limit ?? items.length
    const metadata = { resourceVersion: String(version) }
    if (items.length <= limit) return { items, metadata }
    const page = items.slice(0, limit)
    const token = tokenOf({ rv: version, start: `${page.at(-1)?.metadata.name}\0` })
    this.#keep(`${kind}/${namespace}/${token}`, items.slice(limit))
    return { items: page, metadata: { ...metadata, continue: token } }
  }

  /** RFC 7396 where it is an object, RFC 6902 where it is a list. What changes nothing is no change. */
  patch<K extends Kind>(
    kind: K,
    namespace: string,
    name: string,
    patch: Readonly<Record<string, unknown>> | readonly JsonPatch[],
  ): Kinds[K] {
    const before = this.get(kind, namespace, name)
    const after = isOperations(patch) ? jsonPatch(before, patch) : mergePatch(before, patch)
    validate(kind, after)
    const { uid } = (after as KubeObject).metadata
    if (uid !== before.metadata.uid) throw failures.immutableUid(kind, name, uid)
    return this.write(kind, after as Kinds[K])
  }

  /** Stores an object that exists, unless nothing changed; one that was only kept by its finalizers goes with the last. */
  write<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K] {
    const before = this.get(kind, object.metadata.namespace, object.metadata.name)
    const { uid, creationTimestamp, resourceVersion, generation = 1 } = before.metadata
    const isNewSpec = !Bun.deepEquals(specOf(before), specOf(object))
    const after = {
      ...object,
      metadata: {
        ...object.metadata,
        uid,
        creationTimestamp,
        resourceVersion,
        generation: isNewSpec ? generation + 1 : generation,
      },
    }
    if (Bun.deepEquals(before, after)) return before
    if (kind !== 'pods' && isOver(after.metadata)) return this.#remove(kind, before)
    return this.#store(kind, after, before)
  }

  /** Answers the object as long as something keeps it, then the `Status` of success. */
  delete<K extends Kind>(
    kind: K,
    namespace: string,
    name: string,
    options: DeleteOptions,
  ): Kinds[K] | Status {
    const object = this.get(kind, namespace, name)
    const { uid } = object.metadata
    if (options.uid !== undefined && options.uid !== uid)
      throw failures.anotherUid(kind, name, options.uid, uid)
    if (isPod(object)) return this.#deletePod(object, options) as Kinds[K]
    const finalizers = [...(object.metadata.finalizers ?? []), ...keepers(options.propagation)]
    if (finalizers.length === 0) {
      this.#remove(kind, object)
      const { group } = RESOURCES[kind]
      const details = { name, ...(group === '' ? {} : { group }), kind, uid }
      return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } as Status
    }
    if (object.metadata.deletionTimestamp !== undefined) return object
    const metadata = { ...object.metadata, finalizers, ...deletion(this.#time.now(), 0) }
    return this.#store(kind, bumped({ ...object, metadata }), object)
  }

  /** Removes an object at once: the kubelet's and the collector's last word. */
  remove<K extends Kind>(kind: K, object: Kinds[K]): void {
    const now = this.find(kind, object.metadata.namespace, object.metadata.name)
    if (now === null || now.metadata.uid !== object.metadata.uid) return
    if (!isPod(now)) return void this.#remove(kind, now)
    const last = now.metadata.deletionGracePeriodSeconds === 0 ? now : this.#gracePeriod(now, 0)
    this.#remove('pods', last)
  }

  /**
   * Events of a kind from a version on. A version that is compacted away is told as one `ERROR`, one from the future as
   * silence. Answers how to stop.
   */
  watch<K extends Kind>(
    kind: K,
    namespace: string,
    { labelSelector, fieldSelector, resourceVersion }: Query & { readonly resourceVersion: string },
    hands: { readonly tell: (event: WatchEvent<Kinds[K]>) => void; readonly end: () => void },
  ): () => void {
    this.#mustKnow(kind)
    const version = Number(resourceVersion)
    if (version < this.history.compacted) {
      const { status } = failures.tooOld(version, this.history.compacted)
      hands.tell({ type: 'ERROR', object: status })
      hands.end()
      return () => {}
    }
    const isSeen = (object: KubeObject | null): boolean =>
      object?.metadata.namespace === namespace &&
      fits(object.metadata.labels, labelSelector) &&
      fitsFields(object, fieldSelector)
    return this.history.follow(version, (change) => {
      if (change.kind !== kind) return
      const object = change.object as Kinds[K]
      const [was, is] = [isSeen(change.before), change.type !== 'DELETED' && isSeen(change.object)]
      if (is) hands.tell({ type: was ? 'MODIFIED' : 'ADDED', object })
      else if (was) hands.tell({ type: 'DELETED', object })
    })
  }

  #deletePod(pod: Pod, options: DeleteOptions): Pod {
    const phase = pod.status.phase ?? 'Pending'
    const isStill = pod.spec.nodeName === undefined || phase === 'Succeeded' || phase === 'Failed'
    const wanted = options.graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS
    const grace = isStill ? 0 : wanted
    const under = pod.metadata.deletionGracePeriodSeconds
    if (under !== undefined && under <= grace) return pod
    const after = this.#gracePeriod(pod, grace)
    return grace === 0 ? this.#remove('pods', after) : after
  }

  #gracePeriod(pod: Pod, seconds: number): Pod {
    const metadata = { ...pod.metadata, ...deletion(this.#time.now(), seconds) }
    return this.#store('pods', bumped({ ...pod, metadata }), pod)
  }

  #store<K extends Kind>(kind: K, object: Kinds[K], before: Kinds[K] | null): Kinds[K] {
    const version = this.history.next()
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
    this.#objects[kind].set(keyOf(object), stored)
    const type = before === null ? 'ADDED' : 'MODIFIED'
    this.history.add({ version, kind, type, object: stored, before } as never)
    return stored
  }

  #remove<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K] {
    const version = this.history.next()
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
    this.#objects[kind].delete(keyOf(object))
    this.history.add({ version, kind, type: 'DELETED', object: last, before: object } as never)
    return last
  }

  #snapshot<K extends Kind>(
    kind: K,
    namespace: string,
    query: Query,
  ): { readonly version: number; readonly items: readonly Kinds[K][] } {
    const { version } = this.history
    const now = () =>
      this.all(kind, namespace).filter(
        (object) =>
          fits(object.metadata.labels, query.labelSelector) && fitsFields(object, query.fieldSelector),
      )
    if (query.continue === undefined || query.continue === '') return { version, items: now() }
    const { rv, start } = JSON.parse(Buffer.from(query.continue, 'base64url').toString()) as Token
    if (rv < 0) return { version, items: now().filter(({ metadata }) => metadata.name > start) }
    const rest = this.#snapshots.get(`${kind}/${namespace}/${query.continue}`)
    if (rest === undefined || rv < this.history.compacted)
      throw failures.continueExpired(tokenOf({ rv: -1, start }))
    return { version: rv, items: rest as readonly Kinds[K][] }
  }

  #keep(key: string, items: readonly KubeObject[]): void {
    this.#snapshots.set(key, items)
    for (const oldest of this.#snapshots.keys()) {
      if (this.#snapshots.size <= SNAPSHOTS_MAX) return
      this.#snapshots.delete(oldest)
    }
  }

  #mustKnow(kind: Kind): void {
    if (kind === 'workflows' && !this.hasArgo) throw failures.kindNotFound()
  }

  /** The same in every run, and never the same twice. */
  #uid(): string {
    this.#uids += 1
    return `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`
  }
}

/** Where a list goes on; without a version it is the list of another moment. */
interface Token {
  readonly rv: number
  readonly start: string
}

function tokenOf(token: Token): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...token })).toString('base64url')
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`
}

function isPod(object: KubeObject): object is Pod {
  return object.kind === 'Pod'
}

function isOperations(patch: unknown): patch is readonly JsonPatch[] {
  return Array.isArray(patch)
}

function specOf(object: KubeObject): unknown {
  return 'spec' in object ? object.spec : null
}

/** Finalizers by which the collector gets its turn. */
function keepers(propagation: Propagation = 'Background'): readonly string[] {
  if (propagation === 'Foreground') return [FOREGROUND]
  return propagation === 'Orphan' ? [ORPHAN] : []
}

function isOver({
  deletionTimestamp,
  finalizers = [],
}: {
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
}): boolean {
  return deletionTimestamp !== undefined && finalizers.length === 0
}

/** A pod's deletion is dated at the end of its grace. */
function deletion(now: number, graceSeconds: number) {
  return {
    deletionTimestamp: stamp(now + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
  }
}

function bumped<O extends KubeObject>(object: O): O {
  return { ...object, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 1) + 1 } }
}

function encoded({ stringData = {}, data = {}, ...rest }: Readonly<Record<string, unknown>>) {
  const texts = Object.entries(isObject(stringData) ? stringData : {}).map(
    ([key, text]) => [key, Buffer.from(String(text)).toString('base64')] as const,
  )
  return { ...rest, data: { ...(isObject(data) ? data : {}), ...Object.fromEntries(texts) } }
}
