import { Fault } from '../../domain/fault.ts'
import type { World } from '../../world.ts'
import {
  type Engine,
  type Handle,
  type Health,
  type News,
  type Offsets,
  Refused,
  type SegmentOrder,
  type Sighting,
} from '../engine.ts'
import type { Cluster } from './cluster.ts'
import { compile, type Site, secretOf } from './compile.ts'
import { Informer } from './informer.ts'
import { ApiError, type ArgoWorkflow, type Pod } from './kube.ts'
import { graceSeconds, type Stage } from './lookout.ts'
import {
  FINALIZER,
  INSTANCE_LABEL,
  PLAN_ANNOTATION,
  TERMINATION_ANNOTATION,
  WORKFLOW_LABEL,
} from './names.ts'
import { isSegment, outlineOf } from './outline.ts'
import { Streams } from './pump.ts'
import { hasPhase, isFinal, isOver, isShutDown, newest } from './scene.ts'
import { tell } from './story.ts'

export interface ArgoOptions {
  readonly cluster: Cluster
  readonly site: Site
  readonly world: World
}

/** Between SIGTERM and SIGKILL, where somebody has changed what was written down of it. */
const GRACE_MS = 10_000
/** A handle's finalizer may move while it is taken off: others edit the list, too. */
const FINALIZER_TRIES = 5

/** Runs segments as Argo Workflows, one pod each, and watches all of them by two watches. */
export function createArgoEngine(options: ArgoOptions): Engine {
  return new ArgoEngine(options)
}

class ArgoEngine implements Engine {
  readonly name = 'argo'
  readonly #cluster: Cluster
  readonly #site: Site
  readonly #world: World
  readonly #workflows: Informer<'workflows'>
  readonly #pods: Informer<'pods'>
  readonly #streams = new Streams()
  /** Segments whose end was told by their own marks: the cluster's statuses say so a little later. */
  readonly #told = new Set<Handle>()

  constructor({ cluster, site, world }: ArgoOptions) {
    this.#cluster = cluster
    this.#site = site
    this.#world = world
    const around = { cluster, selector: this.#selector, world }
    this.#workflows = new Informer('workflows', around, ({ metadata }) => metadata.name)
    this.#pods = new Informer(
      'pods',
      around,
      ({ metadata }) => metadata.labels?.[WORKFLOW_LABEL] ?? metadata.name,
    )
  }

  async submit(order: SegmentOrder): Promise<void> {
    const cluster = this.#cluster
    const site = this.#site
    const manifest = compile(order, site)
    const workflow = (await this.#create(cluster, manifest)) ?? (await this.#adopt(cluster, order))
    const owner = { name: workflow.metadata.name, uid: workflow.metadata.uid ?? '' }
    const secret = secretOf(order, owner, site)
    // After the Workflow, so that a crash between the two leaves nothing that nobody owns; containers wait for it.
    if (secret !== null && workflow.metadata.deletionTimestamp === undefined)
      await refusing(cluster.createSecret(secret))
  }

  /** Null where an object of that name exists. */
  async #create(cluster: Cluster, manifest: ArgoWorkflow): Promise<ArgoWorkflow | null> {
    try {
      return await refusing(cluster.createWorkflow(manifest))
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) return null
      throw error
    }
  }

  /** A Workflow that is there is this order's where it was made by this server from the same plan. */
  async #adopt(cluster: Cluster, { handle, planHash }: SegmentOrder): Promise<ArgoWorkflow> {
    const found = await cluster.workflow(handle)
    if (found === null)
      throw new Fault('engine_unreachable', `The Workflow ${handle} was there and is not; trying again.`)
    const plan = found.metadata.annotations?.[PLAN_ANNOTATION]
    if (plan !== planHash)
      throw new Refused(`A Workflow ${handle} of another plan exists (${plan ?? 'of nobody’s'}).`)
    // Somebody may have taken the label off: of this plan, and nobody else's, it is ours all the same.
    const instance = found.metadata.labels?.[INSTANCE_LABEL] ?? this.#site.instance
    if (instance !== this.#site.instance)
      throw new Refused(`The Workflow ${handle} belongs to another Periplus (${instance}).`)
    return found
  }

  async look(handle: Handle): Promise<Sighting> {
    const cluster = this.#cluster
    const workflow = await cluster.workflow(handle)
    if (workflow === null || !isSegment(workflow)) return 'absent'
    if (this.#told.has(handle)) return 'ended'
    return isEnded(workflow, await podsOf(cluster, handle)) ? 'ended' : 'running'
  }

  async *follow(handle: Handle, from: Offsets, signal: AbortSignal): AsyncGenerator<News> {
    for await (const news of tell(this.#stageOf(handle), from, signal)) {
      if (news.type === 'segment.finished' && !news.killed) this.#told.add(handle)
      yield news
    }
  }

  async terminate(handle: Handle): Promise<void> {
    const cluster = this.#cluster
    const workflow = await cluster.workflow(handle)
    // A stranger's, under a name of ours, is left alone.
    if (workflow === null || !isSegment(workflow) || this.#told.has(handle)) return
    const pods = await podsOf(cluster, handle)
    if (isEnded(workflow, pods)) return
    const annotations = { [TERMINATION_ANNOTATION]: new Date(this.#world.now()).toISOString() }
    await cluster.patchWorkflow(handle, {
      metadata: { uid: workflow.metadata.uid, annotations },
      // A suspended one takes no heed of `shutdown`.
      spec: { shutdown: 'Terminate', suspend: null },
    })
    const grace = graceSeconds(outlineOf(workflow)?.graceMs ?? GRACE_MS)
    await Promise.all(pods.map(({ metadata }) => cluster.deletePod(metadata.name, metadata.uid ?? '', grace)))
  }

  async release(handle: Handle): Promise<void> {
    const cluster = this.#cluster
    const workflow = await cluster.workflow(handle)
    if (workflow !== null) {
      if (!isSegment(workflow)) return
      const pods = await podsOf(cluster, handle)
      if (!this.#told.has(handle) && !isEnded(workflow, pods))
        throw new Error(`The segment ${handle} has not ended yet.`)
      await cluster.deleteWorkflow(handle, workflow.metadata.uid ?? '')
      await letGo(cluster, handle, workflow.metadata.uid ?? '')
    }
    // One that was orphaned is ours to remove; others go with their Workflow.
    for (const { metadata } of await podsOf(cluster, handle))
      await cluster.deletePod(metadata.name, metadata.uid ?? '', 0)
    this.#told.delete(handle)
  }

  async check(): Promise<Health> {
    const { allowRoot, buildkit } = this.#site
    const tools = [
      ...['git', 'sh', 'image', 'skopeo'],
      ...(allowRoot ? ['root'] : []),
      ...(buildkit === null ? [] : ['buildkit']),
    ]
    const health = { tools, warnings: [] }
    try {
      const cluster = this.#cluster
      await cluster.list('workflows', { labelSelector: this.#selector, limit: 1 })
      return { ...health, reachable: true, reason: null }
    } catch (error) {
      return { ...health, reachable: false, reason: error instanceof Error ? error.message : String(error) }
    }
  }

  get #selector(): string {
    return `${INSTANCE_LABEL}=${this.#site.instance}`
  }

  #stageOf(handle: Handle): Stage {
    const [workflows, pods] = [this.#workflows, this.#pods]
    return {
      handle,
      cluster: this.#cluster,
      streams: this.#streams,
      world: this.#world,
      scene: () => ({ workflow: workflows.get(handle)[0] ?? null, pod: newest(pods.get(handle)) }),
      trouble: () => workflows.trouble ?? pods.trouble,
      synced: () => workflows.synced && pods.synced,
      listen: (changed) => {
        const ends = [workflows.listen(handle, changed), pods.listen(handle, changed)]
        return () => {
          for (const end of ends) end()
        }
      },
    }
  }
}

async function podsOf(cluster: Cluster, handle: Handle): Promise<readonly Pod[]> {
  return (await cluster.list('pods', { labelSelector: `${WORKFLOW_LABEL}=${handle}` })).items
}

/** Nothing of it runs, whatever a controller has come to say of it, and nothing of it will. */
function isEnded(workflow: ArgoWorkflow, pods: readonly Pod[]): boolean {
  const { acts } = outlineOf(workflow) ?? { acts: [] }
  if (!pods.every((pod) => isOver(pod, acts))) return false
  if (isFinal(workflow) || pods.some(({ metadata }) => metadata.deletionTimestamp === undefined)) return true
  // Without a pod: told to end, and gone. A controller that never looked at it may begin it all the same.
  return isShutDown(workflow) && hasPhase(workflow)
}

/** Takes our finalizer off that very object, and no other. */
async function letGo(cluster: Cluster, handle: Handle, uid: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const workflow = await cluster.workflow(handle)
    if (workflow === null || workflow.metadata.uid !== uid) return
    const index = workflow.metadata.finalizers?.indexOf(FINALIZER) ?? -1
    if (index < 0) return
    const path = `/metadata/finalizers/${index}`
    try {
      await cluster.patchWorkflow(handle, [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'test', path, value: FINALIZER },
        { op: 'remove', path },
      ])
      return
    } catch (error) {
      const moved = error instanceof ApiError && (error.code === 409 || error.code === 422)
      if (!moved || attempt === FINALIZER_TRIES) throw error
    }
  }
}

/** What can never be taken: a form the API refuses, a namespace or a kind that is not there. Of all else nobody knows. */
async function refusing<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (error instanceof ApiError && (error.code === 400 || error.code === 404 || error.code === 422))
      throw new Refused(error.message)
    throw error
  }
}
