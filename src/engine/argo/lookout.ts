import { Fault } from '../../domain/fault.ts'
import type { World } from '../../world.ts'
import type { Handle, News } from '../engine.ts'
import type { Cluster } from './cluster.ts'
import type { ArgoWorkflow, KubeEvent, Pod } from './kube.ts'
import { type Act, type Outline, WORKFLOW_LABEL } from './names.ts'
import type { Streams } from './pump.ts'
import { whyItWaits } from './reasons.ts'
import {
  containerState,
  hasBegun,
  hasPhase,
  isEnding,
  isFinal,
  isOver,
  isShutDown,
  newest,
  type Scene,
} from './scene.ts'

/** Without a word from the cluster it is looked at again after this: some reasons to wait are the passing of time. */
export const TURN_MS = 5_000
/** How long the cluster may be out of reach before that is told: a restarted API server is back by then. */
const TROUBLE_MS = 5_000
/** A pod that waits longer than this without saying why is asked about in the events, and not more often. */
const EVENTS_AFTER_MS = 20_000
/** A controller whose own watch lags may still make a pod so long after a Workflow was shut down. */
const LATE_POD_MS = 3_000

/** What a story is told of, and what it may do about it. */
export interface Stage {
  readonly handle: Handle
  readonly cluster: Cluster
  readonly streams: Streams
  readonly world: World
  /** As the watches have it: null, where they know of none. */
  scene(): Pick<Scene, 'workflow' | 'pod'>
  /** Why the watches hear nothing just now; null where they do. */
  trouble(): string | null
  /** Whether the watches have heard of everything there is. */
  synced(): boolean
  /** Calls back at every change, until what it answers is called. */
  listen(changed: () => void): () => void
}

/** Looks after one segment in the cluster: what is there, why it waits, and whether somebody meddles with it. */
export class Lookout {
  readonly #stage: Stage
  readonly #began: number
  #uid: string | null = null
  /** As the watch had it last, or the cluster itself since: a watch knows nothing of what has lost our label. */
  #known: ArgoWorkflow | null = null
  #hasBegun = false
  #waits: string | null = null
  #events: readonly KubeEvent[] = []
  #eventsAt: number
  #askedAt = Number.NEGATIVE_INFINITY
  #troubleSince: number | null = null
  #shutDownSince: number | null = null
  /** What the cluster itself answered where a watch knew of no pod. */
  #asked: Pod | null = null
  outline: Outline = { acts: [], graceMs: 0, logBytesMax: 0 }
  /** The pod that the story is told of: the first that was seen, or the one that took its place. */
  pod: Pod | null = null

  constructor(stage: Stage) {
    this.#stage = stage
    this.#began = stage.world.now()
    this.#eventsAt = this.#began
  }

  get scene(): Scene {
    const watched = this.#watched
    if (watched.workflow !== null) this.#known = watched.workflow
    if (watched.pod !== null) this.#asked = null
    const pod = watched.pod ?? this.#asked
    return { workflow: this.#known, pod, hadPod: pod !== null || this.pod !== null }
  }

  /** What the watches know of this very segment: a name can be taken by another object, and a story is told of one. */
  get #watched(): Pick<Scene, 'workflow' | 'pod'> {
    const { workflow, pod } = this.#stage.scene()
    return {
      workflow: this.#isOurs(workflow) ? workflow : null,
      pod: isOf(pod, this.#uid) ? pod : null,
    }
  }

  #isOurs(workflow: ArgoWorkflow | null): boolean {
    return this.#uid === null || workflow?.metadata.uid === this.#uid
  }

  /** The Workflow, where anybody knows of it by now; `undefined` where that is not known yet. */
  async find(): Promise<ArgoWorkflow | null | undefined> {
    if (this.scene.workflow === null && !this.#stage.synced()) {
      this.heedTrouble()
      return undefined
    }
    if (this.scene.workflow === null) await this.#askWorkflow()
    const found = this.scene.workflow
    this.#uid = found?.metadata.uid ?? null
    return found
  }

  async #askWorkflow(): Promise<void> {
    const found = await this.#stage.cluster.workflow(this.#stage.handle)
    this.#known = this.#isOurs(found) ? found : null
  }

  /**
   * Asks the cluster itself for what the watches had and have not any more, or not yet: somebody may have taken off the
   * label that they select by, or one of them is ahead of the other.
   */
  async confirm(): Promise<void> {
    const { workflow, pod } = this.#watched
    const lacks = {
      workflow: workflow === null && this.#known !== null,
      pod: pod === null && this.pod !== null,
    }
    if (!lacks.workflow && !lacks.pod) this.#askedAt = Number.NEGATIVE_INFINITY
    const { world } = this.#stage
    if ((!lacks.workflow && !lacks.pod) || world.now() - this.#askedAt < TURN_MS) return
    this.#askedAt = world.now()
    if (lacks.workflow) await this.#askWorkflow()
    if (lacks.pod) this.#asked = await this.#podNow()
  }

  *begin(at: number): Generator<News> {
    if (this.#hasBegun) return
    this.#hasBegun = true
    yield { type: 'segment.started', at }
  }

  /**
   * Looks around once: whether it has begun, why it waits, `unread` where its log cannot be read; and keeps others from
   * having it run twice.
   */
  async *look(act: Act, unread: string | null): AsyncGenerator<News> {
    const { world } = this.#stage
    await this.confirm()
    const { pod } = this.scene
    if (hasBegun(pod, this.outline.acts)) yield* this.begin(startOf(pod) ?? world.now())
    await this.interfere()
    await this.#askEvents(act)
    const reason = whyItWaits(this.scene, act, world.now() - this.#began, this.#events) ?? unread
    if (reason === this.#waits) return
    this.#waits = reason
    yield { type: 'waits', reason }
  }

  /**
   * A pod or Workflow that somebody deletes would be made again by its controller, and its stages would run twice: so
   * the controller is told to let it be. And a pod that came up after its end was asked for is ended.
   */
  async interfere(): Promise<void> {
    const { cluster, handle } = this.#stage
    const { workflow, pod } = this.scene
    this.#heedShutdown(workflow)
    try {
      if (workflow === null) {
        if (pod !== null) await this.#endPod(pod)
        return
      }
      const isDeleted = workflow.metadata.deletionTimestamp !== undefined
      const podIsGone = this.pod !== null && (pod === null || pod.metadata.deletionTimestamp !== undefined)
      if ((isDeleted || podIsGone) && !isShutDown(workflow) && !isFinal(workflow))
        await cluster.patchWorkflow(handle, {
          // Of that very object: another one may have taken its name.
          metadata: { uid: workflow.metadata.uid },
          spec: { shutdown: 'Terminate', suspend: null },
        })
      if (isEnding(workflow) && pod !== null) await this.#endPod(pod)
    } catch {
      // Tried again at the next look; whoever asked for the end is told of it by its own call.
    }
  }

  #heedShutdown(workflow: ArgoWorkflow | null): void {
    if (workflow !== null && isShutDown(workflow)) this.#shutDownSince ??= this.#stage.world.now()
  }

  async #endPod(pod: Pod): Promise<void> {
    if (pod.metadata.deletionTimestamp !== undefined || isOver(pod, this.outline.acts)) return
    const { cluster } = this.#stage
    await cluster.deletePod(pod.metadata.name, pod.metadata.uid ?? '', graceSeconds(this.outline.graceMs))
  }

  /** Some reasons stand in events alone. They are asked for where a pod has waited for long, so that no watch is needed. */
  async #askEvents(act: Act): Promise<void> {
    const { world, cluster } = this.#stage
    const { pod } = this.scene
    const now = world.now()
    if (pod === null || canRead(pod, act) || now - this.#eventsAt < EVENTS_AFTER_MS) return
    this.#eventsAt = now
    this.#events = await cluster.events(pod.metadata.uid ?? '').catch(() => [])
  }

  /** Out of reach for longer than a restart takes, it is for whoever follows to say so. */
  heedTrouble(): void {
    const trouble = this.#stage.trouble()
    const now = this.#stage.world.now()
    if (trouble === null) {
      this.#troubleSince = null
      return
    }
    this.#troubleSince ??= now
    if (now - this.#troubleSince >= TROUBLE_MS) throw new Fault('engine_unreachable', trouble)
  }

  /**
   * Nothing of it runs, and no controller will begin it again. Where the watches know of no pod the cluster is asked
   * itself: one watch may be ahead of the other.
   */
  async isGone(): Promise<boolean> {
    await this.confirm()
    const { workflow } = this.scene
    this.#heedShutdown(workflow)
    const mayCome = this.#mayComeAgain(workflow, this.scene.pod)
    if (!mayCome && this.#watched.pod === null) this.#asked = await this.#podNow()
    return !mayCome && isOver(this.scene.pod, this.outline.acts)
  }

  /** A pod that failed stays; one that was deleted is made again, as long as its Workflow goes on. */
  #mayComeAgain(workflow: ArgoWorkflow | null, pod: Pod | null): boolean {
    if (workflow === null || isFinal(workflow)) return false
    if (pod !== null && pod.metadata.deletionTimestamp === undefined) return false
    if (!isShutDown(workflow)) return true
    if (this.pod !== null) return false
    // A controller that was away when it was told to end may begin it all the same when it comes back.
    if (!hasPhase(workflow)) return true
    return this.#stage.world.now() - (this.#shutDownSince ?? 0) < LATE_POD_MS
  }

  async #podNow(): Promise<Pod | null> {
    const labelSelector = `${WORKFLOW_LABEL}=${this.#stage.handle}`
    const { items } = await this.#stage.cluster.list('pods', { labelSelector })
    return newest(items.filter((pod) => isOf(pod, this.#uid)))
  }
}

function isOf(pod: Pod | null, workflow: string | null): boolean {
  if (pod === null) return false
  if (workflow === null) return true
  const owners = pod.metadata.ownerReferences ?? []
  // An orphan bears no name of an owner any more.
  return owners.length === 0 || owners.some(({ uid }) => uid === workflow)
}

/** Its container has begun, or is about to: init is over. */
export function canRead(pod: Pod, act: Act): boolean {
  const { is } = containerState(pod, act.container)
  if (is === 'running' || is === 'ended') return true
  return (
    pod.status?.conditions?.some(({ type, status }) => type === 'Initialized' && status === 'True') ?? false
  )
}

/** The wrapper kills after its grace and says so; the kubelet's own SIGKILL comes behind it. */
export function graceSeconds(graceMs: number): number {
  return Math.ceil(graceMs / 1000) + 2
}

function startOf(pod: Pod | null): number | null {
  const times = (pod?.status?.containerStatuses ?? []).flatMap(({ state }) => {
    const text = state?.running?.startedAt ?? state?.terminated?.startedAt
    return text == null ? [] : [Date.parse(text)]
  })
  return times.length === 0 ? null : Math.min(...times)
}
