/** What a log line says once everything that a terminal would obey is taken away: searched, compared and quoted like this. */

const FOLD_OPEN = /^(?:::group::|##\[group\])/
const FOLD_CLOSE = /^(?:::endgroup::|##\[endgroup\])/

/**
 * In order: colour (its codes are the first group); link (its address is the second); other operating system command;
 * other control sequence; device strings; two-byte escapes; the control characters that remain (tab is kept).
 */
export const ESCAPE =
  /\x1b\[([\d;:]*)m|\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[ -/]*[0-~]?|[\x00-\x08\x0a-\x1f\x7f-\x9f]/g
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/

export type Fold = 'open' | 'close' | null

/** A line without its fold marker, and which one it had; a progress bar that rewrites itself shows its last state. */
export function unfolded(line: string): { readonly text: string; readonly fold: Fold } {
  const text = line.includes('\r') ? lastState(line) : line
  if (FOLD_OPEN.test(text)) return { text: text.replace(FOLD_OPEN, ''), fold: 'open' }
  if (FOLD_CLOSE.test(text)) return { text: text.replace(FOLD_CLOSE, ''), fold: 'close' }
  return { text, fold: null }
}

/** The words of a line as a reader sees them. */
export function readable(line: string): string {
  // Nearly every line has neither: one look at it is enough.
  if (!CONTROL.test(line) && !line.startsWith('::') && !line.startsWith('##[')) return line
  return unfolded(line).text.replace(ESCAPE, '')
}

const COLOUR = /\x1b\[[\d;:]*m/g
/** Whatever is more than colour: other controls, other escapes, and what may be a fold's marker. */
const MORE = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[\d;:]*m)|^(?:::|##\[)/gm

/** The same of many lines, one under another: colours are taken out of all at once, and only what has more is looked at. */
export function readableText(lines: string): string {
  const parts: string[] = []
  let from = 0
  for (let more = seek(MORE, lines, from); more >= 0; more = seek(MORE, lines, from)) {
    const begin = lines.lastIndexOf('\n', more) + 1
    const end = lines.indexOf('\n', more)
    const until = end < 0 ? lines.length : end
    parts.push(uncoloured(lines.slice(from, begin)), readable(lines.slice(begin, until)))
    from = until
  }
  const rest = uncoloured(from === 0 ? lines : lines.slice(from))
  return from === 0 ? rest : parts.join('') + rest
}

function uncoloured(text: string): string {
  return text.includes('\x1b') ? text.replace(COLOUR, '') : text
}

function seek(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? -1
}

function lastState(line: string): string {
  const states = line.split('\r')
  for (let i = states.length - 1; i > 0; i -= 1) {
    const state = states[i] ?? ''
    if (state.replace(ESCAPE, '').trim() !== '') return state
  }
  return states[0] ?? ''
}
