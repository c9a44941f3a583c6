import { readView, TIMES, viewText } from '../../log/model.ts'
import { LONG_LINES } from '../../log/row.ts'
import { count, counted } from '../../words.ts'
import { KEYS_OFF } from '../keys.ts'
import { hear } from '../messages.ts'
import { Find } from './find.ts'
import { numberOf } from './row.ts'
import { LogView } from './view.ts'

/** Remembered in this browser: how a person likes to read is nobody else's business. */
const REMEMBERED = 'periplus.log.view'

/** As many lines as the API gives at once. */
const COPIED_MAX = 5_000

let view: LogView | null = null

/** Brings the log of the page to life: its whole length, its buttons, its permalinks. */
export function showLogs(): void {
  const panel = document.getElementById('log')
  const scroller = panel?.querySelector<HTMLElement>('.lines') ?? null
  // A list of some lines of it is a page like any other.
  if (panel === null || scroller === null || scroller.dataset['only'] !== undefined) return
  const clock = {
    times: 'absolute' as const,
    timezone: document.body.dataset['zone'] ?? 'UTC',
    startedAt: Number(scroller.dataset['started']) || null,
  }
  const shown = new LogView(scroller, clock, {
    changed: () => describe(panel, shown),
    drawn: () => find.drawn(),
  })
  const find = new Find(panel, shown)
  // What the server found stands in the middle of what it sent.
  const hit = numberOf(scroller.querySelector('p.hit'))
  const first = view === null
  view = shown
  fold(scroller, shown)
  shown.rows.mark('new', runsIn(scroller.dataset['fresh']))
  shown.rows.mark('err', runsIn(scroller.dataset['error']))
  wireView(panel, shown)
  wireButtons(panel, shown)
  wireLines(scroller, shown)
  if (first) listen(() => view)
  begin(shown, hit)
  find.drawn()
  describe(panel, shown)
}

/** Groups that have ended are folded, but for one that holds the first error; of a long log they are asked for. */
function fold({ dataset }: HTMLElement, shown: LogView): void {
  const { groups, error } = dataset
  if (groups === undefined) {
    if (shown.total > 0) void shown.fetchGroups()
    return
  }
  const read = groups.split(' ').filter((group) => group !== '')
  shown.fold(
    read.map((group) => {
      const [from, until, ms] = group.split('-')
      return { from: Number(from), until: until === '' ? null : Number(until), ms: Number(ms) }
    }),
    Number(error) || 0,
  )
}

/** `3-5 9` → [[3, 5], [9, 9]]. */
function runsIn(text: string | undefined): (readonly [number, number])[] {
  return (text ?? '')
    .split(' ')
    .filter((run) => run !== '')
    .map((run) => run.split('-').map(Number))
    .map(([from = 0, until = from]) => [from, until] as const)
}

/** The stream speaks to whichever log is shown. */
function listen(current: () => LogView | null): void {
  hear('periplus:lines', ({ stage, lines }) => {
    const shown = current()
    if (shown?.scroller.dataset['stage'] !== stage) return
    arrived += lines.length
    shown.take(lines)
  })
  hear('periplus:end', () => {
    const shown = current()
    const panel = document.getElementById('log')
    if (shown === null || panel === null) return
    shown.open = false
    describe(panel, shown)
  })
  window.addEventListener('hashchange', () => {
    const range = rangeOf(location.hash)
    if (range !== null) void current()?.goTo(...range)
  })
  setInterval(sayRate, 1_000)
}

function begin(shown: LogView, hit: number): void {
  const asked = new URLSearchParams(location.search)
  const line = hit || Number((asked.get('line') ?? '').replaceAll(',', ''))
  const range = rangeOf(location.hash) ?? (line > 0 ? ([line, line] as const) : null)
  if (range !== null) void shown.goTo(...range)
  else if (!asked.has('from')) void shown.goToEnd()
}

/** `#L120-L134` → [120, 134]. */
function rangeOf(hash: string): readonly [number, number] | null {
  const [, from, until] = /^#L(\d+)(?:-L?(\d+))?$/.exec(hash) ?? []
  if (from === undefined) return null
  const ends = [Number(from), Number(until ?? from)]
  return [Math.min(...ends), Math.max(...ends)]
}

function describe(panel: HTMLElement, shown: LogView): void {
  shown.scroller.classList.toggle('long', shown.total >= LONG_LINES)
  say(panel.querySelector('[data-log-count]'), counted(shown.total, 'line'))
  const follow = panel.querySelector<HTMLElement>('[data-log-follow]')
  if (follow !== null) {
    offer(follow, shown.open)
    const pressed = String(shown.following)
    if (follow.getAttribute('aria-pressed') !== pressed) follow.setAttribute('aria-pressed', pressed)
    say(follow.querySelector('span'), shown.following ? 'Following' : 'Follow')
  }
  const pill = panel.querySelector<HTMLElement>('[data-log-new]')
  offer(pill, !shown.following && shown.unseen > 0)
  say(pill?.querySelector('span') ?? null, `${counted(shown.unseen, 'new line')}`)
  const copied = panel.querySelector<HTMLElement>('[data-log-copy]')
  const [from, until] = shown.rows.marked('hit')[0] ?? [0, 0]
  offer(copied, from > 0)
  say(copied, until === from ? `Copy line ${count(from)}` : `Copy ${counted(until - from + 1, 'line')}`)
  const { scrollHeight, clientHeight, dataset } = shown.scroller
  offer(panel.querySelector<HTMLElement>('[data-log-end]'), scrollHeight > clientHeight)
  if (shown.following || !shown.open) delete dataset['reading']
  else dataset['reading'] = ''
}

/** Lines come dozens of times a second: what is as it should be is not touched, or the browser looks at it all anew. */
function offer(element: HTMLElement | null, shown: boolean): void {
  if (element !== null && element.hidden === shown) element.hidden = !shown
}

function say(element: Element | null, words: string): void {
  if (element !== null && element.textContent !== words) element.textContent = words
}

let arrived = 0

function sayRate(): void {
  say(document.querySelector('[data-log-rate]'), arrived === 0 ? '' : `${count(arrived)} lines a second`)
  arrived = 0
}

/** Wrapping, and the three ways of telling times. */
function wireView(panel: HTMLElement, shown: LogView): void {
  const asked = new URLSearchParams(location.search).get('view')
  let view = readView(asked ?? localStorage.getItem(REMEMBERED) ?? '')
  const button = (what: string) => panel.querySelector<HTMLButtonElement>(`[data-log-toggle=${what}]`)
  const show = (): void => {
    shown.scroller.classList.toggle('wrap', view.wrap === 'wrap')
    shown.scroller.classList.toggle('notimes', view.times === 'off')
    shown.rows.clock = { ...shown.rows.clock, times: view.times }
    shown.rows.retime()
    button('wrap')?.setAttribute('aria-pressed', String(view.wrap === 'wrap'))
    button('times')?.setAttribute('aria-pressed', String(view.times !== 'off'))
    button('times')?.setAttribute('aria-label', `Times: ${view.times}`)
    button('times')?.setAttribute('title', `Times: ${view.times}`)
  }
  const turn = (what: string, next: () => typeof view): void =>
    button(what)?.addEventListener('click', (event) => {
      event.preventDefault()
      view = next()
      shown.relayout(show)
      localStorage.setItem(REMEMBERED, viewText(view))
    })
  turn('wrap', () => ({ ...view, wrap: view.wrap === 'wrap' ? 'cut' : 'wrap' }))
  turn('times', () => ({
    ...view,
    times: TIMES[(TIMES.indexOf(view.times) + 1) % TIMES.length] ?? 'absolute',
  }))
  show()
}

function wireButtons(panel: HTMLElement, shown: LogView): void {
  panel
    .querySelector('[data-log-follow]')
    ?.addEventListener('click', () => (shown.following ? shown.unfollow() : shown.follow()))
  panel.querySelector('[data-log-new]')?.addEventListener('click', () => shown.follow())
  panel.querySelector('[data-log-end]')?.addEventListener('click', () => void shown.goToEnd())
  panel.querySelector('form.goto')?.addEventListener('submit', (event) => {
    event.preventDefault()
    const field = panel.querySelector<HTMLInputElement>('#line')
    const line = Number(field?.value.replaceAll(',', ''))
    if (line > 0) permalink(shown, line, line)
    field?.blur()
  })
  panel.querySelector('[data-log-copy]')?.addEventListener('click', () => void copy(shown))
}

/** Copies the lines of the permalink, as many as the API gives at once. */
async function copy(shown: LogView): Promise<void> {
  const [from, until] = shown.rows.marked('hit')[0] ?? [0, 0]
  if (from === 0) return
  const limit = Math.min(until - from + 1, COPIED_MAX)
  const response = await fetch(`${shown.address}?from=${from}&limit=${limit}`, {
    headers: { accept: 'text/plain' },
  })
  if (response.ok) await navigator.clipboard.writeText(await response.text())
}

/**
 * A click on a number makes a permalink, a second one with Shift a range; a click on a fold opens or closes it. With the
 * keyboard: j and k go from line to line, with Shift they make a range, Enter opens or closes a fold.
 */
function wireLines(scroller: HTMLElement, shown: LogView): void {
  let from = 0
  let to = 0
  scroller.addEventListener('keydown', (event) => {
    const by = MOVES[event.key]
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey
    if (!plain || event.target !== scroller || localStorage.getItem(KEYS_OFF) !== null) return
    if (event.key === 'Enter' && to > 0) void shown.toggleFold(to)
    if (by === undefined) return
    event.preventDefault()
    event.stopPropagation()
    const { folds } = shown.rows
    const at = to || numberOf(shown.rows.atTop())
    to = Math.min(shown.total, Math.max(1, to === 0 ? at : by > 0 ? folds.next(at) : folds.previous(at)))
    if (event.key === event.key.toLowerCase() || from === 0) from = to
    permalink(shown, Math.min(from, to), Math.max(from, to))
  })
  scroller.addEventListener('click', (event) => {
    const target = event.target
    if (!(target instanceof Element)) return
    const row = target.closest('p[id]')
    const number = numberOf(row)
    if (row === null || number === 0) return
    if (target.closest('a[href^="#L"]') !== null) {
      event.preventDefault()
      if (!event.shiftKey || from === 0) from = number
      to = number
      permalink(shown, Math.min(from, number), Math.max(from, number))
    } else if (row.classList.contains('fold') && getSelection()?.isCollapsed !== false)
      void shown.toggleFold(number)
  })
}

const MOVES: Readonly<Record<string, number>> = { j: 1, J: 1, k: -1, K: -1 }

/** The address then leads here whoever opens it, also when another stage runs by then. */
function permalink(shown: LogView, from: number, until: number): void {
  const url = new URL(location.href)
  if (document.body.dataset['page'] === 'execution')
    url.searchParams.set('stage', shown.scroller.dataset['stage'] ?? '')
  url.searchParams.delete('line')
  url.searchParams.delete('from')
  url.hash = from === until ? `L${from}` : `L${from}-L${until}`
  history.replaceState(null, '', url)
  void shown.goTo(from, until)
}
