/**
 * How far a stage's log is read, as the store keeps it: which Workflow, pod and container, how much of it was told, and
 * the last line by its timestamp and its place among lines of the same timestamp.
 */
export interface Position {
  readonly workflow: string
  readonly pod: string
  readonly container: string
  /** Characters told so far: a log that outgrows its limit outgrows it across restarts, too. */
  readonly told: number
  readonly stamp: string
  /** The how-manyth line of this stamp, from 1. */
  readonly nth: number
  /** Only the text before a mark of that line was told; the mark was not. */
  readonly half: boolean
  /** How many of the stage's reports were told before it. */
  readonly reports: number
}

export function writePosition(p: Position): string {
  return [p.workflow, p.pod, p.container, p.told, p.stamp, p.nth, p.half ? 'half' : 'whole', p.reports].join(
    ' ',
  )
}

/** Null where the text is no position of this engine's. */
export function readPosition(text: string | undefined): Position | null {
  const [workflow, pod, container, told, stamp, nth, half, reports] = text?.split(' ') ?? []
  if (workflow === undefined || pod === undefined || container === undefined || stamp === undefined)
    return null
  return {
    ...{ workflow, pod, container, told: Number(told), stamp, nth: Number(nth) },
    half: half === 'half',
    // Missing in what an earlier version wrote.
    reports: /^\d+$/.test(reports ?? '') ? Number(reports) : 0,
  }
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/
/** `2026-11-23T15:59:17` */
const SECONDS_LENGTH = 19

/** Reads RFC 3339 timestamps of nanoseconds, of which thousands in a row share their second. */
export class Stamps {
  #seconds = ''
  #zone = ''
  #at = Number.NaN

  /** Milliseconds since 1970, cut; NaN where the text is no timestamp. */
  at(stamp: string): number {
    const seconds = stamp.slice(0, SECONDS_LENGTH)
    const zoneAt = stamp.endsWith('Z') ? stamp.length - 1 : stamp.length - 6
    const zone = stamp.slice(zoneAt)
    if (seconds !== this.#seconds || zone !== this.#zone) {
      if (!STAMP.test(stamp)) return Number.NaN
      this.#seconds = seconds
      this.#zone = zone
      this.#at = Date.parse(seconds + zone)
    }
    const fraction = stamp.slice(SECONDS_LENGTH + 1, zoneAt)
    const ms = fraction === '' ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3))
    return this.#at + ms
  }
}

/** Whether one timestamp is later than another, to the nanosecond. */
export function isLater(stamp: string, than: string): boolean {
  const [a, b] = [parts(stamp), parts(than)]
  return a.seconds === b.seconds ? a.nanos > b.nanos : a.seconds > b.seconds
}

function parts(stamp: string): { readonly seconds: number; readonly nanos: string } {
  const [, seconds = '', fraction = '', zone = 'Z'] = STAMP.exec(stamp) ?? []
  return { seconds: Date.parse(seconds + zone), nanos: fraction.padEnd(9, '0') }
}

/** The second of a timestamp, which is all that the kubelet heeds of a `sinceTime`. */
export function secondOf(stamp: string): string {
  const [, seconds = '', , zone = 'Z'] = STAMP.exec(stamp) ?? []
  return seconds + zone
}
