import type { Analytics } from '../../src/domain/analytics.ts'
import { NO_FILTER } from '../../src/domain/filter.ts'
import type { Count } from '../../src/domain/trend.ts'
import { periodsOf, trendOf } from '../../src/domain/trend.ts'
import type { ExecutionProps } from '../../views/execution/model.ts'
import type { HistoryProps } from '../../views/history/page.tsx'
import { type LogWindow, PLAIN_QUERY } from '../../views/log/model.ts'
import type { ExecutionLine, Frame, GateLine, StageLine } from '../../views/model.ts'

/** Data that pages are drawn from in tests: one moment, one shop. */

const NOW = Date.UTC(2026, 8, 1, 8, 30)

/** Whatever a stranger may write into a branch, a title or a log, must come out as text. */
export const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'`

export const FRAME: Frame = {
  assets: {
    style: '/assets/a.css',
    script: '/assets/a.js',
    chartStyle: '/assets/chart.css',
    chartScript: '/assets/chart.js',
    workflowStyle: '/assets/workflow.css',
    builder: '/assets/b.js',
    icons: '/assets/a.svg',
    font: '/assets/a.woff2',
  },
  theme: 'system',
  visitor: { name: 'alice', role: 'admin', csrf: 'field-of-alice' },
  path: '/executions',
  host: 'delivery.shop.example',
  waiting: 0,
  notices: [],
  now: NOW,
  timezone: 'Europe/Athens',
}

export function executionLine(some: Partial<ExecutionLine> = {}): ExecutionLine {
  return {
    id: 'storefront-12',
    workflow: 'storefront',
    version: 3,
    status: 'running',
    reason: null,
    waitingFor: null,
    trigger: 'manual',
    triggeredBy: 'alice',
    triggeredAt: NOW - 192_000,
    branch: 'main',
    tag: null,
    sha: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334',
    title: 'Show delivery window in the basket',
    author: 'alice',
    engine: 'local',
    strip: 'sssrww-ww',
    startedAt: NOW - 190_000,
    finishedAt: null,
    reports: [],
    ...some,
  }
}

export function stageLine(some: Partial<StageLine> = {}): StageLine {
  return {
    ordinal: 3,
    id: 'build',
    phase: 'build',
    segment: 0,
    environment: null,
    status: 'running',
    reason: null,
    exitCode: null,
    attempt: 1,
    startedAt: NOW - 100_000,
    finishedAt: null,
    takenFrom: null,
    ...some,
  }
}

export function gateLine(some: Partial<GateLine> = {}): GateLine {
  return {
    environment: 'production',
    kind: 'approval',
    state: 'open',
    approvers: ['alice', 'farah'],
    quorum: 1,
    askedAt: NOW - 60_000,
    expiresAt: null,
    decisions: [],
    refusal: null,
    older: null,
    replaces: null,
    digest: null,
    ...some,
  }
}

export function logWindow(some: Partial<LogWindow> = {}): LogWindow {
  return {
    ...{ execution: 'storefront-12', stage: 'build', lines: [], total: 0, sealed: false, startedAt: null },
    ...{ page: { path: '/executions/storefront-12', stage: 'build' }, query: PLAIN_QUERY, found: null },
    ...{ groups: null, fresh: null, firstError: null },
    ...some,
  }
}

export function executionProps(some: Partial<ExecutionProps> = {}): ExecutionProps {
  return {
    execution: executionLine(),
    rerunOf: null,
    redeploys: null,
    deployed: [],
    stages: [stageLine()],
    gates: [],
    image: null,
    events: [],
    since: 40,
    log: logWindow(),
    chosenBy: 'page',
    rerunAs: null,
    waits: [],
    usual: new Map(),
    usualMs: null,
    baseline: null,
    reports: [],
    neighbours: { older: null, newer: null },
    rerun: null,
    terminateRefusal: null,
    ...some,
  }
}

export function historyProps(some: Partial<HistoryProps> = {}): HistoryProps {
  const none = { count: 0, exact: true }
  return {
    filter: NO_FILTER,
    choices: { workflows: ['storefront'], environments: ['production'] },
    views: [{ name: 'Failed on main', shared: true, query: 'status=failed&branch=main' }],
    rows: [executionLine()],
    newer: null,
    older: null,
    place: 'newest',
    total: { count: 1, exact: true },
    kept: { count: 1, exact: true },
    counting: 'known',
    counts: {
      pending: none,
      running: { count: 1, exact: true },
      'deployment-pending': none,
      'approval-pending': none,
      terminating: none,
      'termination-failed': none,
      succeeded: none,
      failed: none,
      error: none,
      'approval-rejected': none,
      terminated: none,
    },
    since: 40,
    ...some,
  }
}

const SPREAD = { count: 12, p50Ms: 372_000, p95Ms: 700_000 }

/** A week of one pipeline. */
export function analytics(some: Partial<Analytics> = {}, counts: readonly Count[] = WEEK): Analytics {
  const trend = trendOf(periodsOf({ period: 'day', count: 7 }, '2026-09-01'), counts)
  return {
    range: { period: 'day', count: 7 },
    days: { from: '2026-08-26', to: '2026-09-01' },
    timezone: 'Europe/Athens',
    workflow: 'storefront',
    trend,
    successRateBefore: 0.75,
    duration: SPREAD,
    durations: trend.periods.map((_, at) => (at === 6 ? SPREAD : null)),
    queue: SPREAD,
    gate: SPREAD,
    delivery: {
      environment: 'production',
      lead: SPREAD,
      perDay: 12 / 7,
      failed: 1,
      failureRate: 1 / 13,
      restoration: null,
    },
    stageTimes: {
      executions: 20,
      of: 20,
      stages: [
        { stage: 'build', now: SPREAD, before: { ...SPREAD, p50Ms: 300_000 }, failed: 3 },
        { stage: 'source', now: { count: 20, p50Ms: 4_000, p95Ms: 9_000 }, before: null, failed: 0 },
      ],
    },
    failing: [{ workflow: 'storefront', stage: 'build', failed: 3, flaky: 1 }],
    ...some,
  }
}

const WEEK: readonly Count[] = [
  { period: '2026-08-31', status: 'succeeded', count: 1_204 },
  { period: '2026-08-31', status: 'failed', count: 2 },
  { period: '2026-09-01', status: 'succeeded', count: 8 },
  { period: '2026-09-01', status: 'failed', count: 1 },
  { period: '2026-09-01', status: 'running', count: 1 },
]
