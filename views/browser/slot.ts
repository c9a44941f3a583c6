/**
 * Browsers allow six connections a host, over all tabs and windows. So many may hold a stream; the rest of the six
 * stay free for pages and logs.
 */
const SLOTS = 3

const channel = 'BroadcastChannel' in window ? new BroadcastChannel('periplus.stream') : null

/**
 * Calls `opened` once this page may hold a stream, now or when another gives its place up. Whoever looks at a page has
 * precedence: a page without focus makes room for one that has it. The answer gives the place up.
 */
export function takeSlot(opened: () => void, asked: () => void): () => void {
  // Without TLS browsers keep locks to themselves; then hidden pages closing their streams must do.
  if (navigator.locks === undefined) {
    opened()
    return () => {}
  }
  const gone = new AbortController()
  let release: () => void = () => gone.abort()
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      if (gone.signal.aborted) return resolve()
      release = resolve
      opened()
    })
  let taken = false
  for (let slot = 0; slot < SLOTS; slot += 1) {
    navigator.locks
      .request(`periplus.stream.${slot}`, { signal: gone.signal }, () => {
        // The first place to be free is enough.
        if (taken) return
        taken = true
        return hold()
      })
      .catch(() => {})
  }
  if (document.hasFocus()) channel?.postMessage('wanted')
  const onWanted = (): void => {
    if (taken && !document.hasFocus()) asked()
  }
  channel?.addEventListener('message', onWanted)
  return () => {
    channel?.removeEventListener('message', onWanted)
    gone.abort()
    release()
  }
}
