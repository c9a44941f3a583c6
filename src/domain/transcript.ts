import { isAscii } from 'node:buffer'

/** A line an engine's stage wrote, lines that are missing, or something Periplus itself says among them. */
export type LineKind = 'line' | 'gap' | 'mark'

/** A line before it has its number: cut and masked, without its newline. */
export interface NewLine {
  readonly at: number
  readonly text: string
  readonly kind: LineKind
}

/** A line of a stage's log. Its number counts from 1 and never changes. */
export interface LogLine extends NewLine {
  readonly number: number
}

/** A chunk is full at either. Packed it is some 30 KiB, and a page of it is read in a fifth of a millisecond. */
export const CHUNK_LINES = 2000
export const CHUNK_BYTES = 256 * 1024

/** Longer lines are cut and say so: a browser and a terminal draw them, and a chunk stays a chunk. */
export const LINE_BYTES_MAX = 64 * 1024
/** Room for the words that say so. */
const CUT_WORDS_BYTES = 48

const KINDS: readonly LineKind[] = ['line', 'gap', 'mark']
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A masked text as it is kept: one line of at most 64 KiB, with a mark where it was longer. */
export function fit(text: string): string {
  const line = text.includes('\n') ? text.replaceAll('\n', '\u2424') : text
  // Three bytes a UTF-16 unit at most, so nearly every line is known to fit by its length.
  if (line.length * 3 <= LINE_BYTES_MAX) return line
  const bytes = encoder.encode(line)
  if (bytes.length <= LINE_BYTES_MAX) return line
  let end = LINE_BYTES_MAX - CUT_WORDS_BYTES
  // Not inside a character: continuation bytes are 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return `${decoder.decode(bytes.subarray(0, end))} … [${bytes.length - end} bytes more were cut]`
}

/** Cuts lines into full chunks and a rest that is not full yet; the rest may be empty. */
export function cut(lines: readonly NewLine[]): { full: NewLine[][]; rest: NewLine[] } {
  const full: NewLine[][] = []
  let rest: NewLine[] = []
  let size = 0
  for (const line of lines) {
    rest.push(line)
    size += line.text.length + 1
    if (rest.length < CHUNK_LINES && size < CHUNK_BYTES) continue
    full.push(rest)
    rest = []
    size = 0
  }
  return { full, rest }
}

/** Bytes of a text of so many lines once packed: what a log's size counts. */
export interface Packed {
  readonly body: Uint8Array
  /** Of text, newlines included. */
  readonly bytes: number
}

/**
 * Packs lines, at least one, into what a chunk holds before compression: how many; the first time, then steps from one
 * to the next; the few that are no ordinary line; then the texts. Alike stands beside alike, which compresses best.
 */
export function pack(lines: readonly NewLine[]): Packed {
  const text = encoder.encode(lines.map((line) => line.text).join('\n'))
  const head = new Writer(16 + lines.length * 2)
  head.count(lines.length)
  let before = 0
  for (const { at } of lines) {
    head.step(at - before)
    before = at
  }
  head.count(lines.reduce((sum, line) => (line.kind === 'line' ? sum : sum + 1), 0))
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'line') continue
    head.count(index)
    head.count(KINDS.indexOf(kind))
  }
  return { body: head.joined(text), bytes: text.length + 1 }
}

/** The lines `from` … `to` (numbers, both included) of a packed chunk whose first line has the number `first`. */
export function unpack(
  body: Uint8Array,
  first: number,
  from = first,
  to = Number.POSITIVE_INFINITY,
): LogLine[] {
  const reader = new Reader(body)
  const count = reader.count()
  const times = new Float64Array(count)
  let at = 0
  for (let i = 0; i < count; i += 1) {
    at += reader.step()
    times[i] = at
  }
  const kinds = kindsIn(reader)
  const texts = decoder.decode(reader.rest()).split('\n')
  const lines: LogLine[] = []
  const end = Math.min(count, to - first + 1)
  for (let i = Math.max(0, from - first); i < end; i += 1) {
    lines.push({ number: first + i, at: times[i] ?? 0, text: texts[i] ?? '', kind: kinds.get(i) ?? 'line' })
  }
  return lines
}

/** The text of a packed chunk, one line under another, and which of them no stage wrote: all that a search looks at. */
export function unpackText(body: Uint8Array): { text: string; kinds: ReadonlyMap<number, LineKind> } {
  const reader = new Reader(body)
  for (let left = reader.count(); left > 0; left -= 1) reader.skip()
  const kinds = kindsIn(reader)
  return { text: decoded(reader.rest()), kinds }
}

/** Nearly all text is ASCII, which need not be looked at letter by letter. */
function decoded(bytes: Uint8Array): string {
  if (!isAscii(bytes)) return decoder.decode(bytes)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function kindsIn(reader: Reader): ReadonlyMap<number, LineKind> {
  const kinds = new Map<number, LineKind>()
  for (let left = reader.count(); left > 0; left -= 1)
    kinds.set(reader.count(), KINDS[reader.count()] ?? 'line')
  return kinds
}

/** Whole numbers in as few bytes as they need, seven bits a byte. */
class Writer {
  #bytes: Uint8Array
  #length = 0

  constructor(room: number) {
    this.#bytes = new Uint8Array(room)
  }

  count(value: number): void {
    // Eight bytes hold every safe integer.
    if (this.#length + 8 > this.#bytes.length) this.#grow()
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  /** May be negative: the clock of an engine goes back at times. */
  step(value: number): void {
    this.count(value < 0 ? -2 * value - 1 : 2 * value)
  }

  joined(tail: Uint8Array): Uint8Array {
    const all = new Uint8Array(this.#length + tail.length)
    all.set(this.#bytes.subarray(0, this.#length))
    all.set(tail, this.#length)
    return all
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2)
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

class Reader {
  readonly #bytes: Uint8Array
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  count(): number {
    let value = 0
    let weight = 1
    while (true) {
      const byte = this.#bytes[this.#position++] ?? 0
      value += (byte & 127) * weight
      if (byte < 128) return value
      weight *= 128
    }
  }

  skip(): void {
    while ((this.#bytes[this.#position++] ?? 0) >= 128);
  }

  step(): number {
    const value = this.count()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#position)
  }
}
