import type { Analytics, Delivery, FailingStage, StageTimes } from '../domain/analytics.ts'
import { type MeasureKind, spreadOf, spreadOfLengths } from '../domain/measure.ts'
import {
  type Days,
  dayOf,
  daysIn,
  daysOf,
  periodsOf,
  type Range,
  type Trend,
  trendOf,
} from '../domain/trend.ts'
import type { Span } from '../store/measures.ts'
import type { Store } from '../store/store.ts'
import type { WorkflowRow } from '../store/tables.ts'
import { ALL_WORKFLOWS } from '../store/trends.ts'
import type { ServerDeps, Settings } from './context.ts'

interface AnalyticsDeps extends Pick<ServerDeps, 'store' | 'world'> {
  readonly settings: Pick<Settings, 'timezone'>
}

export interface AnalyticsQuestion {
  /** Null is all of them together. */
  readonly workflow: WorkflowRow | null
  readonly range: Range
  /** Whose deployments are told of; null takes the one that is deployed to last. */
  readonly environment: string | null
}

/** What is shown of stages; below that they are short, or fail seldom. */
const STAGES_MAX = 10

/** The periods that are asked about, or those before them. */
interface Stretch {
  readonly id: number
  readonly range: Range
  readonly periods: readonly string[]
  /** The first and the last of them. */
  readonly span: Span
  readonly days: Days
}

/** Reads everything that the analytics say: counters, measures, and the stages of some executions. */
export function analyticsOf(
  { store, world, settings }: AnalyticsDeps,
  { workflow, range, environment }: AnalyticsQuestion,
): Analytics {
  const today = dayOf(world.now(), settings.timezone)
  const id = workflow?.id ?? ALL_WORKFLOWS
  const twice = periodsOf({ ...range, count: 2 * range.count }, today)
  const before = stretchOf(id, range, twice.slice(0, range.count))
  const now = stretchOf(id, range, twice.slice(range.count))
  const durations = lengths(store, now, 'duration')
  const byPeriod = Map.groupBy(durations, (one) => one.period)
  const failing = failingStages(store, now)
  return {
    range,
    days: now.days,
    timezone: settings.timezone,
    workflow: workflow?.slug ?? null,
    trend: trend(store, now),
    successRateBefore: trend(store, before).successRate,
    duration: spreadOf(durations),
    durations: now.periods.map((period) => spreadOf(byPeriod.get(period) ?? [])),
    queue: spreadOf(lengths(store, now, 'queue')),
    gate: spreadOf(lengths(store, now, 'gate')),
    delivery: delivery(store, now, environment ?? store.workflows.lastEnvironment(id), today),
    stageTimes: stageTimes(store, now, before, failing),
    failing: failing.slice(0, STAGES_MAX).map((one) => named(store, one)),
  }
}

function stretchOf(id: number, range: Range, periods: readonly string[]): Stretch {
  const span = { from: periods[0] ?? '', to: periods.at(-1) ?? '' }
  return { id, range, periods, span, days: daysOf(span.from, span.to) }
}

function trend({ trends }: Store, { id, range, periods, span: { from, to } }: Stretch): Trend {
  return trendOf(periods, range.period === 'day' ? trends.days(id, from, to) : trends.months(id, from, to))
}

function lengths({ measures }: Store, { id, span }: Stretch, kind: MeasureKind, subject = '') {
  return measures.classes(id, kind, subject, span)
}

function delivery(
  store: Store,
  stretch: Stretch,
  environment: string | null,
  today: string,
): Delivery | null {
  if (environment === null) return null
  const lead = spreadOf(lengths(store, stretch, 'deployment', environment))
  const failed = spreadOf(lengths(store, stretch, 'failed-deployment', environment))?.count ?? 0
  const all = (lead?.count ?? 0) + failed
  return {
    environment,
    lead,
    // The days to come of this month have had no chance yet.
    perDay: (lead?.count ?? 0) / daysIn({ from: stretch.days.from, to: today }),
    failed,
    failureRate: all === 0 ? null : failed / all,
    restoration: spreadOf(lengths(store, stretch, 'restoration', environment)),
  }
}

/** The stages that take longest, beside how long they took before. */
function stageTimes(store: Store, now: Stretch, before: Stretch, failing: readonly Failing[]): StageTimes {
  const { executions, of, lengths: present } = store.stageTimes.between(now.id, now.days)
  const past = store.stageTimes.between(before.id, before.days).lengths
  const stages = [...present]
    .flatMap(([stage, known]) => {
      const spread = spreadOfLengths(known)
      return spread === null ? [] : [{ stage, now: spread }]
    })
    .sort((a, b) => b.now.p50Ms - a.now.p50Ms)
    .slice(0, STAGES_MAX)
    .map((one) => ({
      ...one,
      before: spreadOfLengths(past.get(one.stage) ?? []),
      failed: failing.filter(({ stage }) => stage === one.stage).reduce((sum, { failed }) => sum + failed, 0),
    }))
  return { executions, of, stages }
}

interface Failing extends Omit<FailingStage, 'workflow'> {
  readonly workflowId: number
}

/** Every stage that failed or was flaky, the most often first. */
function failingStages({ measures }: Store, { id, span }: Stretch): Failing[] {
  const rows = new Map<string, Failing>()
  for (const { workflowId, stage, count } of measures.stages(id, 'failed-stage', span))
    rows.set(`${workflowId} ${stage}`, { workflowId, stage, failed: count, flaky: 0 })
  for (const { workflowId, stage, count } of measures.stages(id, 'flaky-stage', span)) {
    const failed = rows.get(`${workflowId} ${stage}`)?.failed ?? 0
    rows.set(`${workflowId} ${stage}`, { workflowId, stage, failed, flaky: count })
  }
  return [...rows.values()].sort(
    (a, b) => b.failed - a.failed || b.flaky - a.flaky || (a.stage < b.stage ? -1 : 1),
  )
}

function named({ workflows }: Store, { workflowId, ...rest }: Failing): FailingStage {
  return { workflow: workflows.byId(workflowId)?.slug ?? '', ...rest }
}
