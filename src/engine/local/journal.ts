import { closeSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { appendWhole } from './append.ts'
import { type Folder, isErrno } from './folder.ts'
import type { Entry } from './records.ts'

/** Room that is set aside while the disk has some, so that how a segment ended can be written on a full one. */
const RESERVE_BYTES = 64 * 1024
/** A journal has a few entries a stage; one that holds outputs has at most 64 KiB of them, in JSON. */
const READ_BYTES = 256 * 1024
/** Read into by all readers in turn: what is read is copied before the next one reads. */
const BYTES = Buffer.allocUnsafe(READ_BYTES)
const NEWLINE = 10

/** Writes the journal of a segment: one line an entry, each whole or not at all. */
export class JournalWriter {
  readonly #folder: Folder
  readonly #fd: number
  #length = 0

  constructor(folder: Folder) {
    this.#folder = folder
    writeFileSync(folder.file('reserve'), new Uint8Array(RESERVE_BYTES))
    this.#fd = openSync(folder.journal, 'w', 0o600)
  }

  append(entry: Entry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`)
    try {
      appendWhole(this.#fd, this.#length, line)
    } catch (error) {
      if (!isErrno(error, 'ENOSPC')) throw error
      this.freeReserve()
      appendWhole(this.#fd, this.#length, line)
    }
    this.#length += line.length
  }

  /** Lets go of the reserve: the last records need it, or nothing will. */
  freeReserve(): void {
    rmSync(this.#folder.file('reserve'), { force: true })
  }
}

/** Reads a journal that may still grow. */
export class JournalReader {
  readonly #path: string
  #fd: number | null = null
  #offset = 0
  #rest = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /** Entries written since the last call; a line without its end waits for it. */
  read(): Entry[] {
    const entries: Entry[] = []
    for (;;) {
      const bytes = this.#readBytes()
      if (bytes === null) return entries
      let text = Buffer.concat([this.#rest, bytes])
      for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE)) {
        entries.push(JSON.parse(text.toString('utf8', 0, end)) as Entry)
        text = text.subarray(end + 1)
      }
      this.#rest = text
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  #readBytes(): Buffer | null {
    try {
      this.#fd ??= openSync(this.#path, 'r')
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null
      throw error
    }
    const count = readSync(this.#fd, BYTES, 0, READ_BYTES, this.#offset)
    if (count === 0) return null
    this.#offset += count
    return BYTES.subarray(0, count)
  }
}
