import { duration } from '../words.ts'
import { tell } from './messages.ts'
import { takeSlot } from './slot.ts'
import { readChanged, readLines, readWindow } from './wire.ts'

/** How long after a refused connection the next try is made; the browser itself repeats broken ones. */
const RETRY_MS = 3_000

/** A page that has no place for a stream asks this often instead. */
const POLL_MS = 2_000
const POLL_LINES = 1_000

/** Where the stream stands: what it is asked for when it is opened again. */
let query = new URLSearchParams()
let source: EventSource | null = null
/** Gives this page's place among the streams up; null while it is closed. */
let leave: (() => void) | null = null
let heardAt = 0
let lost = false

/**
 * The page's one stream. It is closed while nobody looks, because browsers allow six connections a host, and goes on
 * where it stopped.
 */
export function openStream(): void {
  const asked = document.body.dataset['stream']
  if (asked === undefined) return
  query = new URLSearchParams(asked)
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  window.addEventListener('pagehide', close)
  window.addEventListener('pageshow', () => open())
  window.addEventListener('focus', () => {
    if (source !== null) return
    close()
    open()
  })
  setInterval(sayWhetherLost, 1_000)
  setInterval(() => void poll().catch(() => {}), POLL_MS)
  if (!document.hidden) open()
}

/** Follows another log from a line on, in the same one stream; null follows none. */
export function streamLog(log: { readonly stage: string; readonly from: number } | null): void {
  query.delete('stage')
  query.delete('from')
  if (log !== null) {
    query.set('stage', log.stage)
    query.set('from', String(log.from))
  }
  close()
  open()
}

function open(): void {
  if (leave !== null || document.hidden) return
  leave = takeSlot(connect, () => {
    close()
    // Back in line, behind whoever asked.
    setTimeout(open, POLL_MS)
  })
}

function connect(): void {
  source = new EventSource(`/live?${query}`)
  source.addEventListener('open', () => heard())
  source.addEventListener('changed', ({ data }) => {
    const changed = readChanged(data)
    query.set('since', String(changed.id))
    heard()
    tell('periplus:changed', changed)
  })
  source.addEventListener('lines', ({ data }) => {
    const batch = readLines(data)
    const last = batch.lines.at(-1)
    if (last !== undefined) query.set('from', String(last.number + 1))
    heard()
    tell('periplus:lines', batch)
  })
  source.addEventListener('end', ended)
  // More happened meanwhile than is worth repeating one by one.
  source.addEventListener('reload', () => location.reload())
  source.addEventListener('error', () => {
    lost = true
    if (source?.readyState !== EventSource.CLOSED) return
    close()
    setTimeout(open, RETRY_MS)
  })
}

function close(): void {
  source?.close()
  source = null
  leave?.()
  leave = null
}

/** Without a place for a stream, what is new is asked for now and then. */
async function poll(): Promise<void> {
  if (source !== null || document.hidden || leave === null) return
  tell('periplus:changed', { id: 0, execution: '', stage: null })
  const stage = query.get('stage')
  if (stage === null) return
  const address = `/api/v1/executions/${query.get('execution')}/stages/${encodeURIComponent(stage)}/log`
  const response = await fetch(`${address}?from=${query.get('from') ?? 1}&limit=${POLL_LINES}`)
  if (!response.ok) return
  const { lines, sealed } = readWindow(await response.json())
  const last = lines.at(-1)
  if (last !== undefined) query.set('from', String(last.number + 1))
  tell('periplus:lines', { stage, lines })
  if (sealed && lines.length < POLL_LINES) ended()
}

function ended(): void {
  query.delete('stage')
  query.delete('from')
  tell('periplus:end', null)
}

function heard(): void {
  heardAt = Date.now()
  lost = false
}

/** “Reconnecting, last update 12 s ago.” */
function sayWhetherLost(): void {
  const note = document.getElementById('lost')
  if (note === null) return
  const shown = lost && !document.hidden
  if (note.hidden !== !shown) note.hidden = !shown
  if (!shown) return
  const words =
    heardAt === 0 ? 'Connecting …' : `Reconnecting, last update ${duration(Date.now() - heardAt)} ago.`
  if (note.textContent !== words) note.textContent = words
}
