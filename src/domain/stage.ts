import { argoOver } from './argo.ts'
import type {
  ArgoSettings,
  Condition,
  DeployStep,
  EngineName,
  Environment,
  Script,
  ToolPhase,
  Variables,
  Workflow,
} from './definition.ts'
import { gateOf } from './gate.ts'
import { buildScript, pushScript, secretFile } from './image/script.ts'
import type { GateRule, PlanFacts, PlannedStage } from './plan.ts'
import { matches } from './ref.ts'
import { planReports } from './report.ts'
import { PHASES } from './status.ts'
import { imageOfTool } from './tools/tool.ts'
import { TOOLS } from './tools/tools.ts'

/** A stage before it has its number and its segment: with where it would run, and the gate that would stand before it. */
export type DraftStage = Omit<PlannedStage, 'ordinal' | 'segment'> & {
  readonly engine: EngineName
  readonly argo: ArgoSettings
  readonly gate: GateRule | null
}

/** All stages of a version in the order in which they run, those that their condition leaves out included. */
export function draftStages(
  workflow: Workflow,
  environments: ReadonlyMap<string, Environment>,
  facts: PlanFacts,
): readonly DraftStage[] {
  const around = { ...BARE, engine: workflow.engine ?? facts.defaultEngine, argo: workflow.argo }
  return PHASES.flatMap((phase): readonly DraftStage[] => {
    switch (phase) {
      case 'validation':
        return [{ ...around, id: 'validation', phase, kind: 'validation' }]
      case 'source':
        return [{ ...around, id: 'source', phase, kind: 'checkout' }]
      case 'build':
        return buildStages(workflow, around, facts)
      case 'push':
        return pushStages(workflow, around)
      case 'deploy':
        return workflow.deploy.flatMap((step) => deployStages(workflow, step, environments, facts))
      case 'pre-build':
      case 'post-build':
      case 'post-push':
      case 'post-deploy':
        return toolStages(workflow, phase, around, facts)
      default:
        return phase satisfies never
    }
  })
}

const BARE = {
  environment: null,
  run: null,
  image: null,
  resources: null,
  env: {},
  timeoutMs: null,
  retries: 0,
  continueOnFailure: false,
  asRoot: false,
  artifacts: [],
  reports: [],
  files: {},
  registry: null,
  skipped: null,
  gate: null,
} as const satisfies Partial<DraftStage>

/** What all stages outside of deploys have in common. */
type Around = typeof BARE & Pick<DraftStage, 'engine' | 'argo'>

function toolStages(
  workflow: Workflow,
  phase: ToolPhase,
  around: Around,
  facts: PlanFacts,
): readonly DraftStage[] {
  return workflow.tools[phase].map((script, index) => ({
    ...around,
    ...fromScript(
      stageIdOfTool(phase, script, index) ?? `${phase}.script-${index + 1}`,
      script,
      workflow.variables,
      facts,
    ),
    image:
      script.image ?? (script.tool === null ? null : imageOfTool(TOOLS[script.tool.name], around.engine)),
    phase,
    kind: 'script',
  }))
}

function buildStages(
  { build, push, variables }: Workflow,
  around: Around,
  facts: PlanFacts,
): readonly DraftStage[] {
  if (build === null) return []
  const stage = { ...around, phase: 'build' } as const
  if (build.kind === 'script') {
    const { artifacts } = build
    return [{ ...stage, ...fromScript('build', build, variables, facts), kind: 'build', artifacts }]
  }
  const { secrets, timeoutMs, retries } = build
  const files = Object.entries(secrets).map(([id, secret]) => [secretFile(id), secret] as const)
  return [
    {
      ...stage,
      id: 'build',
      kind: 'image',
      run: buildScript(build),
      env: variables,
      files: Object.fromEntries(files),
      // A base image may come from where the image goes.
      registry: push?.registry ?? null,
      timeoutMs,
      retries,
    },
  ]
}

function pushStages({ build, push, variables }: Workflow, around: Around): readonly DraftStage[] {
  if (push === null) return []
  const { registry, timeoutMs, retries } = push
  const run = pushScript(push, build?.kind === 'image' ? build : null)
  return [
    {
      ...around,
      ...{ id: 'push', phase: 'push', kind: 'push', run, env: variables },
      ...{ registry, timeoutMs, retries },
    },
  ]
}

/** A deploy and its verification, which runs in the same segment; where the deploy is left out, so is what verifies it. */
function deployStages(
  workflow: Workflow,
  step: DeployStep,
  environments: ReadonlyMap<string, Environment>,
  facts: PlanFacts,
): readonly DraftStage[] {
  const { redeploys = null } = facts
  if (redeploys !== null && step.environment !== redeploys)
    return leftOut(
      step,
      workflow.engine ?? facts.defaultEngine,
      workflow.argo,
      `only ${redeploys} is deployed to again`,
    )
  const environment = environments.get(step.environment)
  if (environment === undefined)
    throw new Error(`planned without environment ${step.environment}: validate() comes first`)
  const variables = { ...workflow.variables, ...environment.variables }
  const shared = {
    ...BARE,
    phase: 'deploy',
    environment: environment.name,
    engine: environment.engine ?? workflow.engine ?? facts.defaultEngine,
    // What builds run as is never a deploy's: an environment names an account of its own, or its deploys have none.
    argo: argoOver(environment.argo, { ...workflow.argo, serviceAccount: null }),
    gate: gateOf(environment, step),
  } as const
  const deploy: DraftStage = {
    ...shared,
    ...fromScript(`deploy.${environment.name}`, environment.deploy, variables, facts),
    kind: 'deploy',
  }
  if (step.verify === null) return [deploy]
  const verify: DraftStage = {
    ...shared,
    ...fromScript(`verify.${environment.name}`, step.verify, variables, facts),
    kind: 'verify',
  }
  return [deploy, deploy.skipped === null ? verify : { ...verify, skipped: `${deploy.id} is skipped` }]
}

/** The stages of a deploy that a redeploy leaves out; its environment may be gone by now. */
function leftOut(
  { environment, verify }: DeployStep,
  engine: EngineName,
  argo: ArgoSettings,
  skipped: string,
): readonly DraftStage[] {
  const shared = { ...BARE, phase: 'deploy', environment, engine, argo, skipped } as const
  const deploy: DraftStage = { ...shared, id: `deploy.${environment}`, kind: 'deploy' }
  return verify === null ? [deploy] : [deploy, { ...shared, id: `verify.${environment}`, kind: 'verify' }]
}

/** What a stage takes from its script. Its own variables win over those around it. */
function fromScript(id: string, script: Script, variables: Variables, facts: PlanFacts) {
  return {
    id,
    run: script.run,
    image: script.image,
    resources: script.resources,
    env: { ...variables, ...script.tool?.env, ...script.env },
    timeoutMs: script.timeoutMs,
    retries: script.retries,
    continueOnFailure: script.continueOnFailure,
    asRoot: script.asRoot,
    reports: planReports(id, script.reports),
    skipped: script.condition === null ? null : whySkipped(script.condition, facts),
  }
}

/** Why a condition does not hold, or null: each of its parts must fit. */
function whySkipped(condition: Condition, facts: PlanFacts): string | null {
  const { branch, tag, event } = condition
  if (branch !== null && !fits(branch, facts.branch)) return unfit('branch', branch, facts.branch)
  if (tag !== null && !fits(tag, facts.tag)) return unfit('tag', tag, facts.tag)
  if (event !== null && !event.some((kind) => facts.events.includes(kind)))
    return unfit('event', event, facts.events.join(', '))
  return null
}

function fits(patterns: readonly string[], name: string | null): boolean {
  return name !== null && patterns.some((pattern) => matches(pattern, name))
}

function unfit(part: string, patterns: readonly string[], name: string | null): string {
  return `if: ${part} ${patterns.join(', ')} does not match ${name ?? `an execution without a ${part}`}`
}

/** As long as a workflow's name and a half; ids stand in URLs and file names. */
const SLUG_LENGTH_MAX = 60

/** The id of a tool's stage, `pre-build.unit-tests` or `pre-build.script-2`; null where its name leaves nothing. */
export function stageIdOfTool(phase: ToolPhase, script: Pick<Script, 'name'>, index: number): string | null {
  const slug = script.name === null ? `script-${index + 1}` : slugOf(script.name)
  return slug === '' ? null : `${phase}.${slug}`
}

/** Small letters, digits and single dashes, accents taken off; empty where nothing is left. */
function slugOf(name: string): string {
  const dashed = name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
  return dashed.slice(0, SLUG_LENGTH_MAX).replace(/-$/, '')
}
