import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { tabPath, workflowTab } from './frame.tsx'
import type { VariableGroup, VariableLine, WorkflowLine } from './model.ts'

interface VariablesProps {
  readonly workflow: WorkflowLine
  readonly groups: readonly VariableGroup[]
  /** Whether this visitor may look at secrets. */
  readonly mayOpenSecrets: 'may' | 'may not'
}

/** What scripts get, and from where. Of a secret its name is shown, and nothing more. */
export function variablesTab(frame: Frame, p: VariablesProps): string {
  const { workflow, groups } = p
  const isEmpty = groups.every(({ variables }) => variables.length === 0)
  return workflowTab(
    frame,
    { workflow, tab: 'variables' },
    isEmpty ? (
      <div class="pan empty">
        <h2>No variables yet</h2>
        <p class="q2">Scripts get what Periplus itself says, as PERIPLUS_ variables, and what stands here.</p>
        <a class="btn" href={`${tabPath(workflow.slug, 'builder')}?at=variables`}>
          Add one in the Builder
        </a>
      </div>
    ) : (
      <div class="stack">
        {groups.map((group) =>
          group.variables.length === 0 ? null : <Group frame={frame} p={p} group={group} />,
        )}
        <p class="hint">
          What is nearer wins: a script’s own, then its environment’s, then the workflow’s. They are changed
          in the{' '}
          <a class="u" href={`${tabPath(workflow.slug, 'builder')}?at=variables`}>
            Builder
          </a>
          .
        </p>
      </div>
    ),
  )
}

function Group({ frame, p, group }: { frame: Frame; p: VariablesProps; group: VariableGroup }) {
  return (
    <section class="pan" aria-label={group.title}>
      <header>
        <h2>{group.title}</h2>
        <span class="q2 gap">{group.hint}</span>
      </header>
      <table class="tb rows vars">
        <caption class="vh">{group.title}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {group.variables.map((variable) => (
            <tr>
              <th scope="row" class="m">
                {variable.name}
              </th>
              <td data-l="Value">
                <Value frame={frame} variable={variable} mayOpen={p.mayOpenSecrets} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Value(p: { frame: Frame; variable: VariableLine; mayOpen: VariablesProps['mayOpenSecrets'] }) {
  const { value, known } = p.variable
  if (typeof value === 'string') return <span class="m value">{value === '' ? '""' : value}</span>
  return (
    <span class="row wraps">
      <Icon frame={p.frame} name="ui-lock" class="q" />
      {known === 'known' && p.mayOpen === 'may' ? (
        <a class="u" href={`/settings/secrets/${value.secret}`}>
          {value.secret}
        </a>
      ) : (
        <span>{value.secret}</span>
      )}
      {known === 'known' ? (
        <span class="q">secret</span>
      ) : (
        <span class="prob">
          <Icon frame={p.frame} name="st-failed" />
          <span>There is no such secret yet.</span>
        </span>
      )}
    </span>
  )
}
