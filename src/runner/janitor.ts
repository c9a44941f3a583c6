import { type Parts, reasonOf } from './parts.ts'

/** Logs packed tighter in one go; between two of them others get their turn. */
const LOGS_AT_ONCE = 8

/** Tidies in spare moments: logs that were sealed are packed tighter. Nothing waits for it. */
export class Janitor {
  readonly #parts: Parts
  #working: Promise<void> | null = null
  readonly #stop = new AbortController()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  work(): void {
    if (this.#working !== null || this.#stop.signal.aborted) return
    this.#working = this.#recompress().finally(() => {
      this.#working = null
    })
  }

  async drain(): Promise<void> {
    this.#stop.abort()
    await this.#working
  }

  async #recompress(): Promise<void> {
    const { store, world } = this.#parts
    try {
      for (const { executionId, stage } of store.logs.toRecompress(LOGS_AT_ONCE)) {
        if (this.#stop.signal.aborted) return
        await store.logs.recompress(executionId, stage, world.now(), this.#stop.signal)
      }
    } catch (error) {
      // They stay as they were, readable; a later turn tries again.
      world.log.warn('A log could not be packed tighter.', { error: reasonOf(error) })
    }
  }
}
