import { count } from '../../words.ts'
import { type Matches, readMatches } from '../wire.ts'
import { numberOf } from './row.ts'
import type { LogView } from './view.ts'

/** Matches that are asked for where lines are drawn: more than are ever drawn at once. */
const DRAWN_MAX = 500
/** While lines are scrolled through, what is found in them is asked for when it rests so long. */
const REST_MS = 120

/** Looks for lines on the server, which has them all, goes from one to the next, and shows what was found. */
export class Find {
  private readonly panel: HTMLElement
  private readonly view: LogView
  /** What is looked for, as the API has it; null where nothing is. */
  private wanted: URLSearchParams | null = null
  private rest: ReturnType<typeof setTimeout> | undefined
  private turn: Promise<void> = Promise.resolve()

  constructor(panel: HTMLElement, view: LogView) {
    this.panel = panel
    this.view = view
    const form = panel.querySelector<HTMLFormElement>('form.find')
    form?.addEventListener('submit', (event) => {
      // What was looked for without being typed is said in the page, which then is another.
      if (panel.querySelector('[data-find-kind]') !== null) return
      event.preventDefault()
      this.wanted = wantedIn(
        new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, String(value)])),
      )
      this.remember()
      void this.go(1, this.top())
    })
    for (const step of panel.querySelectorAll<HTMLElement>('[data-log-step]'))
      step.addEventListener('click', (event) => {
        event.preventDefault()
        const by = step.dataset['logStep'] === '1' ? 1 : -1
        // A held key steps as often as it repeats: each from where the one before it has led.
        this.turn = this.turn.then(() => this.step(by)).catch(() => {})
      })
    this.wanted = wantedIn(new URLSearchParams(location.search))
  }

  /** Further on from the line that one is at; where nothing is looked for, errors are. */
  private async step(by: 1 | -1): Promise<void> {
    if (this.wanted === null) {
      this.wanted = new URLSearchParams({ as: 'errors' })
      await this.go(by, this.top())
      return
    }
    const [at = this.top()] = this.view.rows.marked('hit')[0] ?? []
    await this.go(by, by > 0 ? at + 1 : at)
  }

  private top(): number {
    return numberOf(this.view.rows.atTop()) || 1
  }

  /** To the first match from a line on, or the last before it; behind the last comes the first. */
  private async go(by: 1 | -1, at: number): Promise<void> {
    const beside = by > 0 ? { from: at } : { before: at }
    const beyond = by > 0 ? { from: 1 } : { before: this.view.total + 1 }
    const found = (await this.ask({ ...beside, limit: 1 })) ?? null
    if (found === null) return
    const there =
      found.lines.length > 0 || found.count === 0 ? found : await this.ask({ ...beyond, limit: 1 })
    const [line] = there?.lines ?? []
    this.say(found.count, there?.first ?? 0)
    if (line !== undefined) await this.view.goTo(line.number, line.number)
    await this.show()
  }

  /** Lines have been drawn or moved; what is found in them is shown when they rest. */
  drawn(): void {
    if (this.wanted === null) return
    clearTimeout(this.rest)
    this.rest = setTimeout(() => void this.show(), REST_MS)
  }

  /** Marks the words in all lines that are drawn. */
  private async show(): Promise<void> {
    const { rows } = this.view
    const found = await this.ask({ from: rows.first, limit: DRAWN_MAX })
    const spans = new Map(found?.lines.map((line) => [line.number, line.spans]))
    if (this.wanted?.get('as') === 'errors')
      rows.mark(
        'err',
        [...spans.keys()].map((line) => [line, line] as const),
      )
    const ranges: Range[] = []
    for (const row of rows.all) {
      const text = row.querySelector('.t')
      if (text === null) continue
      for (const span of spans.get(numberOf(row)) ?? []) ranges.push(...rangesIn(text, span))
    }
    if ('highlights' in CSS) CSS.highlights.set('found', new Highlight(...ranges))
  }

  private async ask(more: Readonly<Record<string, number>>): Promise<Matches | null> {
    if (this.wanted === null) return null
    const query = new URLSearchParams(this.wanted)
    query.set('texts', 'false')
    for (const [key, value] of Object.entries(more)) query.set(key, String(value))
    const response = await fetch(`${this.view.address}/matches?${query}`).catch(() => null)
    if (response === null) return null
    if (response.ok) return readMatches(await response.json())
    const { detail } = await response.json()
    this.words(String(detail))
    return null
  }

  private say(all: number, index: number): void {
    this.words(all === 0 ? 'none' : `${count(index)} of ${count(all)}`)
    const steps = this.panel.querySelector<HTMLElement>('[data-find-steps]')
    if (steps !== null) steps.hidden = all === 0
  }

  private words(words: string): void {
    const place = this.panel.querySelector<HTMLElement>('[data-find-count]')
    if (place === null) return
    place.textContent = words
    place.title = words
  }

  /** The address leads to the same search, with and without a script. */
  private remember(): void {
    const url = new URL(location.href)
    for (const name of ['q', 'regex', 'find', 'lines', 'line', 'from']) url.searchParams.delete(name)
    const { wanted } = this
    if (wanted !== null) url.searchParams.set('q', wanted.get('q') ?? '')
    if (wanted?.get('as') === 'regex') url.searchParams.set('regex', 'on')
    url.hash = ''
    history.replaceState(null, '', url)
  }
}

/** What an address or the form looks for, as the API has it. */
function wantedIn(query: URLSearchParams): URLSearchParams | null {
  const q = query.get('q') ?? ''
  if (q !== '') return new URLSearchParams({ q, as: query.has('regex') ? 'regex' : 'text' })
  const find = query.get('find')
  return find === 'errors' || find === 'new' ? new URLSearchParams({ as: find }) : null
}

/** A stretch of an element's text as ranges: colours cut it into pieces. */
function rangesIn(element: Node, [from, until]: readonly [number, number]): Range[] {
  const ranges: Range[] = []
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  let at = 0
  for (let node = walker.nextNode(); node !== null && at < until; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0
    if (at + length > from) {
      const range = new Range()
      range.setStart(node, Math.max(0, from - at))
      range.setEnd(node, Math.min(length, until - at))
      ranges.push(range)
    }
    at += length
  }
  return ranges
}
