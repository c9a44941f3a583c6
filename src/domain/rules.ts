import type { ToolPhase } from './definition.ts'
import { TOOL_PHASES } from './definition.ts'
import type { Finding } from './fault.ts'
import type { EnvironmentSketch, ScriptSketch, WorkflowSketch } from './sketch.ts'
import { stageIdOfTool } from './stage.ts'
import { hasImage } from './tools/tool.ts'

/** A finding that does not know its place yet. */
export type Problem = Pick<Finding, 'path' | 'message'>

/** The keys of the written form. */
export const TOOL_KEYS: Readonly<Record<ToolPhase, string>> = {
  'pre-build': 'preBuild',
  'post-build': 'postBuild',
  'post-push': 'postPush',
  'post-deploy': 'postDeploy',
}

/** What is wrong with a workflow by itself, beyond the form of each of its parts. */
export function workflowProblems(workflow: WorkflowSketch): readonly Problem[] {
  return [
    ...nameProblems(workflow),
    ...scanProblems(workflow),
    ...pushProblems(workflow),
    ...deployProblems(workflow),
  ]
}

/** What is wrong with an environment by itself. */
export function environmentProblems(environment: EnvironmentSketch): readonly Problem[] {
  return [...gateProblems('', environment), ...ineffectiveProblems(environment)]
}

/** Rules of an approval where nobody approves: whoever wrote them believes in a safety that is not there. */
function ineffectiveProblems({
  approvers,
  selfApproval,
  expiresMs,
  quorum,
}: EnvironmentSketch): readonly Problem[] {
  if (approvers === undefined || approvers.length > 0) return []
  const rules = [
    ['selfApproval', selfApproval === false],
    ['expires', typeof expiresMs === 'number'],
    ['quorum', quorum !== undefined && quorum > 1],
  ] as const
  return rules.flatMap(([path, isSet]) =>
    isSet ? [{ path, message: `${path} has no effect without approvers. Name some, or leave it out.` }] : [],
  )
}

/** Stage ids come from names; two stages of one id would share a log. */
function nameProblems(workflow: WorkflowSketch): readonly Problem[] {
  const problems: Problem[] = []
  for (const phase of TOOL_PHASES) {
    const seen = new Map<string, Named>()
    for (const [index, { name, tool }] of workflow.tools[phase].entries()) {
      if (name === undefined) continue
      const path = `tools.${TOOL_KEYS[phase]}[${index}].${tool?.name ?? 'script'}.name`
      const id = stageIdOfTool(phase, { name }, index)
      const other = id === null ? undefined : seen.get(id)
      if (id === null) problems.push({ path, message: 'A name has at least one letter a–z or digit.' })
      else if (other !== undefined) problems.push({ path, message: sameName({ name }, other, id) })
      else seen.set(id, { name })
    }
  }
  return problems
}

type Named = Pick<ScriptSketch, 'name'>

function sameName(script: Named, other: Named, id: string): string {
  return script.name === other.name
    ? `Two stages are named ${id}. Give one of them another name.`
    : `“${script.name ?? id}” and “${other.name ?? id}” both become the stage ${id}. Rename one of them.`
}

/** A tool that looks at an image where there is none. */
function scanProblems({ tools, build }: WorkflowSketch): readonly Problem[] {
  return TOOL_PHASES.flatMap((phase) =>
    tools[phase].flatMap(({ tool }, index) =>
      tool?.needsImage === true && !hasImage(phase, build)
        ? [{ path: `tools.${TOOL_KEYS[phase]}[${index}].${tool.name}`, message: NO_IMAGE }]
        : [],
    ),
  )
}

const NO_IMAGE =
  'There is no image to scan here. Post-Build and Post-Push Tools have one, where the build names a Dockerfile.'

function pushProblems({ build, push }: WorkflowSketch): readonly Problem[] {
  if (push === null || build !== null) return []
  return [{ path: 'push', message: 'There is nothing to push. Add a build, or leave push out.' }]
}

function deployProblems(workflow: WorkflowSketch): readonly Problem[] {
  const first = new Map<string, number>()
  return workflow.deploy.flatMap((step, index) => {
    const at = `deploy[${index}]`
    const gate = gateProblems(`${at}.`, step)
    if (step.environment === undefined) return gate
    if (first.has(step.environment)) {
      return [
        ...gate,
        {
          path: `${at}.environment`,
          message: `${step.environment} is deployed to a second time. Keep one of the two.`,
        },
      ]
    }
    first.set(step.environment, index)
    return gate
  })
}

function gateProblems(
  at: string,
  { manual, approvers = [], quorum }: WorkflowSketch['deploy'][number] | EnvironmentSketch,
): readonly Problem[] {
  const problems: Problem[] = []
  if (manual === false && approvers.length > 0) {
    problems.push({
      path: `${at}manual`,
      message: 'Approvers without a gate decide nothing. Leave out manual: false, or the approvers.',
    })
  }
  if (approvers.length > 0 && (quorum ?? 1) > approvers.length) {
    problems.push({
      path: `${at}quorum`,
      message: `A quorum of ${quorum} can never be reached by ${approversWords(approvers)}. Lower it or name more.`,
    })
  }
  return problems
}

/** “1 approver”, “3 approvers”. */
export function approversWords(approvers: readonly string[]): string {
  return approvers.length === 1 ? '1 approver' : `${approvers.length} approvers`
}
