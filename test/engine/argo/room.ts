import { createArgoEngine } from '../../../src/engine/argo/argo.ts'
import type { Cluster } from '../../../src/engine/argo/cluster.ts'
import type { Engine, Handle, News, Offsets } from '../../../src/engine/engine.ts'
import type { World } from '../../../src/world.ts'
import { MemoryCluster } from '../../argo/memory.ts'
import type { Pod, Workflow } from '../../argo/objects.ts'
import { type Program, SimulatedRuntime } from '../../argo/simulated.ts'
import { StandIn, type StandInOptions } from '../../argo/standin.ts'
import { SITE } from '../../sim/argoground.ts'
import { Clock, settled } from '../../sim/clock.ts'
import { actOf, wrapper } from '../../sim/wrapper.ts'

export const NAMESPACE = SITE.namespace

interface RoomOptions extends Partial<Omit<StandInOptions, 'time' | 'runtime'>> {
  /** What containers run; the wrapper with a simulated stage where nobody says. */
  readonly program?: Program
  /** By how much the cluster's clock is ahead of ours. */
  readonly skewMs?: number
}

/** A simulated cluster in time that passes only when a test lets it, and a world in which to look at it. */
export class Room {
  readonly clock = new Clock(Date.UTC(2026, 0, 5))
  readonly runtime: SimulatedRuntime
  readonly standIn: StandIn
  readonly cluster: MemoryCluster
  readonly world: World = {
    now: () => this.clock.now(),
    id: () => 'id',
    random: () => 0.5,
    sleep: (ms, signal) => this.clock.sleep(ms, signal),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  }

  constructor({ program, skewMs = 0, ...options }: RoomOptions = {}) {
    const time = {
      now: () => this.clock.now() + skewMs,
      after: (ms: number, fire: () => void) => this.clock.after(ms, fire),
    }
    this.runtime = new SimulatedRuntime(time, program ?? ((container) => this.#play(container)))
    this.standIn = new StandIn({ ...options, time, runtime: this.runtime })
    this.cluster = new MemoryCluster(this.standIn, time)
  }

  engine(cluster: Cluster = this.cluster): Engine {
    return createArgoEngine({ cluster, site: SITE, world: this.world })
  }

  /** Follows a segment for so long, or to its end. */
  async follow(engine: Engine, handle: Handle, ms: number, from: Offsets = {}): Promise<News[]> {
    const stop = new AbortController()
    const news: News[] = []
    let failure: unknown = null
    const following = (async () => {
      for await (const one of engine.follow(handle, from, stop.signal)) news.push(one)
    })().catch((error: unknown) => {
      failure = error
    })
    await this.pass(ms)
    stop.abort()
    await this.during(following)
    if (failure !== null) throw failure
    return news
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    for (await settled(); this.clock.step(end); await settled());
  }

  /** Lets as much time pass as something takes. */
  async during<T>(work: Promise<T>): Promise<T> {
    let over = false
    const watched = work.finally(() => {
      over = true
    })
    watched.catch(() => undefined)
    for (await settled(); !over; await settled()) if (!this.clock.step(this.clock.now() + 60_000)) break
    return watched
  }

  workflow(handle: Handle): Workflow {
    return this.standIn.api.get('workflows', NAMESPACE, handle)
  }

  /** The pod of a segment. */
  pod(handle: Handle): Pod | undefined {
    const pods = this.standIn.api.all('pods', NAMESPACE)
    return pods.find(({ metadata }) => metadata.ownerReferences?.[0]?.name === handle)
  }

  /** Lets a stage that waits go on. */
  proceed(handle: Handle, stage: number): void {
    this.runtime
      .files(this.pod(handle)?.metadata.uid ?? '')
      .put(`/workspace/.periplus/proceed-s${stage}`, '1')
  }

  /** Somebody edits it as `kubectl edit` does. */
  edit(kind: 'workflows' | 'pods', name: string, patch: Readonly<Record<string, unknown>>): void {
    this.standIn.api.patch(kind, NAMESPACE, name, patch)
  }

  async #play(container: Parameters<Program>[0]): Promise<number> {
    const { podUid, container: name } = container.spec
    const pod = this.standIn.api.all('pods', NAMESPACE).find(({ metadata }) => metadata.uid === podUid)
    const owner = pod?.metadata.ownerReferences?.[0]?.name ?? ''
    return wrapper(container, actOf(this.workflow(owner).metadata.annotations ?? {}, name), () => {})
  }
}
