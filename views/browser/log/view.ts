import type { LogLine } from '../../model.ts'
import { readWindow, type Window } from '../wire.ts'
import { drawRow, numberOf } from './row.ts'

/** Lines fetched at once. */
const WINDOW = 150
/** Rows kept in the page, and elements in all: a line may have many colours. */
const ROWS_MAX = 450
const ELEMENTS_MAX = 3_000
/** Browsers stop growing elements somewhere above 16 million pixels; beyond this the scrollbar is drawn to scale. */
const HEIGHT_MAX = 8_000_000
/** Within so many heights of the view of the edge of what is drawn, the next window is fetched. */
const AHEAD = 1.5
/** Closer to the end than this counts as being there. */
const END_PX = 8
/** While the scrollbar is dragged, nothing is fetched until it rests so long. */
const REST_MS = 60

interface Listener {
  /** Following was begun or ended, by the reader or by scrolling. */
  changed(): void
}

/**
 * One stage's log in a bounded number of elements: the rows around what is looked at, and two pads as high as the lines
 * that are not drawn, so that the scrollbar tells the truth. Whatever is added or dropped, the line under the reader's
 * eye stays where it is.
 */
export class LogView {
  readonly scroller: HTMLElement
  total: number
  open: boolean
  following: boolean
  /** Lines that came while the reader was elsewhere. */
  unseen = 0

  private readonly address: string
  private readonly timezone: string
  private readonly listener: Listener
  private readonly rows: HTMLElement
  private readonly above: HTMLElement
  private readonly below: HTMLElement
  private readonly folded = new Set<number>()
  private marked: readonly [number, number] = [0, 0]
  private rowHeight = 20
  private lastTop = 0
  private queue: LogLine[] = []
  private painting = false
  private fetching: AbortController | null = null
  private rest: ReturnType<typeof setTimeout> | undefined

  constructor(scroller: HTMLElement, timezone: string, listener: Listener) {
    const { execution = '', stage = '', total, open } = scroller.dataset
    this.scroller = scroller
    this.timezone = timezone
    this.listener = listener
    this.address = `/api/v1/executions/${encodeURIComponent(execution)}/stages/${encodeURIComponent(stage)}/log`
    this.total = Number(total)
    this.open = open !== undefined
    this.following = scroller.dataset['follow'] !== undefined
    this.rows = document.createElement('div')
    this.above = document.createElement('div')
    this.below = document.createElement('div')
    this.rows.append(...scroller.querySelectorAll(':scope > p[id]'))
    scroller.prepend(this.above, this.rows, this.below)
    scroller.addEventListener('scroll', () => this.scrolled(), { passive: true })
    new ResizeObserver(() => this.measure()).observe(scroller)
    this.measure()
    this.pad()
  }

  get first(): number {
    return numberOf(this.rows.firstElementChild) || 1
  }

  get last(): number {
    return numberOf(this.rows.lastElementChild)
  }

  /** Takes lines from the stream; they are drawn at the next frame, all at once. */
  take(lines: readonly LogLine[]): void {
    const fresh = lines.filter((line) => line.number > this.total)
    if (fresh.length === 0) return
    this.total = fresh.at(-1)?.number ?? this.total
    if (!this.following) this.unseen += fresh.length
    this.queue.push(...fresh)
    // What would never be drawn need not be kept: more than a page of lines between two frames.
    if (this.queue.length > ROWS_MAX) this.queue = this.queue.slice(-WINDOW)
    if (this.painting) return
    this.painting = true
    requestAnimationFrame(() => this.paint())
  }

  private paint(): void {
    this.painting = false
    const lines = this.queue
    this.queue = []
    const next = lines[0]?.number ?? 0
    const joins = next === this.last + 1
    if (this.following) {
      if (!joins) this.rows.replaceChildren()
      this.add(lines, 'below')
      this.trim('above')
      this.pad()
      this.toEnd()
    } else {
      // Rows join below only where the reader is about to see them; all others are fetched when they get there.
      if (joins && this.nearEnd()) this.keep(() => this.add(lines, 'below'))
      this.keep(() => this.pad())
    }
    this.scroller.querySelector(':scope > .none')?.remove()
    this.listener.changed()
  }

  private nearEnd(): boolean {
    const { scrollTop, clientHeight } = this.scroller
    return (
      this.below.offsetTop - scrollTop < clientHeight * (1 + AHEAD) && this.rows.childElementCount < ROWS_MAX
    )
  }

  follow(): void {
    this.following = true
    this.unseen = 0
    void this.goToEnd()
    this.listener.changed()
  }

  unfollow(): void {
    this.following = false
    this.listener.changed()
  }

  async goToEnd(): Promise<void> {
    if (this.last < this.total) await this.load(Math.max(1, this.total - WINDOW + 1))
    this.toEnd()
  }

  /** Brings lines `from` to `until` into view and marks them. */
  async goTo(from: number, until: number): Promise<void> {
    this.following = false
    this.marked = [from, until]
    const line = Math.min(Math.max(1, from), Math.max(1, this.total))
    if (line < this.first || line > this.last) await this.load(Math.max(1, line - WINDOW / 2))
    this.mark()
    const row = document.getElementById(`L${line}`)
    if (row !== null) this.scroller.scrollTop = row.offsetTop - this.scroller.clientHeight / 3
    this.lastTop = this.scroller.scrollTop
    this.listener.changed()
  }

  /** Opens or closes the fold that begins at a row. */
  toggleFold(row: Element): void {
    const number = numberOf(row)
    if (this.folded.delete(number)) row.classList.add('open')
    else {
      this.folded.add(number)
      row.classList.remove('open')
    }
    this.keep(() => this.applyFolds())
    this.ensure()
  }

  /** After the look of rows changed: the line that was on top stays on top. */
  relayout(change: () => void): void {
    this.keep(change)
    this.measure()
    this.pad()
    if (this.following) this.toEnd()
  }

  private toEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight
    this.lastTop = this.scroller.scrollTop
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller
    const up = scrollTop < this.lastTop - 1
    this.lastTop = scrollTop
    const atEnd = scrollHeight - scrollTop - clientHeight < END_PX
    if (this.following && up && !atEnd) this.unfollow()
    else if (!this.following && !up && atEnd && this.open && this.last === this.total) this.follow()
    this.ensure()
  }

  /** Fetches what is about to be seen and is not drawn. */
  private ensure(): void {
    if (this.total === 0) return
    const { scrollTop, clientHeight } = this.scroller
    const top = this.rows.offsetTop
    const bottom = this.below.offsetTop
    const near = clientHeight * AHEAD
    if (scrollTop + clientHeight < top || scrollTop > bottom) {
      clearTimeout(this.rest)
      this.rest = setTimeout(
        () => void this.load(Math.max(1, this.lineAt(scrollTop) - WINDOW / 3), 'here'),
        REST_MS,
      )
      return
    }
    if (this.fetching !== null) return
    if (scrollTop - top < near && this.first > 1) void this.extend('above')
    else if (bottom - scrollTop - clientHeight < near && this.last < this.total) void this.extend('below')
  }

  /** Which line stands at a height outside of what is drawn. */
  private lineAt(top: number): number {
    const unit = this.unit()
    if (top < this.rows.offsetTop) return Math.floor(top / unit) + 1
    return Math.min(this.total, this.last + Math.floor((top - this.below.offsetTop) / unit))
  }

  private async extend(where: 'above' | 'below'): Promise<void> {
    const from = where === 'above' ? Math.max(1, this.first - WINDOW) : this.last + 1
    const limit = where === 'above' ? this.first - from : WINDOW
    const window = await this.fetch(from, limit)
    if (window === null) return
    const joins =
      where === 'above'
        ? window.lines.at(-1)?.number === this.first - 1
        : window.lines[0]?.number === this.last + 1
    if (joins)
      this.keep(() => {
        this.add(window.lines, where)
        this.trim(where === 'above' ? 'below' : 'above')
        this.pad()
      })
    if (joins || window.lines.length > 0) this.ensure()
  }

  /** Draws another part of the log instead; `here` keeps the scrollbar where the reader put it. */
  private async load(from: number, place: 'here' | 'caller' = 'caller'): Promise<void> {
    this.fetching?.abort()
    this.fetching = null
    const window = await this.fetch(from, WINDOW)
    if (window === null || window.lines.length === 0) return
    const top = this.scroller.scrollTop
    this.rows.replaceChildren()
    this.add(window.lines, 'below')
    this.pad()
    if (place === 'caller') return
    // To scale, the line that belongs to this height is not at it by itself.
    const row = document.getElementById(`L${Math.min(this.last, from + Math.floor(WINDOW / 3))}`)
    this.scroller.scrollTop = row === null ? top : row.offsetTop
    this.lastTop = this.scroller.scrollTop
    this.ensure()
  }

  private async fetch(from: number, limit: number): Promise<Window | null> {
    const asked = new AbortController()
    this.fetching = asked
    try {
      const response = await fetch(`${this.address}?from=${from}&limit=${limit}`, { signal: asked.signal })
      if (!response.ok) return null
      const window = readWindow(await response.json())
      this.total = Math.max(this.total, window.total)
      return window
    } catch {
      // Cut off by the next wish, or the server is away: the stream says so, and scrolling asks again.
      return null
    } finally {
      if (this.fetching === asked) this.fetching = null
    }
  }

  private add(lines: readonly LogLine[], where: 'above' | 'below'): void {
    const fragment = document.createDocumentFragment()
    for (const line of lines) fragment.append(drawRow(line, this.timezone))
    if (where === 'above') this.rows.prepend(fragment)
    else this.rows.append(fragment)
    this.mark()
    this.applyFolds()
  }

  /** Drops rows on the side that is farther from the reader. */
  private trim(side: 'above' | 'below'): void {
    const { rows } = this
    const elements = rows.getElementsByTagName('*')
    while (
      rows.childElementCount > ROWS_MAX ||
      (elements.length > ELEMENTS_MAX && rows.childElementCount > WINDOW)
    )
      (side === 'above' ? rows.firstElementChild : rows.lastElementChild)?.remove()
  }

  /** Height of a line that is not drawn. */
  private unit(): number {
    return Math.min(this.rowHeight, HEIGHT_MAX / Math.max(1, this.total))
  }

  private pad(): void {
    const unit = this.unit()
    this.above.style.height = `${(this.first - 1) * unit}px`
    this.below.style.height = `${Math.max(0, this.total - this.last) * unit}px`
  }

  private measure(): void {
    const row = this.rows.querySelector<HTMLElement>(':scope > p:not([hidden])')
    if (row === null) return
    const height = Number.parseFloat(getComputedStyle(row).minHeight)
    if (height > 0) this.rowHeight = height
  }

  /** Changes rows so that the one at the top of the view does not move. */
  private keep(change: () => void): void {
    const anchor = this.topRow()
    const before = anchor?.offsetTop ?? 0
    change()
    if (anchor === null || !anchor.isConnected || anchor.hidden) return
    const moved = anchor.offsetTop - before
    if (moved !== 0) this.scroller.scrollTop += moved
    this.lastTop = this.scroller.scrollTop
  }

  private topRow(): HTMLElement | null {
    const { scrollTop } = this.scroller
    const rows = this.rows.children
    let low = 0
    let high = rows.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      const row = rows[middle]
      if (row instanceof HTMLElement && row.offsetTop + row.offsetHeight <= scrollTop) low = middle + 1
      else high = middle
    }
    const row = rows[low]
    return row instanceof HTMLElement ? row : null
  }

  private mark(): void {
    const [from, until] = this.marked
    for (const row of this.rows.children) {
      const number = numberOf(row)
      row.classList.toggle('hit', number >= from && number <= until && from > 0)
    }
  }

  private applyFolds(): void {
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
