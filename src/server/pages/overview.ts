import { approvalsPage } from '../../../views/approvals.tsx'
import { overviewPage } from '../../../views/overview.tsx'
import type { WaitingGate } from '../../../views/waiting.tsx'
import { approvalsMissing } from '../../domain/gate.ts'
import { isFinal, STATUSES, type Status } from '../../domain/status.ts'
import { ruleOf } from '../../store/gates.ts'
import type { GateRow } from '../../store/tables.ts'
import type { ServerDeps } from '../context.ts'
import { filterFor, historyLine } from './lines.ts'
import { pipelineLine } from './pipelines.ts'
import { refusalAt, type Visit, WAITING_MAX, waitingGates } from './visit.ts'

const RUNNING_ROWS = 20
const WRONG_ROWS = 8
/** Pipelines on the overview; all of them stand at /pipelines. */
const PIPELINES_MAX = 12

const UNDER_WAY = STATUSES.filter((status) => !isFinal(status) && !status.endsWith('-pending'))
const WRONG: readonly Status[] = ['failed', 'error', 'approval-rejected', 'termination-failed']

/** What waits, runs and went wrong; and all that waits. */
export function overviewPages(deps: ServerDeps) {
  const { store } = deps
  return {
    show: ({ c, frame, visitor }: Visit) => {
      const workflows = store.workflows.list().toSorted((a, b) => b.executions - a.executions)
      const running = rows(deps, UNDER_WAY, RUNNING_ROWS)
      const lines = new Map(
        workflows
          .filter(({ slug }, i) => i < PIPELINES_MAX || running.some((row) => row.workflow === slug))
          .map((row) => [row.slug, pipelineLine(deps, row)]),
      )
      return c.html(
        overviewPage(frame, {
          waiting: waitingGates(deps, visitor.person).map((gate) => waitingGate(deps, gate)),
          running: running.map((row) => ({ ...row, usualMs: lines.get(row.workflow)?.usualMs ?? null })),
          wrong: rows(deps, WRONG, WRONG_ROWS),
          pipelines: [...lines.values()].slice(0, PIPELINES_MAX),
          since: store.events.last(),
        }),
      )
    },

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
