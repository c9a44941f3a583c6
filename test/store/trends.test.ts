import { expect, test } from 'bun:test'
import { openTestStore } from './fixture.ts'

test('an execution counts once, on the day of its trigger, under its present status', () => {
  const { trends } = openTestStore()
  trends.count(7, '2026-01-31', null, 'pending')
  trends.count(7, '2026-01-31', 'pending', 'running')
  trends.count(7, '2026-01-31', 'running', 'running')

  trends.count(7, '2026-01-31', 'running', 'succeeded')

  const counted = [{ period: '2026-01-31', status: 'succeeded', count: 1 } as const]
  expect(trends.days(7, '2026-01-01', '2026-12-31')).toEqual(counted)
  expect(trends.days(0, '2026-01-01', '2026-12-31')).toEqual(counted)
  expect(trends.days(8, '2026-01-01', '2026-12-31')).toEqual([])
})

test('all workflows together are the sum of each', () => {
  const { trends } = openTestStore()
  trends.count(7, '2026-01-31', null, 'failed')
  trends.count(8, '2026-01-31', null, 'failed')

  expect(trends.days(0, '2026-01-31', '2026-01-31')).toEqual([
    { period: '2026-01-31', status: 'failed', count: 2 },
  ])
})

test('months are the sums of their days, from the first asked for to the last', () => {
  const { trends } = openTestStore()
  for (const day of ['2025-12-31', '2026-01-01', '2026-01-31', '2026-02-28', '2026-03-01']) {
    trends.count(7, day, null, 'succeeded')
  }

  expect(trends.months(7, '2026-01', '2026-02')).toEqual([
    { period: '2026-01', status: 'succeeded', count: 2 },
    { period: '2026-02', status: 'succeeded', count: 1 },
  ])
})

test('counting falls with the transaction it was part of', () => {
  const store = openTestStore()

  expect(() =>
    store.transaction(() => {
      store.trends.count(7, '2026-01-31', null, 'failed')
      throw new Error('no')
    }),
  ).toThrow()

  expect(store.trends.days(0, '2026-01-31', '2026-01-31')).toEqual([])
})

test('what was never counted cannot be taken away', () => {
  const { trends } = openTestStore()
  expect(() => trends.count(7, '2026-01-31', 'running', 'error')).toThrow('has no running execution')
  trends.count(7, '2026-01-31', null, 'failed')
  trends.count(7, '2026-01-31', 'failed', 'error')

  expect(() => trends.count(7, '2026-01-31', 'failed', 'error')).toThrow('CHECK')
})
