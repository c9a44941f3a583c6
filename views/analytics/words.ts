import type { Range } from '../../src/domain/trend.ts'

/** “30 days”, “1 month”. */
export function rangeWords({ period, count }: Range): string {
  return `${count} ${period}${count === 1 ? '' : 's'}`
}

/** “the 30 days”, “the month”: what stands before or behind them follows. */
export function theRange(range: Range): string {
  return range.count === 1 ? `the ${range.period}` : `the ${rangeWords(range)}`
}

const FORMS = {
  day: {
    short: { day: 'numeric', month: 'short' },
    long: { weekday: 'short', day: 'numeric', month: 'short' },
  },
  month: { short: { month: 'short', year: 'numeric' }, long: { month: 'long', year: 'numeric' } },
} as const satisfies Record<Range['period'], Record<'short' | 'long', Intl.DateTimeFormatOptions>>

const formatters = new Map<string, Intl.DateTimeFormat>()

/** “17 Nov” and “Tue 17 Nov”, “Nov 2026” and “November 2026”: a day of the calendar is the same in every zone. */
export function periodWords(period: string, form: 'short' | 'long'): string {
  const kind = period.length === 'YYYY-MM'.length ? 'month' : 'day'
  const key = `${kind} ${form}`
  const formatter =
    formatters.get(key) ?? new Intl.DateTimeFormat('en-GB', { ...FORMS[kind][form], timeZone: 'UTC' })
  formatters.set(key, formatter)
  return formatter.format(Date.parse(period)).replace(',', '')
}
