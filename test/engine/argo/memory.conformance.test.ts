import { NO_ARGO_SETTINGS } from '../../../src/domain/definition.ts'
import { createArgoEngine } from '../../../src/engine/argo/argo.ts'
import type { Handle } from '../../../src/engine/engine.ts'
import type { World } from '../../../src/world.ts'
import { MemoryCluster } from '../../argo/memory.ts'
import { SimulatedRuntime } from '../../argo/simulated.ts'
import { StandIn } from '../../argo/standin.ts'
import { Clock, settled } from '../../sim/clock.ts'
import { actOf, wrapper } from '../../sim/wrapper.ts'
import { conformance, type Harness } from '../conformance.ts'

const SITE = {
  namespace: 'argo',
  instance: 'test',
  controllerInstance: null,
  defaults: { ...NO_ARGO_SETTINGS, image: 'tools:1' },
  gitImage: 'git:1',
  allowRoot: false,
  deadlineSeconds: 86_400,
  allowFile: false,
}

conformance('argo, before a simulated cluster in simulated time,', async (): Promise<Harness> => {
  const clock = new Clock(Date.UTC(2026, 0, 5))
  const time = { now: () => clock.now(), after: (ms: number, fire: () => void) => clock.after(ms, fire) }
  const runtime: SimulatedRuntime = new SimulatedRuntime(time, (container) => {
    const { podUid, container: name } = container.spec
    const pod = standIn.api.all('pods', 'argo').find(({ metadata }) => metadata.uid === podUid)
    const owner = pod?.metadata.ownerReferences?.[0]?.name ?? ''
    const workflow = standIn.api.get('workflows', 'argo', owner)
    return wrapper(container, actOf(workflow.metadata.annotations ?? {}, name), () => {})
  })
  const standIn: StandIn = new StandIn({ time, runtime })
  const cluster = new MemoryCluster(standIn, time)
  const quiet = { info: () => {}, warn: () => {}, error: () => {} }
  const world: World = {
    now: () => clock.now(),
    id: () => 'id',
    random: () => 0.5,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    log: quiet,
  }
  const open = () => createArgoEngine({ cluster, site: SITE, world })
  const podOf = (handle: Handle) =>
    standIn.api.all('pods', 'argo').find(({ metadata }) => metadata.ownerReferences?.[0]?.name === handle)
  return {
    engine: open(),
    source: {
      url: 'https://git.example/shop.git',
      sha: 'a'.repeat(40),
      branch: 'main',
      tag: null,
      credential: null,
    },
    script: (behaviour) => JSON.stringify(behaviour),
    async restart() {
      ;(this as { engine: Harness['engine'] }).engine = open()
    },
    async proceed(handle, stage) {
      const pod = podOf(handle)
      runtime.files(pod?.metadata.uid ?? '').put(`/workspace/.periplus/proceed-s${stage}`, '1')
    },
    async kill(handle) {
      standIn.api.delete('pods', 'argo', podOf(handle)?.metadata.name ?? '', { graceSeconds: 30 })
    },
    async lose(handle) {
      standIn.api.delete('workflows', 'argo', handle, { propagation: 'Foreground' })
    },
    during: async (work) => {
      let over = false
      const watched = work.finally(() => {
        over = true
      })
      watched.catch(() => undefined)
      for (await settled(); !over; await settled()) if (!clock.step(clock.now() + 60_000)) break
      return watched
    },
    close: async () => standIn.close(),
  }
})
