import { STATUS_WORDS, type Status } from '../../src/domain/status.ts'
import { type Hue, STATUS_HUES } from '../words.ts'

/** How a status is drawn: the legend and the chart read the same row, so that they cannot differ. */
export interface Line {
  readonly status: Status
  readonly word: string
  readonly hue: Hue
  /** Strokes and gaps; none is a whole line. */
  readonly dash: readonly number[]
  /** An SVG path around 0 0. */
  readonly marker: string
  readonly drawn: 'filled' | 'outlined'
}

/** Every line has a dash and a marker of its own, so that it reads without its hue. What matters most stands first. */
export const LINES: readonly Line[] = [
  line('succeeded', [], 'M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z', 'filled'),
  line('failed', [6, 3], 'M-3-3l6 6m0-6l-6 6', 'outlined'),
  line('error', [2, 3], 'M0-3.5l3.5 6.5h-7z', 'filled'),
  line('approval-rejected', [8, 3, 2, 3], 'M-3.5 0l3.5-3.5l3.5 3.5l-3.5 3.5z', 'filled'),
  line('terminated', [1, 3], 'M-2.5-2.5h5v5h-5z', 'filled'),
  line('termination-failed', [10, 4], 'M-2.5-2.5h5v5h-5z', 'outlined'),
  line('approval-pending', [4, 2], 'M-1.5-3v6m3-6v6', 'outlined'),
  line('deployment-pending', [4, 2, 1, 2], 'M-3 2l3-4l3 4', 'outlined'),
  line('running', [12, 3], 'M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z', 'outlined'),
  line('pending', [3, 6], 'M-3 0h6', 'outlined'),
  line('terminating', [1, 6], 'M-3 0h6m-3-3v6', 'outlined'),
]

function line(status: Status, dash: readonly number[], marker: string, drawn: Line['drawn']): Line {
  return { status, word: STATUS_WORDS[status], hue: STATUS_HUES[status], dash, marker, drawn }
}
