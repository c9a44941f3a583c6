import { analyticsPage } from '../../../views/analytics/page.tsx'
import type { Place } from '../../../views/analytics/query.ts'
import { pipelineAnalyticsPage, pipelinePage } from '../../../views/pipeline.tsx'
import { Fault } from '../../domain/fault.ts'
import { DAY_RANGES, MONTHS_MAX, type Range, rangeText, readRange, USUAL_RANGE } from '../../domain/trend.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import { analyticsOf } from '../analytics.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { csvOf } from '../csv.ts'
import { findEnvironment, findWorkflow } from '../lookup.ts'
import { executionsOf } from './lines.ts'
import type { Visit } from './visit.ts'

const NEWEST_ROWS = 25

/** Analytics across pipelines, as a page and as a file, and one pipeline with its own. */
export function analyticsPages(deps: ServerDeps) {
  const { store } = deps
  return {
    across: ({ c, frame }: Visit) => {
      // A form sends its empty field; an address that people share has none.
      if (c.req.query('workflow') === '') return c.redirect(withoutEmpty(c), 302)
      const { place, analytics } = asked(deps, c, 'across', chosenWorkflow(deps, c))
      const workflows = store.workflows.list().map(({ slug }) => slug)
      return c.html(
        analyticsPage(frame, { analytics, place, workflows, environments: environmentNames(deps) }),
      )
    },

    csv: ({ c }: Visit) => {
      const { analytics } = asked(deps, c, 'across', chosenWorkflow(deps, c))
      const name = `analytics-${analytics.workflow ?? 'all'}-${rangeText(analytics.range)}.csv`
      return c.body(csvOf(analytics), 200, {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${name}"`,
      })
    },

    pipeline: ({ c, frame }: Visit) => {
      const workflow = findWorkflow(store, c.req.param('slug') ?? '')
      const { slug } = workflow
      if (c.req.query('tab') !== 'analytics') {
        const executions = executionsOf(deps, slug, NEWEST_ROWS)
        return c.html(pipelinePage(frame, { slug, executions, since: store.events.last() }))
      }
      const { place, analytics } = asked(deps, c, 'pipeline', workflow)
      return c.html(
        pipelineAnalyticsPage(frame, { slug, analytics, place, environments: environmentNames(deps) }),
      )
    },
  }
}

function asked(deps: ServerDeps, c: Ctx, tab: Place['tab'], workflow: WorkflowRow | null) {
  const range = chosenRange(c)
  const named = c.req.query('environment') ?? ''
  const environment = named === '' ? null : findEnvironment(deps.store, named).slug
  const place: Place = { tab, workflow: workflow?.slug ?? null, range, environment }
  return { place, analytics: analyticsOf(deps, { workflow, range, environment }) }
}

function chosenWorkflow({ store }: ServerDeps, c: Ctx): WorkflowRow | null {
  const slug = c.req.query('workflow') ?? ''
  return slug === '' ? null : findWorkflow(store, slug)
}

function chosenRange(c: Ctx): Range {
  const text = c.req.query('range') ?? ''
  const range = text === '' ? USUAL_RANGE : readRange(text)
  if (range !== null) return range
  throw new Fault(
    'invalid',
    `“${text.slice(0, 40)}” is no range. Known are ${DAY_RANGES.map((days) => `${days}d`).join(', ')}, and 1m to ${MONTHS_MAX}m.`,
  )
}

function environmentNames({ store }: ServerDeps): string[] {
  return store.environments.list().map(({ slug }) => slug)
}

function withoutEmpty(c: Ctx): string {
  const { pathname, searchParams } = new URL(c.req.url)
  searchParams.delete('workflow')
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams}`
}
