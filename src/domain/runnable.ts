import type { DeployProgram, EngineName } from './definition.ts'
import { type Environments, engineAt, engineOf, type Facts } from './facts.ts'
import type { Problem } from './rules.ts'
import type { ArgoSketch, EnvironmentSketch, ScriptSketch, WorkflowSketch } from './sketch.ts'
import { TOOLS } from './tools/tools.ts'

/*
 * Whether what a definition asks for can be had where it is to run. What was asked for and not given would run all the
 * same, as another user, in another place or without its files: better not to run at all.
 */

/** What a script asks of its engine that it does not have. */
export function toolProblems(
  path: string,
  { asRoot, image, tool }: ScriptSketch,
  engine: EngineName | undefined,
  { engines }: Facts,
): readonly Problem[] {
  const tools = engine === undefined ? undefined : engines.get(engine)
  if (tools === undefined) return []
  const problems: Problem[] = []
  if (typeof image === 'string' && !tools.includes('image')) {
    problems.push({
      path: `${path}.image`,
      message: `Engine ${engine} runs no images on this server. Leave image out, or choose another engine.`,
    })
  }
  if (asRoot === true && !tools.includes('root')) {
    problems.push({
      path: `${path}.asRoot`,
      message: `Engine ${engine} runs nothing as root on this server. Leave asRoot out.`,
    })
  }
  if (engine === 'local' && image === null && tool !== null) {
    const missing = TOOLS[tool.name].programs.filter((program) => !tools.includes(program))
    if (missing.length > 0) {
      const it = missing.length === 1 ? 'it' : 'them'
      const mend = tools.includes('image') ? `, or name an image that has ${it}` : ''
      problems.push({
        path,
        message: `${tool.name} needs ${missing.join(' and ')}, and engine local does not have ${it}. Install ${it} where the server runs${mend}.`,
      })
    }
  }
  return problems
}

/** A cluster has no host to run a script on. `around` are the settings that could name its image, `where` they stand. */
export function imageProblems(
  path: string,
  script: ScriptSketch,
  engine: EngineName | undefined,
  around: { readonly settings: readonly ArgoSketch[]; readonly where: string },
  facts: Facts,
): readonly Problem[] {
  if (engine !== 'argo' || !facts.engines.has(engine) || script.tool !== null) return []
  if ([script, ...around.settings, facts.argo].some(({ image }) => image !== null)) return []
  const message = `Nothing says which image this runs in. Name it here as image, or as argo.image in ${around.where} or in the server’s options.`
  return [{ path: `${path}.image`, message }]
}

/** Where a deploy says what it is. */
export function deployPath({ needs = [] }: Pick<EnvironmentSketch, 'needs'>): string {
  if (needs.length === 0) return 'deploy.script'
  return needs.includes('compose') ? 'deploy.compose' : 'deploy.kubernetes'
}

/** What may be missing where the engine is the machine itself, and what it is got by. */
const DEPLOY_PROGRAMS: Readonly<Record<DeployProgram, string>> = {
  compose: 'docker with its compose plugin, or podman-compose',
  kubectl: 'kubectl',
  helm: 'helm',
}

/** A deploy whose script Periplus writes, where it could not run. */
export function deployProgramProblems(
  environment: Pick<EnvironmentSketch, 'needs' | 'deploy'>,
  engine: EngineName | undefined,
  { engines }: Facts,
): readonly Problem[] {
  const { needs = [], deploy } = environment
  const tools = engine === undefined ? undefined : engines.get(engine)
  const path = deployPath(environment)
  if (tools === undefined) return []
  if (engine === 'argo')
    return needs.includes('compose')
      ? [{ path, message: 'A pod has no containers of its own to compose. Deploy so on engine local.' }]
      : []
  if (deploy.image !== null) return []
  const missing = needs.filter((program) => !tools.includes(program)).map((name) => DEPLOY_PROGRAMS[name])
  if (missing.length === 0) return []
  const words = missing.join(', and ')
  return [
    {
      path,
      message: `This deploy needs ${words}. Engine ${engine} has none of it: install it where the server runs.`,
    },
  ]
}

/** What builds images on a machine, in the order in which it is taken; in a cluster a daemon does. */
export const BUILDERS = ['buildah', 'podman', 'docker'] as const
const DAEMON = 'buildkit'
/** Pushes what others have built, and builds nothing. */
export const PUSHER = 'skopeo'

/** A Dockerfile where nothing can build it. */
export function builderProblems(engine: EngineName | undefined, { engines }: Facts): readonly Problem[] {
  const tools = engine === undefined ? undefined : engines.get(engine)
  if (tools === undefined || [...BUILDERS, DAEMON].some((builder) => tools.includes(builder))) return []
  const mend =
    engine === 'local'
      ? 'Install buildah, podman, or docker with buildx where the engine runs.'
      : 'Name a BuildKit daemon in the server’s option argo.buildkit, or choose engine local.'
  return [{ path: 'build.dockerfile', message: `Engine ${engine} has nothing that builds images. ${mend}` }]
}

/** An archive that a script leaves, where nothing can push it. */
export function pusherProblems(
  { build, push }: Pick<WorkflowSketch, 'build' | 'push'>,
  engine: EngineName | undefined,
  { engines }: Facts,
): readonly Problem[] {
  const tools = engine === undefined ? undefined : engines.get(engine)
  if (push === null || build?.kind !== 'script' || tools === undefined) return []
  if ([...BUILDERS, PUSHER].some((pusher) => tools.includes(pusher))) return []
  const message = `Engine ${engine} has nothing that pushes images. Install skopeo, buildah or podman where it runs.`
  return [{ path: 'push', message }]
}

/** Files of a build that nobody after it would find. */
export function artifactProblems(
  workflow: WorkflowSketch,
  environments: Environments,
  facts: Facts,
): readonly Problem[] {
  const { build, deploy } = workflow
  if (build?.kind !== 'script' || !build.artifacts?.length || deploy.length === 0) return []
  const engine = engineOf(workflow, facts)
  const later = deploy.map(({ environment }) => {
    const found = environment === undefined ? undefined : environments.get(environment)
    return found === undefined ? undefined : engineAt(found, workflow, facts)
  })
  if (workflow.tools['post-deploy'].length > 0) later.push(engine)
  const arrive = engine !== 'argo' && later.some((other) => other !== 'argo')
  if (arrive) return []
  const message =
    'Artifacts are handed on from local to local only, and here no later stage gets them. Push what the deploys need to a registry, or run build and deploys on local.'
  return [{ path: 'build.script.artifacts', message }]
}

/** Build scripts never share a service account with deploys: whoever may edit a workflow could deploy with it. */
export function accountProblems(
  workflow: WorkflowSketch,
  environments: Environments,
  facts: Facts,
): readonly Problem[] {
  const account = workflow.argo.serviceAccount
  if (typeof account !== 'string' || engineOf(workflow, facts) !== 'argo') return []
  const whose = [...environments].find(
    ([, { engine, argo }]) => engine !== 'local' && argo.serviceAccount === account,
  )
  if (whose === undefined) return []
  return [sharedAccount(`Service account ${account} is environment ${whose[0]}’s, and build scripts never`)]
}

/** What a namespace gives to pods that name none. https://kubernetes.io/docs/concepts/security/service-accounts/ */
const DEFAULT_ACCOUNT = 'default'

/** What pods are given that name none, builds have. */
export function ownAccountProblems(
  { argo }: Pick<EnvironmentSketch, 'argo'>,
  engine: EngineName | undefined,
  facts: Facts,
): readonly Problem[] {
  const account = argo.serviceAccount
  if (engine !== 'argo' || account !== (facts.argo.serviceAccount ?? DEFAULT_ACCOUNT)) return []
  return [sharedAccount(`Service account ${account} is that of builds that name none, and deploys never`)]
}

function sharedAccount(never: string): Problem {
  return { path: 'argo.serviceAccount', message: `${never} share one. Name another.` }
}
