/** So many keys are remembered; beyond it the oldest are forgotten, which only ever lets somebody try again. */
const KEYS_MAX = 10_000

/** Counts failures by key; says how long a key must wait. */
export interface Limiter {
  /** Milliseconds until the key may try again; 0 now. */
  waitFor(key: string, now: number): number
  failed(key: string, now: number): void
  forget(key: string): void
}

/** Allows `max` failures of a key within `windowMs`. */
export function createLimiter(max: number, windowMs: number): Limiter {
  const failures = new Map<string, { count: number; since: number }>()
  const fresh = (key: string, now: number) => {
    const entry = failures.get(key)
    return entry !== undefined && now - entry.since < windowMs ? entry : null
  }
  return {
    waitFor(key, now) {
      const entry = fresh(key, now)
      return entry === null || entry.count < max ? 0 : entry.since + windowMs - now
    },
    failed(key, now) {
      const entry = fresh(key, now) ?? { count: 0, since: now }
      failures.delete(key)
      failures.set(key, { ...entry, count: entry.count + 1 })
      const oldest = failures.keys().next()
      if (failures.size > KEYS_MAX && !oldest.done) failures.delete(oldest.value)
    },
    forget(key) {
      failures.delete(key)
    },
  }
}
