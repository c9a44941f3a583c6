import { describe, expect, test } from 'bun:test'
import type { EngineName } from '../../src/domain/definition.ts'
import { type Plan, plan } from '../../src/domain/plan.ts'
import { keptBefore, keptFor, stoppedAt, takeover } from '../../src/domain/rerun.ts'
import { anEnvironment, aScript, aStep, aWorkflow } from './definitions.ts'

/** Source and build; dev with its verification; production; what follows. Ordinals 1, 2; 3, 4; 5; 6. */
function aPlan(dev: EngineName = 'local'): Plan {
  const workflow = aWorkflow({
    build: { ...aScript(), kind: 'script', artifacts: ['dist/**'] },
    deploy: [aStep({ verify: aScript() }), aStep({ environment: 'production' })],
    tools: { ...aWorkflow().tools, 'post-deploy': [aScript()] },
  })
  const environments = [anEnvironment({ engine: dev }), anEnvironment({ name: 'production', manual: true })]
  return plan(workflow, new Map(environments.map((one) => [one.name, one])), {
    ...{ defaultEngine: 'local', branch: 'main', tag: null, events: ['manual'] },
  })
}

/** The stages of that plan, as they ended. */
function ended(...statuses: readonly ('succeeded' | 'failed' | 'skipped' | 'terminated')[]) {
  const made = aPlan()
  return made.stages.map(({ ordinal, segment }) => ({
    ...{ ordinal, segment },
    status: ordinal === 0 ? ('succeeded' as const) : (statuses[ordinal - 1] ?? 'skipped'),
  }))
}

describe('from where an execution stopped', () => {
  test('a re-run begins with the first stage of that segment', () => {
    expect(stoppedAt(aPlan(), 1)?.id).toBe('deploy.dev')
    expect(stoppedAt(aPlan(), 2)?.id).toBe('deploy.production')
  })

  test('it begins at the start where the first segment failed, or nothing was ever planned', () => {
    expect(stoppedAt(aPlan(), 0)).toBeNull()
    expect(stoppedAt(null, 0)).toBeNull()
  })
})

describe('what is taken over', () => {
  test('are the whole segments before that stage', () => {
    const { from, stages } = takeover(
      aPlan(),
      5,
      ended('succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed'),
    )

    expect(from).toBe(2)
    expect([...stages]).toEqual([1, 2, 3, 4])
  })

  test('is nothing where everything is run again', () => {
    expect(takeover(aPlan(), null, ended('succeeded', 'succeeded', 'succeeded'))).toEqual({
      from: 0,
      stages: new Set(),
    })
  })

  test('is a stage that failed and was allowed to, for its segment went on', () => {
    expect(takeover(aPlan(), 5, ended('succeeded', 'succeeded', 'succeeded', 'failed', 'failed')).from).toBe(
      2,
    )
  })

  test('is no segment with a stage that was left out then: that one is run', () => {
    expect(takeover(aPlan(), 5, ended('succeeded', 'succeeded', 'skipped', 'skipped', 'failed')).from).toBe(1)
  })

  test('is what it was, also where another engine cuts the plan elsewhere by now', () => {
    const { from, stages } = takeover(aPlan('argo'), 3, ended('succeeded', 'succeeded', 'failed'))

    expect(from).toBe(1)
    expect([...stages]).toEqual([1, 2])
  })

  test('never reaches beyond the last segment', () => {
    const all = ended('succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded')

    expect(takeover(aPlan(), 7, all).from).toBe(aPlan().segments.length)
  })
})

describe('kept files', () => {
  test('come from the earlier segments of the same engine that keep some', () => {
    const made = aPlan()

    expect(made.segments.map((segment) => keptFor(made, segment).map(({ number }) => number))).toEqual([
      [],
      [0],
      [0],
      [0],
    ])
  })

  test('are not needed from another engine', () => {
    const made = aPlan('argo')

    expect(keptFor(made, { number: 1, engine: 'argo' })).toEqual([])
    expect(keptBefore(made, 1).map(({ number }) => number)).toEqual([0])
  })

  test('of a segment that is run again are not asked for', () => {
    expect(keptBefore(aPlan(), 0)).toEqual([])
  })
})
