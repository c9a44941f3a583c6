import { NO_FILTER } from '../../src/domain/filter.ts'
import type { Status } from '../../src/domain/status.ts'
import { type Days, type Range, rangeText, USUAL_RANGE } from '../../src/domain/trend.ts'
import { listAddress } from '../history/query.ts'

/** Which analytics are looked at, and where: across pipelines, or in a pipeline's tab. */
export interface Place {
  readonly tab: 'across' | 'pipeline'
  readonly workflow: string | null
  readonly range: Range
  /** Whose deployments; null where the reader chose none. */
  readonly environment: string | null
}

/** The address of these analytics: only what was chosen stands in it. */
export function analyticsAddress(place: Place): string {
  const query = queryOf(place)
  if (place.tab === 'pipeline') {
    query.delete('workflow')
    return `/pipelines/${place.workflow}?${new URLSearchParams([['tab', 'analytics'], ...query])}`
  }
  return query.size === 0 ? '/analytics' : `/analytics?${query}`
}

/** The same numbers as a file. */
export function csvAddress(place: Place): string {
  const query = queryOf(place)
  return query.size === 0 ? '/analytics.csv' : `/analytics.csv?${query}`
}

function queryOf({ workflow, range, environment }: Place): URLSearchParams {
  const query = new URLSearchParams()
  if (rangeText(range) !== rangeText(USUAL_RANGE)) query.set('range', rangeText(range))
  if (workflow !== null) query.set('workflow', workflow)
  if (environment !== null) query.set('environment', environment)
  return query
}

/** The executions that a number counts. */
export function countedAddress(
  workflow: string | null,
  days: Days,
  statuses: readonly Status[] = [],
): string {
  return listAddress({ ...NO_FILTER, statuses, workflow, ...days })
}
