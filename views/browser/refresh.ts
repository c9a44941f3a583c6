import htmx from 'htmx.org'
import { showLogs } from './log/panel.ts'
import { hear } from './messages.ts'
import { streamLog } from './stream.ts'

/** Changes come in bursts; a page is brought up to date at most so often. */
const PAUSE_MS = 250

/** When something happened, fetches what changed on this page and lays it over the old, keeping focus and typed text. */
export function refreshOnChange(): void {
  const executions = new Set<string>()
  let waiting = false
  hear('periplus:changed', ({ execution }) => {
    executions.add(execution)
    if (waiting) return
    waiting = true
    setTimeout(async () => {
      const ids = [...executions]
      executions.clear()
      await refresh(ids).catch(() => {})
      waiting = false
      if (executions.size > 0) tellAgain()
    }, PAUSE_MS)
  })
  const tellAgain = (): void => {
    const [execution = ''] = executions
    document.dispatchEvent(new CustomEvent('periplus:changed', { detail: { id: 0, execution, stage: null } }))
  }
}

async function refresh(executions: readonly string[]): Promise<void> {
  const { parts, page } = document.body.dataset
  if (parts !== undefined) {
    await htmx.ajax('GET', partsAddress(parts, executions), { target: 'body', swap: 'none' })
    const { title } = document.getElementById('shown')?.dataset ?? {}
    if (title !== undefined) document.title = title
    await followStage()
    return
  }
  const part = page === 'log' ? '#head' : '#main'
  await htmx.ajax('GET', location.pathname + location.search, {
    target: part,
    select: part,
    swap: 'outerMorph',
  })
}

/** A list is told which of its rows changed; rows that it does not show are none of its business. */
function partsAddress(parts: string, executions: readonly string[]): string {
  if (document.body.dataset['page'] !== 'history') return parts
  const shown = executions.filter((id) => document.getElementById(`x-${id}`) !== null)
  const url = new URL(parts, location.href)
  url.searchParams.set('rows', shown.join(','))
  return url.pathname + url.search
}

/** A reader who chose no stage is taken to the one that runs, unless they have scrolled away to read. */
async function followStage(): Promise<void> {
  const shown = document.getElementById('shown')
  const log = document.querySelector<HTMLElement>('#log .lines')
  const stage = shown?.dataset['stage']
  if (shown === null || log === null || stage === undefined || stage === log.dataset['stage']) return
  if (log.dataset['reading'] !== undefined) return
  await htmx.ajax('GET', location.pathname + location.search, {
    target: '#log',
    select: '#log',
    swap: 'outerHTML',
  })
  showLogs()
  // By the log that came: the next stage may have begun since this page was told of the last.
  const { stage: came = '', total, open } = document.querySelector<HTMLElement>('#log .lines')?.dataset ?? {}
  streamLog(open === undefined ? null : { stage: came, from: Number(total) + 1 })
}
