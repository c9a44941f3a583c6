import { expect, test } from 'bun:test'
import type { Store } from '../../src/store/store.ts'
import { addExecution, openTestStore, saveWorkflow } from './fixture.ts'

const DAYS = { from: '2026-01-01', to: '2026-01-31' }

function addStage(store: Store, executionId: number, id: string, status: string, ms: number | null): void {
  store.state.sqlite
    .query(
      `INSERT INTO stages (execution_id, ordinal, id, phase, status, started_at, finished_at)
       VALUES (?, (SELECT count(*) FROM stages WHERE execution_id = ?1), ?, 'build', ?, ?, ?)`,
    )
    .run(executionId, id, status, ms === null ? null : 1_000, 1_000 + (ms ?? 0))
}

/** So many executions on a day, each with a build that takes as many milliseconds as its place. */
function fill(store: Store, slug: string, day: string, count: number): number {
  const workflowId = saveWorkflow(store, slug)
  for (let n = 1; n <= count; n += 1)
    addStage(store, addExecution(store, { workflowId, status: 'succeeded', day }), 'build', 'succeeded', n)
  return workflowId
}

test('where there are few executions all of them are looked at, and nothing else', () => {
  const store = openTestStore()
  fill(store, 'before', '2025-12-31', 3)
  const shop = fill(store, 'shop', '2026-01-15', 5)
  const docs = fill(store, 'docs', '2026-01-16', 2)
  fill(store, 'after', '2026-02-01', 3)

  const of = (workflowId: number) => {
    const { executions, of, lengths } = store.stageTimes.between(workflowId, DAYS)
    return { executions, of, lengths: [...lengths] }
  }

  expect(of(shop)).toEqual({ executions: 5, of: 5, lengths: [['build', [1, 2, 3, 4, 5]]] })
  expect(of(docs)).toEqual({ executions: 2, of: 2, lengths: [['build', [1, 2]]] })
  expect(of(0)).toEqual({ executions: 7, of: 7, lengths: [['build', [1, 2, 3, 4, 5, 1, 2]]] })
})

test('where there are many, some are, from the first to the last of them', () => {
  const store = openTestStore()
  const shop = fill(store, 'shop', '2026-01-15', 1_000)

  const { executions, of, lengths } = store.stageTimes.between(shop, DAYS)
  const seen = lengths.get('build') ?? []

  expect([executions, of, seen.length]).toEqual([300, 1_000, 300])
  expect(new Set(seen).size).toBe(300)
  expect(seen[0]).toBe(1)
  expect(Math.max(...seen.map((ms, at) => ms - (seen[at - 1] ?? 0)))).toBeLessThanOrEqual(4)
  expect(seen.at(-1)).toBeGreaterThan(996)
})

test('only stages that succeeded say how long one takes', () => {
  const store = openTestStore()
  const workflowId = saveWorkflow(store, 'shop')
  const id = addExecution(store, { workflowId, status: 'failed', day: '2026-01-15' })
  addStage(store, id, 'source', 'succeeded', 7)
  addStage(store, id, 'build', 'failed', 9)
  addStage(store, id, 'push', 'skipped', 0)
  addStage(store, id, 'told late', 'succeeded', null)

  expect([...store.stageTimes.between(workflowId, DAYS).lengths]).toEqual([['source', [7]]])
})

test('a range without executions has none, and executions that are gone leave the rest', () => {
  const store = openTestStore()
  const shop = fill(store, 'shop', '2026-01-15', 4)
  store.state.sqlite.run('DELETE FROM executions WHERE number = 2')

  expect(store.stageTimes.between(shop, { from: '2026-02-01', to: '2026-02-28' })).toMatchObject({
    executions: 0,
    of: 0,
  })
  expect(store.stageTimes.between(0, { from: '2025-01-01', to: '2025-12-31' })).toMatchObject({ of: 0 })
  expect(store.stageTimes.between(shop, DAYS).lengths.get('build')).toEqual([1, 3, 4])
})
