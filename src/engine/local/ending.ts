import type { SegmentVerdict } from '../../domain/machine.ts'
import type { World } from '../../world.ts'
import type { StageOrder } from '../engine.ts'
import type { Folder } from './folder.ts'
import { JournalWriter } from './journal.ts'
import { takeLock } from './libc.ts'
import { type Exit, FORMAT } from './records.ts'

/** Why something ended that was told to. */
export const TERMINATED = 'Terminated.'
export const NEVER_BEGUN = 'Terminated before it began.'

/** Ends a segment that was told to end before any supervisor claimed it; false where one has, or is about to. */
export function endUnbegun(folder: Folder, world: World): boolean {
  const letGo = takeLock(folder.lock)
  if (letGo === null) return false
  try {
    if (!isUnbegun(folder)) return false
    const journal = new JournalWriter(folder)
    for (const stage of folder.readOrder().order.stages) skip(stage, TERMINATED, { journal, world })
    journal.freeReserve()
    folder.dropSecrets()
    folder.writeExit(ended('error', true, NEVER_BEGUN, world))
    return true
  } finally {
    letGo()
  }
}

/** Whether it may still be begun: it never is twice. */
export function isUnbegun(folder: Folder): boolean {
  return folder.readExit() === null && folder.readClaim() === null
}

/** A stage that is not reached. */
export function skip(
  stage: StageOrder,
  reason: string,
  { journal, world }: { journal: JournalWriter; world: World },
): void {
  journal.append({
    type: 'stage.finished',
    stage: stage.ordinal,
    status: 'skipped',
    exitCode: null,
    reason,
    at: world.now(),
    spool: 0,
  })
}

/** The record of an end that was seen. */
export function ended(verdict: SegmentVerdict, killed: boolean, reason: string | null, world: World): Exit {
  return { format: FORMAT, lost: false, verdict, killed, reason, at: world.now() }
}
