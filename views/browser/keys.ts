import { openDialog } from './dialogs.ts'

/** Single letters can be switched off, for those whose hands or voice press them unmeant (WCAG 2.1.4). */
export const KEYS_OFF = 'periplus.keys-off'

/** One row a key: what it does where that exists on the page. */
const KEYS: Readonly<Record<string, () => void>> = {
  '?': () => openDialog('keys'),
  '/': () => {
    const box = find('[data-find]') ?? find('#line')
    if (box === null) location.assign('/search')
    else box.focus()
  },
  j: () => step(1),
  k: () => step(-1),
  g: () => begin(),
  G: () => find('[data-log-end]')?.click(),
  F: () => find('[data-log-follow]')?.click(),
  w: () => find('[data-log-toggle=wrap]')?.click(),
  t: () => find('[data-log-toggle=times]')?.click(),
  a: () => location.assign('/approvals'),
  n: () => find('[data-log-step="1"]')?.click(),
  N: () => find('[data-log-step="-1"]')?.click(),
  '[': () => find('[data-key="["]')?.click(),
  ']': () => find('[data-key="]"]')?.click(),
  R: () => find('[data-key=R]')?.click(),
  X: () => find('[data-key=X]')?.click(),
}

/** After `g`: where to. */
const PLACES: Readonly<Record<string, string>> = {
  h: '/',
  e: '/executions',
  p: '/pipelines',
  w: '/workflows',
  a: '/approvals',
  n: '/environments',
}

/** So long a second key is waited for; without one `g` asks for a line, where there is a log. */
const SECOND_MS = 500

let waiting: ReturnType<typeof setTimeout> | null = null

function begin(): void {
  waiting = setTimeout(() => {
    waiting = null
    find('#line')?.focus()
  }, SECOND_MS)
}

/** True where the key was the second one, and has led somewhere. */
function goes(key: string): boolean {
  if (waiting === null) return false
  clearTimeout(waiting)
  waiting = null
  const line = document.querySelector<HTMLInputElement>('#line')
  const place = PLACES[key]
  if (place !== undefined) location.assign(place)
  else if (line === null) return false
  else if (key === 'g') askFor(line, '1', 'go')
  else if (/^\d$/.test(key)) askFor(line, key, 'wait')
  else return false
  return true
}

/** Writes the number of a line: more of it may follow, or one is led there at once and may press other keys. */
function askFor(line: HTMLInputElement, number: string, then: 'wait' | 'go'): void {
  line.value = number
  line.focus()
  if (then === 'wait') return
  line.form?.requestSubmit()
  line.blur()
}

function find(selector: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(selector)
}

/** Single-letter keys, silent wherever one writes or a dialog asks. */
export function listenToKeys(): void {
  const off = document.querySelector<HTMLInputElement>('[data-keys-off]')
  if (off !== null) {
    off.checked = localStorage.getItem(KEYS_OFF) !== null
    off.addEventListener('change', () =>
      off.checked ? localStorage.setItem(KEYS_OFF, '') : localStorage.removeItem(KEYS_OFF),
    )
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.target instanceof Element && isTaken(event.target)) return
    if (localStorage.getItem(KEYS_OFF) !== null && event.key !== '?') return
    const act = KEYS[event.key]
    if (goes(event.key)) event.preventDefault()
    else if (act !== undefined) {
      event.preventDefault()
      act()
    }
  })
}

/** Where one writes, or a dialog asks. One that has just closed may hold the focus for a frame more. */
function isTaken(target: Element): boolean {
  return target.closest('input, textarea, select, dialog, [contenteditable]')?.checkVisibility() === true
}

/** To the link of the next or previous row. */
function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const here = rows.findIndex((row) => row.contains(document.activeElement))
  const row = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by]
  const link = row instanceof HTMLAnchorElement ? row : row?.querySelector('a')
  link?.focus()
  link?.scrollIntoView({ block: 'nearest' })
}
