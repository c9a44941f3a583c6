import type { ExecutionWire } from '../contract/schemas.ts'
import { STATUS_WORDS, type StageStatus, type Status } from '../domain/status.ts'

/** How text for people looks: pure functions from data to lines. */

const SGR = {
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
  dim: '2',
  bold: '1',
} as const
export type Colour = keyof typeof SGR

/** The text in that colour, where colour is wanted. */
export function paint(text: string, colour: Colour, wanted: { readonly colour: boolean }): string {
  return wanted.colour ? `\u001b[${SGR[colour]}m${text}\u001b[0m` : text
}

const STATUS_COLOURS: Readonly<Record<Status | StageStatus, Colour>> = {
  pending: 'cyan',
  running: 'blue',
  'deployment-pending': 'magenta',
  'approval-pending': 'magenta',
  terminating: 'yellow',
  'termination-failed': 'red',
  succeeded: 'green',
  failed: 'red',
  error: 'red',
  'approval-rejected': 'yellow',
  terminated: 'yellow',
  waiting: 'dim',
  skipped: 'dim',
}

/** One column wide each, so that columns stay straight; the word beside it says the same. */
const STATUS_SHAPES: Readonly<Record<Status | StageStatus, string>> = {
  pending: '·',
  running: '●',
  'deployment-pending': '◷',
  'approval-pending': '?',
  terminating: '◌',
  'termination-failed': '▲',
  succeeded: '✓',
  failed: '✗',
  error: '!',
  'approval-rejected': '⊘',
  terminated: '■',
  waiting: '·',
  skipped: '–',
}

export function colourOf(status: Status | StageStatus): Colour {
  return STATUS_COLOURS[status]
}

/** `main`, `v1.2`, or the commit where it was asked for by that. */
export function refOf(execution: Pick<ExecutionWire, 'branch' | 'tag' | 'sha'>): string {
  const name = execution.branch ?? execution.tag
  const sha = execution.sha?.slice(0, 7) ?? null
  return [name, sha].filter((part) => part !== null).join(' ') || '–'
}

/** `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function spell(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** How long it has run, to its end or to now; a dash before it began. */
export function ran(
  span: { readonly startedAt: string | null; readonly finishedAt: string | null },
  now: number,
): string {
  if (span.startedAt === null) return '–'
  return spell((span.finishedAt === null ? now : Date.parse(span.finishedAt)) - Date.parse(span.startedAt))
}

/** `2026-09-01 08:30:12` in this machine's time zone, as `date` has it. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE')
}

/** One cell: its text, and its colour where it has one. */
export type Cell = string | readonly [text: string, colour: Colour]

const GAP = '  '
/** Less than this of a cell says nothing; the line is rather too long. */
const CELL_LEAST = 8

/**
 * Rows under headings, in columns as wide as their widest cell. Where the terminal is narrower, columns of words give
 * way, ending in “…”; where nobody looks (`columns` null) nothing is cut.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  look: { readonly columns: number | null; readonly colour: boolean },
): string {
  const cells = [headings.map((heading): Cell => [heading, 'bold']), ...rows]
  const columns = headings.map((_, column) => cells.map((row) => textOf(row[column])))
  const widths = fit(columns, look.columns)
  return cells.map((row) => `${lineOf(row, widths, look)}\n`).join('')
}

function lineOf(row: readonly Cell[], widths: readonly number[], look: { readonly colour: boolean }): string {
  const parts = row.map((cell, column) => {
    const text = cut(textOf(cell), widths[column] ?? 0)
    const padding = column === row.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - Bun.stringWidth(text))
    return (typeof cell === 'string' ? text : paint(text, cell[1], look)) + padding
  })
  return parts.join(GAP).trimEnd()
}

/** A time, a number or a duration that is cut is wrong; and names, which stand first, are to be copied. */
const FIGURES = /^(?:\d[\d :.,a-z-]*|–|never|)$/

/** Words give way first, the widest before the others; only where that is not enough, whatever is widest. */
function fit(columns: readonly (readonly string[])[], room: number | null): readonly number[] {
  const fitted = columns.map((texts) => Math.max(...texts.map((text) => Bun.stringWidth(text))))
  if (room === null) return fitted
  const words = columns.map(([, ...texts], at) => at > 0 && !texts.every((text) => FIGURES.test(text)))
  const total = () => fitted.reduce((sum, width) => sum + width, 0) + GAP.length * (fitted.length - 1)
  for (const yielding of [words, columns.map(() => true)]) {
    while (total() > room) {
      const widest = Math.max(...fitted.filter((_, at) => yielding[at]))
      if (widest <= CELL_LEAST) break
      fitted[fitted.findLastIndex((width, at) => yielding[at] && width === widest)] = widest - 1
    }
  }
  return fitted
}

function textOf(cell: Cell | undefined): string {
  return clean(typeof cell === 'string' ? cell : (cell?.[0] ?? ''))
}

const letters = new Intl.Segmenter()

/** A family of four is one letter, two columns wide: it is shown whole or not at all. */
function cut(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text
  let shown = ''
  let room = width - 1
  for (const { segment } of letters.segment(text)) {
    room -= Bun.stringWidth(segment)
    if (room < 0) break
    shown += segment
  }
  return `${shown}…`
}

/** An execution's status as a cell: shape, word, colour. */
export function statusCell(status: Status): readonly [string, Colour] {
  return [`${STATUS_SHAPES[status]} ${STATUS_WORDS[status]}`, colourOf(status)]
}

/** A stage's. */
export function stageCell(status: StageStatus): readonly [string, Colour] {
  return [`${STATUS_SHAPES[status]} ${status}`, colourOf(status)]
}

// Colours (SGR) are kept; whatever else an escape could do to a terminal is not for a log to decide.
const ESCAPES =
  /\u001b\[[0-9;:]*m|\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_].*?(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** A log line that a terminal may be given: colours stay where wanted, all other control is left out. */
export function harmless(text: string, look: { readonly colour: boolean }): string {
  return text.replace(ESCAPES, (found) => (look.colour && /^\u001b\[[0-9;:]*m$/.test(found) ? found : ''))
}

/** Words that came from elsewhere (a commit's title, a reason, an error) on one line of a terminal. */
export function clean(text: string): string {
  return harmless(text.replace(/\s*\n\s*/g, ' '), { colour: false })
}
