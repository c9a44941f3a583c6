import type { AnalyticsWire } from '../../contract/schemas.ts'
import type { Analytics, Delivery } from '../../domain/analytics.ts'
import { Fault } from '../../domain/fault.ts'
import { STATUSES, type Status } from '../../domain/status.ts'
import { type Range, type Trend, USUAL_RANGE } from '../../domain/trend.ts'
import { analyticsOf } from '../analytics.ts'
import type { Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { findEnvironment, findWorkflow } from '../lookup.ts'

/** How one pipeline does, or all of them. */
export function analyticsHandlers(deps: ServerDeps): Pick<Handlers, 'getAnalytics'> {
  const { store } = deps
  return {
    getAnalytics: ({ query }) => {
      const { workflow, environment, days, months } = query
      if (days !== undefined && months !== undefined) {
        throw new Fault('invalid', 'query.months: days and months exclude each other; take one of them.')
      }
      const range: Range =
        months === undefined
          ? { ...USUAL_RANGE, ...(days === undefined ? {} : { count: days }) }
          : { period: 'month', count: months }
      return analyticsWire(
        analyticsOf(deps, {
          workflow: workflow === undefined ? null : findWorkflow(store, workflow),
          range,
          environment: environment === undefined ? null : findEnvironment(store, environment).slug,
        }),
      )
    },
  }
}

function analyticsWire(p: Analytics): AnalyticsWire {
  const { trend, delivery, stageTimes } = p
  return {
    timezone: p.timezone,
    period: p.range.period,
    ...p.days,
    workflow: p.workflow,
    total: trend.total,
    counts: { ...trend.totals },
    successRate: trend.successRate,
    successRateBefore: p.successRateBefore,
    duration: p.duration,
    queue: p.queue,
    gate: p.gate,
    delivery: delivery === null ? null : deliveryWire(delivery),
    points: trend.periods.map((period, at) => ({
      period,
      total: trend.sums[at] ?? 0,
      counts: countsAt(trend, at),
      duration: p.durations[at] ?? null,
    })),
    stages: { executions: stageTimes.executions, of: stageTimes.of, items: [...stageTimes.stages] },
    failing: [...p.failing],
  }
}

function deliveryWire({ lead, ...delivery }: Delivery) {
  return { ...delivery, lead, deployments: lead?.count ?? 0 }
}

function countsAt({ counts }: Trend, at: number): Record<Status, number> {
  // Every status has its number.
  return Object.fromEntries(STATUSES.map((status) => [status, counts[status][at] ?? 0])) as Record<
    Status,
    number
  >
}
