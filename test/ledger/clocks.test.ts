import { beforeEach, describe, expect, test } from 'bun:test'
import { ledgerGround, workflow } from './ground.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/*
 * Whoever runs a segment has a clock of his own. What he tells may come late, and so its times are his; but nothing has
 * happened before it was asked for, after it was told, or in another order than it did.
 */

let g: ReturnType<typeof ledgerGround>
let id: number
beforeEach(() => {
  g = ledgerGround()
  g.save(workflow('shop', { timeout: '30m' }))
  g.pass(MINUTE)
  id = g.trigger('shop')
  g.prepare(id)
})

/** Runs it for ten minutes, of which we hear late; `skew` is how far its clock is ahead of ours. */
function run(skew: number, late = 0): void {
  const began = g.now()
  g.begin(id, began + skew)
  g.pass(10 * MINUTE + late)
  g.finish(id, 'succeeded', { began: began + skew, ended: began + 10 * MINUTE + skew })
}

const times = () => {
  const row = g.store.executions.byId(id)
  const stages = g.store.stages.list(id).filter(({ segment }) => segment !== null)
  return [row, ...stages].map((one) => ({ startedAt: one?.startedAt ?? 0, finishedAt: one?.finishedAt ?? 0 }))
}

describe('the times of an execution', () => {
  test('are those of whoever ran it, also where they come late', () => {
    const began = g.now()

    run(0, 5 * MINUTE)

    expect(times()).toEqual(times().map(() => ({ startedAt: began, finishedAt: began + 10 * MINUTE })))
  })

  test.each([
    ['ahead', HOUR],
    ['behind', -HOUR],
  ])('are our own where his clock is an hour %s', (_, skew) => {
    const asked = g.now()

    run(skew)

    for (const { startedAt, finishedAt } of times()) {
      expect(startedAt).toBeGreaterThanOrEqual(asked)
      expect(finishedAt).toBeGreaterThanOrEqual(startedAt)
      expect(finishedAt).toBeLessThanOrEqual(g.now())
    }
    expect(g.status(id)).toBe('succeeded')
  })

  test('strike no deadline early where his clock is behind', () => {
    g.begin(id, g.now() - HOUR)
    g.pass(MINUTE)
    g.ledger.tick()
    expect(g.status(id)).toBe('running')

    g.pass(30 * MINUTE)
    g.ledger.tick()

    expect(g.store.executions.byId(id)?.timedOut).toBe(1)
  })
})
