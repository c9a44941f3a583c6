import { STATUSES, type Status } from './status.ts'

/** What the analytics look back on: so many days or months, today's included. */
export interface Range {
  readonly period: 'day' | 'month'
  readonly count: number
}

/** So many days can be looked back on, each for itself; or months, up to a year. */
export const DAY_RANGES = [7, 14, 30] as const
export const MONTHS_MAX = 12
/** Where nothing else is asked. */
export const USUAL_RANGE: Range = { period: 'day', count: 30 }

/** A range as it stands in an address: '30d', '6m'. */
export function rangeText({ period, count }: Range): string {
  return `${count}${period === 'day' ? 'd' : 'm'}`
}

/** Reads '30d' or '6m'; null where that is no range to look back on. */
export function readRange(text: string): Range | null {
  const [, digits = '', unit] = /^([1-9]\d?)([dm])$/.exec(text) ?? []
  const count = Number(digits)
  if (unit === 'd') return DAY_RANGES.some((known) => known === count) ? { period: 'day', count } : null
  return unit === 'm' && count <= MONTHS_MAX ? { period: 'month', count } : null
}

/** How many executions triggered in a period, 'YYYY-MM-DD' or 'YYYY-MM', stand in a status. */
export interface Count {
  readonly period: string
  readonly status: Status
  readonly count: number
}

/** Every period of a range with a number for each status, empty periods included. */
export interface Trend {
  readonly periods: readonly string[]
  /** In the order of the periods. */
  readonly counts: Readonly<Record<Status, readonly number[]>>
  readonly totals: Readonly<Record<Status, number>>
  /** All statuses together, in the order of the periods. */
  readonly sums: readonly number[]
  readonly total: number
  /** Succeeded ÷ (Succeeded + Failed + Error); null where nothing came to such an end. */
  readonly successRate: number | null
}

/** Making a formatter costs a hundred times what using it does, and an instance has one time zone. */
const FORMATS = new Map<string, Intl.DateTimeFormat>()

/** The day of an instant in a time zone, 'YYYY-MM-DD'. */
export function dayOf(ms: number, timezone: string): string {
  let format = FORMATS.get(timezone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    })
    FORMATS.set(timezone, format)
  }
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  return [parts.get('year')?.padStart(4, '0'), parts.get('month'), parts.get('day')].join('-')
}

/** The periods of a range, oldest first; the last one is today's. */
export function periodsOf(range: Range, today: string): readonly string[] {
  const [year = 0, month = 0, day = 0] = today.split('-').map(Number)
  return Array.from({ length: range.count }, (_, index) => {
    const back = range.count - 1 - index
    return range.period === 'day'
      ? new Date(Date.UTC(year, month - 1, day - back)).toISOString().slice(0, 10)
      : new Date(Date.UTC(year, month - 1 - back, 1)).toISOString().slice(0, 7)
  })
}

/** Days, both included. */
export interface Days {
  readonly from: string
  readonly to: string
}

/** The days of one period or of several, which follow one another. */
export function daysOf(first: string, last = first): Days {
  const [year = 0, month = 0, day] = last.split('-').map(Number)
  // Day 0 of the next month is the last of this one.
  const end = day === undefined ? new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10) : last
  return { from: first.length === end.length ? first : `${first}-01`, to: end }
}

/** How many days there are from one to another, both counted. */
export function daysIn({ from, to }: Days): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1
}

/** Calendar days are counted in UTC, where every one of them has 24 hours. */
const DAY_MS = 24 * 60 * 60 * 1000

/** Lays counts over periods; what was not counted is zero. */
export function trendOf(periods: readonly string[], counts: Iterable<Count>): Trend {
  const places = new Map(periods.map((period, at) => [period, at]))
  const series = forEach(() => periods.map(() => 0))
  for (const { period, status, count } of counts) {
    const at = places.get(period)
    if (at !== undefined) series[status][at] = (series[status][at] ?? 0) + count
  }
  const totals = forEach((status) => sum(series[status]))
  return {
    periods,
    counts: series,
    totals,
    sums: periods.map((_, at) => sum(STATUSES.map((status) => series[status][at] ?? 0))),
    total: sum(Object.values(totals)),
    successRate: successRate(totals),
  }
}

/** Succeeded ÷ (Succeeded + Failed + Error): what a decision or a termination ended says nothing about the work. */
function successRate(totals: Readonly<Record<Status, number>>): number | null {
  const ended = totals.succeeded + totals.failed + totals.error
  return ended === 0 ? null : totals.succeeded / ended
}

function forEach<T>(make: (status: Status) => T): Record<Status, T> {
  return Object.fromEntries(STATUSES.map((status) => [status, make(status)])) as Record<Status, T>
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
