import { Refused } from '../engine/engine.ts'
import type { EffectRow, ExecutionRow, SegmentRow } from '../store/tables.ts'
import { orderOf } from './order.ts'
import { answered, engineOf, type Parts, reasonOf } from './parts.ts'
import { maskerOf, withPins } from './secrets.ts'

/**
 * Hands a segment to its engine. Only a refusal ends a submission: while its fate is unknown the segment may be
 * running, so every other failure throws, and it is tried again under the same handle.
 */
export async function submit(parts: Parts, effect: EffectRow): Promise<void> {
  const row = parts.store.executions.byId(effect.executionId)
  const segment =
    effect.segment === null ? null : parts.store.segments.one(effect.executionId, effect.segment)
  if (row === null || segment === null)
    throw new Error(`Effect ${effect.id} speaks of a segment that is not there.`)
  if (isGivenUp(parts, segment)) return giveUp(parts, row, segment, effect)
  try {
    const { order, secrets } = orderOf(parts, row, segment)
    // Committed before the call: from here on an engine may know the handle.
    if (parts.ledger.attempt(effect.id, withPins(parts, row, secrets)) === null) return
    await answered(parts.world, engineOf(parts, segment.engine).submit(order))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return refused(parts, row, segment, error)
  }
  parts.ledger.submitted(row.id, segment.number)
}

function refused(parts: Parts, row: ExecutionRow, segment: SegmentRow, error: Refused): void {
  const [reason = ''] = maskerOf(parts, row)([error.message])
  parts.ledger.news(
    row.id,
    { type: 'submit.refused', segment: segment.number, reason },
    { actor: { kind: 'engine', name: segment.engine } },
  )
}

function isGivenUp({ options, world }: Parts, { attemptedAt }: SegmentRow): boolean {
  if (options.unreachableLimitMs === null || attemptedAt === null) return false
  return world.now() - attemptedAt > options.unreachableLimitMs
}

function giveUp(parts: Parts, row: ExecutionRow, segment: SegmentRow, effect: EffectRow): void {
  const reason = `Whether the engine took it was not learnt in time: ${reasonOf(effect.error ?? 'no answer.')}`
  parts.ledger.news(
    row.id,
    { type: 'segment.lost', segment: segment.number, how: 'unknown', reason },
    { actor: { kind: 'system', name: 'periplus' } },
  )
}
