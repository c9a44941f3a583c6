import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../src/domain/fault.ts'
import type { Searcher } from '../../src/search/question.ts'
import { startSearchThread } from '../../src/search/thread.ts'
import type { Store } from '../../src/store/store.ts'
import { realWorld, type World } from '../../src/world.ts'
import { openTestStore, saveWorkflow } from '../store/fixture.ts'
import { addLogs, foundIn, question, write } from './ground.ts'

const ENTRY = new URL('../../src/search/worker.ts', import.meta.url)

let dir: string
let store: Store
let workflowId: number
let searcher: Searcher
const sleepers: (() => void)[] = []
/** What waits until nobody has asked for long waits for the test. */
const world: World = {
  ...realWorld(),
  sleep: (_, signal) =>
    new Promise((resolve, reject) => {
      sleepers.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason))
    }),
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-search-'))
  store = openTestStore(dir)
  workflowId = saveWorkflow(store, 'shop')
  searcher = startSearchThread({ dir, entry: ENTRY, world })
})
afterEach(async () => {
  await searcher.close()
  store.close()
  rmSync(dir, { recursive: true })
  sleepers.length = 0
})

const found = async (q: string) => foundIn((await searcher.turn(question(q), null, 100)).found)

describe('the thread of the search', () => {
  test('finds what the server writes meanwhile, at once', async () => {
    const id = addLogs(store, { workflowId, status: 'running', branch: 'main' }, { build: ['x 1'] })
    const before = await found('x')

    write(store, id, 0, ['y', 'x 3'])
    addLogs(store, { workflowId, status: 'running', branch: 'main' }, { build: ['x 4'] })

    expect(before).toEqual(['1 build 1'])
    expect(await found('x')).toEqual(['2 build 1', '1 build 1', '1 build 3'])
    expect(await searcher.hits(question('main'))).toMatchObject([{ kind: 'branch', more: false }])
  })

  test('answers each question by its own, and a fault with its words', async () => {
    addLogs(store, { workflowId, status: 'running' }, { build: ['a', 'b', 'c'] })

    const [a, wrong, c] = await Promise.allSettled([
      found('a'),
      searcher.turn(question('(', { as: 'regex' }), null, 1),
      found('c'),
    ])

    expect([a, c]).toEqual([
      { status: 'fulfilled', value: ['1 build 1'] },
      { status: 'fulfilled', value: ['1 build 3'] },
    ])
    expect(wrong.status === 'rejected' && wrong.reason).toBeInstanceOf(Fault)
    expect(wrong.status === 'rejected' && wrong.reason.message).toContain('never closed')
  })

  test('closes once what was asked is answered, and begins anew when it is asked again', async () => {
    addLogs(store, { workflowId, status: 'running' }, { build: ['x'] })

    const asked = found('x')
    await searcher.close()

    expect(await asked).toEqual(['1 build 1'])
    expect(await found('x')).toEqual(['1 build 1'])
  })

  test('ends when nobody has asked for long, but not while somebody does', async () => {
    addLogs(store, { workflowId, status: 'running' }, { build: ['x'] })

    await found('x')
    await found('x')
    // Who begins anew finds nothing there any more; who has it open goes on.
    renameSync(dir, `${dir}.away`)
    sleepers[0]?.()
    const goingOn = await found('x')
    sleepers[2]?.()
    await new Promise(setImmediate)
    const anew = await found('x').catch((error: unknown) => error)
    renameSync(`${dir}.away`, dir)

    expect(goingOn).toEqual(['1 build 1'])
    expect(anew).toBeInstanceOf(Error)
  })

  test('that cannot read says so, and tries anew', async () => {
    const elsewhere = startSearchThread({ dir: join(dir, 'nowhere'), entry: ENTRY, world })

    for (let i = 0; i < 2; i += 1)
      expect(await elsewhere.turn(question('x'), null, 1).catch((error: unknown) => error)).toBeInstanceOf(
        Error,
      )
    await elsewhere.close()
  })
})
