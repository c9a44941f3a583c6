import type { z } from 'zod'
import { argoSchema } from './argo.ts'
import type {
  ArgoSettings,
  BuildScript,
  DeployStep,
  Environment,
  GitSource,
  ImageBuild,
  Push,
  Script,
  ToolPhase,
  Variables,
  Workflow,
} from './definition.ts'
import { kubernetesShape } from './deploy/schema.ts'
import { durationMs } from './duration.ts'
import { isRecord, valueAt } from './path.ts'
import {
  deployStepSchema,
  environmentSchema,
  scriptSchema,
  variablesSchema,
  workflowSchema,
} from './schema.ts'
import { TOOL_NAMES } from './tools/tool.ts'

/*
 * A definition as its checks see it, so that a slip in one part hides no problem of another. A whole definition is a
 * sketch of itself; of one that is not, each part is read by the schema of that part alone. What is undefined could not
 * be read and has its finding already: nothing more is asked of it. Lists keep their places, so that paths stay true.
 */

type Holed<T> = { readonly [K in keyof T]: T[K] | undefined }

export type ScriptSketch = Holed<Pick<Script, 'name' | 'asRoot' | 'image'>> & Pick<Script, 'env' | 'tool'>

export type ArgoSketch = Holed<Pick<ArgoSettings, 'image' | 'serviceAccount'>>

export type StepSketch = Holed<Omit<DeployStep, 'verify'>> & { readonly verify: ScriptSketch | null }

export type BuildSketch =
  | (ScriptSketch & Pick<BuildScript, 'kind'> & Holed<Pick<BuildScript, 'artifacts'>>)
  | Pick<ImageBuild, 'kind' | 'secrets'>

export type WorkflowSketch = Holed<Pick<Workflow, 'name' | 'engine'>> &
  Pick<Workflow, 'variables'> & {
    readonly source: Holed<Pick<GitSource, 'url' | 'credential'>>
    readonly tools: Readonly<Record<ToolPhase, readonly ScriptSketch[]>>
    readonly argo: ArgoSketch
    readonly build: BuildSketch | null
    readonly push: Holed<Pick<Push, 'registry'>> | null
    readonly deploy: readonly StepSketch[]
  }

export type EnvironmentSketch = Holed<Omit<Environment, 'deploy' | 'variables' | 'argo' | 'needs'>> &
  Pick<Environment, 'variables' | 'needs'> & { readonly argo: ArgoSketch; readonly deploy: ScriptSketch }

/** What can be told of a workflow whose form is wrong somewhere. */
export function sketchOfWorkflow(value: unknown): WorkflowSketch {
  const { name, engine, source } = workflowSchema.shape
  const toolsOf = (key: string) => listAt(value, ['tools', key]).map(sketchOfTool)
  const { url, credential } = source.shape.git.shape
  const git = valueAt(value, ['source', 'git'])
  return {
    name: part(name, value, 'name', undefined),
    engine: part(engine, value, 'engine', null),
    source: {
      url: part(url, git, 'url', undefined),
      credential: part(credential, git, 'credential', null),
    },
    variables: variablesAt(value, 'variables'),
    tools: {
      'pre-build': toolsOf('preBuild'),
      'post-build': toolsOf('postBuild'),
      'post-push': toolsOf('postPush'),
      'post-deploy': toolsOf('postDeploy'),
    },
    argo: argoAt(value),
    build: buildAt(value),
    push: pushAt(value),
    deploy: listAt(value, ['deploy']).map(sketchOfStep),
  }
}

/** What can be told of an environment, likewise. */
export function sketchOfEnvironment(value: unknown): EnvironmentSketch {
  const { name, active, engine, quorum, selfApproval, allowedWorkflows } = environmentSchema.shape
  const kubernetes = valueAt(value, ['deploy', 'kubernetes'])
  return {
    ...gateAt(value),
    name: part(name, value, 'name', undefined),
    active: part(active, value, 'active', true),
    engine: part(engine, value, 'engine', null),
    quorum: part(quorum, value, 'quorum', 1),
    selfApproval: part(selfApproval, value, 'selfApproval', true),
    allowedWorkflows: part(allowedWorkflows, value, 'allowedWorkflows', null),
    variables: variablesAt(value, 'variables'),
    argo: accountOf(argoAt(value), kubernetes),
    ...deployAt(value),
  }
}

/** A deploy that names its account names its environment's. */
function accountOf(argo: ArgoSketch, kubernetes: unknown): ArgoSketch {
  const { serviceAccount } = kubernetesShape
  const named = part(serviceAccount, kubernetes, 'serviceAccount', null)
  return named === null ? argo : { ...argo, serviceAccount: named }
}

function deployAt(value: unknown): Pick<EnvironmentSketch, 'deploy' | 'needs'> {
  const [compose, kubernetes] = [
    valueAt(value, ['deploy', 'compose']),
    valueAt(value, ['deploy', 'kubernetes']),
  ]
  if (compose !== undefined) return { deploy: sketchOfScript(compose), needs: ['compose'] }
  if (kubernetes === undefined) return { deploy: sketchOfScript(valueAt(value, ['deploy', 'script'])) }
  const helm = valueAt(kubernetes, ['helm']) === undefined ? [] : (['helm'] as const)
  return { deploy: sketchOfScript(kubernetes), needs: ['kubectl', ...helm] }
}

function sketchOfStep(value: unknown): StepSketch {
  const { environment, quorum } = deployStepSchema.shape
  return {
    ...gateAt(value),
    environment: part(environment, value, 'environment', undefined),
    quorum: part(quorum, value, 'quorum', null),
    verify: scriptAt(value, 'verify'),
  }
}

/** The rules that environments and deploys have in common, with the meaning of those that are left out. */
function gateAt(value: unknown) {
  const { manual, approvers, expires } = deployStepSchema.shape
  const named = part(approvers, value, 'approvers', [])
  const expiry = part(expires, value, 'expires', null)
  return {
    manual: part(manual, value, 'manual', named === undefined ? undefined : named.length > 0),
    approvers: named,
    expiresMs: typeof expiry === 'string' ? durationMs(expiry) : expiry,
  }
}

function buildAt(value: unknown): WorkflowSketch['build'] {
  const { script: schema } = workflowSchema.shape.build.unwrap().shape
  const { artifacts } = schema.unwrap().shape
  const build = valueAt(value, ['build'])
  if (build === undefined) return null
  const script = scriptAt(build, 'script')
  if (script === null) return { kind: 'image', secrets: secretsAt(build) }
  return {
    kind: 'script',
    ...script,
    artifacts: part(artifacts, valueAt(build, ['script']), 'artifacts', []),
  }
}

function secretsAt(build: unknown): ImageBuild['secrets'] {
  const named = Object.entries(variablesAt(build, 'secrets'))
  return Object.fromEntries(named.flatMap(([id, value]) => (typeof value === 'string' ? [] : [[id, value]])))
}

function pushAt(value: unknown): WorkflowSketch['push'] {
  const { registry } = workflowSchema.shape.push.unwrap().shape
  const push = valueAt(value, ['push'])
  return push === undefined ? null : { registry: part(registry, push, 'registry', undefined) }
}

function argoAt(value: unknown): ArgoSketch {
  const { image, serviceAccount } = argoSchema.shape
  const argo = valueAt(value, ['argo'])
  if (argo !== undefined && !isRecord(argo)) return { image: undefined, serviceAccount: undefined }
  return {
    image: part(image, argo, 'image', null),
    serviceAccount: part(serviceAccount, argo, 'serviceAccount', null),
  }
}

function scriptAt(value: unknown, key: string): ScriptSketch | null {
  const script = valueAt(value, [key])
  return script === undefined ? null : sketchOfScript(script)
}

function sketchOfTool(value: unknown): ScriptSketch {
  const tool = TOOL_NAMES.find((name) => valueAt(value, [name]) !== undefined)
  if (tool === undefined) return sketchOfScript(valueAt(value, ['script']))
  const sketch = sketchOfScript(valueAt(value, [tool]))
  return {
    ...sketch,
    name: sketch.name === null ? tool : sketch.name,
    tool: { name: tool, env: {}, needsImage: false },
  }
}

function sketchOfScript(value: unknown): ScriptSketch {
  const { name, asRoot, image } = scriptSchema.shape
  return {
    name: part(name, value, 'name', null),
    env: variablesAt(value, 'env'),
    asRoot: part(asRoot, value, 'asRoot', false),
    image: part(image, value, 'image', null),
    tool: null,
  }
}

/** The variables that are right; a number without quotes hides none of its neighbours. */
function variablesAt(value: unknown, key: string): Variables {
  const written = valueAt(value, [key])
  if (!isRecord(written)) return {}
  const one = (name: string) => variablesSchema.safeParse({ [name]: written[name] })
  return Object.fromEntries(Object.keys(written).flatMap((name) => Object.entries(one(name).data ?? {})))
}

function listAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const list = valueAt(value, path)
  return Array.isArray(list) ? list : []
}

/** A part of a mapping, `absent` where it is left out, or undefined where it is wrong. */
function part<S extends z.ZodType, A>(
  schema: S,
  value: unknown,
  key: string,
  absent: A,
): z.output<S> | A | undefined {
  const written = valueAt(value, [key])
  return written === undefined ? absent : schema.safeParse(written).data
}
