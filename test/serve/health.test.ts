import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { readSettings } from '../../src/config/settings.ts'
import type { EngineName } from '../../src/domain/definition.ts'
import type { Engine, Health } from '../../src/engine/engine.ts'
import { createHealth } from '../../src/serve/health.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { realWorld } from '../../src/world.ts'

const WELL: Health = { reachable: true, reason: null, tools: ['sh'], warnings: [] }
const config = readSettings(new Map([['--min-free', '0B']]), {}).config

let store: Store
beforeEach(() => {
  const { now, id } = realWorld()
  store = openStore({ dir: ':memory:', now, id })
})
afterEach(() => store.close())

/** An engine that only says how it is. */
function engine(name: EngineName, check: () => Promise<Health>): [EngineName, Engine] {
  const none = () => Promise.reject(new Error('Nothing is run in this test.'))
  const follow = async function* () {}
  return [name, { name, check, submit: none, look: none, follow, terminate: none, release: none }]
}

function health(...engines: readonly [EngineName, Engine][]) {
  return createHealth(config, store, new Map(engines), realWorld())
}

const local = engine('local', async () => WELL)

describe('a cluster that does not answer', () => {
  test('holds nobody up, is told of, and counts as soon as it answers', async () => {
    const { promise, resolve } = Promise.withResolvers<Health>()
    const wellbeing = health(
      engine('argo', () => promise),
      local,
    )

    const state = await wellbeing.check(0)

    expect(state.slice(2)).toEqual([
      { name: 'engine argo', vital: false, ok: false, reason: 'Engine argo has not answered yet.' },
      { name: 'engine local', vital: true, ok: true, reason: null },
    ])
    expect(wellbeing.notices()).toEqual(['Whatever runs on argo waits. Engine argo has not answered yet.'])
    resolve({ ...WELL, tools: ['sh', 'image'], warnings: ['It is slow.'] })
    await promise
    expect(wellbeing.notices()).toEqual(['It is slow.'])
    expect(wellbeing.tools().get('argo')).toEqual(['sh', 'image'])
  })

  test('is asked once, however often one looks', async () => {
    let asked = 0
    const silent = engine('argo', () => {
      asked += 1
      return new Promise(() => {})
    })
    const wellbeing = health(silent)

    await Promise.all([wellbeing.check(0), wellbeing.check(0)])
    await wellbeing.check(0)

    expect(asked).toBe(1)
  })

  test('is told of as it was last meanwhile', async () => {
    const answers = [Promise.resolve({ ...WELL, reachable: false, reason: 'Nothing listens there.' })]
    const wellbeing = health(engine('argo', () => answers.pop() ?? new Promise(() => {})))
    await wellbeing.check()

    await wellbeing.check(0)

    expect(wellbeing.notices()).toEqual(['Whatever runs on argo waits. Nothing listens there.'])
  })

  test('refuses nothing for what it may lack, until it is known', async () => {
    const wellbeing = health(engine('argo', () => new Promise(() => {})))

    await wellbeing.check(0)

    expect(wellbeing.tools().get('argo')).toContain('root')
  })
})

test('an engine whose check fails is away, for that reason', async () => {
  const wellbeing = health(engine('argo', () => Promise.reject(new Error('It is broken.'))))

  expect(await wellbeing.check()).toContainEqual({
    name: 'engine argo',
    vital: false,
    ok: false,
    reason: 'It is broken.',
  })
})
