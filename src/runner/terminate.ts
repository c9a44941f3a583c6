import type { Actor } from '../domain/actor.ts'
import type { Sighting } from '../engine/engine.ts'
import type { EffectRow, ExecutionRow, SegmentRow } from '../store/tables.ts'
import { type Absences, SECOND_LOOK_MS } from './absence.ts'
import { sealLogs } from './logs.ts'
import { answered, engineOf, type Parts, reasonOf, retryAt } from './parts.ts'

/** So often it is tried; then a person is told that it failed. A deadline's end is tried for as long as it takes. */
const TRIES_MAX = 5
/** An end that was asked for may take the whole grace, and a moment more to be seen. */
const AFTER_GRACE_MS = 5_000
/** The end was seen by a look; its story is told by `follow`. */
const STORY_MS = 10_000

const SYSTEM: Actor = { kind: 'system', name: 'periplus' }

/** Asks for a segment's end until it is seen. It looks before it confirms: what is not known to be gone may be running. */
export async function terminate(parts: Parts, absences: Absences, effect: EffectRow): Promise<void> {
  const row = parts.store.executions.byId(effect.executionId)
  if (row === null || effect.segment === null || parts.store.effects.one(effect.id)?.state !== 'due') return
  const segment = parts.store.segments.one(row.id, effect.segment)
  if (segment === null) return confirm(parts, row)
  const { sighting, trouble } = await look(parts, segment)
  switch (sighting) {
    case 'absent':
      return absent(parts, absences, row, segment, () =>
        parts.ledger.postpone(effect.id, parts.world.now() + SECOND_LOOK_MS, null),
      )
    case 'ended':
      parts.ledger.submitted(row.id, segment.number)
      return parts.ledger.postpone(effect.id, parts.world.now() + STORY_MS, null)
    case 'running':
    case 'unknown':
      absences.forget(segment.handle)
      return ask(parts, row, segment, effect, sighting, trouble)
    default:
      sighting satisfies never
  }
}

/** What an engine says of a handle; trouble in asking is not knowing. */
export async function look(
  parts: Parts,
  segment: Pick<SegmentRow, 'engine' | 'handle'>,
): Promise<{ sighting: Sighting; trouble: string }> {
  try {
    const sighting = await answered(parts.world, engineOf(parts, segment.engine).look(segment.handle))
    return { sighting, trouble: 'Nobody can tell just now whether it runs.' }
  } catch (error) {
    return { sighting: 'unknown', trouble: reasonOf(error) }
  }
}

/** An absence confirms at once where no submit was ever attempted, otherwise only when a second look agrees. */
export function absent(
  parts: Parts,
  absences: Absences,
  row: ExecutionRow,
  segment: Pick<SegmentRow, 'handle' | 'number' | 'attemptedAt'>,
  again: () => void,
): void {
  if (segment.attemptedAt !== null && absences.seen(segment.handle, parts.world.now()) === 'look-again') {
    again()
    return
  }
  absences.forget(segment.handle)
  confirm(parts, row)
}

function confirm(parts: Parts, row: ExecutionRow): void {
  sealLogs(parts, row.id, null)
  parts.ledger.news(row.id, { type: 'termination.confirmed' }, { actor: SYSTEM })
}

async function ask(
  parts: Parts,
  row: ExecutionRow,
  segment: SegmentRow,
  effect: EffectRow,
  sighting: 'running' | 'unknown',
  trouble: string,
): Promise<void> {
  const { ledger, world, options } = parts
  if (sighting === 'running') ledger.submitted(row.id, segment.number)
  if (row.status === 'terminating' && effect.attempts >= TRIES_MAX) return giveUp(parts, row, effect)
  const attempt = ledger.attempt(effect.id, null)
  if (attempt === null) return
  let reason = trouble
  let again = retryAt(world, attempt.effect.attempts)
  try {
    if (sighting === 'running') {
      await answered(world, engineOf(parts, segment.engine).terminate(segment.handle))
      reason = `It was asked to end ${attempt.effect.attempts} times and still runs.`
      again = world.now() + options.graceMs + AFTER_GRACE_MS
    }
  } catch (error) {
    reason = reasonOf(error)
  }
  // The first ask deserves its grace before anybody reads that it did not help.
  const shown = attempt.effect.attempts > 1 || sighting === 'unknown' ? reason : null
  ledger.postpone(effect.id, again, shown)
}

function giveUp(parts: Parts, row: ExecutionRow, effect: EffectRow): void {
  const reason = effect.error ?? `It was asked to end ${TRIES_MAX} times and still runs.`
  parts.ledger.news(row.id, { type: 'termination.failed', reason }, { actor: SYSTEM })
}
