import type { Environment } from '../../src/domain/definition.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Ago, Icon } from '../parts.tsx'
import { counted, shortSha } from '../words.ts'
import { gateWords } from './rules.ts'

/** What stands in an environment of one workflow. */
export interface Deployed {
  readonly id: string
  readonly sha: string | null
  readonly at: number
  readonly by: string
}

/** How a cell stands to the others of its row. */
export type Remark =
  | { readonly kind: 'newest' }
  | { readonly kind: 'behind'; readonly by: string; readonly environment: string }
  | { readonly kind: 'waits'; readonly id: string; readonly gate: 'approval' | 'deployment' }

export interface Cell {
  /** Null where nothing was deployed yet. */
  readonly deployed: Deployed | null
  readonly remark: Remark | null
}

export interface OtherLine {
  readonly definition: Environment
  readonly updatedAt: number
  readonly updatedBy: string
  /** How many workflows deploy there. */
  readonly workflows: number
}

export interface EnvironmentsProps {
  readonly columns: readonly Environment[]
  /** A workflow with a cell for each column; null where it does not deploy there. */
  readonly rows: readonly { readonly workflow: string; readonly cells: readonly (Cell | null)[] }[]
  /** How many workflows more there are than rows. */
  readonly more: number
  readonly others: readonly OtherLine[]
  readonly recent: readonly { readonly id: string; readonly environment: string; readonly at: number }[]
  readonly active: number
  readonly inactive: number
  readonly query: string
  readonly mayCreate: 'yes' | 'no'
  readonly since: number
}

/** What is deployed where. */
export function environmentsPage(frame: Frame, p: EnvironmentsProps): string {
  const none = p.active + p.inactive === 0
  return page(
    frame,
    { title: 'Environments', live: { stream: `since=${p.since}`, parts: null }, name: 'environments' },
    <>
      <div class="head">
        <div>
          <h1>Environments</h1>
          <p class="sub">
            What is deployed where. {p.active} active, {p.inactive} inactive.
          </p>
        </div>
        {p.mayCreate === 'no' ? null : (
          <div class="row">
            <a class="btn" href="/environments/new">
              <Icon frame={frame} name="ui-plus" />
              New environment
            </a>
          </div>
        )}
      </div>
      {none ? (
        <NoEnvironment />
      ) : (
        <>
          <Filter frame={frame} query={p.query} />
          <Matrix frame={frame} p={p} />
          <div class="duo">
            <Others frame={frame} p={p} />
            <Recent frame={frame} recent={p.recent} />
          </div>
        </>
      )}
    </>,
  )
}

function NoEnvironment() {
  return (
    <div class="pan empty">
      <h2>No environment yet</h2>
      <p class="q2">An environment is a deploy target with its rules.</p>
      <code class="cmd">periplus apply production.yaml</code>
    </div>
  )
}

function Filter(p: { frame: Frame; query: string }) {
  return (
    <form class="filters" action="/environments" aria-label="Filter">
      <label class="find">
        <Icon frame={p.frame} name="ui-search" />
        <span class="vh">Workflow or environment</span>
        <input name="q" value={p.query} placeholder="Name" data-find="" />
      </label>
      {p.query === '' ? null : (
        <a class="btn flat" href="/environments">
          All
        </a>
      )}
    </form>
  )
}

function Matrix(p: { frame: Frame; p: EnvironmentsProps }) {
  const { frame } = p
  const { columns, rows, more, query } = p.p
  if (rows.length === 0 || columns.length === 0) {
    return (
      <div class="pan empty">
        <h2>{query === '' ? 'No workflow deploys yet' : 'Nothing matches'}</h2>
        <p class="q2">
          {query === ''
            ? 'A workflow deploys to the environments that it names under deploy.'
            : 'Neither a workflow that deploys nor an environment is called so.'}
        </p>
      </div>
    )
  }
  return (
    <div class="pan scroll">
      <table class="tb fix env">
        <caption class="vh">Deployed execution by workflow and environment</caption>
        <colgroup>
          <col width="184" />
          {columns.map(() => (
            <col />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <span class="q">Workflow</span>
            </th>
            {columns.map((environment) => (
              <th scope="col">
                <a class="b" href={`/environments/${environment.name}`}>
                  {environment.name}
                </a>
                <small>
                  {gateWords(environment)}
                  {environment.engine === null ? '' : ` · ${environment.engine}`}
                </small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr data-row="">
              <th scope="row">
                <a class="lead" href={`/workflows/${row.workflow}`}>
                  {row.workflow}
                </a>
              </th>
              {row.cells.map((cell, at) => (
                <CellOf frame={frame} cell={cell} environment={columns[at]?.name ?? ''} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more === 0 ? null : (
        <p class="none q2">{counted(more, 'workflow')} more. Write part of a name above.</p>
      )}
    </div>
  )
}

function CellOf(p: { frame: Frame; cell: Cell | null; environment: string }) {
  const { frame, cell, environment } = p
  if (cell === null) {
    return (
      <td data-env={environment} class="nil">
        <span class="q" aria-hidden="true">
          –
        </span>
        <span class="vh">does not deploy there</span>
      </td>
    )
  }
  const { deployed, remark } = cell
  return (
    <td data-env={environment}>
      <div>
        <div class="row">
          {deployed === null ? (
            <span class="q">nothing yet</span>
          ) : (
            <a class="lead" href={`/executions/${deployed.id}`}>
              {deployed.id}
            </a>
          )}
          {remark === null ? null : (
            <span class="gap">
              <RemarkOf remark={remark} />
            </span>
          )}
        </div>
        {deployed === null ? null : (
          <small>
            {deployed.sha === null ? null : (
              <>
                <span class="m">{shortSha(deployed.sha)}</span> ·{' '}
              </>
            )}
            <Ago frame={frame} at={deployed.at} /> by {deployed.by}
          </small>
        )}
      </div>
    </td>
  )
}

function RemarkOf(p: { remark: Remark }) {
  const { remark } = p
  if (remark.kind === 'newest') return <span class="q">newest</span>
  if (remark.kind === 'behind') {
    return (
      <span class="q2">
        {remark.by} behind {remark.environment}
      </span>
    )
  }
  const number = remark.id.slice(remark.id.lastIndexOf('-') + 1)
  return (
    <a class="call" href={`/executions/${remark.id}#gate`}>
      {number} {remark.gate === 'approval' ? 'waits for approval' : 'is ready'}
    </a>
  )
}

function Others(p: { frame: Frame; p: EnvironmentsProps }) {
  const { frame } = p
  const { others } = p.p
  return (
    <section class="pan" aria-labelledby="others-title">
      <header>
        <h2 id="others-title">Others</h2>
      </header>
      {others.length === 0 ? (
        <p class="none q2">Every environment stands above.</p>
      ) : (
        <table class="tb">
          <caption class="vh">Environments that are inactive, or have no room above</caption>
          <tbody>
            {others.map((one) => (
              <tr>
                <th scope="row">
                  <a class="lead" href={`/environments/${one.definition.name}`}>
                    {one.definition.name}
                  </a>
                </th>
                <td class="q2">
                  {one.definition.active ? (
                    gateWords(one.definition)
                  ) : (
                    <>
                      inactive, saved <Ago frame={frame} at={one.updatedAt} /> by {one.updatedBy}
                    </>
                  )}
                </td>
                <td class="n nw">{counted(one.workflows, 'workflow')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function Recent(p: { frame: Frame; recent: EnvironmentsProps['recent'] }) {
  const { frame, recent } = p
  return (
    <section class="pan" aria-labelledby="recent-title">
      <header>
        <h2 id="recent-title">Latest deployments</h2>
      </header>
      {recent.length === 0 ? (
        <p class="none q2">Nothing was deployed yet.</p>
      ) : (
        <table class="tb">
          <caption class="vh">Latest deployments, newest first</caption>
          <tbody>
            {recent.map((one) => (
              <tr>
                <th scope="row">
                  <a class="st lead" href={`/executions/${one.id}`}>
                    <Icon frame={frame} name="st-succeeded" class="ok" />
                    {one.id}
                  </a>
                </th>
                <td class="q2">to {one.environment}</td>
                <td class="n q nw">
                  <Ago frame={frame} at={one.at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
