import type { Finding } from '../../src/domain/fault.ts'
import { Editor } from '../editor.tsx'
import { Newest } from '../history/newest.tsx'
import { page } from '../layout.tsx'
import type { ExecutionLine, Frame } from '../model.ts'
import { Ago, Csrf, Findings } from '../parts.tsx'
import { counted } from '../words.ts'

export interface VersionLine {
  readonly number: number
  readonly at: number
  readonly by: string
}

interface WorkflowProps {
  readonly slug: string
  readonly version: VersionLine
  /** The newest version's number; an older one is shown for reading. */
  readonly newest: number
  readonly text: string
  readonly findings: readonly Finding[]
  /** Where a branch may be chosen: what is proposed, and what it must fit; null where a tag or a commit is named. */
  readonly branch: { readonly value: string; readonly pattern: string | null } | null
  readonly executions: readonly ExecutionLine[]
  readonly versions: readonly VersionLine[]
  /** Why this visitor may not save or run; null where they may. */
  readonly refusal: string | null
  readonly tab: 'builder' | 'history' | 'versions'
  readonly since: number
}

const TABS = [
  ['builder', 'Builder'],
  ['history', 'Execution History'],
  ['versions', 'Versions'],
] as const

/** One workflow: its definition as text, its executions, its versions. */
export function workflowPage(frame: Frame, p: WorkflowProps): string {
  const editing = p.tab === 'builder'
  return page(
    frame,
    {
      title: p.slug,
      live: p.tab === 'history' ? { stream: `workflow=${p.slug}&since=${p.since}`, parts: null } : null,
      name: 'workflow',
      bar:
        editing && p.refusal === null ? (
          <section class="bot" aria-label="Actions">
            <SaveButtons />
          </section>
        ) : null,
    },
    <>
      <form id="definition" method="post" action={`/workflows/${p.slug}`}>
        <Csrf visitor={frame.visitor} />
        <input type="hidden" name="base" value={p.newest} />
        <WorkflowHead frame={frame} p={p} />
        <Tabs slug={p.slug} tab={p.tab} />
        <Findings frame={frame} lead={leadWords(p.findings)} findings={p.findings} />
        {p.refusal === null || !editing ? null : (
          <p class="note notice">
            <span>{p.refusal}</span>
          </p>
        )}
        {editing ? (
          <Editor
            frame={frame}
            text={p.text}
            findings={p.findings}
            {...(p.refusal === null ? {} : { readonly: 'readonly' as const })}
          />
        ) : null}
      </form>
      {p.tab === 'history' ? <Newest frame={frame} slug={p.slug} executions={p.executions} /> : null}
      {p.tab === 'versions' ? <VersionsTab frame={frame} p={p} /> : null}
    </>,
  )
}

function WorkflowHead({ frame, p }: { frame: Frame; p: WorkflowProps }) {
  return (
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/workflows">Workflows</a>
      </nav>
      <div class="head">
        <div>
          <div class="row wraps">
            <h1>{p.slug}</h1>
            <span class="q">
              version {p.version.number}
              {p.version.number === p.newest ? '' : ` of ${p.newest}`}, saved{' '}
              <Ago frame={frame} at={p.version.at} /> by {p.version.by}
            </span>
          </div>
        </div>
        {p.tab === 'builder' && p.refusal === null ? (
          <div class="row no-s">
            {p.branch === null ? null : <BranchField {...p.branch} />}
            <SaveButtons />
          </div>
        ) : null}
      </div>
    </>
  )
}

/** A new workflow, with an example to begin from. */
export function newWorkflowPage(frame: Frame, p: { text: string; findings: readonly Finding[] }): string {
  return page(
    frame,
    { title: 'New workflow', live: null, name: 'workflow' },
    <form method="post" action="/workflows/new">
      <Csrf visitor={frame.visitor} />
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/workflows">Workflows</a>
      </nav>
      <div class="head">
        <div>
          <h1>New workflow</h1>
          <p class="sub">Its name is its address and never changes.</p>
        </div>
        <div class="row">
          <button type="submit" class="btn pri">
            Create workflow
          </button>
        </div>
      </div>
      <Findings frame={frame} lead={leadWords(p.findings)} findings={p.findings} />
      <Editor frame={frame} text={p.text} findings={p.findings} />
    </form>,
  )
}

export function leadWords(findings: readonly Finding[]): string {
  return findings.length === 1
    ? '1 problem stops the update.'
    : `${findings.length} problems stop the update.`
}

function BranchField(p: { value: string; pattern: string | null }) {
  return (
    <label class="row">
      <span class="q2 nw">Branch</span>
      <input
        class="in branch"
        name="branch"
        value={p.value}
        placeholder={p.pattern ?? undefined}
        spellcheck={false}
        autocapitalize="none"
      />
    </label>
  )
}

function SaveButtons() {
  return (
    <>
      <button type="submit" class="btn" name="then" value="update" form="definition">
        Update
      </button>
      <button type="submit" class="btn pri" name="then" value="execute" form="definition">
        Update &amp; Execute Now
      </button>
    </>
  )
}

function Tabs(p: { slug: string; tab: WorkflowProps['tab'] }) {
  return (
    <nav class="tabs" aria-label="Views">
      {TABS.map(([tab, word]) => (
        <a
          href={tab === 'builder' ? `/workflows/${p.slug}` : `/workflows/${p.slug}?tab=${tab}`}
          aria-current={tab === p.tab ? 'page' : undefined}
        >
          {word}
        </a>
      ))}
    </nav>
  )
}

function VersionsTab(p: { frame: Frame; p: WorkflowProps }) {
  const { slug, versions } = p.p
  return (
    <section class="pan" aria-label="Versions">
      <header>
        <h2>{counted(versions.length, 'version')}</h2>
      </header>
      <table class="tb">
        <caption class="vh">Versions of {slug}, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Saved</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr data-row="">
              <th scope="row">
                <a class="lead" href={`/workflows/${slug}?version=${version.number}`}>
                  Version {version.number}
                </a>
              </th>
              <td class="q">
                <Ago frame={p.frame} at={version.at} />
              </td>
              <td class="q2">{version.by}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
