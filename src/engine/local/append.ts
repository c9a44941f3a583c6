import { ftruncateSync, writeSync } from 'node:fs'

/** Appends bytes to a file that is `length` long, all of them or none: a full disk leaves no torn end behind. */
export function appendWhole(fd: number, length: number, bytes: Uint8Array): void {
  let written = 0
  try {
    while (written < bytes.length) {
      written += writeSync(fd, bytes, written, bytes.length - written, length + written)
    }
  } catch (error) {
    ftruncateSync(fd, length)
    throw error
  }
}
