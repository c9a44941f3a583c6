import type { EffectRow } from '../store/tables.ts'
import type { Absences } from './absence.ts'
import { type Parts, reasonOf, retryAt } from './parts.ts'
import { logDoubt, prepare } from './prepare.ts'
import { release } from './release.ts'
import { submit } from './submit.ts'
import { terminate } from './terminate.ts'

interface Work {
  readonly parts: Parts
  readonly absences: Absences
  readonly effect: EffectRow
  readonly signal: AbortSignal
}

/** One row for each kind of effect. */
const PERFORM: Readonly<Record<EffectRow['kind'], (work: Work) => Promise<void>>> = {
  prepare: ({ parts, effect, signal }) => prepare(parts, effect, signal),
  submit: ({ parts, effect }) => submit(parts, effect),
  terminate: ({ parts, absences, effect }) => terminate(parts, absences, effect),
  release: ({ parts, effect }) => release(parts, effect),
}

/** Performs one effect. Whatever fails without being a refusal is doubt: it is tried again, later and later, and says why. */
export async function perform(work: Work): Promise<void> {
  const { parts, effect, signal } = work
  try {
    await PERFORM[effect.kind](work)
  } catch (error) {
    if (signal.aborted) return
    const failures = Math.max(1, parts.store.effects.one(effect.id)?.attempts ?? 1)
    if (effect.kind === 'prepare') logDoubt(parts, { id: effect.executionId }, error)
    parts.ledger.postpone(effect.id, retryAt(parts.world, failures), reasonOf(error))
  }
}
