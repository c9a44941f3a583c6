import type uPlot from 'uplot'
import { LINES, type Line } from '../../analytics/lines.ts'
import { createInk } from './ink.ts'
import { type Numbers, readNumbers, type Status } from './numbers.ts'
import { createPane, leftOf } from './pane.ts'
import { showTip, target } from './pointer.ts'

interface Pane {
  readonly plot: uPlot
  readonly lines: readonly Line[]
}

/** Draws the lines of the page's table above it: Succeeded on a scale of its own, for it dwarfs the others. */
export function drawCharts(): void {
  const plot = document.querySelector<HTMLElement>('[data-plot]')
  const table = document.querySelector<HTMLTableElement>('[data-periods]')
  if (plot === null || table === null) return
  const numbers = readNumbers(table)
  const { ink, forget } = createInk(plot)
  const panes = createPanes(plot, numbers, ink)
  const redraw = () => {
    forget()
    for (const pane of panes) pane.plot.redraw(false)
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  // What was drawn before the font came, was drawn in another.
  void document.fonts.ready.then(redraw)
  for (const pane of panes) lead(pane, numbers)
  toggleLines(panes)
  fit(plot, panes)
}

function createPanes(plot: HTMLElement, numbers: Numbers, ink: ReturnType<typeof createInk>['ink']): Pane[] {
  const tip = plot.querySelector<HTMLElement>('[data-tip]')
  const left = leftOf(numbers)
  return (['succeeded', 'others'] as const).flatMap((name) => {
    const place = plot.querySelector<HTMLElement>(`[data-pane="${name}"]`)
    if (place === null) return []
    // The first of the table lies on top.
    const lines = LINES.filter(
      ({ status }) => (status === 'succeeded') === (name === 'succeeded') && happened(numbers, status),
    ).toReversed()
    const moved = (pane: uPlot) => {
      if (tip !== null) showTip(tip, pane, numbers)
    }
    const axis = name === 'succeeded' ? 'bare' : 'named'
    return [{ lines, plot: createPane({ place, lines, numbers, ink, axis, left, moved }) }]
  })
}

function happened({ counts }: Numbers, status: Status): boolean {
  return counts.get(status)?.some((count) => count > 0) ?? false
}

/** A click on a point leads to its executions. */
function lead({ plot, lines }: Pane, numbers: Numbers): void {
  plot.over.addEventListener('mousemove', () => {
    plot.over.classList.toggle('leads', target(plot, lines, numbers) !== null)
  })
  plot.over.addEventListener('click', (event) => {
    const address = target(plot, lines, numbers)
    if (address === null) return
    if (event.ctrlKey || event.metaKey) open(address)
    else location.assign(address)
  })
}

/** Each line can be taken away and put back in the legend. */
function toggleLines(panes: readonly Pane[]): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-line]')) {
    button.addEventListener('click', () => {
      const shown = button.getAttribute('aria-pressed') !== 'true'
      button.setAttribute('aria-pressed', String(shown))
      for (const { plot, lines } of panes) {
        const index = lines.findIndex(({ status }) => status === button.dataset['line'])
        if (index >= 0) plot.setSeries(index + 1, { show: shown })
      }
    })
  }
}

/** As wide as its place, whatever becomes of the window; the place's height is the style sheet's. */
function fit(plot: HTMLElement, panes: readonly Pane[]): void {
  new ResizeObserver(() => {
    for (const { plot: pane } of panes) {
      const place = pane.root.parentElement
      if (place !== null && place.clientWidth !== pane.width)
        pane.setSize({ width: place.clientWidth, height: place.clientHeight })
    }
  }).observe(plot)
}
