import { malformed, NO_PLAIN_FILE, OUTPUT_BYTES_MAX, tooLong } from '../outputs.ts'
import { NO_PLAIN_REPORT, NO_REPORT, tooLargeReport } from '../reports.ts'

/** What a wrapper says among the lines of its script; `wrapper.ts` has the protocol. */
export type Mark =
  | { readonly says: 'hello' }
  | { readonly says: 'start'; readonly attempt: number }
  | { readonly says: 'retry'; readonly attempt: number; readonly exit: number; readonly timedOut: boolean }
  | { readonly says: 'file'; readonly kind: string; readonly encoding: string; readonly bytes: number }
  | { readonly says: 'data'; readonly chunk: string }
  | { readonly says: 'file-end' }
  /** Why the nth report of the stage is not sent. */
  | { readonly says: 'report'; readonly index: number; readonly problem: string }
  | { readonly says: 'skipped' }
  | {
      readonly says: 'end'
      readonly exit: number
      readonly timedOut: boolean
      readonly told: boolean
      /** Processes that the script left behind and that were killed. */
      readonly left: number
      /** Why what it handed on could not be taken; null where it could. */
      readonly outputs: string | null
    }

/** A line that holds a mark: the script's own text before it, and what the mark says; null where it holds none. */
export function markIn(text: string, nonce: string): { readonly before: string; readonly mark: Mark } | null {
  const sign = `\x1e${nonce} `
  const at = text.indexOf(sign)
  if (at < 0) return null
  const mark = readMark(text.slice(at + sign.length))
  return mark === null ? null : { before: text.slice(0, at), mark }
}

function readMark(words: string): Mark | null {
  const [word, ...rest] = words.trimEnd().split(' ')
  switch (word) {
    case 'hello':
      return { says: 'hello' }
    case 'start':
      return { says: 'start', attempt: Number(rest[0]) }
    case 'retry':
      return {
        says: 'retry',
        attempt: Number(rest[0]),
        exit: numberOf(rest, 'exit'),
        timedOut: rest.includes('timeout'),
      }
    case 'file':
      return { says: 'file', kind: rest[0] ?? '', encoding: rest[1] ?? '', bytes: Number(rest[2]) }
    case 'd':
      return { says: 'data', chunk: rest[0] ?? '' }
    case 'file-end':
      return { says: 'file-end' }
    case 'report':
      return { says: 'report', index: Number(rest[0]), problem: reportProblem(rest) }
    case 'end':
      return rest[0] === 'skipped' ? { says: 'skipped' } : endOf(rest)
    default:
      return null
  }
}

function endOf(rest: readonly string[]): Mark {
  return {
    says: 'end',
    exit: numberOf(rest, 'exit'),
    timedOut: rest.includes('timeout'),
    told: rest.includes('term'),
    left: wordOf(rest, 'left') === null ? 0 : numberOf(rest, 'left'),
    outputs: outputsProblem(rest),
  }
}

function outputsProblem(rest: readonly string[]): string | null {
  const line = wordOf(rest, 'output-line')
  if (line !== null) return malformed(Number(line))
  const bytes = wordOf(rest, 'output-bytes')
  if (bytes !== null) return tooLong(Number(bytes))
  return rest.includes('output-file') ? NO_PLAIN_FILE : null
}

function reportProblem(rest: readonly string[]): string {
  if (rest.includes('missing')) return NO_REPORT
  const bytes = wordOf(rest, 'bytes')
  if (bytes !== null) return tooLargeReport(Number(bytes))
  const packed = wordOf(rest, 'packed')
  return packed === null ? NO_PLAIN_REPORT : tooLargePacked(Number(packed))
}

function tooLargePacked(bytes: number): string {
  return `It has ${bytes} bytes when packed; a log brings at most ${PACKED_BYTES_MAX}.`
}

function numberOf(rest: readonly string[], key: string): number {
  return Number(wordOf(rest, key))
}

function wordOf(rest: readonly string[], key: string): string | null {
  const found = rest.find((word) => word.startsWith(`${key}=`))
  return found === undefined ? null : found.slice(key.length + 1)
}

/**
 * What the wrapper sends of one report: in base64 it stays below the 10 MiB after which a kubelet begins another file,
 * so that whoever reads a log late most likely finds it.
 */
const PACKED_BYTES_MAX = 6 * 1024 * 1024

/** A file that comes in pieces between two marks. Held in memory, so bounded: the wrapper sends no more than it may. */
export class FileReader {
  readonly kind: string
  readonly #encoding: BufferEncoding
  readonly #bytes: number
  readonly #lengthMax: number
  readonly #chunks: string[] = []
  #length = 0

  constructor({ kind, encoding, bytes }: Extract<Mark, { says: 'file' }>) {
    this.kind = kind
    this.#encoding = encoding === 'hex' ? 'hex' : 'base64'
    this.#bytes = bytes
    // Twice as long in hexadecimal; whatever comes beyond it was not the wrapper's.
    this.#lengthMax = (kind === 'output' ? OUTPUT_BYTES_MAX : PACKED_BYTES_MAX) * 2 + 8
  }

  add(chunk: string): void {
    if (this.#length + chunk.length > this.#lengthMax) return
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** Its bytes; null where some are missing. */
  end(): Buffer | null {
    const bytes = Buffer.from(this.#chunks.join(''), this.#encoding)
    return bytes.length === this.#bytes ? bytes : null
  }
}
