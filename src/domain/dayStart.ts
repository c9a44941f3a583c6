import { dayOf } from './trend.ts'

/** No zone is further from UTC than 14 hours, and clocks are put on by two at most. */
const AWAY_MS_MAX = 17 * 60 * 60 * 1000

/** The first instant of a day (`2026-09-01`) in a time zone, whatever its clocks do that night. */
export function startOfDay(day: string, timezone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  let before = midnight - AWAY_MS_MAX
  let within = midnight + AWAY_MS_MAX
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2)
    if (dayOf(middle, timezone) < day) before = middle
    else within = middle
  }
  return within
}

/** The first instant after a day. */
export function endOfDay(day: string, timezone: string): number {
  const next = new Date(Date.parse(`${day}T12:00:00Z`) + 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
  return startOfDay(next, timezone)
}
