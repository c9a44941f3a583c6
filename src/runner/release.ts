import type { EffectRow } from '../store/tables.ts'
import { answered, engineOf, type Parts } from './parts.ts'
import { look } from './terminate.ts'

/** How long after a leftover was asked to end it is looked at again. */
const LEFTOVER_MS = 60_000

/**
 * Lets an engine forget a segment whose story is stored. Should it turn up alive although its execution is final, it is
 * terminated first, and that is audited.
 */
export async function release(parts: Parts, effect: EffectRow): Promise<void> {
  const { store, ledger, world } = parts
  const segment = effect.segment === null ? null : store.segments.one(effect.executionId, effect.segment)
  if (segment === null) return ledger.released(effect.id)
  const engine = engineOf(parts, segment.engine)
  const { sighting, trouble } = await look(parts, segment)
  if (sighting === 'unknown') throw new Error(trouble)
  if (sighting === 'running') {
    ledger.leftover(effect.executionId, segment.handle)
    await answered(world, engine.terminate(segment.handle))
    return ledger.postpone(
      effect.id,
      world.now() + LEFTOVER_MS,
      'It still ran although its execution is over.',
    )
  }
  const until = (segment.endedAt ?? world.now()) + parts.options.releaseAfterMs
  // Lost ones are looked at early; their names stay taken as long as all others.
  if (world.now() < until) return ledger.postpone(effect.id, until, null)
  // Committed before the call: from here on nobody may count on what it kept.
  if (ledger.attempt(effect.id, null) === null) return
  await answered(world, engine.release(segment.handle))
  ledger.released(effect.id)
}
