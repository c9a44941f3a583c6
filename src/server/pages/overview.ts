import { approvalsPage } from '../../../views/approvals.tsx'
import { overviewPage, type PipelineLine } from '../../../views/overview.tsx'
import type { WaitingGate } from '../../../views/waiting.tsx'
import { approvalsMissing } from '../../domain/gate.ts'
import { isFinal, STATUSES, type Status } from '../../domain/status.ts'
import { dayOf, periodsOf } from '../../domain/trend.ts'
import { ruleOf } from '../../store/gates.ts'
import type { GateRow, WorkflowRow } from '../../store/tables.ts'
import type { ServerDeps } from '../context.ts'
import { filterFor, historyLine } from './lines.ts'
import { refusalAt, type Visit, WAITING_MAX, waitingGates } from './visit.ts'

const RUNNING_ROWS = 20
const WRONG_ROWS = 8
/** Pipelines on the overview; all of them stand at /pipelines. */
const PIPELINES_MAX = 12
const DAYS = 24

const UNDER_WAY = STATUSES.filter((status) => !isFinal(status) && !status.endsWith('-pending'))
const WRONG: readonly Status[] = ['failed', 'error', 'approval-rejected', 'termination-failed']

/** What waits, runs and went wrong; and all that waits. */
export function overviewPages(deps: ServerDeps) {
  const { store } = deps
  return {
    show: ({ c, frame, visitor }: Visit) =>
      c.html(
        overviewPage(frame, {
          waiting: waitingGates(deps, visitor.person).map((gate) => waitingGate(deps, gate)),
          running: rows(deps, UNDER_WAY, RUNNING_ROWS),
          wrong: rows(deps, WRONG, WRONG_ROWS),
          pipelines: pipelines(deps, frame.now),
          since: store.events.last(),
        }),
      ),

    approvals: ({ c, frame, visitor }: Visit) => {
      const gates = store.gates.waiting(WAITING_MAX)
      const mine = gates.filter((gate) => refusalAt(deps, gate, visitor.person) === null)
      const others = gates.filter((gate) => !mine.includes(gate))
      return c.html(
        approvalsPage(frame, {
          mine: mine.map((gate) => waitingGate(deps, gate)),
          others: others.map((gate) => waitingGate(deps, gate)),
          since: store.events.last(),
        }),
      )
    },
  }
}

function rows(deps: ServerDeps, statuses: readonly Status[], limit: number) {
  return deps.store.history
    .page(filterFor({ statuses }), null, limit)
    .rows.map((row) => historyLine(deps, row))
}

/** A gate as lists show it. */
export function waitingGate({ store }: ServerDeps, gate: GateRow): WaitingGate {
  const rule = ruleOf(gate)
  const approvals = store.gates
    .decisions(gate.executionId)
    .filter((one) => one.environment === gate.environment && one.verdict === 'approved')
  return {
    id: store.executions.displayId(gate.executionId),
    environment: gate.environment,
    kind: rule.kind,
    title: store.executions.byId(gate.executionId)?.title ?? null,
    askedAt: gate.askedAt,
    expiresAt: gate.expiresAt,
    missing: approvalsMissing(rule, approvals.length),
  }
}

function pipelines(deps: ServerDeps, now: number): PipelineLine[] {
  const { store, settings } = deps
  const days = periodsOf({ period: 'day', count: DAYS }, dayOf(now, settings.timezone))
  return store.workflows
    .list()
    .toSorted((a, b) => b.executions - a.executions)
    .slice(0, PIPELINES_MAX)
    .map((row) => pipeline(deps, row, days))
}

function pipeline(deps: ServerDeps, row: WorkflowRow, days: readonly string[]): PipelineLine {
  const { store } = deps
  const points = store.trends.days(row.id, days[0] ?? '', days.at(-1) ?? '')
  const last = store.history.page(filterFor({ workflow: row.slug }), null, 1).rows[0]
  const sum = (day: string, statuses: readonly Status[]) =>
    points
      .filter((point) => point.period === day && statuses.includes(point.status))
      .reduce((all, point) => all + point.count, 0)
  return {
    slug: row.slug,
    last: last === undefined ? null : historyLine(deps, last),
    days: days.map((day) => ({ day, well: sum(day, ['succeeded']), wrong: sum(day, ['failed', 'error']) })),
  }
}
