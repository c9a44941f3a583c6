import type { Environment } from '../../src/domain/definition.ts'
import type { Finding } from '../../src/domain/fault.ts'
import { Editor } from '../editor.tsx'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Ago, Csrf, Findings, Icon, leadWords } from '../parts.tsx'
import { GateItem, type WaitingGate } from '../waiting.tsx'
import { duration, list, shortDigest, shortSha } from '../words.ts'
import type { Deployed } from './list.tsx'
import { gateWords, rulesWords } from './rules.ts'

export interface DeploymentLine extends Deployed {
  readonly version: number
  readonly title: string | null
  /** The image’s, where one was built. */
  readonly digest: string | null
  /** Whether it is what stands here now of its workflow. */
  readonly is: 'standing' | 'replaced'
  readonly redeploy: 'offered' | 'not offered'
}

export interface EnvironmentLine {
  readonly definition: Environment
  readonly updatedAt: number
  readonly updatedBy: string
  /** What stands here, of each workflow the newest. */
  readonly standing: readonly DeploymentLine[]
  readonly waiting: readonly WaitingGate[]
  /** What came here, newest first: one page of it. */
  readonly history: readonly DeploymentLine[]
  readonly place: 'newest' | 'older'
  /** Where the next older page begins; null on the last. */
  readonly before: number | null
}

interface Draft {
  readonly text: string
  readonly findings: readonly Finding[]
  /** Why this person may not save it; null where they may. */
  readonly refusal: string | null
}

/** One environment: its rules, what stands in it, what waits for it and what came before. */
export function environmentPage(frame: Frame, p: Draft & { readonly line: EnvironmentLine }): string {
  const { line } = p
  const { definition } = line
  return page(
    frame,
    { title: definition.name, live: null, name: 'environment', draws: 'editor' },
    <>
      <Crumb />
      <div class="head">
        <div>
          <h1>{definition.name}</h1>
          <p class="sub">
            {definition.active ? 'Active' : 'Inactive'}; {rulesWords(definition)}. Saved{' '}
            <Ago frame={frame} at={line.updatedAt} /> by {line.updatedBy}.
          </p>
        </div>
      </div>
      <Findings frame={frame} lead={leadWords(p.findings)} findings={p.findings} />
      <div class="two">
        <div class="stack">
          {line.waiting.length === 0 ? null : (
            <section class="pan" aria-labelledby="waits-title">
              <header>
                <h2 id="waits-title">Waits for it</h2>
                <span class="num">{line.waiting.length}</span>
              </header>
              {line.waiting.map((gate) => (
                <GateItem frame={frame} gate={gate} />
              ))}
            </section>
          )}
          <Deployments
            frame={frame}
            title="Deployed now"
            empty="Nothing was deployed here yet."
            rows={line.standing}
            environment={definition.name}
          />
          <History frame={frame} line={line} />
        </div>
        <Rules definition={definition} />
      </div>
      <DefinitionForm frame={frame} draft={p} action={`/environments/${definition.name}`} />
    </>,
  )
}

/** The same while it is being made. */
export function newEnvironmentPage(frame: Frame, p: Draft): string {
  return page(
    frame,
    { title: 'New environment', live: null, name: 'environment', draws: 'editor' },
    <>
      <Crumb />
      <div class="head">
        <div>
          <h1>New environment</h1>
          <p class="sub">A deploy target with its rules, which bind every workflow.</p>
        </div>
      </div>
      <Findings frame={frame} lead={leadWords(p.findings)} findings={p.findings} />
      <DefinitionForm frame={frame} draft={p} action="/environments/new" />
    </>,
  )
}

function Crumb() {
  return (
    <nav class="crumb" aria-label="Breadcrumb">
      <a href="/environments">Environments</a>
    </nav>
  )
}

function DefinitionForm(p: { frame: Frame; draft: Draft; action: string }) {
  const { frame, draft, action } = p
  return (
    <form class="stack below" method="post" action={action}>
      <Csrf visitor={frame.visitor} />
      {draft.refusal === null ? null : <p class="note notice flush">{draft.refusal}</p>}
      <Editor
        frame={frame}
        text={draft.text}
        findings={draft.findings}
        {...(draft.refusal === null ? {} : { readonly: 'readonly' as const })}
      />
      {draft.refusal === null ? (
        <div>
          <button type="submit" class="btn pri">
            {action.endsWith('/new') ? 'Create environment' : 'Update'}
          </button>
        </div>
      ) : null}
    </form>
  )
}

interface TableProps {
  readonly frame: Frame
  readonly title: string
  readonly rows: readonly DeploymentLine[]
  readonly environment: string
}

function Deployments(p: TableProps & { empty: string }) {
  return (
    <section class="pan">
      <header>
        <h2>{p.title}</h2>
      </header>
      {p.rows.length === 0 ? <p class="none q2">{p.empty}</p> : <DeploymentTable {...p} />}
    </section>
  )
}

function DeploymentTable(p: TableProps) {
  return (
    <div class="scroll">
      <table class="tb rows">
        <caption class="vh">{p.title}</caption>
        <thead>
          <tr>
            <th scope="col">Execution</th>
            <th scope="col">Commit</th>
            <th scope="col">When</th>
            <th scope="col">By</th>
            <th scope="col">
              <span class="vh">Redeploy</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {p.rows.map((row) => (
            <tr data-row="">
              <th scope="row" class="nw">
                <a class="lead" href={`/executions/${row.id}`}>
                  {row.id}
                </a>
                {row.is === 'standing' ? null : <span class="q"> replaced</span>}
              </th>
              <td data-l="Commit">
                {row.sha === null ? null : <span class="m">{shortSha(row.sha)} </span>}
                <span class="q2">{row.title ?? ''}</span>
                <span class="q">
                  {' · version '}
                  {row.version}
                  {row.digest === null ? null : (
                    <>
                      {' · '}
                      <span class="m" title={row.digest}>
                        {shortDigest(row.digest)}
                      </span>
                    </>
                  )}
                </span>
              </td>
              <td data-l="When" class="q nw">
                <Ago frame={p.frame} at={row.at} />
              </td>
              <td data-l="By">{row.by}</td>
              <td class="n nw">
                {row.redeploy === 'not offered' ? null : (
                  <a
                    class="btn sm"
                    href={`/executions/${row.id}/redeploy?environment=${p.environment}`}
                    aria-label={`Redeploy this: ${row.id} to ${p.environment}`}
                  >
                    <Icon frame={p.frame} name="ui-rerun" />
                    Redeploy this
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function History(p: { frame: Frame; line: EnvironmentLine }) {
  const { frame, line } = p
  const path = `/environments/${line.definition.name}`
  return (
    <div id="history">
      <Deployments
        frame={frame}
        title="History"
        empty="Nothing came here yet."
        rows={line.history}
        environment={line.definition.name}
      />
      {line.place === 'newest' && line.before === null ? null : (
        <nav class="pager" aria-label="Pages of the history">
          <span class="gap" />
          {line.place === 'newest' ? null : (
            <a class="btn sm" href={`${path}#history`}>
              Newest
            </a>
          )}
          {line.before === null ? null : (
            <a class="btn sm" rel="next" href={`${path}?before=${line.before}#history`}>
              Older
              <Icon frame={frame} name="ui-right" />
            </a>
          )}
        </nav>
      )}
    </div>
  )
}

function Rules(p: { definition: Environment }) {
  const e = p.definition
  const approval = e.approvers.length > 0
  return (
    <section class="pan" aria-labelledby="rules-title">
      <header>
        <h2 id="rules-title">Rules</h2>
      </header>
      <dl class="facts fields">
        <dt>Deploys</dt>
        <dd>{gateWords(e)}</dd>
        {approval ? <ApprovalRules e={e} /> : null}
        <dt>Workflows</dt>
        <dd>{e.allowedWorkflows === null ? 'all' : list(e.allowedWorkflows)}</dd>
        <dt>Engine</dt>
        <dd>{e.engine ?? 'the workflow’s'}</dd>
        <dt>Variables</dt>
        <dd class="path">{variableWords(e)}</dd>
      </dl>
    </section>
  )
}

function ApprovalRules(p: { e: Environment }) {
  const { e } = p
  return (
    <>
      <dt>Approvers</dt>
      <dd>{list(e.approvers)}</dd>
      <dt>Approvals</dt>
      <dd>
        {e.quorum} {e.selfApproval ? 'needed' : 'needed, none of whoever started it'}
      </dd>
      <dt>Time to decide</dt>
      <dd>{e.expiresMs === null ? 'without end' : duration(e.expiresMs)}</dd>
    </>
  )
}

/** Names alone: of a secret more must not be said, of the others the definition says it. */
function variableWords(e: Environment): string {
  const names = Object.entries(e.variables).map(([name, value]) =>
    typeof value === 'string' ? name : `${name} (secret)`,
  )
  return names.length === 0 ? 'none' : names.join(', ')
}
