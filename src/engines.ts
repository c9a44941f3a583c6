import { join } from 'node:path'
import { type ArgoConfig, argoOf } from './config/argo.ts'
import { type Config, environment, environmentForChildren } from './config.ts'
import type { EngineName } from './domain/definition.ts'
import type { Site } from './engine/argo/compile.ts'
import type { Engine } from './engine/engine.ts'
import { createLocalEngine } from './engine/local/local.ts'
import type { World } from './world.ts'

/** This machine always, and a cluster where the options name one; neither is asked for anything yet. */
export async function openEngines(
  config: Config,
  self: readonly string[],
  instance: string,
  world: World,
): Promise<ReadonlyMap<EngineName, Engine>> {
  const local = createLocalEngine({
    dir: join(config['data.dir'], 'local'),
    self,
    world,
    environment: environmentForChildren(),
    allowFile: config['git.allowFile'],
    runAs: config['local.runAs'],
  })
  const argo = argoOf(config)
  if (argo === null) return new Map([['local', local]])
  const engine = await openArgo(argo, config['git.allowFile'], instance, world)
  return new Map<EngineName, Engine>([
    ['local', local],
    ['argo', engine],
  ])
}

/** Loaded only here: Kubernetes’ client costs a start 40 ms and 9 MB. */
async function openArgo(
  argo: ArgoConfig,
  allowFile: boolean,
  instance: string,
  world: World,
): Promise<Engine> {
  const [{ createArgoEngine }, { openCluster }] = await Promise.all([
    import('./engine/argo/argo.ts'),
    import('./engine/argo/client/client.ts'),
  ])
  const { namespace, kubeconfig, context } = argo
  const cluster = openCluster({ namespace, kubeconfig, context, variables: environment(), world })
  return createArgoEngine({ cluster, site: siteOf(argo, instance, allowFile), world })
}

/** What the segments of this server have in common in its cluster. */
export function siteOf(argo: ArgoConfig, instance: string, allowFile: boolean): Site {
  const { namespace, controllerInstance, defaults, gitImage, buildkit, buildImage, pushImage } = argo
  return {
    ...{ namespace, instance, controllerInstance, defaults, gitImage, buildkit, buildImage, pushImage },
    ...{ allowRoot: argo.allowRoot, allowFile },
    deadlineSeconds: Math.ceil(argo.deadlineMs / 1_000),
  }
}
