import type { SegmentVerdict } from '../../domain/machine.ts'
import type { StageOrder } from '../engine.ts'
import { ended, NEVER_BEGUN, skip, TERMINATED } from './ending.ts'
import type { Exit } from './records.ts'
import { runStage, type StageContext } from './stage.ts'
import type { StageResult } from './verdict.ts'
import { makeWorkspace } from './workspace.ts'

/** Runs the stages of a segment one after another; what follows a failure or a termination is skipped. */
export async function runSegment(context: StageContext): Promise<Exit> {
  const { order, settings, folder, journal, termination, world } = context
  if (termination.aborted) {
    for (const stage of order.stages) skip(stage, TERMINATED, context)
    return ended('error', true, NEVER_BEGUN, world)
  }
  journal.append({ type: 'segment.started', at: world.now() })
  makeWorkspace(folder, settings.runAs)
  let verdict: SegmentVerdict = 'succeeded'
  let reason: string | null = null
  let killed = false
  for (const stage of order.stages) {
    if (!killed && verdict === 'succeeded' && termination.aborted) {
      killed = true
      verdict = 'error'
      reason = String(termination.reason)
    }
    if (killed || verdict !== 'succeeded') {
      skip(stage, killed ? TERMINATED : 'An earlier stage failed.', context)
      continue
    }
    const result = await runStage(stage, context)
    killed = result.killed
    verdict = verdictOf(stage, result)
    if (verdict !== 'succeeded') reason = reasonOf(stage, result, termination)
  }
  return ended(verdict, killed, reason, world)
}

function verdictOf(stage: StageOrder, { status, killed }: StageResult): SegmentVerdict {
  if (killed || status === 'error' || status === 'terminated') return 'error'
  return status === 'failed' && !stage.continueOnFailure ? 'failed' : 'succeeded'
}

function reasonOf(stage: StageOrder, { status, reason }: StageResult, termination: AbortSignal): string {
  if (status === 'terminated') return String(termination.reason)
  return status === 'failed'
    ? `Stage ${stage.id} failed. ${reason ?? ''}`
    : `Stage ${stage.id}: ${reason ?? 'error.'}`
}
