import { expect, test } from 'bun:test'
import type { TestCase } from '../../src/domain/finding.ts'
import { testSummary } from '../../src/domain/testSummary.ts'

function testCase(name: string, given: Partial<TestCase> = {}): TestCase {
  return {
    ...{ suite: 's', name, file: null, durationMs: 1, outcome: 'passed', retried: false, message: null },
    ...given,
  }
}
const failed = (name: string) => testCase(name, { outcome: 'failed' })
const names = (tests: readonly TestCase[]) => tests.map(({ name }) => name)

test('tests are counted by how they ended, and the slowest come first', () => {
  const many = Array.from({ length: 12 }, (_, at) => testCase(`t${at}`, { durationMs: at * 10 }))

  const { counts, durationMs, slowest } = testSummary(
    [
      ...many,
      failed('f'),
      testCase('e', { outcome: 'error' }),
      testCase('k', { outcome: 'skipped', durationMs: null }),
    ],
    null,
    [],
  )

  expect(counts).toEqual({ passed: 12, failed: 1, error: 1, skipped: 1 })
  expect(durationMs).toBe(662)
  expect(names(slowest)).toEqual(['t11', 't10', 't9', 't8', 't7', 't6', 't5', 't4', 't3', 't2'])
})

test('a test fails newly where it passed or was not there before, and nowhere without a before', () => {
  const now = [failed('a'), failed('b'), failed('new'), testCase('c')]
  const before = [failed('a'), testCase('b'), failed('c')]

  expect(names(testSummary(now, before, []).newlyFailing)).toEqual(['b', 'new'])
  expect(testSummary(now, null, []).newlyFailing).toEqual([])
})

test('a test is flaky where one commit saw it pass and fail: tried again, listed twice, or in another run', () => {
  const now = [
    testCase('retried', { retried: true }),
    failed('twice'),
    testCase('twice'),
    failed('elsewhere'),
    failed('always'),
    testCase('skipped there'),
  ]
  const other = [testCase('elsewhere'), failed('always'), testCase('skipped there', { outcome: 'skipped' })]

  const { flaky } = testSummary(now, null, [other])

  expect(flaky.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['retried', 'passed'],
    ['twice', 'passed'],
    ['elsewhere', 'failed'],
  ])
})
