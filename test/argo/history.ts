import type { Kind, Kinds } from './objects.ts'

/** One write: what an object became, and what it was. */
export type Change = {
  readonly [K in Kind]: {
    readonly version: number
    readonly kind: K
    readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
    /** Of a deletion, the last that was stored, with the deletion's version. */
    readonly object: Kinds[K]
    readonly before: Kinds[K] | null
  }
}[Kind]

/** Changes that are kept for watches; a real etcd keeps five minutes. */
const CHANGES_MAX = 20_000

/** Every write in its order, with the one counter that all kinds share, until it is compacted away. */
export class History {
  #version = 1
  #compacted = 0
  /** How many changes stood before the first that is kept. */
  #dropped = 0
  #changes: Change[] = []
  readonly #followers = new Set<() => void>()

  get version(): number {
    return this.#version
  }

  /** Watches from a version before this one are refused. */
  get compacted(): number {
    return this.#compacted
  }

  next(): number {
    this.#version += 1
    return this.#version
  }

  add(change: Change): void {
    this.#changes.push(change)
    if (this.#changes.length > CHANGES_MAX * 2) this.#drop(CHANGES_MAX)
    for (const wake of [...this.#followers]) wake()
  }

  /** Forgets everything up to now. */
  compact(): void {
    this.#drop(0)
  }

  /** The changes after a version, and then all that come, in order, also where telling one causes the next. */
  follow(version: number, tell: (change: Change) => void): () => void {
    const first = this.#changes.findIndex((change) => change.version > version)
    let at = this.#dropped + (first === -1 ? this.#changes.length : first)
    let isTelling = false
    const wake = () => {
      if (isTelling) return
      isTelling = true
      try {
        for (let change = this.#at(at); change !== undefined; change = this.#at(at)) {
          at += 1
          if (this.#followers.has(wake)) tell(change)
          else return
        }
      } finally {
        isTelling = false
      }
    }
    this.#followers.add(wake)
    wake()
    return () => void this.#followers.delete(wake)
  }

  #at(index: number): Change | undefined {
    return this.#changes[Math.max(0, index - this.#dropped)]
  }

  #drop(keep: number): void {
    const cut = this.#changes.length - keep
    const last = this.#changes[cut - 1]
    this.#compacted = keep === 0 ? this.#version : (last?.version ?? this.#compacted)
    this.#dropped += cut
    this.#changes = this.#changes.slice(cut)
  }
}
