/** A whole number and a unit: `90s`, `10m`, `1h`, `2d`. */
export const DURATION = /^[1-9][0-9]{0,8}[smhd]$/

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Longer than any wait that somebody means; also keeps sums of milliseconds exact. */
const DURATION_MS_MAX = 365 * UNITS_MS.d

/** Milliseconds of a duration that matches DURATION; null where the text is none or is longer than a year. */
export function durationMs(text: string): number | null {
  if (!DURATION.test(text)) return null
  const unit = text.at(-1)
  if (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd') return null
  const ms = Number(text.slice(0, -1)) * UNITS_MS[unit]
  return ms <= DURATION_MS_MAX ? ms : null
}

/** A duration as it is written, in its largest whole unit: `3d`. */
export function durationText(ms: number): string {
  const unit = (['d', 'h', 'm'] as const).find((one) => ms % UNITS_MS[one] === 0) ?? 's'
  return `${ms / UNITS_MS[unit]}${unit}`
}
