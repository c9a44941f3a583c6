import uPlot from 'uplot'
import type { Line } from '../../analytics/lines.ts'
import { count } from '../../words.ts'
import type { Ink } from './ink.ts'
import type { Numbers } from './numbers.ts'

/** Room beside the lines; what is written there must fit. */
const RIGHT = 28
const TOP = 10
const AXIS_HEIGHT = 28
/** Between two days that are named. */
const NAMED_SPACE = 110
/** Grid lines of a pane, but for its floor. */
const STEPS_MAX = 3
const LETTER_WIDTH = 8
const GAP = 12
/** As far as the names of the panes stand. */
const LEFT_MIN = 44
const LINE_WIDTH = 1.5
/** The scale bar under the lines. */
const BAR_HEIGHT = 3

interface PaneOptions {
  readonly place: HTMLElement
  readonly lines: readonly Line[]
  readonly numbers: Numbers
  readonly ink: Ink
  /** Only the lower of two names the days. */
  readonly axis: 'named' | 'bare'
  /** So wide that the numbers of both panes fit, and their days stand above one another. */
  readonly left: number
  readonly moved: (pane: uPlot) => void
}

/** One pane: some lines on a scale of their own over the common days. */
export function createPane(options: PaneOptions): uPlot {
  const { place, lines, numbers, ink, axis, left, moved } = options
  const last = numbers.periods.length - 1
  const series = lines.map((line) => [...(numbers.counts.get(line.status) ?? [])])
  const step = stepOf(Math.max(1, ...series.flat()))
  const top = Math.max(1, Math.ceil(Math.max(0, ...series.flat()) / step)) * step
  return new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      legend: { show: false },
      padding: [TOP, RIGHT, axis === 'named' ? 0 : TOP, 0],
      cursor: {
        y: false,
        move: (pane, left, top) => [left < 0 ? left : pane.valToPos(pane.posToIdx(left), 'x'), top],
        points: { show: false },
        // Nothing is dragged; without this a click is taken for a drag's end wherever the pointer was snapped to its day.
        drag: { x: false, y: false, setScale: false, click: () => {} },
        sync: { key: 'periods', setSeries: false },
      },
      scales: {
        // A single day stands in the middle.
        x: { time: false, range: () => (last === 0 ? [-1, 1] : [0, last]) },
        y: { range: () => [0, top] },
      },
      axes: [
        {
          show: axis === 'named',
          size: AXIS_HEIGHT,
          font: FONT,
          stroke: () => getComputedStyle(place).color,
          grid: { show: false },
          ticks: { show: false },
          splits: (pane) => named(last, pane.bbox.width / devicePixelRatio),
          values: (_, splits) => splits.map((at) => numbers.periods[at]?.short ?? ''),
        },
        {
          size: left,
          font: FONT,
          stroke: () => getComputedStyle(place).color,
          grid: { stroke: () => ink('line'), width: 1 },
          ticks: { show: false },
          border: { show: false },
          splits: () => Array.from({ length: top / step + 1 }, (_, index) => index * step),
          values: (_, splits) => splits.map(count),
        },
      ],
      series: [
        {},
        ...lines.map(({ hue }) => ({
          stroke: () => ink(hue),
          width: LINE_WIDTH,
          points: { show: false },
        })),
      ],
      hooks: {
        drawClear: [(pane) => dash(pane, lines)],
        drawAxes: [(pane) => drawFloor(pane, last, ink)],
        drawSeries: [(pane, index) => mark(pane, index, lines[index - 1], ink)],
        setCursor: [moved],
      },
    },
    [numbers.periods.map((_, at) => at), ...series],
    place,
  )
}

const FONT = '12px "IBM Plex Sans Var", system-ui, sans-serif'

/** How much stands beside the lines, for the longest number of all. */
export function leftOf({ counts }: Numbers): number {
  const most = Math.max(...[...counts.values()].flat(), 1)
  return Math.max(LEFT_MIN, count(stepOf(most) * STEPS_MAX).length * LETTER_WIDTH + GAP)
}

/** The least of 1, 2, 5, 10, 20 … that needs few steps. */
function stepOf(most: number): number {
  for (let size = 1; ; size *= 10)
    for (const digit of [1, 2, 5]) if (digit * size * STEPS_MAX >= most) return digit * size
}

/** The days that are named, as many as there is room for. */
function named(last: number, width: number): number[] {
  const every = Math.max(1, Math.ceil((last * NAMED_SPACE) / Math.max(1, width)))
  return Array.from({ length: Math.floor(last / every) + 1 }, (_, index) => index * every)
}

/** Dashes are told to a canvas in its own pixels. */
function dash(pane: uPlot, lines: readonly Line[]): void {
  for (const [index, line] of lines.entries()) {
    const series = pane.series[index + 1]
    if (series !== undefined) series.dash = line.dash.map((length) => length * devicePixelRatio)
  }
}

/** The floor, with every second day in a block, as on the scale of a chart. */
function drawFloor(pane: uPlot, last: number, ink: Ink): void {
  const { ctx, bbox } = pane
  const floor = Math.round(pane.valToPos(0, 'y', true))
  ctx.save()
  ctx.fillStyle = ink('q')
  ctx.fillRect(bbox.left, floor, bbox.width, Math.max(1, Math.floor(devicePixelRatio)))
  for (let at = 0; at < last; at += 2) {
    const from = pane.valToPos(at, 'x', true)
    ctx.fillRect(from, floor, pane.valToPos(at + 1, 'x', true) - from, BAR_HEIGHT * devicePixelRatio)
  }
  ctx.restore()
}

/** Each line's own mark at each number that is one. */
function mark(pane: uPlot, index: number, line: Line | undefined, ink: Ink): void {
  if (line === undefined || pane.series[index]?.show === false) return
  const { ctx } = pane
  const path = new Path2D(line.marker)
  for (const [at, value] of (pane.data[index] ?? []).entries()) {
    if (value === null || value === undefined || value === 0) continue
    ctx.save()
    ctx.translate(pane.valToPos(at, 'x', true), pane.valToPos(value, 'y', true))
    ctx.scale(devicePixelRatio, devicePixelRatio)
    ctx.setLineDash([])
    ctx.lineWidth = LINE_WIDTH
    ctx.strokeStyle = ink(line.hue)
    ctx.fillStyle = ink(line.hue)
    if (line.drawn === 'filled') ctx.fill(path)
    else ctx.stroke(path)
    ctx.restore()
  }
}
