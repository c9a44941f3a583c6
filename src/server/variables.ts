import type { VariableGroup } from '../../views/workflow/model.ts'
import { TOOL_PHASES, type Variables, type Workflow } from '../domain/definition.ts'
import { stageIdOfTool } from '../domain/stage.ts'
import type { Store } from '../store/store.ts'

/** The variables of a workflow by whom they are for: all of its scripts, one environment's, one script's. */
export function variableGroups(
  { secrets, environments }: Pick<Store, 'secrets' | 'environments'>,
  workflow: Workflow,
): readonly VariableGroup[] {
  const known = new Set(secrets.names().map(({ name }) => name))
  const group = (title: string, hint: string, variables: Variables): VariableGroup => ({
    ...{ title, hint },
    variables: Object.entries(variables).map(([name, value]) => ({
      ...{ name, value },
      known: typeof value === 'string' || known.has(value.secret) ? 'known' : 'unknown',
    })),
  })
  const scripts = [
    ...TOOL_PHASES.flatMap((phase) =>
      workflow.tools[phase].map(
        (script, index) => [stageIdOfTool(phase, script, index) ?? phase, script] as const,
      ),
    ),
    ...(workflow.build?.kind !== 'script' ? [] : [['build', workflow.build] as const]),
    ...workflow.deploy.flatMap(({ environment, verify }) =>
      verify === null ? [] : [[`verify.${environment}`, verify] as const],
    ),
  ]
  return [
    group('Workflow', 'for all of its scripts', workflow.variables),
    ...workflow.deploy.flatMap(({ environment: name }) => {
      const environment = environments.bySlug(name)?.definition
      return environment === undefined
        ? []
        : [group(`Environment ${name}`, 'for what deploys there', environment.variables)]
    }),
    ...scripts.map(([id, { env }]) => group(id, 'for this stage alone', env)),
  ]
}
