import { argoFrom, resourcesFrom } from './argo.ts'
import type {
  BuildScript,
  Condition,
  DeployStep,
  Environment,
  GitRef,
  ImageBuild,
  Push,
  Script,
  ToolPhase,
  Workflow,
} from './definition.ts'
import { composeScript } from './deploy/compose.ts'
import { kubernetesScript } from './deploy/kubernetes.ts'
import { durationMs } from './duration.ts'
import type {
  WrittenCondition,
  WrittenEnvironment,
  WrittenScript,
  WrittenTool,
  WrittenWorkflow,
} from './schema.ts'
import { type Around, hasImage, TOOL_NAMES, type ToolName } from './tools/tool.ts'
import { TOOLS } from './tools/tools.ts'

/** A workflow as the rest of the program uses it: from its written form, which the schema has checked. */
export function workflowFrom(written: WrittenWorkflow): Workflow {
  const { source, concurrency, tools, build, push } = written
  const made = build === undefined ? null : buildFrom(build)
  const toolsOf = (phase: ToolPhase, list: readonly WrittenTool[] | undefined) =>
    (list ?? []).map((entry) => toolFrom(entry, { image: hasImage(phase, made) }))
  return {
    name: written.name,
    engine: written.engine ?? null,
    source: { url: source.git.url, ref: refFrom(source.git), credential: source.git.credential ?? null },
    concurrency: concurrency === undefined ? null : concurrencyFrom(concurrency),
    timeoutMs: msFrom(written.timeout),
    variables: written.variables ?? {},
    argo: argoFrom(written.argo),
    tools: {
      'pre-build': toolsOf('pre-build', tools?.preBuild),
      'post-build': toolsOf('post-build', tools?.postBuild),
      'post-push': toolsOf('post-push', tools?.postPush),
      'post-deploy': toolsOf('post-deploy', tools?.postDeploy),
    },
    build: made,
    push: push === undefined ? null : pushFrom(push),
    deploy: (written.deploy ?? []).map(stepFrom),
  }
}

/** An environment, likewise. Approvers imply a gate: a rule is never loosened by what was left out. */
export function environmentFrom(written: WrittenEnvironment): Environment {
  const approvers = written.approvers ?? []
  const { kubernetes } = written.deploy
  const serviceAccount = kubernetes?.serviceAccount ?? written.argo?.serviceAccount
  return {
    name: written.name,
    active: written.active ?? true,
    engine: written.engine ?? null,
    ...deployFrom(written.deploy),
    manual: written.manual ?? approvers.length > 0,
    approvers,
    quorum: written.quorum ?? 1,
    selfApproval: written.selfApproval ?? true,
    expiresMs: msFrom(written.expires),
    allowedWorkflows: written.allowedWorkflows ?? null,
    variables: written.variables ?? {},
    argo: argoFrom({ ...written.argo, ...(serviceAccount === undefined ? {} : { serviceAccount }) }),
  }
}

/** A deploy as the script that is written for it, where nobody wrote one. */
function deployFrom({
  script,
  compose,
  kubernetes,
}: WrittenEnvironment['deploy']): Pick<Environment, 'deploy' | 'needs'> {
  if (script !== undefined) return { deploy: scriptFrom(script) }
  if (compose !== undefined)
    return { deploy: scriptFrom({ ...compose, run: composeScript(compose) }), needs: ['compose'] }
  if (kubernetes === undefined) throw new Error('The schema lets no deploy pass that is none.')
  return {
    deploy: scriptFrom({ ...kubernetes, run: kubernetesScript(kubernetes) }),
    needs: kubernetes.helm === undefined ? ['kubectl'] : ['kubectl', 'helm'],
  }
}

function stepFrom(written: NonNullable<WrittenWorkflow['deploy']>[number]): DeployStep {
  const approvers = written.approvers ?? []
  return {
    environment: written.environment,
    manual: written.manual ?? approvers.length > 0,
    approvers,
    quorum: written.quorum ?? null,
    expiresMs: msFrom(written.expires),
    verify: written.verify === undefined ? null : scriptFrom(written.verify),
  }
}

function refFrom(git: WrittenWorkflow['source']['git']): GitRef {
  if (git.sha !== undefined) return { kind: 'sha', sha: git.sha }
  if (git.tag !== undefined) return { kind: 'tag', name: git.tag }
  return { kind: 'branch', name: git.branch ?? '' }
}

function concurrencyFrom(written: NonNullable<WrittenWorkflow['concurrency']>): Workflow['concurrency'] {
  return { group: written.group, limit: written.limit ?? 1, onConflict: written.onConflict ?? 'queue' }
}

function toolFrom(entry: WrittenTool, around: Around): Script {
  const name = TOOL_NAMES.find((tool) => entry[tool] !== undefined)
  const options = name === undefined ? undefined : entry[name]
  if (name !== undefined && options !== undefined) return scriptOfTool(name, options, around)
  if (entry.script === undefined) throw new Error('The schema lets no tool pass that is none.')
  return scriptFrom(entry.script)
}

/** A tool as the script that is written for it: a version runs the same one for ever. */
function scriptOfTool(
  name: ToolName,
  options: Omit<WrittenScript, 'run' | 'reports'>,
  around: Around,
): Script {
  const { run, env, reports, needsImage = false } = TOOLS[name].work(options, around)
  const script = scriptFrom({ ...options, run })
  return { ...script, name: script.name ?? name, reports, tool: { name, env, needsImage } }
}

function buildFrom(written: NonNullable<WrittenWorkflow['build']>): BuildScript | ImageBuild {
  const { script } = written
  if (script !== undefined)
    return { kind: 'script', ...scriptFrom(script), artifacts: script.artifacts ?? [] }
  return {
    kind: 'image',
    dockerfile: written.dockerfile ?? '',
    context: written.context ?? '.',
    target: written.target ?? null,
    platforms: written.platforms ?? [],
    args: written.args ?? {},
    secrets: written.secrets ?? {},
    timeoutMs: msFrom(written.timeout),
    retries: written.retries ?? 0,
  }
}

function pushFrom(written: NonNullable<WrittenWorkflow['push']>): Push {
  const { registry, image, tags, timeout, retries } = written
  return { registry, image, tags, timeoutMs: msFrom(timeout), retries: retries ?? 0 }
}

function scriptFrom(written: WrittenScript): Script {
  return {
    name: written.name ?? null,
    run: written.run,
    image: written.image ?? null,
    resources: written.resources === undefined ? null : resourcesFrom(written.resources),
    env: written.env ?? {},
    timeoutMs: msFrom(written.timeout),
    retries: written.retries ?? 0,
    continueOnFailure: written.continueOnFailure ?? false,
    asRoot: written.asRoot ?? false,
    reports: written.reports ?? [],
    tool: null,
    condition: written.if === undefined ? null : conditionFrom(written.if),
  }
}

function conditionFrom(written: WrittenCondition): Condition {
  return { branch: listFrom(written.branch), tag: listFrom(written.tag), event: listFrom(written.event) }
}

function listFrom<T extends string>(written: T | readonly T[] | undefined): readonly T[] | null {
  if (written === undefined) return null
  return typeof written === 'string' ? [written] : written
}

function msFrom(written: string | undefined): number | null {
  return written === undefined ? null : durationMs(written)
}
