import type { SegmentVerdict } from '../../domain/machine.ts'
import type { StageOrder } from '../engine.ts'
import { ended, NEVER_BEGUN, skip, TERMINATED } from './ending.ts'
import type { Folder } from './folder.ts'
import type { Exit, Settings } from './records.ts'
import { runStage, type StageContext } from './stage.ts'
import type { StageResult } from './verdict.ts'
import { wordsOf } from './words.ts'
import { makeWorkspace } from './workspace.ts'

/** Runs the stages of a segment one after another; what follows a failure or a termination is skipped. */
export async function runSegment(context: StageContext): Promise<Exit> {
  const { order, settings, folder, journal, termination, world } = context
  if (termination.aborted) {
    for (const stage of order.stages) skip(stage, TERMINATED, context)
    return ended('error', true, NEVER_BEGUN, world)
  }
  journal.append({ type: 'segment.started', at: world.now() })
  let { verdict, reason } = ground(folder, settings)
  let killed = false
  for (const stage of order.stages) {
    if (!killed && verdict === 'succeeded' && termination.aborted) {
      killed = true
      verdict = 'error'
      reason = String(termination.reason)
    }
    if (killed || verdict !== 'succeeded') {
      skip(stage, killed ? TERMINATED : 'It was not reached.', context)
      continue
    }
    const result = await runStage(stage, context)
    killed = result.killed
    verdict = verdictOf(stage, result)
    if (verdict !== 'succeeded') reason = reasonOf(stage, result, termination)
  }
  return ended(verdict, killed, reason, world)
}

/** Where no workspace can be made, no stage begins and the platform is to blame. */
function ground(
  folder: Folder,
  settings: Settings,
): { readonly verdict: SegmentVerdict; readonly reason: string | null } {
  try {
    makeWorkspace(folder, settings.runAs)
    return { verdict: 'succeeded', reason: null }
  } catch (error) {
    return { verdict: 'error', reason: `The workspace could not be made: ${wordsOf(error)}` }
  }
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
