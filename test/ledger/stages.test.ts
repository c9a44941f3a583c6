import { expect, test } from 'bun:test'
import { ledgerGround, workflow } from './ground.ts'

test('a failure that the definition allows says that the execution goes on, any other does not', () => {
  const { ledger, store, ...ground } = ledgerGround()
  const build = (more: object) => workflow('shop', { build: { script: { run: 'false', ...more } } })
  const reason = (more: object, given: string | null) => {
    ground.save(build(more))
    const id = ground.start('shop')
    const failed = {
      type: 'finished',
      status: 'failed',
      reason: given,
      exitCode: 1,
      at: ground.now(),
    } as const
    ledger.stageNews(id, 1, { type: 'started', attempt: 1, at: ground.now() })
    ledger.stageNews(id, 1, { ...failed, status: 'succeeded', reason: null })
    ledger.stageNews(id, 2, { type: 'started', attempt: 1, at: ground.now() })
    ledger.stageNews(id, 2, failed)
    return store.stages.one(id, 2)?.reason
  }

  expect(reason({ continueOnFailure: true }, 'Exit code 1.')).toBe('Exit code 1. The execution goes on.')
  expect(reason({ continueOnFailure: true }, null)).toBe('It failed. The execution goes on.')
  expect(reason({}, 'Exit code 1.')).toBe('Exit code 1.')
})
