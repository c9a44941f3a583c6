import type { Change } from './history.ts'
import { type ApiServer, FOREGROUND, ORPHAN } from './model.ts'
import type { Kind, KubeObject, Time } from './objects.ts'

/** How long the collector takes, as recorded. */
export interface CollectorDelays {
  /** From an owner's end to its pods'. */
  readonly dependentsMs: number
  /** From an owner's end to its secrets', and from the birth of an object whose owner does not exist to its end. */
  readonly orphansMs: number
  /** From the deletion of a namespace to that of its content. */
  readonly namespaceMs: number
}

interface Known {
  readonly kind: Kind
  readonly object: KubeObject
}

const CONTENT: readonly Kind[] = ['workflows', 'pods', 'secrets', 'events']

/** Kubernetes' garbage collector: what its owners do not keep goes; foreground and orphan deletions come to their end. */
export class Collector {
  readonly #api: ApiServer
  readonly #time: Time
  readonly #delays: CollectorDelays
  /** Everything that exists, by UID, and by the UIDs of its owners. */
  readonly #known = new Map<string, Known>()
  readonly #byOwner = new Map<string, Map<string, Known>>()

  constructor(api: ApiServer, time: Time, delays: CollectorDelays) {
    this.#api = api
    this.#time = time
    this.#delays = delays
    api.history.follow(api.history.version, (change) => {
      this.#learn(change)
      this.#see(change)
    })
  }

  /** Somebody deletes a namespace: nothing can be made in it, and what is in it goes as its finalizers allow. */
  deleteNamespace(name: string): void {
    this.#api.namespaces.set(name, 'terminating')
    this.#time.after(this.#delays.namespaceMs, () => {
      for (const kind of CONTENT)
        for (const object of this.#api.all(kind, name)) this.#api.delete(kind, name, object.metadata.name, {})
      this.#finishNamespace(name)
    })
  }

  #learn({ kind, type, object, before }: Change): void {
    const { uid } = object.metadata
    for (const owner of before?.metadata.ownerReferences ?? []) this.#byOwner.get(owner.uid)?.delete(uid)
    if (type === 'DELETED') {
      this.#known.delete(uid)
      return
    }
    this.#known.set(uid, { kind, object })
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependents = this.#byOwner.get(owner.uid) ?? new Map<string, Known>()
      this.#byOwner.set(owner.uid, dependents.set(uid, { kind, object }))
    }
  }

  #see({ kind, type, object }: Change): void {
    const { dependentsMs, orphansMs } = this.#delays
    const { metadata } = object
    if (type === 'DELETED') {
      for (const one of this.#dependents(metadata.uid))
        this.#time.after(one.kind === 'pods' ? dependentsMs : orphansMs, () => this.#collect(one))
      for (const owner of metadata.ownerReferences ?? [])
        this.#time.after(dependentsMs, () => this.#foreground(owner.uid))
      this.#finishNamespace(metadata.namespace)
    } else if (type === 'ADDED') {
      if (metadata.ownerReferences !== undefined)
        this.#time.after(orphansMs, () => this.#collect({ kind, object }))
    } else if (metadata.deletionTimestamp !== undefined) {
      this.#time.after(dependentsMs, () => this.#foreground(metadata.uid))
      this.#time.after(dependentsMs, () => this.#orphan(metadata.uid))
    }
  }

  /** Deletes an object all of whose owners are gone. */
  #collect({ kind, object: { metadata } }: Known): void {
    const owners = this.#known.get(metadata.uid)?.object.metadata.ownerReferences ?? []
    if (owners.length === 0 || owners.some(({ uid }) => this.#known.has(uid))) return
    this.#api.delete(kind, metadata.namespace, metadata.name, { uid: metadata.uid })
  }

  /** An owner that waits for its dependents deletes them, and goes with the last. */
  #foreground(uid: string): void {
    const owner = this.#known.get(uid)
    if (owner?.object.metadata.finalizers?.includes(FOREGROUND) !== true) return
    for (const { kind, object } of this.#dependents(uid))
      if (object.metadata.deletionTimestamp === undefined)
        this.#api.delete(kind, object.metadata.namespace, object.metadata.name, {})
    if (this.#dependents(uid).length === 0) this.#dropFinalizer(owner, FOREGROUND)
  }

  /** An owner that leaves its dependents behind lets them go first. */
  #orphan(uid: string): void {
    const owner = this.#known.get(uid)
    if (owner?.object.metadata.finalizers?.includes(ORPHAN) !== true) return
    for (const { kind, object } of this.#dependents(uid)) {
      const left = (object.metadata.ownerReferences ?? []).filter((one) => one.uid !== uid)
      this.#api.patch(kind, object.metadata.namespace, object.metadata.name, {
        metadata: { ownerReferences: left.length === 0 ? null : left },
      })
    }
    this.#dropFinalizer(owner, ORPHAN)
  }

  #dropFinalizer({ kind, object: { metadata } }: Known, finalizer: string): void {
    const finalizers = (metadata.finalizers ?? []).filter((one) => one !== finalizer)
    this.#api.patch(kind, metadata.namespace, metadata.name, { metadata: { finalizers } })
  }

  #finishNamespace(name: string): void {
    if (this.#api.namespaces.get(name) !== 'terminating') return
    if (CONTENT.every((kind) => this.#api.all(kind, name).length === 0)) this.#api.namespaces.delete(name)
  }

  #dependents(uid: string): readonly Known[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])]
  }
}
