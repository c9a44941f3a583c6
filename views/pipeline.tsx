import type { Child } from 'hono/jsx'
import type { Analytics } from '../src/domain/analytics.ts'
import { Panel } from './analytics/panel.tsx'
import type { Place } from './analytics/query.ts'
import { Controls } from './analytics/range.tsx'
import { Newest } from './history/newest.tsx'
import { page } from './layout.tsx'
import type { ExecutionLine, Frame } from './model.ts'

/** One pipeline's newest executions. */
export function pipelinePage(
  frame: Frame,
  p: { slug: string; executions: readonly ExecutionLine[]; since: number },
): string {
  const live = { stream: `workflow=${p.slug}&since=${p.since}`, parts: null }
  return page(
    frame,
    { title: p.slug, live, name: 'pipeline' },
    <>
      <Head slug={p.slug} tab="Executions">
        <p class="live" role="status">
          Live
        </p>
      </Head>
      <Newest frame={frame} slug={p.slug} executions={p.executions} />
    </>,
  )
}

/** How one pipeline does. */
export function pipelineAnalyticsPage(
  frame: Frame,
  p: { slug: string; analytics: Analytics; place: Place; environments: readonly string[] },
): string {
  const { slug, analytics, place } = p
  return page(
    frame,
    { title: `${slug}, analytics`, live: null, name: 'analytics', draws: 'charts' },
    <>
      <Head slug={slug} tab="Analytics">
        <div class="row">
          <Controls
            frame={frame}
            place={place}
            environments={p.environments}
            environment={analytics.delivery?.environment ?? null}
          />
        </div>
      </Head>
      <Panel analytics={analytics} place={place} />
    </>,
  )
}

function Head(p: { slug: string; tab: 'Executions' | 'Analytics'; children: Child }) {
  const tabs = [
    ['Executions', `/pipelines/${p.slug}`],
    ['Analytics', `/pipelines/${p.slug}?tab=analytics`],
    ['Workflow', `/workflows/${p.slug}`],
  ] as const
  return (
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/pipelines">Pipelines</a>
      </nav>
      <div class="head">
        <div>
          <h1>{p.slug}</h1>
        </div>
        {p.children}
      </div>
      <nav class="tabs" aria-label="Views">
        {tabs.map(([word, href]) => (
          <a href={href} aria-current={word === p.tab ? 'page' : undefined}>
            {word}
          </a>
        ))}
      </nav>
    </>
  )
}
