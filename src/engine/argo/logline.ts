import { isLater, type Position, Stamps } from './position.ts'

/**
 * A line is kept up to here; what follows until its newline is dropped and counted. The store keeps 64 KiB of it, which
 * leaves room to hide a secret that lies across its cut.
 */
const LINE_LENGTH_MAX = 128 * 1024

/** A line as a container wrote it. */
export interface Line {
  readonly stamp: string
  readonly at: number
  readonly text: string
  /** The how-manyth line of this stamp, from 1. */
  readonly nth: number
  /** Characters that were dropped at its end. */
  readonly cut: number
}

/** Takes the bytes of one reading of a container's log apart into lines; a line that never ended is not told. */
export class LineReader {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #stamps = new Stamps()
  #open = ''
  #cut = 0
  #stamp = ''
  #nth = 0
  #remark: string | null = null

  /** What the kubelet itself said last, without a timestamp and often without a newline; null where it said nothing. */
  get remark(): string | null {
    const isLine = this.#open === '' || !Number.isNaN(this.#stamps.at(stampOf(this.#open)))
    return isLine ? this.#remark : this.#open
  }

  read(bytes: Uint8Array): Line[] {
    const pieces = this.#decoder.decode(bytes, { stream: true }).split('\n')
    const rest = pieces.pop() ?? ''
    const lines: Line[] = []
    for (const piece of pieces) {
      this.#hold(piece)
      this.#end(lines)
    }
    this.#hold(rest)
    return lines
  }

  #hold(text: string): void {
    if (this.#open === '' && text.length <= LINE_LENGTH_MAX) {
      this.#open = text
      return
    }
    const kept = text.slice(0, LINE_LENGTH_MAX - this.#open.length)
    this.#open += kept
    this.#cut += text.length - kept.length
  }

  #end(lines: Line[]): void {
    const whole = this.#open
    const cut = this.#cut
    this.#open = ''
    this.#cut = 0
    const stamp = stampOf(whole)
    const at = this.#stamps.at(stamp)
    if (Number.isNaN(at)) {
      this.#remark = whole
      return
    }
    this.#nth = stamp === this.#stamp ? this.#nth + 1 : 1
    this.#stamp = stamp
    lines.push({ stamp, at, text: whole.slice(stamp.length + 1), nth: this.#nth, cut })
  }
}

function stampOf(line: string): string {
  const space = line.indexOf(' ')
  return space < 0 ? line : line.slice(0, space)
}

/** Where a reading goes on: the last line that was taken before it. */
export type Place = Pick<Position, 'stamp' | 'nth' | 'half'>

/** Finds the place again in a reading that began a little before it. */
export class Finder {
  readonly #place: Place | null
  #found: boolean
  /** The place was not there any more: what stood between it and the first line is gone. */
  missed = false

  constructor(place: Place | null) {
    this.#place = place
    this.#found = place === null
  }

  get found(): boolean {
    return this.#found
  }

  /** The lines after the place; the line itself where only half of it was told. */
  rest(lines: readonly Line[]): readonly Line[] {
    if (this.#found || this.#place === null) return lines
    const { stamp, nth, half } = this.#place
    for (const [index, line] of lines.entries()) {
      if (line.stamp === stamp && line.nth === nth) {
        this.#found = true
        return lines.slice(half ? index : index + 1)
      }
      if (!isLater(line.stamp, stamp)) continue
      this.#found = true
      this.missed = true
      return lines.slice(index)
    }
    return []
  }
}
