/** Between the two looks that together prove a handle absent: longer than any submit stays on its way. */
export const SECOND_LOOK_MS = 60_000

/** What a look that found nothing means. */
export type Verdict = 'gone' | 'look-again'

/**
 * Remembers since when handles were seen absent. One look proves nothing where a submit was attempted, for it may still
 * be on its way. Kept in memory: after a restart both looks are taken anew.
 */
export class Absences {
  readonly #since = new Map<string, number>()

  /** The handle was seen to be absent now. */
  seen(handle: string, now: number): Verdict {
    const since = this.#since.get(handle)
    if (since === undefined) this.#since.set(handle, now)
    if (since === undefined || now - since < SECOND_LOOK_MS) return 'look-again'
    this.#since.delete(handle)
    return 'gone'
  }

  /** It was seen after all, or it is over. */
  forget(handle: string): void {
    this.#since.delete(handle)
  }
}
