import type { Time } from './objects.ts'

/** The longest that a timer can be set for; what comes later than that comes after any test. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** The machine's clock. Its timers keep no process alive. */
export const REAL_TIME: Time = {
  now: () => Date.now(),
  after: (ms, fire) => {
    if (ms > TIMER_MS_MAX) return () => {}
    const timer = setTimeout(fire, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
