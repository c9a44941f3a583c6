import { LONG_LINES } from '../../log/row.ts'
import { count, counted } from '../../words.ts'
import { hear } from '../messages.ts'
import { numberOf } from './row.ts'
import { LogView } from './view.ts'

const TOGGLES = { wrap: 'wrap', times: 'notimes' } as const
/** Remembered in this browser: how a person likes to read is nobody else's business. */
const REMEMBERED = 'periplus.log.'

let view: LogView | null = null

/** Brings the log of the page to life: its whole length, its buttons, its permalinks. */
export function showLogs(): void {
  const panel = document.getElementById('log')
  const scroller = panel?.querySelector<HTMLElement>('.lines') ?? null
  if (panel === null || scroller === null) return
  const shown = new LogView(scroller, document.body.dataset['zone'] ?? 'UTC', {
    changed: () => describe(panel, shown),
  })
  const first = view === null
  view = shown
  wireToggles(panel, shown)
  wireButtons(panel, shown)
  wireLines(scroller, shown)
  if (first) listen(() => view)
  begin(shown)
  describe(panel, shown)
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

function begin(shown: LogView): void {
  const asked = new URLSearchParams(location.search)
  const line = Number((asked.get('line') ?? '').replaceAll(',', ''))
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
    follow.hidden = !shown.open
    follow.setAttribute('aria-pressed', String(shown.following))
    say(follow.querySelector('span'), shown.following ? 'Following' : 'Follow')
  }
  const pill = panel.querySelector<HTMLElement>('[data-log-new]')
  if (pill !== null) {
    pill.hidden = shown.following || shown.unseen === 0
    say(pill.querySelector('span'), `${counted(shown.unseen, 'new line')}`)
  }
  const { dataset } = shown.scroller
  if (shown.following || !shown.open) delete dataset['reading']
  else dataset['reading'] = ''
}

function say(element: Element | null, words: string): void {
  if (element !== null && element.textContent !== words) element.textContent = words
}

let arrived = 0

function sayRate(): void {
  say(document.querySelector('[data-log-rate]'), arrived === 0 ? '' : `${count(arrived)} lines a second`)
  arrived = 0
}

function wireToggles(panel: HTMLElement, shown: LogView): void {
  for (const button of panel.querySelectorAll<HTMLElement>('[data-log-toggle]')) {
    const what = button.dataset['logToggle'] === 'wrap' ? 'wrap' : 'times'
    const name = TOGGLES[what]
    const show = (on: boolean): void => {
      shown.scroller.classList.toggle(name, on)
      button.setAttribute('aria-pressed', String(what === 'wrap' ? on : !on))
    }
    show(localStorage.getItem(REMEMBERED + name) !== null)
    button.addEventListener('click', () => {
      const on = !shown.scroller.classList.contains(name)
      shown.relayout(() => show(on))
      if (on) localStorage.setItem(REMEMBERED + name, '')
      else localStorage.removeItem(REMEMBERED + name)
    })
  }
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
}

/** A click on a number makes a permalink, a second one with Shift a range; a click on a fold opens or closes it. */
function wireLines(scroller: HTMLElement, shown: LogView): void {
  let from = 0
  scroller.addEventListener('click', (event) => {
    const target = event.target
    if (!(target instanceof Element)) return
    const row = target.closest('p[id]')
    const number = numberOf(row)
    if (row === null || number === 0) return
    if (target.closest('a[href^="#L"]') !== null) {
      event.preventDefault()
      if (!event.shiftKey || from === 0) from = number
      permalink(shown, Math.min(from, number), Math.max(from, number))
    } else if (row.classList.contains('fold') && getSelection()?.isCollapsed !== false) shown.toggleFold(row)
  })
}

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
