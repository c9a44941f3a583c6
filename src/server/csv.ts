import type { Analytics } from '../domain/analytics.ts'
import { STATUSES } from '../domain/status.ts'
import { daysOf } from '../domain/trend.ts'
import { csvLine } from './table.ts'

type Cell = string | number | null

/** The table of the analytics as RFC 4180 text: a header, then a row a period, oldest first. */
export function csvOf({ range, workflow, trend, durations }: Analytics): string {
  const header = [
    range.period,
    'first_day',
    'last_day',
    'workflow',
    'total',
    ...STATUSES.map((status) => status.replaceAll('-', '_')),
    'duration_p50_s',
    'duration_p95_s',
  ]
  const rows = trend.periods.map((period, at): Cell[] => {
    const { from, to } = daysOf(period)
    const took = durations[at] ?? null
    return [
      period,
      from,
      to,
      workflow ?? 'all',
      trend.sums[at] ?? 0,
      ...STATUSES.map((status) => trend.counts[status][at] ?? 0),
      seconds(took?.p50Ms),
      seconds(took?.p95Ms),
    ]
  })
  return [header, ...rows].map(csvLine).join('')
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000
}
