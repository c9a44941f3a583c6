import { type Clock, groupWords, timeWords } from '../../log/row.ts'
import type { LogLine } from '../../model.ts'
import { Folds } from './folds.ts'
import { drawRow, numberOf } from './row.ts'

/** Rows kept in the page, and elements in all: a line may have many colours. */
export const ROWS_MAX = 450
const ELEMENTS_MAX = 3_000
/** However colourful, so many rows stay: more than any screen shows. */
export const ROWS_LEAST = 150
/** Browsers stop growing elements somewhere above 16 million pixels; beyond this the scrollbar is drawn to scale. */
const HEIGHT_MAX = 8_000_000
/** Until a row was measured. */
const ROW_HEIGHT = 20

/** Lines that look alike for one reason, as runs with both ends. */
export type Runs = readonly (readonly [number, number])[]

/**
 * The rows of a log that are drawn, one seen line after another, between two pads as high as the lines that are not: so
 * the scrollbar tells the truth. Whatever is added or dropped, the line under the reader's eye stays where it is.
 */
export class Rows {
  readonly below: HTMLElement
  readonly folds = new Folds()
  clock: Clock
  private readonly scroller: HTMLElement
  private readonly rows: HTMLElement
  private readonly above: HTMLElement
  /** By class: `hit` for a permalink, `new` and `err`. */
  private readonly looks = new Map<string, Runs>()
  private rowHeight = ROW_HEIGHT

  constructor(scroller: HTMLElement, clock: Clock) {
    this.scroller = scroller
    this.clock = clock
    this.rows = document.createElement('div')
    this.above = document.createElement('div')
    this.below = document.createElement('div')
    this.rows.append(...scroller.querySelectorAll(':scope > p[id]'))
    scroller.prepend(this.above, this.rows, this.below)
  }

  get first(): number {
    return numberOf(this.rows.firstElementChild) || 1
  }

  get last(): number {
    return numberOf(this.rows.lastElementChild)
  }

  get count(): number {
    return this.rows.childElementCount
  }

  /** Where the first row begins, from the top of all lines. */
  get top(): number {
    return this.rows.offsetTop
  }

  /** Where the last row ends. */
  get bottom(): number {
    return this.below.offsetTop
  }

  /** The rows themselves, to be read. */
  get all(): Iterable<Element> {
    return this.rows.children
  }

  add(lines: readonly LogLine[], where: 'above' | 'below', total: number): void {
    const fragment = document.createDocumentFragment()
    for (const line of lines) {
      if (this.folds.hides(line.number)) continue
      const group = this.folds.named(line.number)
      fragment.append(drawRow(line, this.clock, group === null ? null : groupWords(group, total)))
    }
    if (where === 'above') this.rows.prepend(fragment)
    else this.rows.append(fragment)
    this.show()
  }

  clear(): void {
    this.rows.replaceChildren()
  }

  /** Drops rows on the side that is farther from the reader. */
  trim(side: 'above' | 'below', most = ROWS_MAX): void {
    const { rows } = this
    const elements = rows.getElementsByTagName('*')
    while (
      rows.childElementCount > most ||
      (elements.length > ELEMENTS_MAX && rows.childElementCount > ROWS_LEAST)
    )
      (side === 'above' ? rows.firstElementChild : rows.lastElementChild)?.remove()
  }

  /** Makes the pads as high as the lines before and after, of `total`. */
  pad(total: number): void {
    const { folds } = this
    const unit = this.unit(total)
    this.above.style.height = `${folds.before(this.first) * unit}px`
    const seen = folds.before(total + 1)
    this.below.style.height = `${Math.max(0, seen - folds.before(this.last + 1)) * unit}px`
  }

  /** Height of a line that is not drawn. */
  unit(total: number): number {
    return Math.min(this.rowHeight, HEIGHT_MAX / Math.max(1, total))
  }

  /** Takes the height of a row as it is now: fingers and phones make it another. */
  measure(): void {
    const row = this.rows.firstElementChild
    if (row === null) return
    const height = Number.parseFloat(getComputedStyle(row).minHeight)
    if (height > 0) this.rowHeight = height
  }

  /** Changes rows so that the one at the top of the view does not move. */
  keep(change: () => void): void {
    const anchor = this.atTop()
    const before = anchor?.offsetTop ?? 0
    change()
    if (anchor === null || !anchor.isConnected) return
    const moved = anchor.offsetTop - before
    if (moved !== 0) this.scroller.scrollTop += moved
  }

  /** The row at the top of the view. */
  atTop(): HTMLElement | null {
    const { scrollTop } = this.scroller
    const { children } = this.rows
    let low = 0
    let high = children.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      const row = children[middle]
      if (row instanceof HTMLElement && row.offsetTop + row.offsetHeight <= scrollTop) low = middle + 1
      else high = middle
    }
    const row = children[low]
    return row instanceof HTMLElement ? row : null
  }

  /** Gives lines a look, whether they are drawn already or later. */
  mark(look: string, runs: Runs): void {
    this.looks.set(look, runs)
    this.show()
  }

  marked(look: string): Runs {
    return this.looks.get(look) ?? []
  }

  /** Takes away what is folded by now; what was folded and is not is fetched like any other line. */
  refold(): void {
    for (const row of [...this.rows.children]) if (this.folds.hides(numberOf(row))) row.remove()
    this.show()
  }

  /** Drops what stands behind a line. */
  cut(line: number): void {
    while (this.last > line) this.rows.lastElementChild?.remove()
    this.show()
  }

  /** Writes the times anew. */
  retime(): void {
    for (const time of this.rows.querySelectorAll('time'))
      time.textContent = timeWords(Date.parse(time.dateTime), this.clock)
  }

  private show(): void {
    for (const row of this.rows.children) {
      const number = numberOf(row)
      for (const [look, runs] of this.looks)
        row.classList.toggle(
          look,
          runs.some(([from, until]) => from <= number && number <= until),
        )
      if (row.classList.contains('fold')) row.classList.toggle('open', !this.folds.isFolded(number))
    }
  }
}
