import { z } from 'zod'
import { Fault } from '../../../domain/fault.ts'
import type { World } from '../../../world.ts'
import type { Cluster, JsonPatch, Kind, Kinds, ListQuery, LogQuery, WatchQuery } from '../cluster.ts'
import {
  ApiError,
  type ArgoWorkflow,
  type KubeEvent,
  type List,
  type Secret,
  type WatchEvent,
} from '../kube.ts'
import type { KubeconfigOptions } from './kubeconfig.ts'
import { linesOf } from './lines.ts'
import { type Request, Transport } from './transport.ts'

export interface ClusterOptions extends KubeconfigOptions {
  readonly namespace: string
  readonly world: Pick<World, 'now' | 'sleep'>
}

/** A line is one object: 3 MiB at most as it is sent, and what an API server notes of it besides. */
const WATCH_LINE_BYTES_MAX = 16 * 1024 * 1024

/** Shorter than the five minutes after which many proxies cut. */
const WATCH_SECONDS = '290'

/** Equal events are counted and not repeated: of one object there are a dozen. */
const EVENTS_MAX = '500'

/**
 * Speaks to one namespace of the cluster that the kubeconfig names. Nothing is asked yet: each call says what is wrong
 * with the kubeconfig or the cluster, for as long as it is wrong.
 */
export function openCluster(options: ClusterOptions): Cluster {
  return new KubernetesCluster(options)
}

class KubernetesCluster implements Cluster {
  readonly namespace: string
  readonly #transport: Transport
  readonly #core: string
  readonly #paths: Readonly<Record<Kind, string>>

  constructor({ namespace, world, ...kubeconfig }: ClusterOptions) {
    this.namespace = namespace
    this.#transport = new Transport(kubeconfig, world)
    const name = encodeURIComponent(namespace)
    this.#core = `/api/v1/namespaces/${name}`
    this.#paths = {
      workflows: `/apis/argoproj.io/v1alpha1/namespaces/${name}/workflows`,
      pods: `${this.#core}/pods`,
    }
  }

  async createWorkflow(workflow: ArgoWorkflow): Promise<ArgoWorkflow> {
    return objectOf(await this.#send('POST', this.#paths.workflows, workflow))
  }

  async workflow(name: string): Promise<ArgoWorkflow | null> {
    const found = await unlessAbsent('workflows', name, this.#send('GET', this.#one('workflows', name)))
    return found === null ? null : objectOf(found)
  }

  async patchWorkflow(
    name: string,
    patch: Readonly<Record<string, unknown>> | readonly JsonPatch[],
  ): Promise<ArgoWorkflow | null> {
    const contentType = `application/${Array.isArray(patch) ? 'json-patch' : 'merge-patch'}+json`
    const patched = this.#send('PATCH', this.#one('workflows', name), patch, contentType)
    const found = await unlessAbsent('workflows', name, patched)
    return found === null ? null : objectOf(found)
  }

  async deleteWorkflow(name: string, uid: string): Promise<void> {
    await this.#delete('workflows', name, { preconditions: { uid }, propagationPolicy: 'Background' })
  }

  async createSecret(secret: Secret): Promise<void> {
    await this.#send('POST', `${this.#core}/secrets`, secret).catch((error: unknown) => {
      if (!refusedWith(error, 409, 'AlreadyExists')) throw error
    })
  }

  async deletePod(name: string, uid: string, graceSeconds: number): Promise<void> {
    await this.#delete('pods', name, { preconditions: { uid }, gracePeriodSeconds: graceSeconds })
  }

  async list<K extends Kind>(kind: K, query: ListQuery): Promise<List<Kinds[K]>> {
    const { labelSelector, limit, continue: from } = query
    const found = await this.#send(
      'GET',
      withQuery(this.#paths[kind], { labelSelector, limit, continue: from }),
    )
    return listOf<Kinds[K]>(found)
  }

  async *watch<K extends Kind>(
    kind: K,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kinds[K]>> {
    const { labelSelector, resourceVersion } = query
    const asked = { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: WATCH_SECONDS }
    const path = withQuery(this.#paths[kind], { ...asked, labelSelector, resourceVersion })
    const pieces = this.#transport.stream({ method: 'GET', path }, signal, 'patient')
    for await (const line of linesOf(pieces, WATCH_LINE_BYTES_MAX)) {
      if (line !== '') yield eventOf<Kinds[K]>(line)
    }
  }

  log(pod: string, container: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { follow, sinceTime } = query
    const asked = { container, timestamps: 'true', follow: follow || undefined, sinceTime }
    const path = withQuery(`${this.#one('pods', pod)}/log`, asked)
    // A container may be silent for hours; what it wrote already is there at once.
    return this.#transport.stream({ method: 'GET', path }, signal, follow ? 'patient' : 'impatient')
  }

  async events(uid: string): Promise<readonly KubeEvent[]> {
    const query = { fieldSelector: `involvedObject.uid=${uid}`, limit: EVENTS_MAX }
    const { items } = listOf<KubeEvent>(await this.#send('GET', withQuery(`${this.#core}/events`, query)))
    return items.toSorted((a, b) => timeOf(a) - timeOf(b))
  }

  #one(kind: Kind, name: string): string {
    return `${this.#paths[kind]}/${encodeURIComponent(name)}`
  }

  #send(method: string, path: string, body?: object, contentType = 'application/json'): Promise<unknown> {
    const request: Request = { method, path }
    return this.#transport.json(
      body === undefined ? request : { ...request, body: JSON.stringify(body), contentType },
    )
  }

  /** Where another bears the name by now, that very object is gone. */
  async #delete(kind: Kind, name: string, options: object): Promise<void> {
    const deleted = this.#send('DELETE', this.#one(kind, name), options)
    await unlessAbsent(kind, name, deleted).catch((error: unknown) => {
      if (!refusedWith(error, 409, 'Conflict') || !/\bUID\b/.test(error.status.message ?? '')) throw error
    })
  }
}

function refusedWith(error: unknown, code: number, reason: string): error is ApiError {
  return error instanceof ApiError && error.code === code && error.status.reason === reason
}

/** Null where the answer is that there is none of that name: not where a namespace, a resource or a path is missing. */
async function unlessAbsent(kind: Kind, name: string, answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    const details = refusedWith(error, 404, 'NotFound') ? error.status.details : undefined
    if (details?.kind === kind && details.name === name) return null
    throw error
  }
}

function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value))
  return given.size === 0 ? path : `${path}?${given}`
}

/** What every object has; an API server has checked the rest of it. */
const ObjectSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) })
const ListSchema = z.looseObject({
  items: z.array(z.unknown()),
  metadata: z.looseObject({ resourceVersion: z.string() }),
})
const EventSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  // A bookmark has nothing but a version; an ERROR is a Status.
  object: z.looseObject({ metadata: z.looseObject({}) }),
})

function objectOf(value: unknown): ArgoWorkflow {
  return checked(ObjectSchema, value) as unknown as ArgoWorkflow
}

function listOf<T>(value: unknown): List<T> {
  return checked(ListSchema, value) as unknown as List<T>
}

function eventOf<T>(line: string): WatchEvent<T> {
  return checked(EventSchema, jsonOf(line)) as unknown as WatchEvent<T>
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function checked(schema: z.ZodType, value: unknown): unknown {
  const { data, success } = schema.safeParse(value)
  if (success) return data
  throw new Fault('engine_unreachable', 'The cluster answers with something that is no object of Kubernetes.')
}

function timeOf({ eventTime, lastTimestamp, metadata }: KubeEvent): number {
  return Date.parse(eventTime ?? lastTimestamp ?? metadata.creationTimestamp ?? '') || 0
}
