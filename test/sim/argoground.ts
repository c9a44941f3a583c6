import { NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import type { Site } from '../../src/engine/argo/compile.ts'
import { FINALIZER, INSTANCE_LABEL, WORKFLOW_LABEL } from '../../src/engine/argo/names.ts'
import type { Handle, SegmentOrder } from '../../src/engine/engine.ts'
import { MemoryCluster } from '../argo/memory.ts'
import type { Pod, Workflow } from '../argo/objects.ts'
import type { Runtime } from '../argo/runtime.ts'
import { type SimContainer, SimulatedRuntime } from '../argo/simulated.ts'
import { StandIn } from '../argo/standin.ts'
import type { Clock } from './clock.ts'
import type { Known } from './ground.ts'
import { actOf, wrapper } from './wrapper.ts'

const NAMESPACE = 'argo'

export const SITE: Site = {
  namespace: NAMESPACE,
  instance: 'simulated',
  controllerInstance: null,
  defaults: { ...NO_ARGO_SETTINGS, image: 'tools:1' },
  gitImage: 'git:1',
  buildkit: null,
  buildImage: 'registry.example/buildkit:1',
  pushImage: 'registry.example/skopeo:1',
  allowRoot: false,
  deadlineSeconds: 86_400,
  allowFile: false,
}

/** What became of one pod's stages, as they themselves know it. */
interface Run {
  readonly uid: string
  /** By container: its exit code, 0 where its failure is passed over. */
  readonly ends: Map<string, number | 'killed'>
  readonly lines: Map<number, string[]>
  /** Containers whose scripts run just now. */
  readonly running: Set<string>
}

/** A segment as the cluster knows it: what a crash of the server does not touch. */
class ArgoSegment implements Known {
  readonly order: SegmentOrder
  readonly runs: Run[] = []
  /** Somebody deleted its Workflow, or put another in its place. */
  lost = false
  /** Somebody deleted its pod. */
  killed = false
  /** A stage of it took more memory than it may. */
  exhausted = false
  readonly #ground: ArgoGround

  constructor(order: SegmentOrder, ground: ArgoGround) {
    this.order = order
    this.#ground = ground
  }

  /** Nothing of it runs, and nothing of it can begin: it is through, or its Workflow is over or was told to be. */
  get ended(): boolean {
    if (this.runs.some(({ running }) => running.size > 0)) return false
    const workflow = this.#ground.workflow(this.order.handle)
    if (workflow === null || this.outcome === 'succeeded' || this.outcome === 'failed') return true
    // A pod that failed stays as it is; one that was deleted is made again.
    const pod = this.#ground.podOf(this.order.handle)
    if (pod?.status.phase === 'Failed' && pod.metadata.deletionTimestamp === undefined) return true
    const isFinal = ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '')
    return isFinal || (workflow.spec.shutdown ?? '') !== ''
  }

  get outcome(): string {
    const ends = this.runs.at(-1)?.ends ?? new Map<string, number | 'killed'>()
    const broken = [...ends.values()].find((end) => end !== 0)
    if (typeof broken === 'number') return 'failed'
    const isThrough = this.order.stages.every(({ ordinal }) => ends.get(`s${ordinal}`) === 0)
    if (isThrough) return 'succeeded'
    return this.lost ? 'segment.lost' : this.killed || broken === 'killed' ? 'killed' : 'nothing'
  }

  written(ordinal: number): string[][] {
    return this.runs.map(({ lines }) => lines.get(ordinal) ?? [])
  }
}

/** A cluster with Argo in simulated time, and the hands of strangers upon it. */
export class ArgoGround {
  readonly name = 'argo'
  readonly standIn: StandIn
  readonly cluster: MemoryCluster
  readonly history = new Map<Handle, ArgoSegment>()
  readonly refused = new Set<string>()
  reachable = true
  /** Told before a segment's first stage starts. */
  onStart: (order: SegmentOrder) => void = () => {}

  constructor(clock: Clock) {
    const simulated = new SimulatedRuntime(clock, (container) => this.#play(container))
    const runtime: Runtime = {
      finds: (command) => simulated.finds(command),
      discard: (podUid) => simulated.discard(podUid),
      start: (spec, { write, ended }) =>
        simulated.start(spec, {
          write,
          ended: (code, cause) => {
            this.#over(spec.podUid, spec.container)
            ended(code, cause)
          },
        }),
    }
    this.standIn = new StandIn({ time: clock, runtime })
    this.cluster = new MemoryCluster(this.standIn, clock)
  }

  /** A server is about to hand it over. */
  expect(order: SegmentOrder): void {
    if (!this.history.has(order.handle)) this.history.set(order.handle, new ArgoSegment(order, this))
  }

  /** Segments whose names are taken. */
  get segments(): ReadonlyMap<Handle, ArgoSegment> {
    return new Map([...this.history].filter(([handle]) => this.workflow(handle) !== null))
  }

  /** How often each was started, but for what a stranger's deletion made Argo start again. */
  get starts(): ReadonlyMap<Handle, number> {
    const started = [...this.history].filter(([, { runs }]) => runs.length > 0)
    return new Map(
      started.map(([handle, { runs, killed, lost }]) => [handle, killed || lost ? 1 : runs.length]),
    )
  }

  workflow(handle: Handle): Workflow | null {
    const all = this.standIn.api.all('workflows', NAMESPACE)
    return (
      all.find(({ metadata }) => metadata.name === handle && metadata.finalizers?.includes(FINALIZER)) ?? null
    )
  }

  /** Somebody deletes its pod. */
  kill(handle: Handle): void {
    const pod = this.podOf(handle)
    const segment = this.history.get(handle)
    if (pod === undefined || segment === undefined || segment.ended) return
    segment.killed = true
    this.standIn.api.delete('pods', NAMESPACE, pod.metadata.name, { graceSeconds: 30 })
  }

  /** Somebody deletes its Workflow, and its pod with it. */
  lose(handle: Handle): void {
    const segment = this.history.get(handle)
    if (segment === undefined || segment.ended || this.workflow(handle) === null) return
    segment.lost = true
    this.standIn.api.delete('workflows', NAMESPACE, handle, { propagation: 'Foreground' })
  }

  /** Somebody deletes its Workflow by force, and makes one of his own of that name. */
  usurp(handle: Handle): void {
    const workflow = this.workflow(handle)
    if (workflow === null || this.history.get(handle)?.ended !== false) return
    this.lose(handle)
    const { api } = this.standIn
    api.patch('workflows', NAMESPACE, handle, { metadata: { finalizers: null } })
    const pod = this.podOf(handle)
    if (pod !== undefined) api.delete('pods', NAMESPACE, pod.metadata.name, { graceSeconds: 0 })
    const metadata = { name: handle, namespace: NAMESPACE, labels: workflow.metadata.labels ?? {} }
    if (!api.all('workflows', NAMESPACE).some((one) => one.metadata.name === handle))
      api.create('workflows', NAMESPACE, { ...workflow, metadata, status: {} } as unknown as Workflow)
  }

  /** Somebody takes our label off its Workflow: no watch knows of it any more. */
  unlabel(handle: Handle): void {
    this.standIn.api.patch('workflows', NAMESPACE, handle, {
      metadata: { labels: { [INSTANCE_LABEL]: null } },
    })
  }

  /** Its node needs the room. */
  evict(handle: Handle): void {
    const pod = this.podOf(handle)
    const segment = this.history.get(handle)
    if (pod === undefined || segment === undefined || segment.ended) return
    segment.killed = true
    this.standIn.kubelet.evict(pod, 'The node was low on resource: memory.')
  }

  /** A stage takes more memory than it may. */
  exhaust(handle: Handle): void {
    const pod = this.podOf(handle)
    const [container] = this.history.get(handle)?.runs.at(-1)?.running ?? []
    const segment = this.history.get(handle)
    if (pod === undefined || container === undefined || segment === undefined) return
    segment.exhausted = true
    this.standIn.kubelet.oom(pod, container)
  }

  podOf(handle: Handle): Pod | undefined {
    const pods = this.standIn.api.all('pods', NAMESPACE)
    return pods.find(({ metadata }) => metadata.labels?.[WORKFLOW_LABEL] === handle)
  }

  async #play(container: SimContainer): Promise<number> {
    const { podUid, container: name } = container.spec
    const pod = this.standIn.api.all('pods', NAMESPACE).find(({ metadata }) => metadata.uid === podUid)
    const handle = pod?.metadata.labels?.[WORKFLOW_LABEL] ?? ''
    const workflow = this.standIn.api
      .all('workflows', NAMESPACE)
      .find(({ metadata }) => metadata.name === handle)
    const segment = this.history.get(handle)
    // A stranger's, under a name of ours.
    if (segment === undefined || !workflow?.metadata.finalizers?.includes(FINALIZER)) return 0
    const act = actOf(workflow.metadata.annotations ?? {}, name)
    const run = this.#runOf(segment, podUid)
    const write = (line: string) => {
      if (!line.startsWith('\x1e')) run.lines.set(act.stage, [...(run.lines.get(act.stage) ?? []), line])
      container.write(line)
    }
    return wrapper({ ...container, write }, act, (attempt) => {
      if (attempt === 'begins') {
        run.running.add(name)
        run.ends.delete(name)
        return
      }
      run.running.delete(name)
      const { code, why } = attempt
      run.ends.set(name, why === ' term' ? 'killed' : act.passes ? 0 : code)
    })
  }

  /** The container is gone, and with it whatever still ran in it. */
  #over(podUid: string, name: string): void {
    for (const { runs, exhausted } of this.history.values())
      for (const run of runs)
        if (run.uid === podUid && run.running.delete(name)) run.ends.set(name, exhausted ? 137 : 'killed')
  }

  #runOf(segment: ArgoSegment, uid: string): Run {
    const known = segment.runs.find((run) => run.uid === uid)
    if (known !== undefined) return known
    if (segment.runs.length === 0) this.onStart(segment.order)
    const run: Run = { uid, ends: new Map(), lines: new Map(), running: new Set() }
    segment.runs.push(run)
    return run
  }
}
