import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { LineSet } from '../../src/domain/lineset.ts'

const LINES = 300
const sets = fc.uniqueArray(fc.integer({ min: 1, max: LINES })).map((numbers) => {
  const set = new LineSet(LINES)
  for (const number of numbers) set.add(number)
  return { set, sorted: [...numbers].sort((a, b) => a - b) }
})
const line = fc.integer({ min: -5, max: LINES + 10 })
const limit = fc.integer({ min: 0, max: 20 })

test('says what a sorted list of the same lines says', () => {
  fc.assert(
    fc.property(sets, line, limit, ({ set, sorted }, at, most) => {
      expect(set.count).toBe(sorted.length)
      expect(set.has(at)).toBe(sorted.includes(at))
      expect(set.from(at, most)).toEqual(sorted.filter((one) => one >= at).slice(0, most))
      expect(set.before(at, most)).toEqual(most === 0 ? [] : sorted.filter((one) => one < at).slice(-most))
      expect(set.rank(Math.max(1, at))).toBe(sorted.filter((one) => one < at).length)
    }),
  )
})

test('counts a line once, and none that the log does not have', () => {
  const set = new LineSet(10)
  for (const number of [3, 3, 0, -1, 11]) set.add(number)

  expect(set.count).toBe(1)
})

test('tells neighbours as runs', () => {
  const set = new LineSet(2_000)
  for (const number of [1, 2, 3, 900, 1_999, 2_000]) set.add(number)

  expect(set.runs(10)).toEqual([
    [1, 3],
    [900, 900],
    [1_999, 2_000],
  ])
  expect(set.runs(1)).toEqual([[1, 3]])
})
