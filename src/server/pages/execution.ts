import type { ExecutionProps } from '../../../views/execution/model.ts'
import { executionPage, executionParts } from '../../../views/execution/page.tsx'
import { terminatePage } from '../../../views/execution/terminate.tsx'
import { logPage } from '../../../views/log/page.tsx'
import { WINDOW_LINES } from '../../../views/log/panel.tsx'
import type { LogWindow } from '../../../views/model.ts'
import { reaches } from '../../domain/actor.ts'
import { isFinal } from '../../domain/status.ts'
import type { ExecutionRow, StageRow } from '../../store/tables.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { findExecution, findStage } from '../lookup.ts'
import { eventLine, executionLine, gateLine, stageLine } from './lines.ts'
import type { Visit } from './visit.ts'

/** The newest of an execution's events; older ones stand in the API. */
const EVENTS_MAX = 500

/** One execution, its changed parts, the question before its end, and one stage's log. */
export function executionPages(deps: ServerDeps) {
  const { store } = deps
  return {
    show: (visit: Visit) => visit.c.html(executionPage(visit.frame, props(deps, visit))),
    parts: (visit: Visit) => visit.c.html(executionParts(visit.frame, props(deps, visit))),
    terminate: (visit: Visit) => visit.c.html(terminatePage(visit.frame, props(deps, visit))),

    log: (visit: Visit) => {
      const row = wanted(deps, visit.c)
      const stage = findStage(store, row, visit.c.req.param('stage') ?? '')
      return visit.c.html(
        logPage(visit.frame, {
          execution: executionLine(deps, row),
          stage: stageLine(stage),
          log: logWindow(deps, row, stage, firstLine(visit.c)),
          since: store.events.last(),
        }),
      )
    },
  }
}

/** The execution that the address names. */
export function wanted(deps: ServerDeps, c: Ctx): ExecutionRow {
  return findExecution(deps.store, c.req.param('id') ?? '')
}

function props(deps: ServerDeps, { c, visitor }: Visit): ExecutionProps {
  const { store } = deps
  const row = wanted(deps, c)
  const stages = store.stages.list(row.id)
  const asked = c.req.query('stage')
  const stage = asked === undefined ? mostTelling(stages) : findStage(store, row, asked)
  return {
    execution: executionLine(deps, row),
    rerunOf: row.rerunOf === null ? null : store.executions.displayId(row.rerunOf),
    stages: stages.map(stageLine),
    gates: store.gates.list(row.id).map((gate) => gateLine(deps, gate, visitor.person)),
    events: store.events.list(row.id).slice(-EVENTS_MAX).map(eventLine),
    since: store.events.last(),
    log: stage === null ? NO_LOG : logWindow(deps, row, stage, firstLine(c)),
    chosenBy: asked === undefined ? 'page' : 'reader',
    terminateRefusal: reaches(visitor.person.role, 'executor')
      ? null
      : `${visitor.person.name} is a ${visitor.person.role}; to terminate one must be an executor.`,
  }
}

const NO_LOG: LogWindow = { stage: 'validation', lines: [], total: 0, sealed: false }

/** Where the reader's eye should be: at what went wrong, else at what runs, else at what ended last. */
function mostTelling(stages: readonly StageRow[]): StageRow | null {
  return (
    stages.find((stage) => stage.status === 'failed' || stage.status === 'error') ??
    stages.find((stage) => stage.status === 'running') ??
    stages.findLast((stage) => stage.status === 'terminated') ??
    stages.findLast((stage) => stage.startedAt !== null) ??
    stages[0] ??
    null
  )
}

function logWindow(
  { store }: ServerDeps,
  row: ExecutionRow,
  stage: StageRow,
  first: number | null,
): LogWindow {
  const { lines: total, sealedAt } = store.logs.info(row.id, stage.ordinal)
  const from = first ?? Math.max(1, total - WINDOW_LINES + 1)
  return {
    stage: stage.id,
    lines: store.logs.window(row.id, stage.ordinal, from, WINDOW_LINES),
    total,
    sealed: sealedAt !== null || isFinal(row.status),
  }
}

/** Half of a window stands above the line that was asked for. */
const ABOVE = WINDOW_LINES / 2

/** The first line of the window: `from` says it, `line` is to stand in its middle; null is the log's end. */
function firstLine(c: Ctx): number | null {
  const from = lineNumber(c.req.query('from'))
  const line = lineNumber(c.req.query('line'))
  if (from !== null) return from
  return line === null ? null : Math.max(1, line - ABOVE)
}

function lineNumber(text: string | undefined): number | null {
  const digits = (text ?? '').replaceAll(',', '')
  return /^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : null
}
