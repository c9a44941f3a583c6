import type { DeployStep, EngineName, Environment, Script, Variables, Workflow } from './definition.ts'
import { TOOL_PHASES } from './definition.ts'
import { gitUrlProblem } from './giturl.ts'
import { didYouMean } from './nearest.ts'
import { type Problem, TOOL_KEYS } from './rules.ts'
import { type Reading, readDefinitions } from './workflow.ts'

/** What there is on this server, for definitions to name. */
export interface Facts {
  readonly environments: ReadonlyMap<string, Environment>
  /** Names of the secrets that exist. */
  readonly secrets: ReadonlySet<string>
  /** The engines that are configured, and the tools that each of them has. */
  readonly engines: ReadonlyMap<EngineName, readonly string[]>
  readonly defaultEngine: EngineName
  /** Whether repositories may be read from the server's own disk. */
  readonly allowFile: boolean
}

/** What every segment needs: to check out, and to run scripts. */
const TOOLS_NEEDED = ['git', 'sh'] as const

/**
 * Everything that is wrong with a text on this server, with lines: the one list that `periplus validate`, the builder
 * and the Validation phase show. Environments of the same text count as existing.
 */
export function check(text: string, facts: Facts): Reading {
  const { documents, findings } = readDefinitions(text)
  const environments = new Map(facts.environments)
  for (const document of documents) {
    if (document.kind === 'environment') environments.set(document.definition.name, document.definition)
  }
  const all = { ...facts, environments }
  const problems = documents.flatMap((document) => {
    const found =
      document.kind === 'workflow'
        ? validate(document.definition, all)
        : validateEnvironment(document.definition, all)
    return found.map((problem) => document.locate(problem))
  })
  return { documents, findings: [...findings, ...problems] }
}

/** What is wrong with a workflow on this server: all that it names must exist, be active and allow it. */
export function validate(workflow: Workflow, facts: Facts): readonly Problem[] {
  const engine = workflow.engine ?? facts.defaultEngine
  return [
    ...urlProblems(workflow, facts),
    ...engineProblems('engine', engine, facts),
    ...secretProblems('variables', workflow.variables, facts),
    ...TOOL_PHASES.flatMap((phase) =>
      workflow.tools[phase].flatMap((script, index) =>
        scriptProblems(`tools.${TOOL_KEYS[phase]}[${index}].script`, script, facts),
      ),
    ),
    ...(workflow.build === null ? [] : scriptProblems('build.script', workflow.build, facts)),
    ...workflow.deploy.flatMap((step, index) => [
      ...deployProblems(workflow, step, `deploy[${index}]`, facts),
      ...(step.verify === null ? [] : scriptProblems(`deploy[${index}].verify`, step.verify, facts)),
    ]),
  ]
}

function validateEnvironment(environment: Environment, facts: Facts): readonly Problem[] {
  return [
    ...(environment.engine === null ? [] : engineProblems('engine', environment.engine, facts)),
    ...secretProblems('variables', environment.variables, facts),
    ...scriptProblems('deploy.script', environment.deploy, facts),
  ]
}

function urlProblems(workflow: Workflow, facts: Facts): readonly Problem[] {
  const problem = gitUrlProblem(workflow.source.url, facts)
  return problem === null ? [] : [{ path: 'source.git.url', message: problem }]
}

function engineProblems(path: string, engine: EngineName, facts: Facts): readonly Problem[] {
  const tools = facts.engines.get(engine)
  if (tools === undefined) {
    const others = [...facts.engines.keys()].join(', ')
    return [
      { path, message: `This server has no engine ${engine}. It has ${others === '' ? 'none' : others}.` },
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

function scriptProblems(path: string, script: Script, facts: Facts): readonly Problem[] {
  return secretProblems(`${path}.env`, script.env, facts)
}

function deployProblems(
  workflow: Workflow,
  step: DeployStep,
  path: string,
  facts: Facts,
): readonly Problem[] {
  const environment = facts.environments.get(step.environment)
  const at = `${path}.environment`
  if (environment === undefined) {
    const mend = didYouMean(step.environment, facts.environments.keys())
    return [{ path: at, message: `No environment ${step.environment}.${mend}` }]
  }
  return [
    ...fitProblems(workflow, environment).map((message) => ({ path: at, message })),
    ...gateProblems(environment, step).map(([key, message]) => ({ path: `${path}.${key}`, message })),
    ...validateEnvironment(environment, facts).map((problem) => ({
      path: at,
      message: `Environment ${environment.name}, ${problem.path}: ${problem.message}`,
    })),
  ]
}

function fitProblems({ name }: Workflow, environment: Environment): readonly string[] {
  const problems: string[] = []
  if (!environment.active) {
    problems.push(`Environment ${environment.name} is inactive. Activate it or take it out.`)
  }
  if (environment.allowedWorkflows !== null && !environment.allowedWorkflows.includes(name)) {
    problems.push(
      `Environment ${environment.name} does not allow workflow ${name}. Add it to allowedWorkflows.`,
    )
  }
  return problems
}

/** What a workflow wants to tighten and cannot, by its key. */
function gateProblems(environment: Environment, step: DeployStep): readonly (readonly [string, string])[] {
  const deciders = environment.approvers.length > 0 ? environment.approvers : step.approvers
  const problems: (readonly [string, string])[] = []
  if (deciders !== step.approvers && step.approvers.length > 0) {
    problems.push(['approvers', `Environment ${environment.name} names its own approvers. Leave these out.`])
  }
  if (step.expiresMs !== null && deciders.length === 0) {
    problems.push(['expires', 'expires has no effect without approvers. Name some, or leave it out.'])
  }
  if (step.quorum !== null && step.quorum > deciders.length) {
    const approvers = deciders.length === 1 ? '1 approver' : `${deciders.length} approvers`
    problems.push(['quorum', `A quorum of ${step.quorum} can never be reached by ${approvers}.`])
  }
  return problems
}
