import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createArgoEngine } from '../../../src/engine/argo/argo.ts'
import { openCluster } from '../../../src/engine/argo/client/client.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import { realWorld, type World } from '../../../src/world.ts'
import { REAL_TIME } from '../../argo/realtime.ts'
import { ClusterServer } from '../../argo/server.ts'
import { SimulatedRuntime } from '../../argo/simulated.ts'
import { QUICK, StandIn } from '../../argo/standin.ts'
import { SITE } from '../../sim/argoground.ts'
import { actOf, wrapper } from '../../sim/wrapper.ts'

/** So many times as fast as ours goes the clock of whoever looks: a minute of patience is a second. */
const HASTE = 60
/** That of the client is slower: a machine that is busy answers within the three seconds that are its half minute. */
const CALL_HASTE = 10

/** A stand-in behind HTTPS, with simulated stages, and engines of little patience that reach it as a server would. */
export class Wire {
  readonly standIn: StandIn
  readonly server: ClusterServer
  readonly kubeconfig: string
  readonly dir: string

  static async open(): Promise<Wire> {
    const wire = new Wire()
    await wire.server.start()
    wire.server.kubeconfig(wire.kubeconfig)
    return wire
  }

  private constructor() {
    const runtime = new SimulatedRuntime(REAL_TIME, (container) => {
      const { podUid, namespace, container: name } = container.spec
      const pod = this.standIn.api.all('pods').find(({ metadata }) => metadata.uid === podUid)
      const workflow = this.standIn.api.get(
        'workflows',
        namespace,
        pod?.metadata.ownerReferences?.[0]?.name ?? '',
      )
      return wrapper(container, actOf(workflow.metadata.annotations ?? {}, name), () => {})
    })
    this.standIn = new StandIn({ time: REAL_TIME, runtime, delays: QUICK })
    this.server = new ClusterServer(this.standIn, REAL_TIME)
    this.dir = mkdtempSync(join(tmpdir(), 'periplus-wire-'))
    this.kubeconfig = join(this.dir, 'kubeconfig')
  }

  engine({ kubeconfig = this.kubeconfig, namespace = SITE.namespace } = {}): Engine {
    const client = { kubeconfig, context: null, variables: {}, namespace, world: hasty(CALL_HASTE) }
    const cluster = openCluster(client)
    return createArgoEngine({ cluster, site: { ...SITE, namespace }, world: hasty(HASTE) })
  }

  async close(): Promise<void> {
    this.standIn.close()
    await this.server.close()
    rmSync(this.dir, { recursive: true })
  }
}

function hasty(haste: number): World {
  const world = realWorld()
  const began = world.now()
  return {
    ...world,
    now: () => began + (world.now() - began) * haste,
    sleep: (ms, signal) => world.sleep(ms / haste, signal),
  }
}
