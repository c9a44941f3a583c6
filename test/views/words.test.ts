import { expect, test } from 'bun:test'
import { ago, count, counted, duration, list, roughly } from '../../views/words.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

test('lengths of time are told as the drawings tell them', () => {
  const told = [400, 6_000, 192_000, 4_080_000, 2 * DAY + 23 * 60 * MINUTE].map(duration)

  expect(told).toEqual(['0.4 s', '6 s', '3 m 12 s', '1 h 08 m', '2 d 23 h'])
})

test('a guess has no more digits than it deserves', () => {
  const told = [400, 40_000, 192_000, 59.6 * MINUTE, 4_080_000].map(roughly)

  expect(told).toEqual(['0.4 s', '40 s', '3 m', '1 h', '1 h 08 m'])
})

test('how long ago grows coarser with its age', () => {
  const now = Date.UTC(2026, 8, 1, 12)
  const told = [0, 30_000, 11 * MINUTE, 5 * 60 * MINUTE, 30 * 60 * MINUTE, 3 * DAY, 40 * DAY].map((ms) =>
    ago(now - ms, now, 'UTC'),
  )

  expect(told).toEqual(['just now', '30 s ago', '11 m ago', '5 h ago', 'yesterday', '3 d ago', '23 Jul 2026'])
})

test('a clock that went back says just now, not a negative age', () => {
  expect(ago(2_000, 1_000, 'UTC')).toBe('just now')
  expect(duration(-5)).toBe('0.0 s')
})

test('numbers have their digits in threes, and one is one', () => {
  expect([count(7), count(1_199), count(1_284_906)]).toEqual(['7', '1,199', '1,284,906'])
  expect([counted(1, 'line'), counted(1_199, 'line')]).toEqual(['1 line', '1,199 lines'])
})

test('lists end in “and”', () => {
  expect([list([]), list(['dev']), list(['dev', 'staging', 'production'])]).toEqual([
    '',
    'dev',
    'dev, staging and production',
  ])
})
