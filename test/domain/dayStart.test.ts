import { expect, test } from 'bun:test'
import { endOfDay, startOfDay } from '../../src/domain/dayStart.ts'

const at = (ms: number) => new Date(ms).toISOString()

test('a day begins at its midnight in its zone, however far from UTC that is', () => {
  expect(at(startOfDay('2026-09-01', 'UTC'))).toBe('2026-09-01T00:00:00.000Z')
  expect(at(startOfDay('2026-09-01', 'Europe/Athens'))).toBe('2026-08-31T21:00:00.000Z')
  expect(at(startOfDay('2026-09-01', 'Pacific/Kiritimati'))).toBe('2026-08-31T10:00:00.000Z')
  expect(at(startOfDay('2026-09-01', 'Pacific/Pago_Pago'))).toBe('2026-09-01T11:00:00.000Z')
})

test('a day on which clocks change is shorter or longer, and one without a midnight begins when it begins', () => {
  const hours = (day: string, zone: string) => (endOfDay(day, zone) - startOfDay(day, zone)) / 3_600_000

  expect(hours('2026-03-29', 'Europe/Athens')).toBe(23)
  expect(hours('2026-10-25', 'Europe/Athens')).toBe(25)
  expect(at(startOfDay('2026-09-06', 'America/Santiago'))).toBe('2026-09-06T04:00:00.000Z')
})

test('the end of a day is the beginning of the next, also at the end of a month and of February', () => {
  expect(endOfDay('2026-08-31', 'UTC')).toBe(startOfDay('2026-09-01', 'UTC'))
  expect(endOfDay('2028-02-28', 'UTC')).toBe(startOfDay('2028-02-29', 'UTC'))
})
