import type { LogLine } from '../model.ts'

/** What the page's stream says, as events of the document: who cares listens, and the stream knows nobody. */
export interface Changed {
  readonly id: number
  readonly execution: string
  readonly stage: string | null
}

export interface Lines {
  readonly stage: string
  readonly lines: readonly LogLine[]
}

interface PageEvents {
  'periplus:changed': Changed
  'periplus:lines': Lines
  /** No line follows in the log that is shown. */
  'periplus:end': null
}

/** Tells everybody on the page. */
export function tell<K extends keyof PageEvents>(name: K, detail: PageEvents[K]): void {
  document.dispatchEvent(new CustomEvent(name, { detail }))
}

export function hear<K extends keyof PageEvents>(name: K, listener: (detail: PageEvents[K]) => void): void {
  document.addEventListener(name, (event) => {
    if (event instanceof CustomEvent) listener(event.detail)
  })
}
