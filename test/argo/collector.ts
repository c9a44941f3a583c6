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

const DEPENDENTS: readonly Kind[] = ['pods', 'secrets']
const CONTENT: readonly Kind[] = ['workflows', 'pods', 'secrets', 'events']

/** Kubernetes' garbage collector: what its owners do not keep goes; foreground and orphan deletions come to their end. */
export class Collector {
  readonly #api: ApiServer
  readonly #time: Time
  readonly #delays: CollectorDelays

  constructor(api: ApiServer, time: Time, delays: CollectorDelays) {
    this.#api = api
    this.#time = time
    this.#delays = delays
    api.history.follow(api.history.version, (change) => this.#see(change))
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

  #see({ kind, type, object }: Change): void {
    if (type === 'DELETED') {
      this.#ownerGone(object)
      this.#finishForeground(object)
      this.#finishNamespace(object.metadata.namespace)
    } else if (type === 'ADDED') {
      this.#time.after(this.#delays.orphansMs, () => this.#collect(kind, object))
    } else if (object.metadata.deletionTimestamp !== undefined) {
      const finalizers = object.metadata.finalizers ?? []
      if (finalizers.includes(FOREGROUND))
        this.#time.after(this.#delays.dependentsMs, () => this.#foreground(kind, object))
      if (finalizers.includes(ORPHAN))
        this.#time.after(this.#delays.dependentsMs, () => this.#orphan(kind, object))
    }
  }

  #ownerGone(owner: KubeObject): void {
    for (const [kind, object] of this.#dependents(owner.metadata.uid)) {
      const ms = kind === 'pods' ? this.#delays.dependentsMs : this.#delays.orphansMs
      this.#time.after(ms, () => this.#collect(kind, object))
    }
  }

  /** Deletes an object all of whose owners are gone. */
  #collect(kind: Kind, { metadata }: KubeObject): void {
    const found = this.#api.find(kind, metadata.namespace, metadata.name)
    const owners = found?.metadata.ownerReferences ?? []
    if (found === null || found.metadata.uid !== metadata.uid || owners.length === 0) return
    if (owners.some(({ uid }) => this.#exists(uid))) return
    this.#api.delete(kind, metadata.namespace, metadata.name, { uid: metadata.uid })
  }

  #foreground(kind: Kind, owner: KubeObject): void {
    const dependents = this.#dependents(owner.metadata.uid)
    for (const [dependent, { metadata }] of dependents)
      if (metadata.deletionTimestamp === undefined)
        this.#api.delete(dependent, metadata.namespace, metadata.name, {})
    if (this.#dependents(owner.metadata.uid).length === 0) this.#dropFinalizer(kind, owner, FOREGROUND)
  }

  /** The last dependent of an owner that waited for it has gone. */
  #finishForeground({ metadata }: KubeObject): void {
    for (const { uid } of metadata.ownerReferences ?? [])
      for (const owner of this.#api.all('workflows', metadata.namespace))
        if (owner.metadata.uid === uid && owner.metadata.finalizers?.includes(FOREGROUND))
          this.#time.after(this.#delays.dependentsMs, () => this.#foreground('workflows', owner))
  }

  #orphan(kind: Kind, owner: KubeObject): void {
    for (const [dependent, { metadata }] of this.#dependents(owner.metadata.uid)) {
      const left = (metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid)
      this.#api.patch(dependent, metadata.namespace, metadata.name, {
        metadata: { ownerReferences: left.length === 0 ? null : left },
      })
    }
    this.#dropFinalizer(kind, owner, ORPHAN)
  }

  #dropFinalizer(kind: Kind, { metadata }: KubeObject, finalizer: string): void {
    const found = this.#api.find(kind, metadata.namespace, metadata.name)
    if (found === null || found.metadata.uid !== metadata.uid) return
    const finalizers = (found.metadata.finalizers ?? []).filter((one) => one !== finalizer)
    this.#api.patch(kind, metadata.namespace, metadata.name, { metadata: { finalizers } })
  }

  #finishNamespace(name: string): void {
    if (this.#api.namespaces.get(name) !== 'terminating') return
    if (CONTENT.every((kind) => this.#api.all(kind, name).length === 0)) this.#api.namespaces.delete(name)
  }

  #dependents(uid: string): readonly (readonly [Kind, KubeObject])[] {
    return DEPENDENTS.flatMap((kind) =>
      this.#api
        .all(kind)
        .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
        .map((object) => [kind, object] as const),
    )
  }

  #exists(uid: string): boolean {
    return CONTENT.some((kind) => this.#api.all(kind).some(({ metadata }) => metadata.uid === uid))
  }
}
