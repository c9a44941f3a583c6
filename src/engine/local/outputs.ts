import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { Fault } from '../../domain/fault.ts'
import { isErrno } from './folder.ts'

/** What a stage may hand on, PRODUCT §1. */
const OUTPUT_BYTES_MAX = 64 * 1024
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/

/**
 * Reads the file a stage wrote its outputs to: `key=value` lines, and `key<<END`, lines, `END` for values of several.
 * A stage may have put anything in its place, so that only a regular file of one name is read.
 */
export function readOutputs(path: string): Readonly<Record<string, string>> {
  const text = readPlain(path)
  return text === null ? {} : parseOutputs(text)
}

function readPlain(path: string): string | null {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw new Fault('invalid', 'PERIPLUS_OUTPUT is not a plain file any more.', { cause: error })
  }
  try {
    const { size, nlink } = fstatSync(fd)
    if (!fstatSync(fd).isFile() || nlink > 1)
      throw new Fault('invalid', 'PERIPLUS_OUTPUT is not a plain file any more.')
    if (size > OUTPUT_BYTES_MAX) {
      throw new Fault('invalid', `The outputs are ${size} bytes long; at most ${OUTPUT_BYTES_MAX} are kept.`)
    }
    const bytes = Buffer.alloc(size)
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, size, 0))
  } finally {
    closeSync(fd)
  }
}

function parseOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = Object.create(null)
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i += 1) {
    const line = (lines[i] ?? '').replace(/\r$/, '')
    if (line === '') continue
    const [, name = '', sign = '', rest = ''] = /^([^=<]*)(<<|=)(.*)$/s.exec(line) ?? []
    if (!NAME.test(name.trim())) {
      throw new Fault('invalid', `Line ${i + 1} of PERIPLUS_OUTPUT is neither key=value nor key<<END.`)
    }
    if (sign === '=') {
      outputs[name.trim()] = rest
      continue
    }
    const end = lines.indexOf(rest.trim(), i + 1)
    if (end < 0)
      throw new Fault('invalid', `Line ${i + 1} of PERIPLUS_OUTPUT begins a value that “${rest}” never ends.`)
    outputs[name.trim()] = lines.slice(i + 1, end).join('\n')
    i = end
  }
  return { ...outputs }
}
