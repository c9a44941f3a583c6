import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../domain/fault.ts'

const KEY_BYTES = 32
const OWNER_ONLY = 0o600
const OTHERS = 0o077

/** The key in a file, made if there is none. Refuses a file that others can read, and one that holds no key. */
export function keyFrom(file: string): Buffer {
  return read(file) ?? create(file)
}

function read(file: string): Buffer | null {
  const descriptor = open(file)
  if (descriptor === null) return null
  try {
    const mode = fstatSync(descriptor).mode & 0o777
    if ((mode & OTHERS) !== 0) {
      throw new Fault(
        'internal',
        `Others can read the key file ${file} (mode ${mode.toString(8)}). Run chmod 600 ${file}, and set your secrets anew if somebody may have read it.`,
      )
    }
    const key = Buffer.from(readFileSync(descriptor, 'utf8').trim(), 'base64')
    if (key.length !== KEY_BYTES)
      throw new Fault('internal', `The key file ${file} holds no key. Bring back a copy of it.`)
    return key
  } finally {
    closeSync(descriptor)
  }
}

function open(file: string): number | null {
  try {
    return openSync(file, 'r')
  } catch (cause) {
    if (isNamed(cause, 'ENOENT')) return null
    throw new Fault('internal', `The key file ${file} cannot be read.`, { cause })
  }
}

/**
 * Writes a new key beside its place and links it there: it appears whole or not at all, and never over another.
 * Both it and its directory are on the disk before anything is encrypted with it.
 */
function create(file: string): Buffer {
  const key = randomBytes(KEY_BYTES)
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    writeDurably(draft, `${key.toString('base64')}\n`)
    linkSync(draft, file)
    unlinkSync(draft)
    syncDirectory(dirname(file))
    return key
  } catch (cause) {
    removeIfThere(draft)
    const other = isNamed(cause, 'EEXIST') ? read(file) : null
    if (other !== null) return other
    throw new Fault('internal', `The key file ${file} cannot be made.`, { cause })
  }
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', OWNER_ONLY)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function removeIfThere(file: string): void {
  try {
    unlinkSync(file)
  } catch (error) {
    if (!isNamed(error, 'ENOENT')) throw error
  }
}

function isNamed(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
