import type { LogLine } from '../../model.ts'
import { drawRow, numberOf } from './row.ts'

/** Rows kept in the page, and elements in all: a line may have many colours. */
export const ROWS_MAX = 450
const ELEMENTS_MAX = 3_000
/** However colourful, so many rows stay: more than any screen shows. */
const ROWS_LEAST = 150
/** Browsers stop growing elements somewhere above 16 million pixels; beyond this the scrollbar is drawn to scale. */
const HEIGHT_MAX = 8_000_000
/** Until a row was measured. */
const ROW_HEIGHT = 20

/**
 * The rows of a log that are drawn, one number after another, between two pads as high as the lines that are not: so
 * the scrollbar tells the truth. Whatever is added or dropped, the line under the reader's eye stays where it is.
 */
export class Rows {
  readonly below: HTMLElement
  private readonly scroller: HTMLElement
  private readonly timezone: string
  private readonly rows: HTMLElement
  private readonly above: HTMLElement
  private readonly folded = new Set<number>()
  private marked: readonly [number, number] = [0, 0]
  private rowHeight = ROW_HEIGHT

  constructor(scroller: HTMLElement, timezone: string) {
    this.scroller = scroller
    this.timezone = timezone
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

  add(lines: readonly LogLine[], where: 'above' | 'below'): void {
    const fragment = document.createDocumentFragment()
    for (const line of lines) fragment.append(drawRow(line, this.timezone))
    if (where === 'above') this.rows.prepend(fragment)
    else this.rows.append(fragment)
    this.showMarks()
    this.showFolds()
  }

  clear(): void {
    this.rows.replaceChildren()
  }

  /** Drops rows on the side that is farther from the reader. */
  trim(side: 'above' | 'below'): void {
    const { rows } = this
    const elements = rows.getElementsByTagName('*')
    while (
      rows.childElementCount > ROWS_MAX ||
      (elements.length > ELEMENTS_MAX && rows.childElementCount > ROWS_LEAST)
    )
      (side === 'above' ? rows.firstElementChild : rows.lastElementChild)?.remove()
  }

  /** Makes the pads as high as the lines before and after, of `total`. */
  pad(total: number): void {
    const unit = this.unit(total)
    this.above.style.height = `${(this.first - 1) * unit}px`
    this.below.style.height = `${Math.max(0, total - this.last) * unit}px`
  }

  /** Height of a line that is not drawn. */
  unit(total: number): number {
    return Math.min(this.rowHeight, HEIGHT_MAX / Math.max(1, total))
  }

  /** Takes the height of a row as it is now: fingers and phones make it another. */
  measure(): void {
    const row = this.rows.querySelector<HTMLElement>(':scope > p:not([hidden])')
    if (row === null) return
    const height = Number.parseFloat(getComputedStyle(row).minHeight)
    if (height > 0) this.rowHeight = height
  }

  /** Changes rows so that the one at the top of the view does not move. */
  keep(change: () => void): void {
    const anchor = this.atTop()
    const before = anchor?.offsetTop ?? 0
    change()
    if (anchor === null || !anchor.isConnected || anchor.hidden) return
    const moved = anchor.offsetTop - before
    if (moved !== 0) this.scroller.scrollTop += moved
  }

  private atTop(): HTMLElement | null {
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

  /** Marks the lines of a permalink, whether they are drawn already or later. */
  mark(from: number, until: number): void {
    this.marked = [from, until]
    this.showMarks()
  }

  private showMarks(): void {
    const [from, until] = this.marked
    if (from === 0) return
    for (const row of this.rows.children) {
      const number = numberOf(row)
      row.classList.toggle('hit', number >= from && number <= until)
    }
  }

  /** Opens or closes the fold that begins at a row. */
  toggleFold(row: Element): void {
    const number = numberOf(row)
    if (!this.folded.delete(number)) this.folded.add(number)
    this.keep(() => this.showFolds())
  }

  private showFolds(): void {
    if (this.folded.size === 0 && this.rows.querySelector(':scope > [hidden]') === null) return
    let hiding = false
    for (const row of this.rows.children) {
      if (!(row instanceof HTMLElement)) continue
      if (row.classList.contains('fold')) {
        row.hidden = false
        hiding = this.folded.has(numberOf(row))
        row.classList.toggle('open', !hiding)
      } else {
        row.hidden = hiding
        if (row.classList.contains('endfold')) hiding = false
      }
    }
  }
}
