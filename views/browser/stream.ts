import { duration } from '../words.ts'
import { hear, tell } from './messages.ts'
import { readChanged, readLines } from './wire.ts'

/** How long after a refused connection the next try is made; the browser itself repeats broken ones. */
const RETRY_MS = 3_000

/** Where the stream stands: what it is asked for when it is opened again. */
let query = new URLSearchParams()
let source: EventSource | null = null
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
  setInterval(sayWhetherLost, 1_000)
  if (!document.hidden) open()
}

/** Follows another log: the same stream, asked for another stage. */
export function askStream(asked: string): void {
  query = new URLSearchParams(asked)
  close()
  open()
}

function open(): void {
  if (source !== null || document.hidden) return
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
  source.addEventListener('end', () => {
    query.delete('stage')
    tell('periplus:end', null)
  })
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

/** Known to the stream so that a reader of one log hears of no other's lines. */
hear('periplus:end', () => query.delete('from'))
