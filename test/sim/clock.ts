interface Timer {
  readonly at: number
  readonly turn: number
  readonly fire: () => void
}

/** Time that passes only when somebody lets it. Timers of one moment fire in the order in which they were set. */
export class Clock {
  #now: number
  #turn = 0
  #asked = 0
  readonly #heap: Timer[] = []
  readonly #cancelled = new Set<Timer>()

  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  /** How often it was asked like this since time last passed. */
  asked(): number {
    this.#asked += 1
    return this.#asked
  }

  /** Calls back after `ms`; answers how to take it back. */
  after(ms: number, fire: () => void): () => void {
    this.#turn += 1
    const timer = { at: this.#now + Math.max(0, Math.round(ms)), turn: this.#turn, fire }
    this.#push(timer)
    return () => void this.#cancelled.add(timer)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        cancel()
        reject(signal?.reason)
      }
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Goes on to the next timer at or before `until`; false where there is none, and then it is `until`. */
  step(until: number): boolean {
    for (let timer = this.#heap[0]; timer !== undefined && timer.at <= until; timer = this.#heap[0]) {
      this.#pop()
      if (this.#cancelled.delete(timer)) continue
      this.#asked = 0
      this.#now = Math.max(this.#now, timer.at)
      timer.fire()
      return true
    }
    this.#now = Math.max(this.#now, until)
    return false
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (parent === undefined || !isBefore(timer, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      const [left, right] = [heap[down], heap[down + 1]]
      if (left === undefined) break
      if (right !== undefined && isBefore(right, left)) down += 1
      const child = heap[down]
      if (child === undefined || !isBefore(child, last)) break
      heap[at] = child
      at = down
    }
    heap[at] = last
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.turn < b.turn)
}

/** Lets everything happen that needs no time: all promises that can go on have gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
