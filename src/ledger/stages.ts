import type { EngineName } from '../domain/definition.ts'
import { isFinal, type StageStatus, type Status } from '../domain/status.ts'
import { strip } from '../domain/strip.ts'
import type { ExecutionRow, StageRow } from '../store/tables.ts'
import type { Change } from './apply.ts'
import { type Desk, executionOf, plausible, record, SYSTEM } from './desk.ts'
import { finishStage } from './measure.ts'

/** News of a stage, as an engine or the preparation tells it. */
export type StageNews =
  | { readonly type: 'started'; readonly attempt: number; readonly at: number }
  | {
      readonly type: 'finished'
      readonly status: 'succeeded' | 'failed' | 'error' | 'skipped' | 'terminated'
      readonly reason: string | null
      readonly exitCode: number | null
      readonly at: number
    }
  | { readonly type: 'outputs'; readonly outputs: Readonly<Record<string, string>> }

const FINISHED: ReadonlySet<StageStatus> = new Set(['succeeded', 'failed', 'error', 'skipped', 'terminated'])

/** Whether nothing can become of a stage any more. */
function isFinished(stage: StageRow): boolean {
  return FINISHED.has(stage.status)
}

export function stripOf(desk: Desk, executionId: number, status: Status): string {
  return strip(desk.store.stages.list(executionId), status)
}

/**
 * Takes news of one stage of the segment an execution stands at. News of a stage that has finished, or of an
 * execution that has ended, changes nothing and answers false.
 */
export function applyStageNews(desk: Desk, id: number, ordinal: number, news: StageNews): boolean {
  return desk.store.transaction(() => {
    const row = executionOf(desk, id)
    const stage = desk.store.stages.one(id, ordinal)
    if (stage === null || isFinal(row.status) || isFinished(stage)) return false
    if (stage.segment !== null && stage.segment !== row.atSegment) return false
    return write(desk, row, stage, news)
  })
}

function write(desk: Desk, row: ExecutionRow, stage: StageRow, news: StageNews): boolean {
  const now = desk.world.now()
  const reason = news.type === 'finished' ? reasonOf(desk, row, stage, news) : null
  const segment = stage.segment === null ? null : desk.store.segments.one(row.id, stage.segment)
  const earliest = segment?.attemptedAt ?? row.triggeredAt
  switch (news.type) {
    case 'started':
      if (stage.status === 'running' && news.attempt <= stage.attempt) return false
      desk.store.stages.start(row.id, stage.ordinal, news.attempt, plausible(news.at, earliest, now))
      break
    case 'finished':
      finishStage(desk, row, stage, {
        ...news,
        reason,
        at: plausible(news.at, stage.startedAt ?? earliest, now),
      })
      break
    case 'outputs':
      desk.store.stages.setOutputs(row.id, stage.ordinal, JSON.stringify(news.outputs))
      if (stage.phase === 'source')
        desk.store.executions.update(row.id, {
          title: news.outputs['title'] ?? row.title,
          author: news.outputs['author'] ?? row.author,
        })
      return true
    default:
      news satisfies never
  }
  desk.store.executions.update(row.id, { strip: stripOf(desk, row.id, row.status) })
  record(desk, {
    executionId: row.id,
    at: now,
    type: `stage.${news.type}`,
    actor: stage.segment === null ? SYSTEM : { kind: 'engine', name: engineOf(desk, row, stage.segment) },
    stage: stage.id,
    reason,
  })
  return true
}

/** A failure that stops nothing says so: it would look like one that should have. */
function reasonOf(
  { store }: Desk,
  { planHash }: ExecutionRow,
  { ordinal }: StageRow,
  { status, reason }: Extract<StageNews, { type: 'finished' }>,
): string | null {
  if (status !== 'failed' || planHash === null) return reason
  const planned = store.executions.plan(planHash)?.stages[ordinal]
  return planned?.continueOnFailure === true ? `${reason ?? 'It failed.'} The execution goes on.` : reason
}

function engineOf(desk: Desk, row: ExecutionRow, segment: number): EngineName {
  return desk.store.segments.one(row.id, segment)?.engine ?? row.engine
}

/** Ends the stages of a segment that is left, and of an execution that has ended: none stays as if it could go on. */
export function closeStages(desk: Desk, change: Change): void {
  if (!change.leaves) return
  const ended = isFinal(change.step.status)
  const open = desk.store.stages
    .list(change.row.id)
    .filter((stage) => !isFinished(stage) && (ended || stage.segment === change.position.at))
  const blamed = open.find((stage) => isBlamed(stage, change))
  for (const stage of open) {
    const end = stage === blamed || stage.status === 'running' ? lastWord(change) : SKIPPED
    finishStage(desk, change.row, stage, { ...end, exitCode: null, at: change.at })
  }
}

const SKIPPED = { status: 'skipped', reason: null } as const

/** A segment that never came to run, or a definition that is wrong, still has a stage that says so. */
function isBlamed(stage: StageRow, { event, position }: Change): boolean {
  if (event.type === 'validation.failed') return stage.phase === 'validation'
  return (event.type === 'submit.refused' || event.type === 'segment.lost') && stage.segment === position.at
}

/** What becomes of a stage that its engine has not ended itself. */
function lastWord({ event, step }: Change): { status: StageStatus; reason: string | null } {
  if (step.status === 'terminated') return { status: 'terminated', reason: null }
  switch (event.type) {
    case 'validation.failed':
      return { status: 'failed', reason: null }
    case 'submit.refused':
    case 'segment.lost':
      return { status: 'error', reason: event.reason }
    case 'segment.finished':
      return event.killed
        ? { status: 'terminated', reason: event.reason }
        : { status: event.verdict, reason: event.reason }
    default:
      return { status: 'terminated', reason: step.reason }
  }
}
