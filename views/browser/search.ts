/**
 * Goes on with a search where the page stopped, and adds what is found below. Closed while nobody looks, and taken up
 * again where it was.
 */
export function searchOn(): void {
  const found = document.getElementById('found')
  const asked = found?.dataset['search']
  let at = found?.dataset['before']
  if (found === null || asked === undefined || at === undefined) return
  let source: EventSource | null = null
  document.documentElement.dataset['search'] = 'on'

  const open = (): void => {
    if (source !== null || at === undefined || document.hidden) return
    source = new EventSource(`/search/stream?${asked}&before=${at}`)
    listen(source, 'found', (markup) => found.insertAdjacentHTML('beforeend', String(markup)))
    listen(source, 'progress', say)
    source.addEventListener('error', () => {
      if (source?.readyState !== EventSource.CLOSED) return
      // Refused: the link below still leads on.
      const link = document.querySelector<HTMLAnchorElement>('#rest a')
      if (link !== null) link.href = `/search?${asked}&before=${at}`
      delete document.documentElement.dataset['search']
      say('The search was broken off.')
    })
    listen(source, 'end', (words) => {
      const [outcome, rest] = Array.isArray(words) ? words : []
      close()
      at = undefined
      delete document.documentElement.dataset['search']
      say(outcome)
      const below = document.getElementById('rest')
      if (below !== null) below.innerHTML = String(rest)
    })
  }
  const close = (): void => {
    source?.close()
    source = null
  }
  const listen = (from: EventSource, event: string, heard: (data: unknown) => void): void =>
    from.addEventListener(event, ({ data, lastEventId }) => {
      at = lastEventId
      heard(JSON.parse(data))
    })

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  window.addEventListener('pagehide', close)
  window.addEventListener('pageshow', open)
  open()
}

function say(words: unknown): void {
  const progress = document.getElementById('progress')
  if (progress !== null) progress.textContent = String(words)
}
