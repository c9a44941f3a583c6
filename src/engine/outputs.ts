import { Fault } from '../domain/fault.ts'

/** What a stage may hand on, PRODUCT §1. */
export const OUTPUT_BYTES_MAX = 64 * 1024

export const NO_PLAIN_FILE = 'PERIPLUS_OUTPUT is not a plain file any more.'

export function tooLong(bytes: number): string {
  return `The outputs are ${bytes} bytes long; at most ${OUTPUT_BYTES_MAX} are kept.`
}

export function malformed(line: number): string {
  return `Line ${line} of PERIPLUS_OUTPUT is neither key=value nor key<<END with an END of its own.`
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/
const BLANKS = /^[ \t]+|[ \t]+$/g

/**
 * What a stage wrote to hand on: `key=value` lines, and `key<<END`, lines, `END` for values of several. A shell must be
 * able to find the same lines wrong (engine/argo/wrapper.sh), so this reads bytes as a shell does, NUL left out.
 */
export function parseOutputs(bytes: Uint8Array): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = Object.create(null)
  const lines = Buffer.from(bytes).toString('latin1').replaceAll('\0', '').split('\n')
  for (let i = 0; i < lines.length; i += 1) {
    const line = withoutReturn(lines[i] ?? '')
    if (line === '') continue
    const [, key = '', sign = '', rest = ''] = /^([^=<]*)(<<|=)(.*)$/s.exec(line) ?? []
    const name = key.replace(BLANKS, '')
    if (!NAME.test(name)) throw new Fault('invalid', malformed(i + 1))
    if (sign === '=') {
      outputs[name] = decoded(rest)
      continue
    }
    const mark = rest.replace(BLANKS, '')
    const end = lines.findIndex((later, at) => at > i && withoutReturn(later) === mark)
    if (mark === '' || end < 0) throw new Fault('invalid', malformed(i + 1))
    outputs[name] = decoded(lines.slice(i + 1, end).join('\n'))
    i = end
  }
  return { ...outputs }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function decoded(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
