import type { QueuedSubmit } from '../store/effects.ts'

/** Who holds what, besides those that wait. */
export interface Occupancy {
  /** False while the disk is too full to begin anything. */
  readonly room: boolean
  readonly localOpen: number
  readonly localMax: number
  /** Environments that are being deployed to. */
  readonly environments: ReadonlyMap<string, number>
  /** How many slots of a concurrency group are held. */
  readonly held: (group: string) => number
}

/** Why a submit waits; `ahead` are the executions that come first among those that wait for the same. */
export type Wait =
  | { readonly for: 'disk' }
  | { readonly for: 'group'; readonly group: string; readonly ahead: readonly number[] }
  | { readonly for: 'engine'; readonly ahead: readonly number[] }
  | { readonly for: 'environment'; readonly environment: string; readonly ahead: readonly number[] }

export interface Turn {
  readonly entry: QueuedSubmit
  /** Null where it may begin now. */
  readonly wait: Wait | null
}

/**
 * Goes through the queue, oldest execution first, and gives each its slots or the reason why it waits. One that waits
 * for its group holds back the younger ones of that group, and of nothing else.
 */
export function assign(queue: readonly QueuedSubmit[], occupancy: Occupancy): Turn[] {
  const slots = new Slots(occupancy)
  return queue.map((entry) => {
    const wait = slots.waitOf(entry)
    if (wait === null) slots.take(entry)
    else slots.note(entry, wait)
    return { entry, wait }
  })
}

/** The slots as they are given out during one walk. */
class Slots {
  readonly #occupancy: Occupancy
  readonly #groups = new Map<string, number>()
  readonly #environments: Set<string>
  readonly #waiting = new Map<string, number[]>()
  #localOpen: number

  constructor(occupancy: Occupancy) {
    this.#occupancy = occupancy
    this.#localOpen = occupancy.localOpen
    this.#environments = new Set(occupancy.environments.keys())
  }

  waitOf(entry: QueuedSubmit): Wait | null {
    if (!this.#occupancy.room) return { for: 'disk' }
    const { group, environment } = entry
    if (group !== null && !entry.holdsSlot && this.#groupIsFull(group, entry.limit ?? 1))
      return { for: 'group', group, ahead: [...this.#ahead(`group ${group}`)] }
    if (environment !== null && this.#environments.has(environment))
      return { for: 'environment', environment, ahead: [...this.#ahead(`environment ${environment}`)] }
    if (entry.engine === 'local' && this.#localOpen >= this.#occupancy.localMax)
      return { for: 'engine', ahead: [...this.#ahead('engine')] }
    return null
  }

  take(entry: QueuedSubmit): void {
    if (entry.group !== null && !entry.holdsSlot) this.#groups.set(entry.group, this.#held(entry.group) + 1)
    if (entry.environment !== null) this.#environments.add(entry.environment)
    if (entry.engine === 'local') this.#localOpen += 1
  }

  /** Remembers who waits for what; whoever asks for a group's slot and waits for anything waits at the group's door. */
  note(entry: QueuedSubmit, wait: Wait): void {
    if (entry.group !== null && !entry.holdsSlot) this.#ahead(`group ${entry.group}`).push(entry.executionId)
    if (wait.for === 'engine') this.#ahead('engine').push(entry.executionId)
    if (wait.for === 'environment') this.#ahead(`environment ${wait.environment}`).push(entry.executionId)
  }

  #groupIsFull(group: string, limit: number): boolean {
    return this.#held(group) >= limit || this.#ahead(`group ${group}`).length > 0
  }

  #held(group: string): number {
    const known = this.#groups.get(group) ?? this.#occupancy.held(group)
    this.#groups.set(group, known)
    return known
  }

  #ahead(what: string): number[] {
    const known = this.#waiting.get(what) ?? []
    this.#waiting.set(what, known)
    return known
  }
}
