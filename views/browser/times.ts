import { ago, duration } from '../words.ts'

const SECOND_MS = 1_000
/** “3 m ago” needs no finer clock. */
const AGO_EVERY = 15

/** Lengths of what still runs count on; “3 m ago” grows older. By the server's clock, which the page was made with. */
export function keepTimes(): void {
  const { now, zone } = document.body.dataset
  const ahead = Number(now) - Date.now()
  let turn = 0
  setInterval(() => {
    if (document.hidden) return
    const at = Date.now() + ahead
    for (const element of document.querySelectorAll<HTMLElement>('[data-since]'))
      say(element, duration(at - Number(element.dataset['since'])))
    turn += 1
    if (turn % AGO_EVERY !== 0) return
    for (const element of document.querySelectorAll<HTMLElement>('[data-ago]'))
      say(element, ago(Number(element.dataset['ago']), at, zone ?? 'UTC'))
  }, SECOND_MS)
}

function say(element: HTMLElement, words: string): void {
  if (element.textContent !== words) element.textContent = words
}
