import { beforeEach, expect, test } from 'bun:test'
import { masker } from '../../src/domain/mask.ts'
import type { FeedMessage } from '../../src/ledger/feed.ts'
import { LogWriter } from '../../src/runner/logs.ts'
import { ledgerGround } from '../ledger/ground.ts'
import { Clock, settled } from '../sim/clock.ts'

/** A writer over a real log, with a clock that only the test moves. */
function ground() {
  const { store } = ledgerGround()
  const clock = new Clock(0)
  const told: FeedMessage[] = []
  const failures: unknown[] = []
  const parts = {
    store,
    world: { now: () => clock.now(), sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) },
    feed: { tell: (message: FeedMessage) => void told.push(message) },
  }
  const writer = new LogWriter(parts, 7, {}, masker(['hunter-two']), (error) => failures.push(error))
  return {
    store,
    clock,
    told,
    failures,
    writer,
    stored: () => store.logs.window(7, 1, 1, 100).map((line) => line.text),
  }
}

let g: ReturnType<typeof ground>
beforeEach(() => {
  g = ground()
})

const line = (text: string) => [{ at: 1, text }]

test('lines are stored, masked, before anybody is told of them', async () => {
  g.writer.add(1, 'line', line('pass hunter-two on'), '1')
  expect(g.told).toEqual([])

  await settled()
  g.clock.step(100)
  await settled()

  expect(g.stored()).toEqual(['pass *** on'])
  expect(g.told).toEqual([{ type: 'grew', executionId: 7, stage: 1, lines: 1 }])
})

test('what comes within 33 ms is one commit', async () => {
  g.writer.flush()
  g.writer.add(1, 'line', line('a'), '1')
  g.writer.add(1, 'line', line('b'), '2')

  while (g.clock.step(33)) await settled()
  await settled()

  expect(g.stored()).toEqual(['a', 'b'])
  expect(g.told).toHaveLength(1)
  expect(g.store.logs.info(7, 1).cursor).toBe('2')
})

test('a batch that is told twice is stored once, before and after its commit', () => {
  g.writer.add(1, 'line', line('a'), '1')
  g.writer.add(1, 'line', line('a'), '1')
  g.writer.flush()
  g.writer.add(1, 'line', line('a'), '1')
  g.writer.flush()

  expect(g.stored()).toEqual(['a'])
})

test('what was not committed when it stopped is left to be asked for again', async () => {
  g.writer.add(1, 'line', line('a'), '1')
  g.writer.stop()

  await settled()
  g.clock.step(100)
  await settled()

  expect(g.stored()).toEqual([])
  expect(g.store.logs.cursors(7)).toEqual({})
})

test('a log that is closed takes what is told of it again without a word', async () => {
  g.store.logs.seal(7, 1, 0)
  g.writer.add(1, 'line', line('told again'), '1')

  await settled()
  g.clock.step(100)
  await settled()

  expect(g.failures).toEqual([])
  expect(g.stored()).toEqual([])
})

test('a batch that cannot be stored is said to whoever follows', async () => {
  g.writer.add(1, 'line', line('in time'), '1')
  g.store.logs.seal(7, 1, 0)

  await settled()
  g.clock.step(100)
  await settled()

  expect(g.failures).toHaveLength(1)
  expect(String(g.failures[0])).toContain('sealed')
})
