const BITS = 8

/** Numbers of lines of one log, a bit a line: a million lines are 125 KB, however many of them are in it. */
export class LineSet {
  readonly lines: number
  #count = 0
  readonly #bits: Uint8Array

  /** Of a log with so many lines. */
  constructor(lines: number) {
    this.lines = lines
    this.#bits = new Uint8Array(Math.floor(lines / BITS) + 1)
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bits.length
  }

  has(line: number): boolean {
    return line >= 1 && line <= this.lines && ((this.#bits[line >> 3] ?? 0) & (1 << (line & 7))) !== 0
  }

  add(line: number): void {
    if (line < 1 || line > this.lines || this.has(line)) return
    this.#bits[line >> 3] = (this.#bits[line >> 3] ?? 0) | (1 << (line & 7))
    this.#count += 1
  }

  /** The first `limit` of them from a line on. */
  from(line: number, limit: number): number[] {
    const found: number[] = []
    for (let at = Math.max(1, line); at <= this.lines && found.length < limit; at += 1) {
      // Eight at a time where there is none.
      if ((at & 7) === 0 && this.#bits[at >> 3] === 0) at += BITS - 1
      else if (this.has(at)) found.push(at)
    }
    return found
  }

  /** The last `limit` of them before a line, in rising order. */
  before(line: number, limit: number): number[] {
    const found: number[] = []
    for (let at = Math.min(this.lines, line - 1); at >= 1 && found.length < limit; at -= 1) {
      if ((at & 7) === 7 && this.#bits[at >> 3] === 0) at -= BITS - 1
      else if (this.has(at)) found.push(at)
    }
    return found.reverse()
  }

  /** How many of them stand before a line. */
  rank(line: number): number {
    let sum = 0
    const end = Math.min(line, this.lines + 1)
    for (let byte = 0; byte < end >> 3; byte += 1) sum += ONES[this.#bits[byte] ?? 0] ?? 0
    return sum + (ONES[(this.#bits[end >> 3] ?? 0) & ((1 << (end & 7)) - 1)] ?? 0)
  }

  /** As runs of neighbours, the first `limit` of them: `[from, until]`, both included. */
  runs(limit: number): (readonly [number, number])[] {
    const runs: (readonly [number, number])[] = []
    for (let [next] = this.from(1, 1); next !== undefined && runs.length < limit; ) {
      let until = next
      while (this.has(until + 1)) until += 1
      runs.push([next, until])
      ;[next] = this.from(until + 1, 1)
    }
    return runs
  }
}

/** How many bits are set in each byte. */
const ONES: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let ones = 0
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1
  return ones
})
