import type { Bytes } from './livestream.ts'

/** Tar files as POSIX has them since 1988: a header of 512 bytes, the content, zeros up to the next 512, and two of zeros. */

const BLOCK = 512
/** Where the checksum stands; it counts itself as blanks. */
const SUM_AT = 148
const NAME_MAX = 100

const encoder = new TextEncoder()

/** The header of a plain file. Names are ours: ASCII, and never longer than its field. */
export function tarHeader(name: string, bytes: number, at: number): Bytes {
  const header = new Uint8Array(BLOCK)
  const put = (text: string, from: number) => header.set(encoder.encode(text), from)
  const octal = (value: number, digits: number) => Math.floor(value).toString(8).padStart(digits, '0')
  put(name.slice(0, NAME_MAX), 0)
  put(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100)
  put(`${octal(bytes, 11)}\0${octal(at / 1000, 11)}\0`, 124)
  put(`${' '.repeat(8)}0`, SUM_AT)
  put('ustar\x0000', 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  put(`${octal(sum, 6)}\0 `, SUM_AT)
  return header
}

/** What follows so many bytes of content. */
export function tarPadding(bytes: number): Bytes {
  return new Uint8Array((BLOCK - (bytes % BLOCK)) % BLOCK)
}

export const TAR_END: Bytes = new Uint8Array(2 * BLOCK)
