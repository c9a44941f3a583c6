import { credentialProblem } from './credential.ts'
import type { EngineName, Variables } from './definition.ts'
import { TOOL_PHASES } from './definition.ts'
import { type Environments, engineAt, engineOf, type Facts } from './facts.ts'
import { gitUrlProblem } from './giturl.ts'
import { didYouMean } from './nearest.ts'
import { approversWords, type Problem, TOOL_KEYS } from './rules.ts'
import {
  accountProblems,
  artifactProblems,
  builderProblems,
  deployPath,
  deployProgramProblems,
  imageProblems,
  ownAccountProblems,
  pusherProblems,
  toolProblems,
} from './runnable.ts'
import type { EnvironmentSketch, ScriptSketch, StepSketch, WorkflowSketch } from './sketch.ts'
import { type Part, type Reading, readAnd } from './workflow.ts'

/** What every segment needs: to check out, and to run scripts. */
const TOOLS_NEEDED = ['git', 'sh'] as const

/**
 * Everything that is wrong with a text on this server, with lines: the one list that `periplus validate`, the builder
 * and the Validation phase show. Environments of the same text count as existing.
 */
export function check(text: string, facts: Facts): Reading {
  return readAnd(text, (parts) => {
    const written = new Map(parts.flatMap(environmentOf))
    return parts.flatMap((part) => {
      const problems =
        part.kind === 'workflow'
          ? validate(part.sketch, facts, written)
          : validateEnvironment(part.sketch, facts)
      return problems.map((problem) => part.locate(problem))
    })
  })
}

function environmentOf({ kind, sketch }: Part): (readonly [string, EnvironmentSketch])[] {
  return kind === 'environment' && sketch.name !== undefined ? [[sketch.name, sketch]] : []
}

/**
 * What is wrong with a workflow on this server: all that it names must exist, be active and allow it. `written` are the
 * environments that stand in the same text, whose own problems are told where they stand.
 */
export function validate(
  workflow: WorkflowSketch,
  facts: Facts,
  written: Environments = new Map(),
): readonly Problem[] {
  const engine = engineOf(workflow, facts)
  const environments = new Map([...facts.environments, ...written])
  const around = { settings: [workflow.argo], where: 'this workflow' }
  const script = (path: string, sketch: ScriptSketch) => [
    ...scriptProblems(path, sketch, engine, facts),
    ...imageProblems(path, sketch, engine, around, facts),
  ]
  return [
    ...urlProblems(workflow, facts),
    ...credentialProblems(workflow, facts),
    ...engineProblems(engine, facts),
    ...secretProblems('variables', workflow.variables, facts),
    ...TOOL_PHASES.flatMap((phase) =>
      workflow.tools[phase].flatMap((tool, index) =>
        script(`tools.${TOOL_KEYS[phase]}[${index}].${tool.tool?.name ?? 'script'}`, tool),
      ),
    ),
    ...buildProblems(workflow, engine, facts, script),
    ...pushProblems(workflow, facts),
    ...pusherProblems(workflow, engine, facts),
    ...artifactProblems(workflow, environments, facts),
    ...accountProblems(workflow, environments, facts),
    ...workflow.deploy.flatMap((step, index) =>
      deployProblems(workflow, step, `deploy[${index}]`, { facts, environments, written }),
    ),
  ]
}

function buildProblems(
  { build }: WorkflowSketch,
  engine: EngineName | undefined,
  facts: Facts,
  script: (path: string, sketch: ScriptSketch) => readonly Problem[],
): readonly Problem[] {
  if (build === null) return []
  if (build.kind === 'script') return script('build.script', build)
  return [...secretProblems('build.secrets', build.secrets, facts), ...builderProblems(engine, facts)]
}

function pushProblems({ push }: WorkflowSketch, { credentials }: Facts): readonly Problem[] {
  const name = push?.registry
  if (name === undefined) return []
  const path = 'push.registry'
  const registries = [...credentials].flatMap(([other, kind]) => (kind === 'registry' ? [other] : []))
  if (registries.includes(name)) return []
  if (credentials.has(name)) {
    const message = `Credential ${name} is of repositories. Name one of kind registry.`
    return [{ path, message: registries.length === 0 ? message : `${message}${thereAre(registries)}` }]
  }
  return [{ path, message: `No registry ${name}.${didYouMean(name, registries) || thereAre(registries)}` }]
}

function validateEnvironment(environment: EnvironmentSketch, facts: Facts): readonly Problem[] {
  const engine = environment.engine ?? undefined
  return [
    ...engineProblems(engine, facts),
    ...secretProblems('variables', environment.variables, facts),
    ...scriptProblems(deployPath(environment), environment.deploy, engine, facts),
    ...deployProgramProblems(environment, engine, facts),
    ...ownAccountProblems(environment, engine, facts),
  ]
}

function urlProblems({ source }: WorkflowSketch, facts: Facts): readonly Problem[] {
  const problem = source.url === undefined ? null : gitUrlProblem(source.url, facts)
  return problem === null ? [] : [{ path: 'source.git.url', message: problem }]
}

function credentialProblems({ source }: WorkflowSketch, { credentials }: Facts): readonly Problem[] {
  const { url, credential: name } = source
  if (typeof name !== 'string') return []
  const kind = credentials.get(name)
  const path = 'source.git.credential'
  if (kind === undefined) {
    const message = `No credential ${name}.${didYouMean(name, credentials.keys())}`
    return [{ path, message: credentials.size === 0 ? `${message} There is none yet.` : message }]
  }
  const problem = url === undefined ? null : credentialProblem(name, kind, url)
  return problem === null ? [] : [{ path, message: problem }]
}

function engineProblems(engine: EngineName | undefined, facts: Facts): readonly Problem[] {
  if (engine === undefined) return []
  const path = 'engine'
  const tools = facts.engines.get(engine)
  if (tools === undefined) {
    const others = [...facts.engines.keys()].join(', ')
    const mend = engine === 'argo' ? ' The option argo.namespace sets it up.' : ''
    return [
      {
        path,
        message: `This server has no engine ${engine}. It has ${others === '' ? 'none' : others}.${mend}`,
      },
    ]
  }
  return TOOLS_NEEDED.filter((tool) => !tools.includes(tool)).map((tool) => ({
    path,
    message: `Engine ${engine} has no ${tool}. Install it where the engine runs.`,
  }))
}

function secretProblems(path: string, variables: Variables, facts: Facts): readonly Problem[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    if (typeof value === 'string' || facts.secrets.has(value.secret)) return []
    return [
      {
        path: `${path}.${name}.secret`,
        message: `No secret ${value.secret}.${didYouMean(value.secret, facts.secrets)}`,
      },
    ]
  })
}

function scriptProblems(
  path: string,
  script: ScriptSketch,
  engine: EngineName | undefined,
  facts: Facts,
): readonly Problem[] {
  return [
    ...secretProblems(`${path}.env`, script.env, facts),
    ...toolSecretProblems(path, script, facts),
    ...toolProblems(path, script, engine, facts),
  ]
}

/** Secrets that nobody wrote down: a tool asks for them by the name of its server. */
function toolSecretProblems(path: string, { tool }: ScriptSketch, facts: Facts): readonly Problem[] {
  if (tool === null) return []
  return secretProblems('', tool.env, facts).map(({ message }) => ({
    path,
    message: `${message} ${tool.name} asks for it: “periplus secret set” makes it.`,
  }))
}

interface Known {
  readonly facts: Facts
  /** All there are, those of this text included. */
  readonly environments: Environments
  /** Those of this text, whose own problems are told where they stand. */
  readonly written: Environments
}

function deployProblems(
  workflow: WorkflowSketch,
  step: StepSketch,
  path: string,
  { facts, environments, written }: Known,
): readonly Problem[] {
  const { environment: name, verify } = step
  const environment = name === undefined ? undefined : environments.get(name)
  const verified =
    verify === null ? [] : verifyProblems(`${path}.verify`, verify, workflow, environment, facts)
  if (name === undefined) return verified
  const at = `${path}.environment`
  if (environment === undefined) {
    const names = [...environments.keys()]
    return [
      { path: at, message: `No environment ${name}.${didYouMean(name, names) || thereAre(names)}` },
      ...verified,
    ]
  }
  const own = written.has(name) ? [] : validateEnvironment(environment, facts)
  return [
    ...fitProblems(workflow, name, environment).map((message) => ({ path: at, message })),
    ...gateProblems(name, environment, step).map(([key, message]) => ({ path: `${path}.${key}`, message })),
    ...[...own, ...inheritedProblems(workflow, environment, facts)].map((problem) => ({
      path: at,
      message: `Environment ${name}, ${problem.path}: ${problem.message}`,
    })),
    ...verified,
  ]
}

function verifyProblems(
  path: string,
  verify: ScriptSketch,
  workflow: WorkflowSketch,
  environment: EnvironmentSketch | undefined,
  facts: Facts,
): readonly Problem[] {
  if (environment === undefined) return scriptProblems(path, verify, undefined, facts)
  const engine = engineAt(environment, workflow, facts)
  return [
    ...scriptProblems(path, verify, engine, facts),
    ...imageProblems(path, verify, engine, aroundDeploy(workflow, environment), facts),
  ]
}

/** What an environment lacks only together with the workflow that deploys to it. */
function inheritedProblems(
  workflow: WorkflowSketch,
  environment: EnvironmentSketch,
  facts: Facts,
): readonly Problem[] {
  const engine = engineAt(environment, workflow, facts)
  const script = environment.deploy
  const around = aroundDeploy(workflow, environment)
  const images = imageProblems(deployPath(environment), script, engine, around, facts)
  if (environment.engine !== null) return images
  return [
    ...toolProblems(deployPath(environment), script, engine, facts),
    ...deployProgramProblems(environment, engine, facts),
    ...ownAccountProblems(environment, engine, facts),
    ...images,
  ]
}

function aroundDeploy(workflow: WorkflowSketch, environment: EnvironmentSketch) {
  return {
    settings: [environment.argo, workflow.argo],
    where: 'its environment, in this workflow',
  }
}

/** More names than these help nobody. */
const NAMES_SHOWN_MAX = 10

function thereAre(names: readonly string[]): string {
  if (names.length === 0) return ' There is none yet.'
  const more = names.length > NAMES_SHOWN_MAX ? ', …' : ''
  return ` There are: ${names.slice(0, NAMES_SHOWN_MAX).join(', ')}${more}.`
}

function fitProblems(
  workflow: WorkflowSketch,
  name: string,
  { active, allowedWorkflows }: EnvironmentSketch,
): readonly string[] {
  const problems: string[] = []
  if (active === false) {
    problems.push(`Environment ${name} is inactive. Activate it or take it out.`)
  }
  if (workflow.name !== undefined && allowedWorkflows?.includes(workflow.name) === false) {
    problems.push(`Environment ${name} does not allow workflow ${workflow.name}. Add it to allowedWorkflows.`)
  }
  return problems
}

/** What a workflow wants to tighten and cannot, by its key. */
function gateProblems(
  name: string,
  environment: EnvironmentSketch,
  step: StepSketch,
): readonly (readonly [string, string])[] {
  if (environment.approvers === undefined || step.approvers === undefined) return []
  const isTheirs = environment.approvers.length > 0
  const deciders = isTheirs ? environment.approvers : step.approvers
  const problems: (readonly [string, string])[] = []
  if (isTheirs && step.approvers.length > 0) {
    problems.push(['approvers', `Environment ${name} names its own approvers. Leave these out.`])
  }
  if (deciders.length === 0) return [...problems, ...ineffectiveRules(step)]
  // A quorum that the step's own approvers cannot reach is found without any environment.
  if (isTheirs && (step.quorum ?? 1) > deciders.length) {
    problems.push([
      'quorum',
      `A quorum of ${step.quorum} can never be reached by ${approversWords(deciders)}.`,
    ])
  }
  return problems
}

function ineffectiveRules({ expiresMs, quorum }: StepSketch): readonly (readonly [string, string])[] {
  const rules = [
    ['expires', expiresMs],
    ['quorum', quorum],
  ] as const
  return rules.flatMap(([key, value]) =>
    typeof value === 'number'
      ? [[key, `${key} has no effect without approvers. Name some, or leave it out.`] as const]
      : [],
  )
}
