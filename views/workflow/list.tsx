import { page } from '../layout.tsx'
import type { ExecutionLine, Frame } from '../model.ts'
import { Ago, Badge, Icon } from '../parts.tsx'
import { counted } from '../words.ts'

export interface WorkflowLine {
  readonly slug: string
  readonly version: number
  readonly executions: number
  readonly updatedAt: number
  /** Its newest execution; null where it has not run yet. */
  readonly last: ExecutionLine | null
}

/** All workflows, by name. */
export function workflowsPage(frame: Frame, p: { workflows: readonly WorkflowLine[] }): string {
  return page(
    frame,
    { title: 'Workflows', live: null, name: 'workflows' },
    <>
      <div class="head">
        <div>
          <h1>Workflows</h1>
          <p class="sub">{counted(p.workflows.length, 'workflow')}</p>
        </div>
        <div class="row">
          <a class="btn pri" href="/workflows/new">
            <Icon frame={frame} name="ui-plus" />
            New workflow
          </a>
        </div>
      </div>
      <WorkflowTable frame={frame} workflows={p.workflows} />
    </>,
  )
}

function WorkflowTable(p: { frame: Frame; workflows: readonly WorkflowLine[] }) {
  const { frame, workflows } = p
  if (workflows.length === 0) return <NoWorkflow what="workflow" />
  return (
    <div class="pan scroll">
      <table class="tb">
        <caption class="vh">All workflows by name</caption>
        <thead>
          <tr>
            <th scope="col">Workflow</th>
            <th scope="col">Last execution</th>
            <th scope="col">Status</th>
            <th scope="col" class="n">
              Executions
            </th>
            <th scope="col" class="n no-s">
              Version
            </th>
            <th scope="col" class="no-s">
              Saved
            </th>
          </tr>
        </thead>
        <tbody>
          {workflows.map((one) => (
            <WorkflowRow frame={frame} one={one} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function WorkflowRow(p: { frame: Frame; one: WorkflowLine }) {
  return (
    <tr data-row="">
      <th scope="row">
        <a class="lead" href={`/workflows/${p.one.slug}`}>
          {p.one.slug}
        </a>
      </th>
      <td>
        {p.one.last === null ? (
          <span class="q">not run yet</span>
        ) : (
          <>
            <a class="u" href={`/executions/${p.one.last.id}`}>
              {p.one.last.id}
            </a>{' '}
            <Ago frame={p.frame} at={p.one.last.triggeredAt} class="q" />
          </>
        )}
      </td>
      <td>{p.one.last === null ? null : <Badge frame={p.frame} status={p.one.last.status} />}</td>
      <td class="n">{p.one.executions}</td>
      <td class="n no-s">{p.one.version}</td>
      <td class="q no-s">
        <Ago frame={p.frame} at={p.one.updatedAt} />
      </td>
    </tr>
  )
}

/** An empty list teaches. */
export function NoWorkflow(p: { what: 'workflow' | 'pipeline' }) {
  return (
    <div class="pan empty">
      <h2>No {p.what} yet</h2>
      <p class="q2">
        <a class="u" href="/workflows/new">
          Write a workflow
        </a>{' '}
        here, or apply a file:
      </p>
      <code class="cmd">periplus apply storefront.yaml</code>
    </div>
  )
}
