import type { ArgoWorkflow, KubeEvent, List, Pod, Secret, WatchEvent } from './kube.ts'

/** What this engine lists and watches. */
export interface Kinds {
  readonly workflows: ArgoWorkflow
  readonly pods: Pod
}
export type Kind = keyof Kinds

export interface ListQuery {
  readonly labelSelector?: string
  readonly limit?: number
  readonly continue?: string
}

export interface WatchQuery {
  readonly labelSelector?: string
  /** Events after this version; bookmarks are asked for. */
  readonly resourceVersion: string
}

export interface LogQuery {
  readonly follow: boolean
  /** RFC 3339; the kubelet cuts it to whole seconds. */
  readonly sinceTime?: string
}

/**
 * One namespace of a cluster, as this engine speaks to it. A call that the server answered with a refusal throws
 * `ApiError`; one that nobody answered throws a Fault `engine_unreachable` whose sentence says what would help.
 */
export interface Cluster {
  readonly namespace: string
  createWorkflow(workflow: ArgoWorkflow): Promise<ArgoWorkflow>
  /** Null where there is none of that name. */
  workflow(name: string): Promise<ArgoWorkflow | null>
  /** RFC 7396 where it is an object, RFC 6902 where it is a list. Null where there is none of that name. */
  patchWorkflow(
    name: string,
    patch: Readonly<Record<string, unknown>> | readonly JsonPatch[],
  ): Promise<ArgoWorkflow | null>
  /** With `propagationPolicy: Background`, of that very object; one that is gone already is success. */
  deleteWorkflow(name: string, uid: string): Promise<void>
  /** One that exists already is success. */
  createSecret(secret: Secret): Promise<void>
  /** Of that very object; one that is gone already is success. */
  deletePod(name: string, uid: string, graceSeconds: number): Promise<void>
  list<K extends Kind>(kind: K, query: ListQuery): Promise<List<Kinds[K]>>
  /**
   * Events of a kind as they come, bookmarks and `ERROR` included, until the server ends it or the signal fires.
   * Throws where it cannot be opened or the connection breaks.
   */
  watch<K extends Kind>(kind: K, query: WatchQuery, signal: AbortSignal): AsyncGenerator<WatchEvent<Kinds[K]>>
  /**
   * What one container wrote, with the kubelet's timestamp before each line, as bytes; ends where the server ends it.
   * Only one that follows may be silent for long: a reading of what is there throws then.
   */
  log(pod: string, container: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<Uint8Array>
  /** What happened to one object lately, oldest first. */
  events(uid: string): Promise<readonly KubeEvent[]>
}

/** https://www.rfc-editor.org/rfc/rfc6902 */
export interface JsonPatch {
  readonly op: 'test' | 'remove' | 'add' | 'replace'
  readonly path: string
  readonly value?: unknown
}
