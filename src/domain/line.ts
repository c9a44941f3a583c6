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

function lastState(line: string): string {
  const states = line.split('\r')
  for (let i = states.length - 1; i > 0; i -= 1) {
    const state = states[i] ?? ''
    if (state.replace(ESCAPE, '').trim() !== '') return state
  }
  return states[0] ?? ''
}
