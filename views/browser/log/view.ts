import type { LogGroup } from '../../log/model.ts'
import type { Clock } from '../../log/row.ts'
import type { LogLine } from '../../model.ts'
import { readGroups, readWindow, type Window } from '../wire.ts'
import { ROWS_LEAST, ROWS_MAX, Rows } from './rows.ts'

/** Lines fetched at once. */
const WINDOW = 150
/** Drawn at once while one scrolls: more would take the browser longer to lay out than a frame may last. */
const STRIP = 50
/** Within so many heights of the view of the edge of what is drawn, the next window is fetched. */
const AHEAD = 1.5
/** Closer to the end than this counts as being there. */
const END_PX = 8
/** While the scrollbar is dragged, nothing is fetched until it rests so long. */
const REST_MS = 60

interface Listener {
  /** Following was begun or ended, or lines came. */
  changed(): void
  /** Other lines are drawn. */
  drawn(): void
}

/** One stage's log as a reader sees it: what is drawn follows where they look, or the end while they follow. */
export class LogView {
  readonly scroller: HTMLElement
  total: number
  open: boolean
  following: boolean
  /** Lines that came while the reader was elsewhere. */
  unseen = 0

  /** Where the API has this log. */
  readonly address: string
  readonly rows: Rows
  private readonly listener: Listener
  private lastTop = 0
  private queue: LogLine[] = []
  private painting = false
  private fetching: AbortController | null = null
  private rest: ReturnType<typeof setTimeout> | undefined

  constructor(scroller: HTMLElement, clock: Clock, listener: Listener) {
    const { execution = '', stage = '', total, open } = scroller.dataset
    this.scroller = scroller
    this.listener = listener
    this.address = `/api/v1/executions/${encodeURIComponent(execution)}/stages/${encodeURIComponent(stage)}/log`
    this.total = Number(total)
    this.open = open !== undefined
    this.following = scroller.dataset['follow'] !== undefined
    this.rows = new Rows(scroller, clock)
    scroller.addEventListener('scroll', () => this.scrolled(), { passive: true })
    this.rows.pad(this.total)
    // Measured after the page's own first layout, not before: a permalink's lines are asked for meanwhile.
    new ResizeObserver(() => this.relayout(() => {})).observe(scroller)
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
    const { rows } = this
    this.painting = false
    // A window that was fetched meanwhile may hold some of them already.
    const queue = this.queue.filter((line) => line.number > rows.last)
    this.queue = []
    const joins = queue.length === 0 || queue[0]?.number === rows.folds.next(rows.last)
    this.scroller.querySelector(':scope > .none')?.remove()
    if (this.following) {
      if (!joins) rows.clear()
      rows.add(queue, 'below', this.total)
      // A browser paints all that is drawn, seen or not, whenever lines come.
      rows.trim('above', ROWS_LEAST)
      rows.pad(this.total)
      // Before the page is measured, which lays it out: once a frame is enough.
      this.listener.changed()
      this.toEnd()
    } else {
      // Rows join below only where the reader is about to see them; all others are fetched when they get there.
      this.keep(() => {
        if (joins && this.nearEnd()) rows.add(queue, 'below', this.total)
        rows.pad(this.total)
      })
      this.listener.changed()
    }
  }

  private nearEnd(): boolean {
    const { scrollTop, clientHeight } = this.scroller
    return this.rows.bottom - scrollTop < clientHeight * (1 + AHEAD) && this.rows.count < ROWS_MAX
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
    const { rows } = this
    if (rows.folds.next(rows.last) <= this.total) await this.load(this.lastWindow())
    this.toEnd()
    this.ensure()
  }

  /** Where the last window begins: as many seen lines before the end. */
  private lastWindow(): number {
    const { folds } = this.rows
    return folds.after(Math.max(0, folds.before(this.total + 1) - WINDOW))
  }

  /** Brings lines `from` to `until` into view and marks them. */
  async goTo(from: number, until: number): Promise<void> {
    this.following = false
    this.rows.mark('hit', [[from, until]])
    const line = Math.min(from, this.total)
    if (this.rows.folds.reveal(line) || line < this.rows.first || line > this.rows.last)
      await this.load(Math.max(1, line - WINDOW / 2))
    const row = document.getElementById(`L${line}`)
    if (row !== null) this.moveTo(row.offsetTop - this.scroller.clientHeight / 3)
    this.listener.changed()
    this.ensure()
  }

  /** Opens or closes the group that a line names; one that came to be meanwhile is asked for first. */
  async toggleFold(line: number): Promise<void> {
    const { rows } = this
    if (rows.folds.named(line) === null) await this.fetchGroups()
    if (rows.folds.named(line) === null) return
    rows.folds.toggle(line)
    this.keep(() => {
      // What was folded stands between what is drawn: from there on it is drawn anew.
      if (rows.folds.isFolded(line)) rows.refold()
      else rows.cut(line)
      rows.pad(this.total)
    })
    this.ensure()
  }

  /** Folds what the log folds, but for the group that holds a line. */
  fold(groups: readonly LogGroup[], open: number): void {
    this.rows.folds.take(groups, open)
    this.keep(() => {
      this.rows.refold()
      this.rows.pad(this.total)
    })
  }

  async fetchGroups(): Promise<void> {
    const response = await fetch(`${this.address}/groups`).catch(() => null)
    if (response?.ok === true) this.fold(readGroups(await response.json()), 0)
  }

  /** When rows get another size: the line that was on top stays on top, and who follows stays at the end. */
  relayout(change: () => void): void {
    this.keep(() => {
      change()
      this.rows.measure()
      this.rows.pad(this.total)
    })
    if (this.following) this.toEnd()
  }

  private keep(change: () => void): void {
    this.rows.keep(change)
    this.lastTop = this.scroller.scrollTop
  }

  private toEnd(): void {
    this.moveTo(this.scroller.scrollHeight)
  }

  /** Our own scrolling is not the reader's. */
  private moveTo(top: number): void {
    this.scroller.scrollTop = top
    this.lastTop = this.scroller.scrollTop
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller
    const up = scrollTop < this.lastTop - 1
    this.lastTop = scrollTop
    const atEnd = scrollHeight - scrollTop - clientHeight < END_PX
    if (this.following && up && !atEnd) this.unfollow()
    else if (
      !this.following &&
      !up &&
      atEnd &&
      this.open &&
      this.rows.folds.next(this.rows.last) > this.total
    )
      this.follow()
    this.ensure()
  }

  /** Fetches what is about to be seen and is not drawn. */
  private ensure(): void {
    if (this.total === 0) return
    const { scrollTop, clientHeight } = this.scroller
    const { top, bottom, first, last, folds } = this.rows
    const near = clientHeight * AHEAD
    if (scrollTop + clientHeight < top || scrollTop > bottom) {
      clearTimeout(this.rest)
      this.rest = setTimeout(() => void this.loadHere(), REST_MS)
    } else if (this.fetching === null) {
      if (scrollTop - top < near && folds.previous(first) > 0) void this.extend('above')
      else if (bottom - scrollTop - clientHeight < near && folds.next(last) <= this.total)
        void this.extend('below')
    }
  }

  private async extend(where: 'above' | 'below'): Promise<void> {
    const { first, last, folds } = this.rows
    const until = folds.previous(first)
    const from = where === 'above' ? Math.max(1, until - STRIP + 1) : folds.next(last)
    const window = await this.fetch(from, where === 'above' ? until - from + 1 : STRIP)
    if (window === null || window.lines.length === 0) return
    const joins =
      where === 'above'
        ? window.lines.at(-1)?.number === folds.previous(this.rows.first)
        : window.lines[0]?.number === folds.next(this.rows.last)
    if (joins)
      this.keep(() => {
        this.rows.add(window.lines, where, this.total)
        this.rows.trim(where === 'above' ? 'below' : 'above')
        this.rows.pad(this.total)
      })
    this.listener.drawn()
    this.ensure()
  }

  /** Draws the part of the log that belongs to where the scrollbar was put. */
  private async loadHere(): Promise<void> {
    const { scrollTop } = this.scroller
    const { top, bottom, last, folds } = this.rows
    const unit = this.rows.unit(this.total)
    const seen = scrollTop < top ? scrollTop / unit : folds.before(last + 1) + (scrollTop - bottom) / unit
    const shown = Math.min(Math.max(1, folds.after(Math.floor(seen))), this.total)
    await this.load(Math.max(1, shown - Math.floor(WINDOW / 3)))
    // To scale, the line that belongs to this height is not at it by itself.
    const row = document.getElementById(`L${shown}`)
    if (row !== null) this.moveTo(row.offsetTop)
    this.ensure()
  }

  /** Draws another part of the log instead. */
  private async load(from: number): Promise<void> {
    this.fetching?.abort()
    const window = await this.fetch(from, WINDOW)
    if (window === null || window.lines.length === 0) return
    this.rows.clear()
    this.rows.add(window.lines, 'below', this.total)
    this.rows.pad(this.total)
    this.listener.drawn()
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
}
