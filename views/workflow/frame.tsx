import type { Child } from 'hono/jsx'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Ago } from '../parts.tsx'
import { minuteOfDay } from '../words.ts'
import type { WorkflowLine } from './model.ts'

export const TABS = [
  ['builder', 'Builder'],
  ['history', 'Execution History'],
  ['variables', 'Variables'],
  ['triggers', 'Triggers'],
  ['versions', 'Versions'],
] as const
export type Tab = (typeof TABS)[number][0]

interface WorkflowPage {
  /** Null while it is being made: then it has no tabs yet. */
  readonly workflow: WorkflowLine | null
  readonly tab: Tab
  /** Beside the title: what may be done. */
  readonly actions?: Child
  /** The bar at the bottom of a phone's screen. */
  readonly bar?: Child
  /** The events that change this page; null where nothing does. */
  readonly stream?: string | null
  readonly draws?: 'builder'
}

/** A page of one workflow: its name, what may be done with it, its tabs. */
export function workflowTab(frame: Frame, p: WorkflowPage, content: Child): string {
  const { workflow, tab } = p
  return page(
    frame,
    {
      title: workflow?.slug ?? 'New workflow',
      live: p.stream == null ? null : { stream: p.stream, parts: null },
      name: 'workflow',
      bar: p.bar ?? null,
      draws: p.draws ?? 'workflow',
    },
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/workflows">Workflows</a>
      </nav>
      <div class="head steady">
        <div class="row wraps">
          <h1>{workflow?.slug ?? 'New workflow'}</h1>
          <span class="q">
            {workflow === null ? 'not saved yet' : <Standing frame={frame} workflow={workflow} />}
          </span>
        </div>
        {p.actions}
      </div>
      {workflow === null ? null : <Tabs slug={workflow.slug} tab={tab} />}
      {content}
    </>,
  )
}

function Standing({ frame, workflow }: { frame: Frame; workflow: WorkflowLine }) {
  const { newest, changedSince } = workflow
  if (changedSince !== null)
    return (
      <>
        version {newest.number}, changed since{' '}
        <time datetime={new Date(changedSince).toISOString()}>
          {minuteOfDay(changedSince, frame.timezone)}
        </time>
      </>
    )
  return (
    <>
      version {newest.number}, saved <Ago frame={frame} at={newest.at} /> by {newest.by}
    </>
  )
}

function Tabs(p: { slug: string; tab: Tab }) {
  return (
    <nav class="tabs" aria-label="Views">
      {TABS.map(([tab, word]) => (
        <a href={tabPath(p.slug, tab)} aria-current={tab === p.tab ? 'page' : undefined}>
          {word}
        </a>
      ))}
    </nav>
  )
}

export function tabPath(slug: string, tab: Tab): string {
  return tab === 'builder' ? `/workflows/${slug}` : `/workflows/${slug}?tab=${tab}`
}
