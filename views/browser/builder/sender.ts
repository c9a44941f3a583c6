import { focusAfter, type Holdings, holdings, lay } from './lay.ts'

/** Long enough for a word to be finished, short enough that the form seems to follow. */
const PAUSE_MS = 400
/** A server that restarts is back within seconds. */
const RETRY_MS = 3_000

/** What of the builder is on its way, and what is still to be sent. */
export class Sender {
  readonly #form: HTMLFormElement
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: string | null = null
  #next: string | null = null
  /** The text was written in since it was sent: what comes back speaks of what is no more. */
  #isWritten = false
  /** Something was changed that the server does not have. */
  isUnsent = false
  /** A button that leaves the page waits for what is under way: the later must not come first. */
  #leaver: HTMLElement | null = null

  constructor(form: HTMLFormElement) {
    this.#form = form
  }

  /** Whether a button may leave at once; otherwise it is pressed again when it may. */
  mayLeave(button: HTMLElement | null): boolean {
    clearTimeout(this.#timer)
    if (this.#sending === null) return true
    this.#leaver = button
    return false
  }

  written(): void {
    this.#isWritten = true
    this.later(PAUSE_MS)
  }

  later(ms: number): void {
    clearTimeout(this.#timer)
    this.isUnsent = true
    this.#timer = setTimeout(() => void this.send('apply'), ms)
  }

  async send(wanted: string): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#sending !== null) {
      // A button pressed twice before the first press was seen meant the same thing.
      if (wanted === 'apply') this.#next ??= wanted
      else if (this.#sending === 'apply') this.#next = wanted
      return
    }
    this.#sending = wanted
    this.#isWritten = false
    this.isUnsent = false
    const sent = holdings()
    const answer = await answered(this.#form, wanted).catch(() => null)
    this.#sending = null
    if (this.#leaver !== null) return this.#form.requestSubmit(this.#leaver)
    await this.#take(answer, wanted, sent)
    const next = this.#next
    this.#next = null
    if (next !== null) await this.send(next)
  }

  async #take(answer: Answer | null, wanted: string, sent: Holdings): Promise<void> {
    const page = answer?.page ?? null
    tellKept(page)
    if (page === null || !isBuilder(page)) return this.later(RETRY_MS)
    if (this.#isWritten) return this.later(0)
    await lay(page, sent)
    if (wanted !== 'apply') focusAfter(wanted, answer?.at ?? '')
  }
}

function isBuilder(page: Document): boolean {
  return page.querySelector('form#builder') !== null
}

/** All that the form says, and what is wanted of it. */
export function bodyOf(form: HTMLFormElement, wanted: string): URLSearchParams {
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value)
  body.set('do', wanted)
  return body
}

/** The page that the server shows next, and what in it was asked for. */
interface Answer {
  readonly page: Document
  readonly at: string
}

async function answered(form: HTMLFormElement, wanted: string): Promise<Answer> {
  const response = await fetch(form.action, {
    method: 'POST',
    body: bodyOf(form, wanted),
    headers: { accept: 'text/html' },
  })
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  return { page, at: new URL(response.url).searchParams.get('at') ?? '' }
}

/** Says as long as it holds that what is written here is nowhere else. */
function tellKept(page: Document | null): void {
  const note = document.getElementById('lost')
  if (note === null) return
  const why = page?.querySelector('h1')?.textContent ?? 'the server does not answer'
  const isKept = page !== null && isBuilder(page)
  note.hidden = isKept
  note.textContent = isKept ? '' : `Your changes are not kept at the moment: ${why}.`
}
