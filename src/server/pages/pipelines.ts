import { pipelinesPage } from '../../../views/pipelines.tsx'
import { type PipelineLine, SOUNDINGS_MAX } from '../../../views/soundings.tsx'
import type { WorkflowRow } from '../../store/tables.ts'
import { ranFor } from '../comparison.ts'
import type { ServerDeps } from '../context.ts'
import { middle } from '../usual.ts'
import { executionsOf, filterFor } from './lines.ts'
import type { Visit } from './visit.ts'

/** What ended with a verdict; a rejection or a termination says nothing about the pipeline. */
const VERDICTS = ['succeeded', 'failed', 'error'] as const

export function pipelinePages(deps: ServerDeps) {
  return {
    list: ({ c, frame }: Visit) =>
      c.html(
        pipelinesPage(frame, {
          pipelines: deps.store.workflows.list().map((row) => pipelineLine(deps, row)),
          since: deps.store.events.last(),
        }),
      ),
  }
}

export function pipelineLine(deps: ServerDeps, { slug, executions }: WorkflowRow): PipelineLine {
  const never = { slug, executions, last: null, soundings: [], usualMs: null }
  if (executions === 0) return never
  const filter = filterFor({ workflow: slug, statuses: VERDICTS })
  const soundings = deps.store.history
    .page(filter, null, SOUNDINGS_MAX)
    .rows.map((row) => ({
      id: `${slug}-${row.number}`,
      well: row.status === 'succeeded',
      ms: ranFor(row) ?? 0,
    }))
    .toReversed()
  const times = soundings.filter((one) => one.well).map((one) => one.ms)
  return { ...never, last: executionsOf(deps, slug, 1)[0] ?? null, soundings, usualMs: middle(times) }
}
