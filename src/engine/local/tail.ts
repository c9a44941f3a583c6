import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { News, RawLine } from '../engine.ts'
import { isErrno } from './folder.ts'
import { FRAME_BYTES_MAX, type FrameView, frameAt, type GapFrame, SIGNATURE } from './frames.ts'

/** Read in one go: several frames at least, and about a millisecond's work to decode. */
const READ_BYTES = Math.max(1024 * 1024, FRAME_BYTES_MAX)
/**
 * Read into by all readers in turn: what is read becomes text before the next one reads, and to be given a megabyte
 * dozens of times a second costs as much as all else.
 */
const BYTES = Buffer.allocUnsafe(READ_BYTES)
/** Lines handed over at once; the last frame may exceed it. */
const BATCH_LINES = 4096

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** What a spool yields: lines, marks and gaps, each with the cursor behind it. */
export type LogNews = Extract<News, { type: 'lines' | 'mark' | 'gap' }>

/** Reads a stage's log that may still grow, from a cursor on. */
export class SpoolReader {
  readonly #path: string
  readonly #stage: number
  #fd: number | null = null
  #offset: number

  constructor(path: string, stage: number, cursor: string | undefined) {
    this.#path = path
    this.#stage = stage
    this.#offset = Math.max(cursor === undefined ? 0 : Number.parseInt(cursor, 10), SIGNATURE.length)
  }

  get offset(): number {
    return this.#offset
  }

  /** What has been written since, at most a megabyte; empty where nothing whole is there yet. */
  read(): LogNews[] {
    if (!this.#open()) return []
    const count = readSync(this.#fd ?? -1, BYTES, 0, READ_BYTES, this.#offset)
    return this.#decode(BYTES.subarray(0, count))
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  #open(): boolean {
    if (this.#fd !== null) return true
    try {
      this.#fd = openSync(this.#path, 'r')
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return false
      throw error
    }
    const { size } = fstatSync(this.#fd)
    if (this.#offset > Math.max(size, SIGNATURE.length)) {
      throw new Error(`The cursor ${this.#offset} is behind the end of ${this.#path} (${size} bytes).`)
    }
    return true
  }

  #decode(bytes: Buffer): LogNews[] {
    const news: LogNews[] = []
    const base = this.#offset
    let lines: RawLine[] = []
    const cursor = () => String(this.#offset)
    const hand = () => {
      if (lines.length > 0) news.push({ type: 'lines', stage: this.#stage, lines, cursor: cursor() })
      lines = []
    }
    for (let next = frameAt(bytes, 0); next !== null; next = frameAt(bytes, next.end)) {
      if (next.kind !== 'lines') hand()
      this.#offset = base + next.end
      if (next.kind === 'lines') pushLines(lines, next)
      else news.push(this.#aside(next, cursor()))
      if (lines.length >= BATCH_LINES) hand()
    }
    hand()
    return news
  }

  #aside(frame: FrameView, cursor: string): LogNews {
    const text = UTF8.decode(frame.payload)
    const stage = this.#stage
    if (frame.kind === 'mark') return { type: 'mark', stage, at: frame.at, text, cursor }
    return { type: 'gap', stage, at: frame.at, ...(JSON.parse(text) as GapFrame), cursor }
  }
}

/** Lines end at a newline; a carriage return before it belongs to the ending, one inside a line is the line's own. */
function pushLines(into: RawLine[], frame: FrameView): void {
  const { at, payload } = frame
  const texts = UTF8.decode(payload).split('\n')
  for (let i = 0; i < texts.length - 1; i += 1) {
    const text = texts[i] ?? ''
    into.push({ at, text: text.endsWith('\r') ? text.slice(0, -1) : text })
  }
}
