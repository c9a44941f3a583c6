import type { BaselineLine, ExecutionProps, RerunLine, WaitLine } from '../../../views/execution/model.ts'
import { executionPage, executionParts } from '../../../views/execution/page.tsx'
import { rerunPage } from '../../../views/execution/rerun.tsx'
import { terminatePage } from '../../../views/execution/terminate.tsx'
import { type Person, reaches } from '../../domain/actor.ts'
import { Fault } from '../../domain/fault.ts'
import { pushedImage } from '../../domain/image/pushed.ts'
import { isFinal } from '../../domain/status.ts'
import type { ExecutionRow, StageRow } from '../../store/tables.ts'
import { commitsSince, lastSuccess } from '../baseline.ts'
import { findStage } from '../lookup.ts'
import { usual } from '../usual.ts'
import { eventLine, executionLine, gateLine, stageLine } from './lines.ts'
import { emptyLog, type LogDeps, logWindow } from './log.ts'
import { reportLines } from './reports.ts'
import { type Visit, wanted } from './visit.ts'

/** The newest of an execution's events; older ones stand in the API. */
const EVENTS_MAX = 500
/** Commits that the page lists; a comparison lists all that are known. */
const COMMITS_MAX = 7

/** One execution, its changed parts, and the questions before its end and before it is run again. */
export function executionPages(deps: LogDeps) {
  return {
    show: async (visit: Visit) =>
      visit.c.html(executionPage(visit.frame, await props(deps, visit, 'with its lines'))),
    parts: async (visit: Visit) =>
      visit.c.html(executionParts(visit.frame, await props(deps, visit, 'without lines'))),
    terminate: async (visit: Visit) =>
      visit.c.html(terminatePage(visit.frame, await props(deps, visit, 'without lines'))),
    rerun: async (visit: Visit) => {
      const page = await props(deps, visit, 'without lines')
      const from = visit.c.req.query('from') === 'failed' ? 'failed' : 'start'
      const markup = rerunPage(visit.frame, page, from)
      if (markup === null) throw new Fault('conflict', whyNot(page, visit.visitor.person))
      return visit.c.html(markup)
    },
  }
}

function whyNot({ execution, rerun }: ExecutionProps, person: Person): string {
  if (!isFinal(execution.status)) return `${execution.id} goes on; it can be run again once it has ended.`
  if (rerun === null) return `${person.name} is a ${person.role}; to run one again one must be an executor.`
  return rerun.gone ?? `Nothing of ${execution.id} can be taken over; run all of it again.`
}

async function props(
  deps: LogDeps,
  visit: Visit,
  lines: 'with its lines' | 'without lines',
): Promise<ExecutionProps> {
  const { c, visitor } = visit
  const { store } = deps
  const row = wanted(deps, c)
  const id = store.executions.displayId(row.id)
  const stages = store.stages.list(row.id)
  const asked = c.req.query('stage')
  const stage = asked === undefined ? mostTelling(stages) : findStage(store, row, asked)
  const page = { path: `/executions/${id}`, stage: stage?.id ?? null }
  const { stages: usualStages, whole } = usual(store, row)
  const [again] = store.executions.reruns(row.id)
  const may = reaches(visitor.person.role, 'executor')
  return {
    execution: executionLine(deps, row),
    rerunOf: row.rerunOf === null ? null : store.executions.displayId(row.rerunOf),
    redeploys: row.redeploys,
    deployed:
      may && isFinal(row.status)
        ? store.deployments.ofExecution(row.id).map(({ environment }) => environment)
        : [],
    rerunAs: again === undefined ? null : store.executions.displayId(again),
    stages: stages.map((one) => stageLine(deps, one)),
    gates: store.gates.list(row.id).map((gate) => gateLine(deps, gate, visitor.person)),
    image: pushedImage(stages),
    waits: waitsOf(deps, row, stages),
    events: store.events.list(row.id).slice(-EVENTS_MAX).map(eventLine),
    since: store.events.last(),
    log: stage === null ? emptyLog(id, page) : await logWindow(deps, visit, row, stage, page, lines),
    chosenBy: asked === undefined ? 'page' : 'reader',
    usual: usualStages,
    usualMs: whole,
    baseline: baselineOf(deps, row),
    reports: reportLines(deps, row),
    neighbours: neighboursOf(deps, row),
    rerun: may && isFinal(row.status) ? rerunOf(deps, row, stages) : null,
    terminateRefusal: may
      ? null
      : `${visitor.person.name} is a ${visitor.person.role}; to terminate one must be an executor.`,
  }
}

/** Where the reader's eye should be: at what went wrong, else at what runs, else at what ended last. */
function mostTelling(stages: readonly StageRow[]): StageRow | null {
  const own = stages.filter((stage) => stage.takenFrom === null)
  return (
    own.find((stage) => stage.status === 'failed' || stage.status === 'error') ??
    own.find((stage) => stage.status === 'running') ??
    own.findLast((stage) => stage.status === 'terminated') ??
    own.findLast((stage) => stage.startedAt !== null) ??
    stages[0] ??
    null
  )
}

function rerunOf({ ledger }: LogDeps, row: ExecutionRow, stages: readonly StageRow[]): RerunLine {
  const found = row.status === 'succeeded' ? null : ledger.resumption(row.id)
  const first = found?.stage.ordinal ?? 0
  const kept = stages.filter((stage) => stage.segment !== null && stage.ordinal < first).length
  return { from: found?.stage.id ?? null, gone: found?.gone ?? null, kept }
}

function baselineOf({ store }: LogDeps, row: ExecutionRow): BaselineLine | null {
  const success = lastSuccess(store, row)
  if (success === null) return null
  const commits = commitsSince(store, row, success).map(({ sha, title, author, execution }) => ({
    ...{ sha, title, author },
    execution: store.executions.displayId(execution.id),
  }))
  return { id: store.executions.displayId(success.id), commits: commits.slice(0, COMMITS_MAX) }
}

function neighboursOf({ store }: LogDeps, row: ExecutionRow): ExecutionProps['neighbours'] {
  const at = (number: number) => {
    const found = store.executions.byNumber(row.workflowId, number)
    return found === null ? null : store.executions.displayId(found.id)
  }
  return { older: at(row.number - 1), newer: at(row.number + 1) }
}

/** Shorter ones are how computers are. */
const WAIT_LEAST_MS = 1_000

/** What each segment waited for before it began: people, its turn, its engine. */
function waitsOf({ store, world }: LogDeps, row: ExecutionRow, stages: readonly StageRow[]): WaitLine[] {
  const gates = store.gates.list(row.id)
  const now = row.finishedAt ?? world.now()
  const ended = row.finishedAt !== null
  return store.segments.list(row.id).flatMap((segment) => {
    const first = stages.find((stage) => stage.segment === segment.number)
    const gate = gates.find((one) => one.segment === segment.number)
    const { queuedAt, attemptedAt, startedAt } = segment
    const waits = [
      { why: 'gate' as const, from: gate?.askedAt ?? null, until: gate?.closedAt ?? null },
      { why: 'queue' as const, from: queuedAt, until: attemptedAt },
      { why: 'engine' as const, from: attemptedAt, until: startedAt },
    ]
    return waits.flatMap(({ why, from, until }): WaitLine[] => {
      if (first === undefined || from === null || (until ?? now) - from < WAIT_LEAST_MS) return []
      return [{ stage: first.ordinal, why, from, until: until ?? (ended ? now : null) }]
    })
  })
}
