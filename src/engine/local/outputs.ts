import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { Fault } from '../../domain/fault.ts'
import { NO_PLAIN_FILE, OUTPUT_BYTES_MAX, parseOutputs, tooLong } from '../outputs.ts'
import { isErrno } from './folder.ts'

/**
 * Reads the file a stage wrote its outputs to. A stage may have put anything in its place, so that only a regular file
 * of one name is read.
 */
export function readOutputs(path: string): Readonly<Record<string, string>> {
  const bytes = readPlain(path)
  return bytes === null ? {} : parseOutputs(bytes)
}

function readPlain(path: string): Uint8Array | null {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw new Fault('invalid', NO_PLAIN_FILE, { cause: error })
  }
  try {
    const { size, nlink } = fstatSync(fd)
    if (!fstatSync(fd).isFile() || nlink > 1) throw new Fault('invalid', NO_PLAIN_FILE)
    if (size > OUTPUT_BYTES_MAX) throw new Fault('invalid', tooLong(size))
    const bytes = new Uint8Array(size)
    return bytes.subarray(0, readSync(fd, bytes, 0, size, 0))
  } finally {
    closeSync(fd)
  }
}
