/**
 * The form of a spool: a signature, then frames. A frame is sixteen bytes (kind, length, time) and a payload.
 * Frames hold whole lines, so that every frame begins at the start of a line and its offset can be a cursor.
 */

export const SIGNATURE = Buffer.from('periplus-spool 1')
export const FRAME_HEADER_BYTES = 16

/** `lines`: output, every line ended by a newline. `mark`: a sentence of ours. `gap`: its JSON, see `GapFrame`. */
const KINDS = ['lines', 'mark', 'gap'] as const
export type FrameKind = (typeof KINDS)[number]

/** Lines that were dropped; null where nobody counted. */
export interface GapFrame {
  readonly lines: number | null
  readonly reason: string
}

/**
 * A line is kept up to here; what follows until its newline is dropped and counted. It bounds what a supervisor holds
 * of a line without an end, and leaves the store, which keeps 64 KiB, room to hide a secret that lies across its cut.
 */
export const LINE_BYTES_MAX = 128 * 1024

/** One read of a stage's output: as much as a pipe holds. */
const CHUNK_BYTES = 64 * 1024

/** A longest line, the chunk that ends it, and room. No frame is longer. */
export const FRAME_BYTES_MAX = LINE_BYTES_MAX + CHUNK_BYTES + 1024

export function frame(kind: FrameKind, at: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length)
  bytes.writeUInt32LE(KINDS.indexOf(kind), 0)
  bytes.writeUInt32LE(length, 4)
  bytes.writeDoubleLE(at, 8)
  let end = FRAME_HEADER_BYTES
  for (const part of parts) {
    bytes.set(part, end)
    end += part.length
  }
  return bytes
}

/** One frame as it stands in a buffer; `end` is where the next begins. */
export interface FrameView {
  readonly kind: FrameKind
  readonly at: number
  readonly payload: Buffer
  readonly end: number
}

/** The frame that begins at `start`, or null while it is not all there. */
export function frameAt(bytes: Buffer, start: number): FrameView | null {
  const from = start + FRAME_HEADER_BYTES
  if (from > bytes.length) return null
  const end = from + bytes.readUInt32LE(start + 4)
  if (end > bytes.length) return null
  const kind = KINDS[bytes.readUInt32LE(start)]
  if (kind === undefined) throw new Error('The spool holds a frame of an unknown kind.')
  return { kind, at: bytes.readDoubleLE(start + 8), payload: bytes.subarray(from, end), end }
}
