import type { LogLine } from '../model.ts'
import { count, logTime } from '../words.ts'
import { readLine } from './ansi.ts'

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

/** One line of a log as finished markup: number, time, text. Plain strings, for a page has hundreds of them. */
export function logRow(line: LogLine, timezone: string): string {
  const { parts, fold } = readLine(line.text)
  const look = rowLook(line.kind, fold)
  const text = parts
    .map((part) => {
      const inner = escaped(part.text)
      const drawn = part.look === '' ? inner : `<span class="${part.look}">${inner}</span>`
      return part.href === null
        ? drawn
        : `<a class="u" rel="noopener noreferrer nofollow" target="_blank" href="${escaped(part.href)}">${drawn}</a>`
    })
    .join('')
  return `<p${look === '' ? '' : ` class="${look}"`} id="L${line.number}"><a href="#L${line.number}" tabindex="-1">${count(line.number)}</a><time>${logTime(line.at, timezone)}</time><span class="t">${text}</span></p>`
}
