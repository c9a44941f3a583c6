import { PHASE_WORDS, PHASES } from '../src/domain/status.ts'
import { STRIP_MARKS, type StripMark } from '../src/domain/strip.ts'

const PITCH = 15
const WIDTH = 134

/** Draws each mark with its left edge at `x`: success 4 px tall, work 8, trouble 12 (DESIGN.md, principle 3). */
const DRAW: Readonly<Record<StripMark, (x: number) => string>> = {
  s: (x) => `<rect class="f-ok" x="${x}" y="4" width="14" height="4"/>`,
  f: (x) =>
    `<rect class="f-bad" x="${x}" width="14" height="12" rx="1"/><path class="no s-s" stroke-width="1.5" d="M${x + 4.5} 3.5l5 5m0-5l-5 5"/>`,
  e: (x) =>
    `<path class="f-fault" d="M${x + 7} 0l7 12h-14z"/><path class="no s-s" stroke-width="1.5" d="M${x + 7} 4v4m0 1.2v1.3"/>`,
  r: (x) =>
    `<rect class="f-run hi" x="${x}" y="2" width="14" height="8" rx="1"/><rect class="f-run" x="${x}" y="2" width="7" height="8" rx="1"/><path class="no s-run" d="M${x} 11.5h14"/>`,
  p: (x) => `<rect class="no s-still" x="${x + 0.5}" y="2.5" width="13" height="7" rx="1"/>`,
  w: (x) =>
    `<rect class="no s-q" x="${x + 0.5}" y="2.5" width="13" height="7" rx="1" stroke-dasharray="2 2"/>`,
  a: (x) => `${gate(x)}<path class="no s-call" stroke-width="1.5" d="M${x + 5.25} 3.5v5m3.5-5v5"/>`,
  d: (x) => `${gate(x)}<path class="f-call" d="M${x + 5} 3l5 3-5 3z"/>`,
  j: (x) =>
    `<rect class="f-bad" x="${x}" width="14" height="12" rx="1"/><path class="no s-s" stroke-width="1.75" d="M${x + 3.5} 6h7"/>`,
  k: (x) => `<path class="no s-q" stroke-width="1.25" d="M${x + 0.5} 9.5l13-7"/>`,
  t: (x) =>
    `<rect class="f-still" x="${x + 1}" width="12" height="12" rx="1"/><rect class="f-s" x="${x + 5}" y="4" width="4" height="4"/>`,
  '-': (x) => `<path class="no s-q" d="M${x + 4} 6h6"/>`,
}

function gate(x: number): string {
  return `<rect class="no s-call" x="${x + 0.75}" y=".75" width="12.5" height="10.5" rx="1" stroke-width="1.5"/>`
}

/** Where the course has got to, most telling mark first; the rest of a strip needs no words. */
const TELLING: readonly (readonly [StripMark, string])[] = [
  ['e', 'error at'],
  ['f', 'failed at'],
  ['j', 'approval rejected at'],
  ['t', 'terminated at'],
  ['a', 'approval pending at'],
  ['d', 'deployment pending at'],
  ['r', 'running at'],
  ['p', 'pending at'],
]

/** What a strip says: “3 of 9 phases succeeded; failed at Build”. */
export function stripWords(marks: string): string {
  const succeeded = [...marks].filter((mark) => mark === 's').length
  const told = TELLING.find(([mark]) => marks.includes(mark))
  const where = told === undefined ? undefined : PHASES[marks.indexOf(told[0])]
  const rest = told === undefined || where === undefined ? '' : `; ${told[1]} ${PHASE_WORDS[where]}`
  return `${succeeded} of 9 phases succeeded${rest}`
}

/** Few of the possible strips ever occur; a list of fifty shows a handful of them. */
const drawn = new Map<string, string>()
const DRAWN_MAX = 2_000

/** A strip as finished markup. It is built of our own constants alone: a mark that is not in the table draws nothing. */
export function stripMarkup(marks: string): string {
  const known = drawn.get(marks)
  if (known !== undefined) return known
  const words = stripWords(marks)
  const shapes = [...marks].map((mark, i) => (isMark(mark) ? DRAW[mark](i * PITCH) : '')).join('')
  const markup = `<svg class="strip" viewBox="0 0 ${WIDTH} 12" role="img" aria-label="${words}"><title>${words}</title>${shapes}</svg>`
  if (drawn.size < DRAWN_MAX) drawn.set(marks, markup)
  return markup
}

function isMark(mark: string): mark is StripMark {
  return mark in STRIP_MARKS
}
