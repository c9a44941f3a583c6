import { type Fold, unfolded } from './line.ts'
import type { LogLine } from './transcript.ts'

/** Lines that a stage folded together: from the line that names them to the last of them. */
export interface Group {
  readonly from: number
  /** Null where it is open still. */
  readonly until: number | null
  /** From its first line to its last. */
  readonly ms: number
}

/** More groups than this are no help to a reader, and the page would carry them all. */
const GROUPS_MAX = 1_000

/** Gathers the groups of a log, line by line. A new one ends the one before it, for they do not nest. */
export class Outline {
  readonly #groups: Group[] = []
  #open: { readonly from: number; readonly at: number } | null = null

  /** Whether a text can hold a fold at all: most do not, and need not be taken apart. */
  static mayFold(text: string): boolean {
    return text.includes('::group::') || text.includes('::endgroup::') || /##\[(?:end)?group\]/.test(text)
  }

  take({ number, at, text }: LogLine): void {
    const { fold } = unfolded(text)
    if (fold === null) return
    this.#close(fold, number, at)
    if (fold === 'open') this.#open = { from: number, at }
  }

  #close(fold: Fold, number: number, at: number): void {
    if (this.#open === null) return
    const until = fold === 'close' ? number : number - 1
    this.#add({ from: this.#open.from, until, ms: Math.max(0, at - this.#open.at) })
    this.#open = null
  }

  /** All groups; the last one ends with the log where no line can follow. */
  groups(lines: number, lastAt: number, sealed: boolean): readonly Group[] {
    if (this.#open !== null) {
      const ms = Math.max(0, lastAt - this.#open.at)
      this.#add({ from: this.#open.from, until: sealed ? lines : null, ms })
      this.#open = null
    }
    return this.#groups
  }

  #add(group: Group): void {
    if (this.#groups.length < GROUPS_MAX) this.#groups.push(group)
  }
}
