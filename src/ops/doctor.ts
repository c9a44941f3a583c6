import { argoOf } from '../config/argo.ts'
import { type Config, environment } from '../config.ts'
import type { World } from '../world.ts'
import { type Check, note } from './doctor/check.ts'
import { machine } from './doctor/machine.ts'

export interface DoctorOptions {
  readonly config: Config
  readonly world: World
  readonly signal: AbortSignal
  /** Whether a Workflow is run to see how that goes. */
  readonly probing: 'wanted' | 'unwanted'
}

/** Looks at what segments need of this machine and of the cluster, one thing after another; changes nothing that lasts. */
export async function* doctor({ config, ...options }: DoctorOptions): AsyncGenerator<Check> {
  yield* machine(config)
  const argo = argoOf(config)
  if (argo === null) {
    yield note('cluster', 'None is configured; argo.namespace names one.')
    return
  }
  const { cluster } = await import('./doctor/cluster.ts')
  yield* cluster({ ...options, argo, variables: environment() })
}
