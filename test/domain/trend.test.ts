import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { dayOf, daysIn, daysOf, periodsOf, rangeText, readRange, trendOf } from '../../src/domain/trend.ts'

describe('the day of an instant', () => {
  test('is that of the time zone', () => {
    const instant = Date.UTC(2026, 6, 1, 22, 30)

    expect(dayOf(instant, 'UTC')).toBe('2026-07-01')
    expect(dayOf(instant, 'Europe/Athens')).toBe('2026-07-02')
    expect(dayOf(instant, 'America/Los_Angeles')).toBe('2026-07-01')
  })

  test('changes at midnight there, also on the days on which clocks are put forward or back', () => {
    const beforeMidnight = Date.UTC(2026, 2, 28, 21, 59, 59, 999)

    expect(dayOf(beforeMidnight, 'Europe/Athens')).toBe('2026-03-28')
    expect(dayOf(beforeMidnight + 1, 'Europe/Athens')).toBe('2026-03-29')
    // That Sunday has 23 hours.
    expect(dayOf(beforeMidnight + 23 * 3_600_000, 'Europe/Athens')).toBe('2026-03-29')
    expect(dayOf(beforeMidnight + 23 * 3_600_000 + 1, 'Europe/Athens')).toBe('2026-03-30')
  })

  test('has ten characters, whatever the instant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2999, 0) }), (ms) => {
        expect(dayOf(ms, 'Asia/Kathmandu')).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      }),
    )
  })
})

describe('the periods of a range', () => {
  test('of 7 days end with today', () => {
    expect(periodsOf({ period: 'day', count: 7 }, '2026-03-02')).toEqual([
      '2026-02-24',
      '2026-02-25',
      '2026-02-26',
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
    ])
  })

  test('know leap days', () => {
    expect(periodsOf({ period: 'day', count: 2 }, '2028-03-01')).toEqual(['2028-02-29', '2028-03-01'])
  })

  test('of months end with this one, also on a 31st', () => {
    expect(periodsOf({ period: 'month', count: 3 }, '2026-03-31')).toEqual(['2026-01', '2026-02', '2026-03'])
  })

  test('of 12 months cross the year', () => {
    const periods = periodsOf({ period: 'month', count: 12 }, '2026-05-15')

    expect([periods.length, periods[0], periods.at(-1)]).toEqual([12, '2025-06', '2026-05'])
  })
})

describe('a range in an address', () => {
  test('is 7, 14 or 30 days, or 1 to 12 months, and nothing else', () => {
    expect(readRange('30d')).toEqual({ period: 'day', count: 30 })
    expect(readRange('12m')).toEqual({ period: 'month', count: 12 })
    for (const text of ['', '8d', '13m', '0m', '7', 'd', '7D', '07d', '30d ', '-7d', '1e1d', '٧d'])
      expect(readRange(text)).toBeNull()
  })

  test('reads back as it was written', () => {
    for (const text of ['7d', '14d', '1m', '11m']) expect(rangeText(readRange(text) ?? fail(text))).toBe(text)
  })
})

describe('the days of periods', () => {
  test('are one day, or a month with its own last day', () => {
    expect(daysOf('2026-03-29')).toEqual({ from: '2026-03-29', to: '2026-03-29' })
    expect(daysOf('2026-02')).toEqual({ from: '2026-02-01', to: '2026-02-28' })
    expect(daysOf('2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' })
    expect(daysOf('2025-12', '2026-01')).toEqual({ from: '2025-12-01', to: '2026-01-31' })
    expect(daysOf('2025-12-30', '2026-01-02')).toEqual({ from: '2025-12-30', to: '2026-01-02' })
  })

  test('are counted with both ends', () => {
    expect(daysIn({ from: '2026-03-01', to: '2026-03-01' })).toBe(1)
    expect(daysIn({ from: '2026-01-01', to: '2026-12-31' })).toBe(365)
  })
})

function fail(text: string): never {
  throw new Error(`${text} is no range`)
}

describe('a trend', () => {
  const periods = periodsOf({ period: 'day', count: 3 }, '2026-03-02')

  test('has a zero where nothing was counted', () => {
    const trend = trendOf(periods, [{ period: '2026-03-01', status: 'failed', count: 4 }])

    expect(trend.counts.failed).toEqual([0, 4, 0])
    expect(trend.counts.succeeded).toEqual([0, 0, 0])
    expect(trend.totals.failed).toBe(4)
    expect(trend.sums).toEqual([0, 4, 0])
  })

  test('leaves out what was counted outside of its periods', () => {
    expect(trendOf(periods, [{ period: '2026-01-01', status: 'failed', count: 4 }]).total).toBe(0)
  })

  test('the success rate is Succeeded ÷ (Succeeded + Failed + Error), whatever else there was', () => {
    const trend = trendOf(periods, [
      { period: '2026-03-01', status: 'succeeded', count: 6 },
      { period: '2026-03-02', status: 'failed', count: 1 },
      { period: '2026-03-02', status: 'error', count: 1 },
      { period: '2026-03-02', status: 'terminated', count: 50 },
      { period: '2026-03-02', status: 'running', count: 50 },
    ])

    expect(trend.successRate).toBe(0.75)
  })

  test('has no success rate where nothing came to such an end', () => {
    expect(
      trendOf(periods, [{ period: '2026-03-02', status: 'terminated', count: 1 }]).successRate,
    ).toBeNull()
  })
})
