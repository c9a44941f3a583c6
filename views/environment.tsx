import type { Environment } from '../src/domain/definition.ts'
import type { Finding } from '../src/domain/fault.ts'
import { Editor } from './editor.tsx'
import { page } from './layout.tsx'
import type { Frame } from './model.ts'
import { Ago, Csrf, Findings, Icon } from './parts.tsx'
import { duration, list, shortSha } from './words.ts'
import { leadWords } from './workflow/page.tsx'

/** What stands in an environment now. */
export interface Deployed {
  readonly id: string
  readonly sha: string | null
  readonly at: number
  readonly by: string
}

export interface EnvironmentLine {
  readonly definition: Environment
  readonly deployed: Deployed | null
  readonly updatedAt: number
  readonly updatedBy: string
}

/** What is deployed where. */
export function environmentsPage(
  frame: Frame,
  p: { environments: readonly EnvironmentLine[]; since: number },
): string {
  const active = p.environments.filter((one) => one.definition.active).length
  return page(
    frame,
    { title: 'Environments', live: { stream: `since=${p.since}`, parts: null }, name: 'environments' },
    <>
      <div class="head">
        <div>
          <h1>Environments</h1>
          <p class="sub">
            What is deployed where. {active} active, {p.environments.length - active} inactive.
          </p>
        </div>
        <div class="row">
          <a class="btn" href="/environments/new">
            <Icon frame={frame} name="ui-plus" />
            New environment
          </a>
        </div>
      </div>
      {p.environments.length === 0 ? (
        <NoEnvironment />
      ) : (
        <div class="pan scroll">
          <table class="tb envs">
            <caption class="vh">Environments with what is deployed in each</caption>
            <thead>
              <tr>
                <th scope="col">Environment</th>
                <th scope="col">Deployed</th>
                <th scope="col">When</th>
                <th scope="col">Rules</th>
              </tr>
            </thead>
            <tbody>
              {p.environments.map((one) => (
                <EnvironmentRow frame={frame} one={one} />
              ))}
            </tbody>
          </table>
        </div>
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

function EnvironmentRow(p: { frame: Frame; one: EnvironmentLine }) {
  const { definition, deployed } = p.one
  return (
    <tr data-row="">
      <th scope="row">
        <a class="lead" href={`/environments/${definition.name}`}>
          {definition.name}
        </a>
        {definition.active ? null : <span class="q"> inactive</span>}
      </th>
      <td>
        {deployed === null ? (
          <span class="q">nothing yet</span>
        ) : (
          <>
            <a class="u" href={`/executions/${deployed.id}`}>
              {deployed.id}
            </a>
            {deployed.sha === null ? null : <span class="q m"> {shortSha(deployed.sha)}</span>}
          </>
        )}
      </td>
      <td class="q">
        {deployed === null ? null : (
          <>
            <Ago frame={p.frame} at={deployed.at} /> by {deployed.by}
          </>
        )}
      </td>
      <td class="q2">{rulesWords(definition)}</td>
    </tr>
  )
}

/** An environment's rules in one line. */
function rulesWords(e: Environment): string {
  if (!e.manual && e.approvers.length === 0) return 'deploys at once'
  if (e.approvers.length === 0) return 'waits to be deployed by a person'
  const needed = e.quorum === 1 ? 'one approval' : `${e.quorum} approvals`
  const expiry = e.expiresMs === null ? '' : ` within ${duration(e.expiresMs)}`
  return `needs ${needed}${expiry} of ${list(e.approvers)}`
}

interface EnvironmentProps {
  /** Null while it is being made. */
  readonly line: EnvironmentLine | null
  readonly text: string
  readonly findings: readonly Finding[]
  readonly refusal: string | null
}

/** One environment: what stands in it, its rules as text. */
export function environmentPage(frame: Frame, p: EnvironmentProps): string {
  const name = p.line?.definition.name ?? null
  return page(
    frame,
    { title: name ?? 'New environment', live: null, name: 'environment' },
    <form method="post" action={name === null ? '/environments/new' : `/environments/${name}`}>
      <Csrf visitor={frame.visitor} />
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/environments">Environments</a>
      </nav>
      <div class="head">
        <div>
          <h1>{name ?? 'New environment'}</h1>
          {p.line === null ? null : (
            <p class="sub">
              {p.line.definition.active ? 'Active' : 'Inactive'}; {rulesWords(p.line.definition)}. Saved{' '}
              <Ago frame={frame} at={p.line.updatedAt} /> by {p.line.updatedBy}.
            </p>
          )}
        </div>
        {p.refusal === null ? (
          <div class="row">
            <button type="submit" class="btn pri">
              {name === null ? 'Create environment' : 'Update'}
            </button>
          </div>
        ) : null}
      </div>
      <Findings frame={frame} lead={leadWords(p.findings)} findings={p.findings} />
      {p.refusal === null ? null : <p class="note notice">{p.refusal}</p>}
      {p.line?.deployed == null ? null : (
        <p class="note notice">
          <Icon frame={frame} name="st-succeeded" class="ok" />
          <span>
            <a class="u" href={`/executions/${p.line.deployed.id}`}>
              {p.line.deployed.id}
            </a>{' '}
            stands here, deployed <Ago frame={frame} at={p.line.deployed.at} /> by {p.line.deployed.by}.
          </span>
        </p>
      )}
      <Editor
        frame={frame}
        text={p.text}
        findings={p.findings}
        {...(p.refusal === null ? {} : { readonly: 'readonly' as const })}
      />
    </form>,
  )
}
