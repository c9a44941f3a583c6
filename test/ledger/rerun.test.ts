import { beforeEach, describe, expect, test } from 'bun:test'
import { environment, ledgerGround, person, workflow } from './ground.ts'

const DAY_MS = 86_400_000
const shop = workflow('shop', {
  build: { script: { run: 'make', artifacts: ['dist/**'] } },
  deploy: [{ environment: 'dev' }, { environment: 'production' }],
})

let g: ReturnType<typeof ledgerGround>
beforeEach(() => {
  g = ledgerGround()
  g.save(
    environment('dev'),
    environment('production', { manual: true, approvers: ['alice'] }),
    shop,
    workflow('other'),
  )
})

const rowOf = (id: number) => {
  const row = g.store.executions.byId(id)
  if (row === null) throw new Error(`there is no execution ${id}`)
  return row
}
const rerun = (id: number, from: 'start' | 'failed' = 'failed') => g.ledger.rerun(id, from, person('dave')).id
const stages = (id: number) => g.store.stages.list(id).map(({ id, status }) => `${id} ${status}`)

/** Built, and failed while it was deployed to dev. */
function failedAtDev(): number {
  const id = g.start('shop')
  const build = g.store.stages.list(id).find((stage) => stage.id === 'build')
  g.ledger.stageNews(id, build?.ordinal ?? 0, { type: 'outputs', outputs: { version: '3.18' } })
  g.finish(id)
  g.begin(id)
  g.finish(id, 'failed')
  return id
}

/** All that is due of an execution's releases, performed as the runner does. */
function release(id: number): (number | null)[] {
  return g.store.effects
    .releases(g.now(), 100)
    .filter((effect) => effect.executionId === id)
    .map((effect) => {
      if (g.ledger.attempt(effect.id, null) === null) return null
      g.ledger.released(effect.id)
      return effect.segment
    })
}

describe('Re-run', () => {
  test('begins a new execution of the same version and commit, linked to the one it runs again', () => {
    const id = failedAtDev()
    g.save(workflow('shop', { timeout: '1h' }))

    const again = rerun(id, 'start')

    expect(rowOf(again)).toMatchObject({
      ...{ rerunOf: id, trigger: 'rerun', triggeredBy: 'dave', version: 1, number: 2, status: 'pending' },
      ...{ sha: 'a'.repeat(40), branch: 'main', fromStage: null },
    })
    g.prepare(again)
    expect(stages(again)).toContain('build waiting')
    expect(g.store.audit.list({ limit: 2 }).map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'rerun shop-1',
      'trigger shop-2',
    ])
  })

  test('is refused while it goes on, and that is audited', () => {
    const id = g.start('shop')

    expect(() => rerun(id, 'start')).toThrow(
      'Execution shop-1 is Running; it can be run again once it has ended.',
    )
    expect(g.store.audit.list({ limit: 1 })[0]).toMatchObject({ action: 'rerun', outcome: 'refused' })
  })

  test('is refused to viewers', () => {
    const id = failedAtDev()

    expect(() => g.ledger.rerun(id, 'start', person('eve', 'viewer'))).toThrow(/needs the role executor/)
  })

  test('of one that was never pinned asks its branch anew', () => {
    const id = g.trigger('shop')
    g.ledger.news(id, { type: 'validation.failed', reason: 'No.' }, { actor: person('dave') })

    const again = rerun(id)

    expect(rowOf(again)).toMatchObject({ sha: null, branch: 'main', fromStage: null })
  })

  test('waits in its group like any other', () => {
    g.save(workflow('grouped', { concurrency: { group: 'one', limit: 1 } }))
    const first = g.start('grouped')
    g.finish(first, 'failed')
    g.start('grouped')

    const again = rerun(first, 'start')
    g.prepare(again)

    expect(g.begin(again)).toBe(false)
    expect(g.ledger.waitingFor(again)).toBe('1st in queue in group one, behind grouped-2.')
  })
})

describe('Re-run from the failed stage', () => {
  test('takes over what came before its segment, with outputs, and runs the rest', () => {
    const id = failedAtDev()

    const again = rerun(id)
    g.prepare(again)

    expect(stages(again)).toEqual([
      ...['validation succeeded', 'source succeeded', 'build succeeded'],
      ...['deploy.dev waiting', 'deploy.production waiting'],
    ])
    const build = g.store.stages.list(again).find((stage) => stage.id === 'build')
    expect(build).toMatchObject({ takenFrom: id, startedAt: null, outputs: '{"version":"3.18"}' })
    expect(g.store.segments.list(again).map(({ number }) => number)).toEqual([1, 2])
    expect(rowOf(again)).toMatchObject({ atSegment: 1, status: 'pending', strip: 'ss-s---w-' })
    g.begin(again)
    g.finish(again)
    expect(g.status(again)).toBe('approval-pending')
  })

  test('begins at a gate, which is asked anew, where the execution was rejected there', () => {
    const id = g.start('shop')
    g.finish(id)
    g.begin(id)
    g.finish(id)
    g.ledger.reject(id, 'production', person('alice'), 'not today')

    const again = rerun(id)
    g.prepare(again)

    expect(g.status(again)).toBe('approval-pending')
    expect(g.store.gates.one(again, 'production')).toMatchObject({ state: 'open', segment: 2 })
    g.ledger.approve(again, 'production', person('alice'), null)
    expect(g.begin(again)).toBe(true)
    g.finish(again)
    expect(g.status(again)).toBe('succeeded')
  })

  test('of a re-run takes over from where each stage was run', () => {
    const first = failedAtDev()
    const second = rerun(first)
    g.prepare(second)
    g.begin(second)
    g.finish(second)
    g.ledger.reject(second, 'production', person('alice'), 'not today')

    const third = rerun(second)
    g.prepare(third)

    const from = Object.fromEntries(g.store.stages.list(third).map((stage) => [stage.id, stage.takenFrom]))
    expect(from).toMatchObject({ build: first, 'deploy.dev': second, 'deploy.production': null })
    const [kept] = g.store.segments.list(first)
    expect(g.store.segments.ran(third, { number: 0, stages: [1, 2] })?.handle).toBe(kept?.handle ?? '')
  })

  test('in the first segment runs everything', () => {
    const id = g.start('shop')
    g.finish(id, 'failed')

    expect(rowOf(rerun(id)).fromStage).toBeNull()
  })

  test('is refused for what has succeeded', () => {
    const id = g.start('other')
    g.finish(id)

    expect(() => rerun(id)).toThrow(/has succeeded/)
  })

  test('is refused once what the build kept was let go', () => {
    const id = failedAtDev()
    g.pass(DAY_MS)
    expect(release(id)).toEqual([0, 1])

    expect(() => rerun(id)).toThrow(
      'What build of shop-1 kept for later stages is not there any more. Re-run shop-1 from the start.',
    )
    expect(rowOf(rerun(id, 'start')).status).toBe('pending')
  })

  test('is refused from the moment on in which an engine is asked to let it go', () => {
    const id = failedAtDev()
    g.pass(DAY_MS)
    const [effect] = g.store.effects.releases(g.now(), 1)
    g.ledger.attempt(effect?.id ?? 0, null)

    expect(() => rerun(id)).toThrow(/is not there any more/)
  })

  test('keeps what it takes up from being let go until it has ended, and so does one of its own', () => {
    const first = failedAtDev()
    const second = rerun(first)
    g.prepare(second)
    g.begin(second)
    g.finish(second, 'failed')
    const third = rerun(second)
    g.pass(DAY_MS)

    expect(release(first)).toEqual([])
    g.prepare(third)
    g.begin(third)
    expect(release(first)).toEqual([])
    g.finish(third, 'failed')
    g.ledger.tick()

    expect(release(first)).toEqual([0, 1])
  })

  test('holds up no release where everything is run again', () => {
    const id = failedAtDev()
    rerun(id, 'start')
    g.pass(DAY_MS)

    expect(release(id)).toEqual([0, 1])
  })

  test('can be terminated before it is prepared', () => {
    const again = rerun(failedAtDev())

    g.ledger.terminate(again, person('dave'), null)
    g.prepare(again)
    g.ledger.news(again, { type: 'termination.confirmed' }, { actor: person('dave') })

    expect(g.status(again)).toBe('terminated')
  })
})
