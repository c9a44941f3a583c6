import type { Analytics } from '../../src/domain/analytics.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { Panel } from './panel.tsx'
import { analyticsAddress, type Place } from './query.ts'
import { Controls } from './range.tsx'

export interface AnalyticsProps {
  readonly analytics: Analytics
  readonly place: Place
  /** What a reader can choose from. */
  readonly workflows: readonly string[]
  readonly environments: readonly string[]
}

/** How all pipelines do, or one of them. */
export function analyticsPage(frame: Frame, p: AnalyticsProps): string {
  const { analytics, place } = p
  return page(
    frame,
    { title: 'Analytics', live: null, name: 'analytics', draws: 'charts' },
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/pipelines">Pipelines</a>
      </nav>
      <div class="head">
        <div>
          <h1>Analytics</h1>
          <p class="sub">
            {place.workflow === null ? (
              'All pipelines together'
            ) : (
              <>
                Pipeline{' '}
                <a class="u" href={`/pipelines/${place.workflow}`}>
                  {place.workflow}
                </a>
              </>
            )}
          </p>
        </div>
        <div class="row">
          <PipelineMenu frame={frame} p={p} />
          <Controls
            frame={frame}
            place={place}
            environments={p.environments}
            environment={analytics.delivery?.environment ?? null}
          />
        </div>
      </div>
      <Panel analytics={analytics} place={place} />
    </>,
  )
}

function PipelineMenu({ frame, p }: { frame: Frame; p: AnalyticsProps }) {
  const { place, workflows } = p
  const { workflow } = place
  const others = new URL(analyticsAddress({ ...place, workflow: null }), 'http://here').searchParams
  return (
    <div class={workflow === null ? 'fl' : 'fl on'}>
      <details class="menu" name="filter">
        <summary>
          Pipeline
          {workflow === null ? <Icon frame={frame} name="ui-down" /> : <b>{workflow}</b>}
        </summary>
        <form class="drop" action="/analytics">
          {[...others].map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <label>
            <span class="l">Pipeline</span>
            <select class="in" name="workflow">
              <option value="">All</option>
              {workflows.map((slug) => (
                <option value={slug} selected={slug === workflow}>
                  {slug}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="btn pri">
            Show
          </button>
        </form>
      </details>
      {workflow === null ? null : (
        <a
          class="x"
          href={analyticsAddress({ ...place, workflow: null })}
          aria-label={`Remove the filter Pipeline: ${workflow}`}
        >
          <Icon frame={frame} name="ui-close" />
        </a>
      )}
    </div>
  )
}
