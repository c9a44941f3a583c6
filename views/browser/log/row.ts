import { readLine } from '../../log/ansi.ts'
import { type Clock, rowLook, timeWords } from '../../log/row.ts'
import type { LogLine } from '../../model.ts'
import { count } from '../../words.ts'

/** One line as the server draws it too, made of elements and text: nothing a stage writes is ever read as markup. */
export function drawRow(line: LogLine, clock: Clock, note: string | null): HTMLElement {
  const { parts, fold } = readLine(line.text)
  const row = document.createElement('p')
  const look = rowLook(line.kind, fold)
  if (look !== '') row.className = look
  row.id = `L${line.number}`
  const number = document.createElement('a')
  number.href = `#L${line.number}`
  number.tabIndex = -1
  number.textContent = count(line.number)
  const time = document.createElement('time')
  time.dateTime = new Date(line.at).toISOString()
  time.textContent = timeWords(line.at, clock)
  const text = document.createElement('span')
  text.className = 't'
  for (const part of parts)
    text.append(part.href === null ? drawn(part.look, part.text) : link(part.href, part.look, part.text))
  if (note !== null) text.append(' ', drawn('q', note))
  row.append(number, time, text)
  return row
}

function drawn(look: string, text: string): Node {
  if (look === '') return document.createTextNode(text)
  const span = document.createElement('span')
  span.className = look
  span.textContent = text
  return span
}

function link(href: string, look: string, text: string): HTMLElement {
  const anchor = document.createElement('a')
  anchor.href = href
  anchor.className = 'u'
  anchor.rel = 'noopener noreferrer nofollow'
  anchor.target = '_blank'
  anchor.append(drawn(look, text))
  return anchor
}

/** The number of a row; 0 for what is none. */
export function numberOf(row: Element | null | undefined): number {
  return row === null || row === undefined ? 0 : Number(row.id.slice(1)) || 0
}
