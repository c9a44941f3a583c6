import type { World } from '../../world.ts'

/** Items that wait for their reader before the writer is held up: some megabytes of a log at most. */
const ITEMS_MAX = 8

/** What one writer and a bell have to say to one reader, in order; a fast writer waits for a slow reader. */
export class Inbox<T> {
  readonly #items: T[] = []
  readonly #signal: AbortSignal
  #rung = false
  #reader: () => void = () => {}
  #writer: () => void = () => {}

  /** Nobody waits for anything any more once the signal fires. */
  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wakeAll(), { once: true })
  }

  /** Resolves when there is room for more. */
  async put(item: T): Promise<void> {
    this.#items.push(item)
    this.#reader()
    while (this.#items.length >= ITEMS_MAX && !this.#signal.aborted)
      await new Promise<void>((resolve) => {
        this.#writer = resolve
      })
  }

  /** Says that something changed, without saying what; twice in a row is once. */
  ring(): void {
    this.#rung = true
    this.#reader()
  }

  /** The next item; null where the bell rang, `ms` went by or the signal fired. */
  async take(ms: number, world: Pick<World, 'sleep'>): Promise<T | null> {
    if (this.#items.length === 0 && !this.#rung && !this.#signal.aborted) await this.#wait(ms, world)
    const item = this.#items.shift()
    if (item === undefined) this.#rung = false
    if (this.#items.length < ITEMS_MAX) this.#writer()
    return item ?? null
  }

  async #wait(ms: number, world: Pick<World, 'sleep'>): Promise<void> {
    const over = new AbortController()
    const woken = new Promise<void>((resolve) => {
      this.#reader = resolve
    })
    await Promise.race([woken, world.sleep(ms, over.signal).catch(() => undefined)])
    this.#reader = () => {}
    over.abort()
  }

  #wakeAll(): void {
    this.#reader()
    this.#writer()
  }
}
