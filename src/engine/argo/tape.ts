import type { News, RawLine } from '../engine.ts'

type LogNews = Extract<News, { type: 'lines' | 'mark' | 'gap' }>

const HELD_BACK = 'This log nears its limit: what follows is shown when the stage ends, without its middle.'

/** Lines that were read and may yet be dropped, packed: text of a log takes a sixth of its size. */
interface Piece {
  readonly packed: Uint8Array
  readonly lines: number
  readonly length: number
  readonly cursor: string
}

/**
 * Keeps a log within its limit: the first half is told as it comes; of what follows only the last half is kept, and
 * told behind a gap when the stage ends. A server that dies meanwhile finds as much of it as the kubelet still has.
 */
export class Tape {
  readonly #stage: number
  readonly #half: number
  #told: number
  #cursor: string
  #tail: Piece[] = []
  #tailLength = 0
  #dropped = 0
  #holding = false

  /** `told` characters of this log were told already, up to this cursor; '' before the first. */
  constructor(stage: number, max: number, told: number, cursor: string) {
    this.#stage = stage
    this.#half = Math.max(1, Math.floor(max / 2))
    this.#told = told
    this.#cursor = cursor
  }

  get told(): number {
    return this.#told
  }

  /** Takes lines; answers what can be told of them at once. `cursor` makes the cursor behind them, once they count. */
  *take(lines: readonly RawLine[], cursor: () => string): Generator<LogNews> {
    const length = lines.reduce((sum, line) => sum + line.text.length + 1, 0)
    const first = lines[0]
    if (first === undefined) return
    if (!this.#holding && this.#told + length <= this.#half) {
      this.#told += length
      this.#cursor = cursor()
      yield { type: 'lines', stage: this.#stage, lines, cursor: this.#cursor }
      return
    }
    if (!this.#holding) {
      this.#holding = true
      // Its cursor stands before the line that did not fit: after a restart the rest is read again from here.
      yield {
        type: 'mark',
        stage: this.#stage,
        at: first.at,
        text: HELD_BACK,
        cursor: `${this.#cursor} held`,
      }
    }
    this.#hold(lines, length, cursor())
  }

  /** What was held back, behind the gap that it leaves. */
  *end(at: number): Generator<LogNews> {
    const stage = this.#stage
    const [first] = this.#tail
    if (this.#dropped > 0 && first !== undefined)
      yield {
        type: 'gap',
        stage,
        at,
        lines: this.#dropped,
        reason: 'The log outgrew its limit.',
        cursor: `${first.cursor} gap`,
      }
    for (const { packed, cursor } of this.#tail) {
      const lines: RawLine[] = JSON.parse(new TextDecoder().decode(Bun.zstdDecompressSync(packed)))
      yield { type: 'lines', stage, lines, cursor }
    }
    this.#tail = []
    this.#holding = false
  }

  #hold(lines: readonly RawLine[], length: number, cursor: string): void {
    const packed = Bun.zstdCompressSync(Buffer.from(JSON.stringify(lines)), { level: 1 })
    this.#tail.push({ packed, lines: lines.length, length, cursor })
    this.#tailLength += length
    while (this.#tailLength > this.#half && this.#tail.length > 1) {
      const oldest = this.#tail.shift()
      if (oldest === undefined) return
      this.#tailLength -= oldest.length
      this.#dropped += oldest.lines
    }
  }
}
