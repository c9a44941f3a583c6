import { type ArgoConfig, argoOf } from '../../src/config/argo.ts'
import { readSettings } from '../../src/config/settings.ts'
import { openCluster } from '../../src/engine/argo/client/client.ts'
import { Transport } from '../../src/engine/argo/client/transport.ts'
import type { Cluster } from '../../src/engine/argo/cluster.ts'
import type { Site } from '../../src/engine/argo/compile.ts'
import type { SegmentOrder } from '../../src/engine/engine.ts'
import { siteOf } from '../../src/engines.ts'
import { realWorld } from '../../src/world.ts'
import type { Settings } from './settings.ts'

/** What a run decided before its tests began, and tells them. */
export interface Run {
  /** The label of everything that the tests of the engine make. */
  readonly instance: string
  /** Where servers have their data: whoever cleans up finds their own labels there. */
  readonly dir: string
  readonly source: SegmentOrder['source']
  /** Who makes that repository where pods reach none: they themselves. */
  readonly madeIn: 'pod' | null
}

/** How a run tells its tests. */
export const RUN_VARIABLE = 'PERIPLUS_LIVE_RUN'

export function runOf(environment: Readonly<Record<string, string | undefined>>): Run {
  const text = environment[RUN_VARIABLE]
  if (text === undefined) throw new Error('These tests are begun by npm run test:cluster.')
  return JSON.parse(text)
}

/** Whatever is forgotten ends by itself. */
const DEADLINE = '30m'

/** The settings as a server's options. */
export function flagsOf(settings: Settings): Readonly<Record<string, string>> {
  const { gitImage, serviceAccount, controllerInstance } = settings
  return {
    '--argo-namespace': settings.namespace,
    '--argo-image': settings.image,
    ...(gitImage === null ? {} : { '--argo-git-image': gitImage }),
    ...(serviceAccount === null ? {} : { '--argo-service-account': serviceAccount }),
    ...(controllerInstance === null ? {} : { '--argo-controller-instance': controllerInstance }),
    '--argo-deadline': DEADLINE,
  }
}

/** The settings as the engine has them from a server's options; no file of whoever runs this is read. */
export function argoFrom(settings: Settings, dir: string): ArgoConfig {
  const flags = new Map(Object.entries({ ...flagsOf(settings), '--data': dir }))
  const argo = argoOf(readSettings(flags, {}).config)
  if (argo === null) throw new Error('A namespace was named, and no engine came of it.')
  return argo
}

/** What the segments of these tests have in common; those without a repository read one in their pod. */
export function siteFor(settings: Settings, { instance, dir }: Pick<Run, 'instance' | 'dir'>): Site {
  return siteOf(argoFrom(settings, dir), instance, true)
}

/** The cluster that KUBECONFIG names, by the client that the server has, and by that client's own transport. */
export interface Reached {
  readonly cluster: Cluster
  /** As `kubectl delete workflow --cascade=foreground`, which the engine never does. */
  deleteForeground(workflow: string): Promise<void>
}

export function reach({ namespace }: Settings): Reached {
  const world = realWorld()
  const access = { kubeconfig: null, context: null, variables: process.env }
  const transport = new Transport(access, world)
  return {
    cluster: openCluster({ ...access, namespace, world }),
    deleteForeground: async (workflow) => {
      await transport.json({
        method: 'DELETE',
        path: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflows/${workflow}`,
        body: JSON.stringify({ propagationPolicy: 'Foreground' }),
        contentType: 'application/json',
      })
    },
  }
}
