import type { CredentialKind } from './credential.ts'
import type { ArgoSettings, EngineName } from './definition.ts'
import type { EnvironmentSketch, WorkflowSketch } from './sketch.ts'

/** What there is on this server, for definitions to name. */
export interface Facts {
  readonly environments: Environments
  /** Names of the secrets that exist. */
  readonly secrets: ReadonlySet<string>
  /** Credentials of repositories that exist, by name. */
  readonly credentials: ReadonlyMap<string, CredentialKind>
  /**
   * The engines that are configured, and the tools that each of them has: `root` where scripts can run as root, `image`
   * where they can run in a container of their choice.
   */
  readonly engines: ReadonlyMap<EngineName, readonly string[]>
  readonly defaultEngine: EngineName
  /** What the server says of pods for which nothing nearer is said. */
  readonly argo: ArgoSettings
  /** Whether repositories may be read from the server's own disk. */
  readonly allowFile: boolean
}

export type Environments = ReadonlyMap<string, EnvironmentSketch>

/** Where a part runs; undefined where nobody knows. */
export function engineOf(
  { engine }: Pick<WorkflowSketch, 'engine'>,
  { defaultEngine }: Facts,
): EngineName | undefined {
  return engine === null ? defaultEngine : engine
}

/** Where a deploy runs: where its environment says, or else where its workflow does. */
export function engineAt(
  environment: Pick<EnvironmentSketch, 'engine'>,
  workflow: Pick<WorkflowSketch, 'engine'>,
  facts: Facts,
): EngineName | undefined {
  return engineOf(environment.engine === null ? workflow : environment, facts)
}
