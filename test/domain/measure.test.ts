import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { classOf, type Outcome, shownFlaky, spreadOf, spreadOfLengths } from '../../src/domain/measure.ts'

const length = fc.integer({ min: 0, max: 2 ** 40 })

describe('a class of lengths', () => {
  test('begins at or below each of its lengths, and is nowhere wider than an eighth of them', () => {
    fc.assert(
      fc.property(length, (ms) => {
        const least = classOf(ms)

        expect(least).toBeLessThanOrEqual(ms)
        expect(ms - least).toBeLessThanOrEqual(least / 8)
        expect(classOf(least)).toBe(least)
      }),
    )
  })

  test('of a longer length is not a shorter class', () => {
    fc.assert(
      fc.property(length, fc.integer({ min: 1, max: 1000 }), (ms, more) => {
        expect(classOf(ms + more)).toBeGreaterThanOrEqual(classOf(ms))
      }),
    )
  })
})

describe('a spread', () => {
  const lengths = fc.array(length, { minLength: 1, maxLength: 200 })

  test('of lengths that are known is exact, by the nearest rank', () => {
    expect(spreadOfLengths([30, 10, 20])).toEqual({ count: 3, p50Ms: 20, p95Ms: 30 })
    expect(spreadOfLengths([10, 20])).toEqual({ count: 2, p50Ms: 10, p95Ms: 20 })
    expect(spreadOfLengths(Array.from({ length: 100 }, (_, i) => i + 1))).toEqual({
      count: 100,
      p50Ms: 50,
      p95Ms: 95,
    })
    expect(spreadOfLengths([])).toBeNull()
  })

  test('of classes is off by an eighth at most, and exact where a class has one length', () => {
    fc.assert(
      fc.property(lengths, (all) => {
        const exact = spreadOfLengths(all)
        const classed = spreadOf(all.map((ms) => ({ classMs: classOf(ms), count: 1, sumMs: ms })))

        expect(classed?.count).toBe(exact?.count ?? 0)
        for (const p of ['p50Ms', 'p95Ms'] as const) {
          const [is, should] = [classed?.[p] ?? 0, exact?.[p] ?? 0]
          expect(Math.abs(is - should)).toBeLessThanOrEqual(should / 8)
          if (all.filter((ms) => classOf(ms) === classOf(should)).length === 1) expect(is).toBe(should)
        }
      }),
    )
  })
})

describe('flaky failures', () => {
  const status = fc.constantFrom('succeeded', 'failed')
  const history = fc
    .uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 })
    .chain((ids) => fc.tuple(...ids.map((id) => fc.tuple(fc.constant(id), status))))
    .chain((outcomes) => fc.shuffledSubarray(outcomes, { minLength: outcomes.length }))

  test('are those that a later execution of the commit passed, each shown once, whoever is told first', () => {
    fc.assert(
      fc.property(history, (told) => {
        const known: Outcome[] = []
        const shown: string[] = []
        for (const [executionId, how] of told) {
          known.push({ executionId, day: String(executionId), status: how as Outcome['status'] })
          shown.push(...shownFlaky(known, executionId))
        }

        const expected = told
          .filter(
            ([id, how]) => how === 'failed' && told.some(([other, its]) => its === 'succeeded' && other > id),
          )
          .map(([id]) => String(id))
        expect(shown.sort()).toEqual(expected.sort())
      }),
    )
  })
})
