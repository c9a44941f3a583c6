import { closeSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { appendWhole } from './append.ts'
import type { Folder } from './folder.ts'
import { FRAME_HEADER_BYTES, type FrameKind, frame, LINE_BYTES_MAX, SIGNATURE } from './frames.ts'

/** The second half of an over-long log is kept in about this many files, the oldest of which is dropped for the next one. */
const TAIL_PIECES = 8
const NEWLINE = 10
const COPY_BYTES = 1024 * 1024
const HELD_BACK = 'This log nears its limit: what follows is shown when the stage ends, without its middle.'

interface Piece {
  readonly path: string
  readonly fd: number
  length: number
  lines: number
}

/**
 * Writes one stage's log as it is read from the pipe. A log that outgrows `bytesMax` keeps its first half where it is;
 * of what follows only the last half survives, in pieces beside it, and joins the log behind a gap when the stage ends.
 */
export class SpoolWriter {
  readonly #path: string
  readonly #half: number
  readonly #now: () => number
  readonly #fd: number
  #length: number
  #held: Uint8Array[] = []
  #heldBytes = 0
  #cutBytes = 0
  #tail: Piece[] = []
  #pieces = 0
  #dropped = 0

  constructor(path: string, bytesMax: number, now: () => number) {
    this.#path = path
    this.#half = Math.max(1, Math.floor(bytesMax / 2))
    this.#now = now
    this.#fd = openSync(path, 'w', 0o600)
    appendWhole(this.#fd, 0, SIGNATURE)
    this.#length = SIGNATURE.length
  }

  /** Takes output as it comes. A line is written once it has ended. */
  write(chunk: Uint8Array): void {
    const last = chunk.lastIndexOf(NEWLINE)
    if (last < 0) {
      this.#hold(chunk)
      return
    }
    const first = chunk.indexOf(NEWLINE)
    this.#hold(chunk.subarray(0, first))
    this.#put('lines', [...this.#release(), chunk.subarray(first, last + 1)])
    this.#tellCut()
    if (last + 1 < chunk.length) this.#hold(chunk.subarray(last + 1))
  }

  /** Ends a line that the stage left open. */
  #flush(): void {
    if (this.#heldBytes === 0) return
    this.#put('lines', [...this.#release(), Uint8Array.of(NEWLINE)])
    this.#tellCut()
  }

  /** A sentence of ours, between the lines. */
  mark(text: string): void {
    this.#flush()
    this.#put('mark', [Buffer.from(text)])
  }

  /** Ends an open line and says where the next frame will stand. */
  flushed(): number {
    this.#flush()
    return this.#length
  }

  /** How much of it can be read, where it cannot be finished. */
  salvage(): number {
    return this.#length
  }

  /** Joins what was held apart, closes the file and says how long it is. */
  finish(): number {
    this.#flush()
    for (const piece of this.#tail) closeSync(piece.fd)
    const paths = this.#tail.map((piece) => piece.path)
    if (paths.length > 0) this.#length = join(this.#fd, this.#length, paths, this.#dropped, this.#now())
    closeSync(this.#fd)
    return this.#length
  }

  #hold(bytes: Uint8Array): void {
    // A copy: the chunk's memory is read into again.
    const kept = new Uint8Array(bytes.subarray(0, LINE_BYTES_MAX - this.#heldBytes))
    this.#held.push(kept)
    this.#heldBytes += kept.length
    this.#cutBytes += bytes.length - kept.length
  }

  #release(): Uint8Array[] {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    return held
  }

  #tellCut(): void {
    if (this.#cutBytes === 0) return
    const text = `The line above was longer: ${this.#cutBytes} more bytes were cut.`
    this.#cutBytes = 0
    this.#put('mark', [Buffer.from(text)])
  }

  #put(kind: FrameKind, parts: readonly Uint8Array[]): void {
    const bytes = frame(kind, this.#now(), parts)
    if (this.#pieces === 0 && this.#length + bytes.length <= this.#half) {
      this.#append(bytes)
      return
    }
    if (this.#pieces === 0) this.#append(frame('mark', this.#now(), [Buffer.from(HELD_BACK)]))
    const piece = this.#pieceFor(bytes.length)
    appendWhole(piece.fd, piece.length, bytes)
    piece.length += bytes.length
    if (kind === 'lines') piece.lines += countLines(bytes.subarray(FRAME_HEADER_BYTES))
  }

  #append(bytes: Uint8Array): void {
    appendWhole(this.#fd, this.#length, bytes)
    this.#length += bytes.length
  }

  /** The piece that takes the next bytes, after the oldest have made room for it. */
  #pieceFor(bytes: number): Piece {
    while (this.#tail.length > 0 && this.#tailBytes() + bytes > this.#half) this.#drop()
    const current = this.#tail.at(-1)
    if (current !== undefined && current.length + bytes <= this.#half / TAIL_PIECES) return current
    const path = tailPath(this.#path, this.#pieces)
    const piece = { path, fd: openSync(path, 'w', 0o600), length: 0, lines: 0 }
    this.#pieces += 1
    this.#tail.push(piece)
    return piece
  }

  #tailBytes(): number {
    return this.#tail.reduce((sum, piece) => sum + piece.length, 0)
  }

  #drop(): void {
    const oldest = this.#tail.shift()
    if (oldest === undefined) return
    this.#dropped += oldest.lines
    closeSync(oldest.fd)
    rmSync(oldest.path)
  }
}

function tailPath(path: string, number: number): string {
  return `${path}.tail-${number}`
}

/** Whether a log's end was still held apart when its supervisor was lost. */
export function hasTail(folder: Folder, stage: number): boolean {
  return readdirSync(folder.path).some((name) => name.startsWith(`${basename(folder.spool(stage))}.tail-`))
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}

/** Appends pieces to a log, each removed as soon as it is copied, so that both together never need much more room. */
function join(fd: number, length: number, paths: readonly string[], dropped: number, now: number): number {
  let end = length
  if (dropped > 0) {
    const gap = Buffer.from(JSON.stringify({ lines: dropped, reason: 'The log outgrew its limit.' }))
    const bytes = frame('gap', now, [gap])
    appendWhole(fd, end, bytes)
    end += bytes.length
  }
  const buffer = Buffer.allocUnsafe(COPY_BYTES)
  for (const path of paths) {
    const piece = openSync(path, 'r')
    for (let at = 0; ; ) {
      const count = readSync(piece, buffer, 0, COPY_BYTES, at)
      if (count === 0) break
      appendWhole(fd, end, buffer.subarray(0, count))
      at += count
      end += count
    }
    closeSync(piece)
    rmSync(path)
  }
  return end
}
