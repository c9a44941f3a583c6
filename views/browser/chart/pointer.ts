import type uPlot from 'uplot'
import { LINES, type Line } from '../../analytics/lines.ts'
import { count } from '../../words.ts'
import { addressOf, type Numbers, type Status } from './numbers.ts'

/** So near above or below a point of its day a pointer must be to mean it. */
const REACH = 24

/** Where a click leads; null where it means no point. */
export function target(pane: uPlot, lines: readonly Line[], { periods }: Numbers): string | null {
  const statuses = meant(pane, lines)
  const period = periods[pane.cursor.idx ?? -1]
  return statuses.length === 0 || period === undefined ? null : addressOf(period, statuses)
}

/** The statuses whose points the pointer means: the nearest one's, and all that lie on the same spot. */
function meant(pane: uPlot, lines: readonly Line[]): readonly Status[] {
  const { idx, left = -1, top = -1 } = pane.cursor
  if (idx === null || idx === undefined || left < 0) return []
  const points = lines.flatMap(({ status }, index) => {
    const value = pane.data[index + 1]?.[idx] ?? 0
    if (value === 0 || pane.series[index + 1]?.show === false) return []
    return [{ status, value, distance: Math.abs(pane.valToPos(value, 'y') - top) }]
  })
  const nearest = points.reduce((best, point) => Math.min(best, point.distance), REACH + 1)
  const value = points.find((point) => point.distance === nearest)?.value
  // Lines are drawn from the last to the first, so that the first lies on top.
  return points
    .filter((point) => point.value === value)
    .map(({ status }) => status)
    .reverse()
}

/** Says what there was on the day under the pointer, and keeps out of its way. */
export function showTip(tip: HTMLElement, pane: uPlot, { periods, counts }: Numbers): void {
  const { idx, left = -1 } = pane.cursor
  const period = periods[idx ?? -1]
  tip.hidden = period === undefined || idx === null || idx === undefined || left < 0
  if (period === undefined || tip.hidden) return
  const here = LINES.map((line) => ({ ...line, value: counts.get(line.status)?.[idx ?? -1] ?? 0 }))
  const rows = here.flatMap(({ status, word, value }) =>
    value === 0 ? [] : [tipRow(swatchOf(status), word, value)],
  )
  const total = here.reduce((sum, { value }) => sum + value, 0)
  const title = document.createElement('b')
  title.textContent = period.long
  tip.replaceChildren(title, ...rows, tipRow(null, 'Total', total))
  const at = pane.over.offsetLeft + left
  const width = tip.offsetWidth
  const room = pane.width - at
  tip.style.transform = `translateX(${Math.round(room > width + REACH ? at + REACH / 2 : at - width - REACH / 2)}px)`
}

function swatchOf(status: Status): Node | null {
  return document.querySelector(`[data-line="${status}"] svg`)?.cloneNode(true) ?? null
}

function tipRow(swatch: Node | null, text: string, value: number): HTMLElement {
  const row = document.createElement('span')
  const word = document.createElement('span')
  word.textContent = text
  const number = document.createElement('span')
  number.className = 'n'
  number.textContent = count(value)
  row.append(swatch ?? document.createElement('span'), word, number)
  return row
}
