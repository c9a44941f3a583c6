import type { LogLine } from '../model.ts'
import { count, duration, logTime, sinceStart } from '../words.ts'
import { type Part, readLine } from './ansi.ts'
import type { LogGroup, Times } from './model.ts'

/** From so many lines on their numbers need a wider column. */
export const LONG_LINES = 100_000

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as markup that says exactly that text. */
export function escaped(text: string): string {
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char) : text
}

/** How a line's own kind and folds look; `browser/rows.ts` draws the same. */
export function rowLook(kind: LogLine['kind'], fold: 'open' | 'close' | null): string {
  if (kind !== 'line') return kind
  return fold === 'open' ? 'fold open' : fold === 'close' ? 'endfold' : ''
}

/** “1,140 lines, 58 s” behind the name of a group. */
export function groupWords({ from, until, ms }: LogGroup, total: number): string {
  const lines = (until ?? total) - from
  return `${count(lines)} ${lines === 1 ? 'line' : 'lines'}, ${duration(ms)}`
}

/** How a line's time is written. */
export interface Clock {
  readonly times: Times
  readonly timezone: string
  /** When the stage began. */
  readonly startedAt: number | null
}

export function timeWords(at: number, { times, timezone, startedAt }: Clock): string {
  return times === 'relative' ? sinceStart(at - (startedAt ?? at)) : logTime(at, timezone)
}

/** What a row shows besides the line itself. */
export interface RowExtras {
  readonly clock: Clock
  /** Further classes: `hit`, `err`, `new`. */
  readonly looks: readonly string[]
  readonly spans: readonly (readonly [number, number])[]
  /** Said behind the name of a group. */
  readonly note: string | null
  /** Where its number leads; null is its own place on this page. */
  readonly href: string | null
}

/** One line of a log as finished markup: number, time, text. Plain strings, for a page has hundreds of them. */
export function logRow(line: LogLine, { clock, looks, spans, note, href }: RowExtras): string {
  const { parts, fold } = readLine(line.text)
  const look = [rowLook(line.kind, fold), ...looks].filter((one) => one !== '').join(' ')
  const text = marked(parts, spans).map(partMarkup).join('')
  const said = note === null ? '' : ` <span class="q">${note}</span>`
  const leads = href === null ? `#L${line.number}` : escaped(href)
  const { number, at } = line
  return `<p${look === '' ? '' : ` class="${look}"`} id="L${number}"><a href="${leads}" tabindex="-1">${count(number)}</a><time datetime="${new Date(at).toISOString()}">${timeWords(at, clock)}</time><span class="t">${text}${said}</span></p>`
}

type MarkedPart = Part & { readonly found?: true }

/** Cuts parts where matches begin and end. */
function marked(parts: readonly Part[], spans: RowExtras['spans']): readonly MarkedPart[] {
  if (spans.length === 0) return parts
  const cut: MarkedPart[] = []
  let at = 0
  for (const part of parts) {
    const end = at + part.text.length
    const edges = spans.flat().filter((edge) => edge > at && edge < end)
    let from = at
    for (const until of [...new Set([...edges, end])].sort((a, b) => a - b)) {
      const piece = { ...part, text: part.text.slice(from - at, until - at) }
      const begin = from
      cut.push(
        spans.some(([first, last]) => first <= begin && begin < last) ? { ...piece, found: true } : piece,
      )
      from = until
    }
    at = end
  }
  return cut
}

function partMarkup(part: MarkedPart): string {
  const inner = part.found === true ? `<mark>${escaped(part.text)}</mark>` : escaped(part.text)
  const drawn = part.look === '' ? inner : `<span class="${part.look}">${inner}</span>`
  return part.href === null
    ? drawn
    : `<a class="u" rel="noopener noreferrer nofollow" target="_blank" href="${escaped(part.href)}">${drawn}</a>`
}
