import { badRequest, refusal } from './failures.ts'
import type { Change } from './history.ts'
import type { Node } from './node.ts'
import type { Pod } from './objects.ts'
import { PodWorker } from './worker.ts'

export interface LogHands {
  readonly tell: (bytes: Uint8Array) => void
  readonly end: () => void
}

export interface LogRequest {
  /** Null where the caller named none. */
  readonly container: string | null
  readonly follow: boolean
  readonly sinceMs: number | null
}

/** How long a restarting kubelet knows nothing of its pods. */
const RESTART_MS = 1_500
/** When a lost node's pods are called not ready, and when they are told to go. */
const NOT_READY_MS = 40_000
const EVICTED_MS = 300_000

/** The one node of the cluster: runs pods and serves their logs. */
export class Kubelet {
  readonly #node: Node
  readonly #workers = new Map<string, PodWorker>()
  #isRestarting = false
  #isLost = false
  #follows = 0
  /** How many logs can be followed at once: one inotify instance each. */
  followsMax = Number.POSITIVE_INFINITY

  constructor(node: Node) {
    this.#node = node
    node.api.history.follow(node.api.history.version, (change) => this.#see(change))
  }

  /** SIGTERM to a pod's containers from within, as Argo's controller sends it. */
  terminate(pod: Pod): void {
    if (!this.#isLost) this.#workers.get(pod.metadata.uid)?.term()
  }

  oom(pod: Pod, container: string): void {
    this.#workers.get(pod.metadata.uid)?.oom(container)
  }

  evict(pod: Pod, message: string): void {
    this.#workers.get(pod.metadata.uid)?.evict(message)
  }

  /** Its streams end, and for a moment it knows no pod; containers run on. */
  restart(): void {
    this.#isRestarting = true
    for (const worker of this.#workers.values()) worker.endFollowers()
    this.#node.time.after(RESTART_MS, () => {
      this.#isRestarting = false
    })
  }

  /** The machine is gone with all that runs there; the cluster learns it late, and never how it ended. */
  lose(): void {
    const { api, time } = this.#node
    this.#isLost = true
    for (const worker of this.#workers.values()) worker.destroy()
    const message = 'Node localhost which was running the pod is unresponsive'
    time.after(NOT_READY_MS, () => {
      for (const pod of this.#stranded()) api.write('pods', notReady(pod))
    })
    time.after(EVICTED_MS, () => {
      for (const pod of this.#stranded()) {
        api.write('pods', { ...pod, status: { ...pod.status, reason: 'NodeLost', message } })
        api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid })
      }
    })
  }

  /** Kills whatever runs; the stand-in is not used any more. */
  close(): void {
    for (const worker of this.#workers.values()) worker.destroy()
  }

  /** A container's log. Throws what the API server answers where there is none; 204 where the pod has no node yet. */
  log(
    namespace: string,
    name: string,
    { container, follow, sinceMs }: LogRequest,
    hands: LogHands,
  ): { readonly status: 200 | 204; readonly stop: () => void } {
    const pod = this.#node.api.get('pods', namespace, name)
    const wanted = containerOf(pod, container)
    const nothing = { stop: () => {} }
    if (pod.spec.nodeName === undefined) {
      hands.end()
      return { status: 204, ...nothing }
    }
    if (this.#isLost) throw nodeUnreachable(name)
    if (this.#isRestarting) throw unknownToKubelet(name)
    const worker = this.#workers.get(pod.metadata.uid)
    const log = worker?.log(wanted) ?? null
    const waiting = worker?.state(wanted)?.waiting
    if (log === null || waiting !== undefined) throw isWaiting(name, wanted, waiting?.reason)
    if (!follow) {
      hands.tell(log.read(sinceMs))
      hands.end()
      return { status: 200, ...nothing }
    }
    if (this.#follows >= this.followsMax) {
      hands.tell(log.read(sinceMs))
      hands.tell(Buffer.from('failed to create fsnotify watcher: too many open files'))
      hands.end()
      return { status: 200, ...nothing }
    }
    return {
      status: 200,
      stop: this.#counted(hands, (counted) => log.follow(sinceMs, counted.tell, counted.end)),
    }
  }

  #counted(hands: LogHands, follow: (hands: LogHands) => () => void): () => void {
    let isOpen = true
    this.#follows += 1
    const close = () => {
      if (isOpen) this.#follows -= 1
      isOpen = false
    }
    const stop = follow({
      tell: hands.tell,
      end: () => {
        close()
        hands.end()
      },
    })
    return () => {
      close()
      stop()
    }
  }

  #see({ kind, type, object, before }: Change): void {
    if (kind !== 'pods' || this.#isLost) return
    const { uid, deletionGracePeriodSeconds: grace } = object.metadata
    const worker = this.#workers.get(uid)
    if (type === 'ADDED') {
      this.#workers.set(uid, new PodWorker(object, this.#node))
    } else if (type === 'DELETED') {
      worker?.abandon(() => this.#workers.delete(uid))
    } else if (grace !== undefined && grace > 0 && grace !== before?.metadata.deletionGracePeriodSeconds) {
      worker?.stop(grace * 1000, 'removed')
    }
  }

  #stranded(): readonly Pod[] {
    return this.#node.api
      .all('pods')
      .filter(({ spec, status }) => spec.nodeName !== undefined && !isFinal(status.phase))
  }
}

function isFinal(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed'
}

function notReady(pod: Pod): Pod {
  const conditions = (pod.status.conditions ?? []).map((one) =>
    one.type === 'Ready' ? { ...one, status: 'False', reason: 'NodeNotReady' } : one,
  )
  return { ...pod, status: { ...pod.status, conditions } }
}

function containerOf({ metadata, spec }: Pod, container: string | null): string {
  const names = [...spec.initContainers, ...spec.containers].map(({ name }) => name)
  if (container === null)
    throw badRequest(
      `a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]`,
    )
  if (!names.includes(container))
    throw badRequest(`container ${container} is not valid for pod ${metadata.name}`)
  return container
}

/** The kubelet's own words for the reasons it has words for. */
const WAITS: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
}

function isWaiting(pod: string, container: string, reason = 'PodInitializing') {
  return badRequest(
    `container "${container}" in pod "${pod}" is waiting to start: ${WAITS[reason] ?? reason}`,
  )
}

function unknownToKubelet(pod: string) {
  const message = `the server could not find the requested resource ( pods/log ${pod})`
  return refusal(404, 'NotFound', message, { name: pod, kind: 'pods/log' })
}

function nodeUnreachable(pod: string) {
  const message = `Get "https://192.0.2.2:10250/containerLogs/${pod}": dial tcp 192.0.2.2:10250: i/o timeout`
  return refusal(500, 'InternalError', message)
}
