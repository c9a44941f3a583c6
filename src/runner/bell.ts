import type { World } from '../world.ts'

/** Wakes whoever waits. Rings while nobody waits are one ring, heard at the next wait. */
export class Bell {
  readonly #world: World
  #rung = false
  #wake: AbortController | null = null

  constructor(world: World) {
    this.#world = world
  }

  ring(): void {
    this.#rung = true
    this.#wake?.abort()
  }

  /** Resolves at the next ring, after `ms`, or when the signal fires. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const wake = new AbortController()
      this.#wake = wake
      await this.#world.sleep(ms, AbortSignal.any([signal, wake.signal])).catch(() => undefined)
      this.#wake = null
    }
    this.#rung = false
  }
}
