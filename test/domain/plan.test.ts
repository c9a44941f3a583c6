import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonicalJson } from '../../src/domain/canonical.ts'
import {
  type Condition,
  type Environment,
  NO_ARGO_SETTINGS,
  type Workflow,
} from '../../src/domain/definition.ts'
import { type Plan, type PlanFacts, plan } from '../../src/domain/plan.ts'
import { PHASES } from '../../src/domain/status.ts'
import { anEnvironment, aScript, aStep, aWorkflow } from './definitions.ts'

const onMain: PlanFacts = { defaultEngine: 'local', branch: 'main', tag: null, events: ['manual'] }

function only(condition: Partial<Condition>): Condition {
  return { branch: null, tag: null, event: null, ...condition }
}

function environmentsOf(...list: readonly Environment[]): ReadonlyMap<string, Environment> {
  return new Map(list.map((environment) => [environment.name, environment]))
}

function ids(result: Plan): readonly string[] {
  return result.stages.map(({ id }) => id)
}

/** The stages of each segment by id. */
function cuts(result: Plan): readonly (readonly string[])[] {
  return result.segments.map(({ stages }) => stages.map((ordinal) => result.stages[ordinal]?.id ?? '?'))
}

describe('the stages of a plan', () => {
  test('come in the order of the phases, named as PRODUCT names them', () => {
    const workflow = aWorkflow({
      tools: {
        'pre-build': [aScript({ name: 'Unit tests' }), aScript()],
        'post-build': [aScript()],
        'post-push': [aScript({ name: 'Notify' })],
        'post-deploy': [aScript({ name: 'announce' })],
      },
      build: { ...aScript(), kind: 'script', artifacts: ['dist/**'] },
      deploy: [aStep({ verify: aScript() }), aStep({ environment: 'production' })],
    })

    const result = plan(
      workflow,
      environmentsOf(anEnvironment(), anEnvironment({ name: 'production' })),
      onMain,
    )

    expect(ids(result)).toEqual([
      'validation',
      'source',
      'pre-build.unit-tests',
      'pre-build.script-2',
      'build',
      'post-build.script-1',
      'post-push.notify',
      'deploy.dev',
      'verify.dev',
      'deploy.production',
      'post-deploy.announce',
    ])
    expect(result.stages.map(({ ordinal }) => ordinal)).toEqual(result.stages.map((_, index) => index))
  })

  test('take their variables from the workflow, the environment and the script; the nearest wins', () => {
    const workflow = aWorkflow({
      variables: { A: 'workflow', B: 'workflow', C: 'workflow', TOKEN: { secret: 'token' } },
      tools: { ...aWorkflow().tools, 'pre-build': [aScript({ env: { C: 'script' } })] },
      deploy: [aStep({ verify: aScript() })],
    })
    const environment = anEnvironment({
      variables: { B: 'environment', C: 'environment' },
      deploy: aScript({ env: { C: 'script' } }),
    })

    const result = plan(workflow, environmentsOf(environment), onMain)

    const [tool, deploy, verify] = result.stages.slice(2).map(({ env }) => env)
    expect(tool).toEqual({ A: 'workflow', B: 'workflow', C: 'script', TOKEN: { secret: 'token' } })
    expect(deploy).toEqual({ A: 'workflow', B: 'environment', C: 'script', TOKEN: { secret: 'token' } })
    expect(verify).toEqual({ A: 'workflow', B: 'environment', C: 'environment', TOKEN: { secret: 'token' } })
  })
})

test('reports are named after their stage, and those after the first by their path, too', () => {
  const reports = [
    { path: 'out/junit.xml', format: 'junit' },
    { path: 'out/Lint.sarif', format: 'sarif' },
  ] as const
  const workflow = aWorkflow({
    tools: { ...aWorkflow().tools, 'pre-build': [aScript({ name: 'unit tests', reports })] },
  })

  const { stages } = plan(workflow, environmentsOf(), onMain)

  expect(stages.find(({ id }) => id === 'pre-build.unit-tests')?.reports).toEqual([
    { name: 'pre-build.unit-tests', path: 'out/junit.xml', format: 'junit' },
    { name: 'pre-build.unit-tests.out-lint-sarif', path: 'out/Lint.sarif', format: 'sarif' },
  ])
})

describe('what a cluster is asked for', () => {
  const resources = { requests: {}, limits: { memory: '1Gi' } }
  const workflow = aWorkflow({
    engine: 'argo',
    argo: { ...NO_ARGO_SETTINGS, image: 'node:24', serviceAccount: 'build' },
    build: { ...aScript({ image: 'golang:1.26', resources }), kind: 'script', artifacts: [] },
    tools: { ...aWorkflow().tools, 'post-deploy': [aScript()] },
    deploy: [aStep({ verify: aScript({ image: 'curl:8' }) })],
  })
  const environment = anEnvironment({
    argo: { ...NO_ARGO_SETTINGS, serviceAccount: 'deploy' },
    deploy: aScript({ image: 'kubectl:1.36' }),
  })
  const result = plan(workflow, environmentsOf(environment), onMain)

  test('is what each script says itself', () => {
    expect(result.stages.map(({ id, image, resources: asked }) => [id, image, asked])).toEqual([
      ['validation', null, null],
      ['source', null, null],
      ['build', 'golang:1.26', resources],
      ['deploy.dev', 'kubectl:1.36', null],
      ['verify.dev', 'curl:8', null],
      ['post-deploy.script-1', null, null],
    ])
  })

  test('is never the service account of builds in a deploy', () => {
    const { segments } = plan(workflow, environmentsOf(anEnvironment()), onMain)

    expect(segments.map(({ argo }) => argo.serviceAccount)).toEqual(['build', null, 'build'])
  })

  test('is the workflow’s, and in a deploy the environment’s over it', () => {
    const accounts = result.segments.map(({ argo }) => [argo.image, argo.serviceAccount])

    expect(accounts).toEqual([
      ['node:24', 'build'],
      ['node:24', 'deploy'],
      ['node:24', 'build'],
    ])
  })
})

describe('conditions', () => {
  const workflowIf = (condition: Partial<Condition>) =>
    aWorkflow({ tools: { ...aWorkflow().tools, 'pre-build': [aScript({ condition: only(condition) })] } })
  const skipped = (condition: Partial<Condition>, facts: Partial<PlanFacts> = {}) =>
    plan(workflowIf(condition), new Map(), { ...onMain, ...facts }).stages[2]?.skipped

  test('a branch that fits lets the stage run', () => {
    expect(skipped({ branch: ['release/*', 'main'] })).toBeNull()
  })

  test('a branch that does not fit skips it and says so', () => {
    expect(skipped({ branch: ['release/*'] })).toBe('if: branch release/* does not match main')
  })

  test('an execution without a tag fits no tag', () => {
    expect(skipped({ tag: ['v*'] })).toBe('if: tag v* does not match an execution without a tag')
  })

  test('every part must fit', () => {
    expect(skipped({ branch: ['main'], event: ['push'] })).toBe('if: event push does not match manual')
    expect(skipped({ branch: ['main'], event: ['push'] }, { events: ['push'] })).toBeNull()
  })

  test('a skipped stage is in no segment, and a segment of skipped stages disappears with its gate', () => {
    const workflow = aWorkflow({ deploy: [aStep({ verify: aScript() })] })
    const environment = anEnvironment({ manual: true, deploy: aScript({ condition: only({ tag: ['v*'] }) }) })

    const result = plan(workflow, environmentsOf(environment), onMain)

    expect(cuts(result)).toEqual([['source']])
    expect(result.stages.map(({ id, skipped: why }) => [id, why])).toEqual([
      ['validation', null],
      ['source', null],
      ['deploy.dev', 'if: tag v* does not match an execution without a tag'],
      ['verify.dev', 'deploy.dev is skipped'],
    ])
  })
})

describe('segments', () => {
  const two = environmentsOf(
    anEnvironment(),
    anEnvironment({ name: 'production', manual: true, approvers: ['alice'] }),
  )

  test('end at environments and gates; a verification stays with its deploy', () => {
    const workflow = aWorkflow({
      build: { ...aScript(), kind: 'script', artifacts: [] },
      tools: { ...aWorkflow().tools, 'post-deploy': [aScript()] },
      deploy: [aStep({ verify: aScript() }), aStep({ environment: 'production', verify: aScript() })],
    })

    const result = plan(workflow, two, onMain)

    expect(cuts(result)).toEqual([
      ['source', 'build'],
      ['deploy.dev', 'verify.dev'],
      ['deploy.production', 'verify.production'],
      ['post-deploy.script-1'],
    ])
    expect(result.segments.map(({ gate }) => gate?.kind ?? null)).toEqual([null, null, 'approval', null])
  })

  test('end where the engine changes', () => {
    const workflow = aWorkflow({ engine: 'local', deploy: [aStep()] })

    const result = plan(workflow, environmentsOf(anEnvironment({ engine: 'argo' })), onMain)

    expect(result.segments.map(({ engine }) => engine)).toEqual(['local', 'argo'])
  })

  test('without deploys, Post-Deploy Tools stay with what ran before', () => {
    const workflow = aWorkflow({ tools: { ...aWorkflow().tools, 'post-deploy': [aScript()] } })

    expect(cuts(plan(workflow, new Map(), onMain))).toEqual([['source', 'post-deploy.script-1']])
  })

  test('of a redeploy has the one environment alone, whatever became of the others', () => {
    const workflow = aWorkflow({
      deploy: [aStep({ verify: aScript() }), aStep({ environment: 'production' })],
      tools: { ...aWorkflow().tools, 'post-deploy': [aScript()] },
    })
    const production = anEnvironment({ name: 'production', manual: true })

    const result = plan(workflow, environmentsOf(production), { ...onMain, redeploys: 'production' })

    expect(cuts(result)).toEqual([['source'], ['deploy.production'], ['post-deploy.script-1']])
    expect(result.stages.map(({ id }) => id)).toEqual(
      plan(workflow, environmentsOf(anEnvironment(), production), onMain).stages.map(({ id }) => id),
    )
    expect(result.stages.find(({ id }) => id === 'verify.dev')?.skipped).toBe(
      'only production is deployed to again',
    )
  })

  test('an environment that was not validated is a broken assumption', () => {
    expect(() => plan(aWorkflow({ deploy: [aStep()] }), new Map(), onMain)).toThrow('validate() comes first')
  })
})

const conditions = fc.option(
  fc.constantFrom(
    only({ branch: ['main'] }),
    only({ branch: ['release/*'] }),
    only({ tag: ['v*'] }),
    only({ event: ['manual'] }),
  ),
)
const scripts = fc.record({ condition: conditions, retries: fc.nat(3) }).map((part) => aScript(part))
const tools = fc.array(scripts, { maxLength: 3 })
const names = ['dev', 'staging', 'production'] as const
const engines = fc.option(fc.constantFrom('local' as const, 'argo' as const))
const environmentLists = fc.tuple(
  ...names.map((name) =>
    fc
      .record({ manual: fc.boolean(), engine: engines, deploy: scripts })
      .map((part) => anEnvironment({ name, ...part })),
  ),
)
const workflows: fc.Arbitrary<Workflow> = fc
  .record({
    engine: engines,
    tools: fc.record({ 'pre-build': tools, 'post-build': tools, 'post-push': tools, 'post-deploy': tools }),
    build: fc.option(scripts.map((script) => ({ ...script, kind: 'script' as const, artifacts: [] }))),
    deploy: fc
      .shuffledSubarray([...names])
      .chain((list) =>
        fc.tuple(
          ...list.map((environment) =>
            fc
              .record({ verify: fc.option(scripts), manual: fc.boolean() })
              .map((part) => aStep({ environment, ...part })),
          ),
        ),
      ),
  })
  .map((part) => aWorkflow(part))
const plans = fc.tuple(workflows, environmentLists).map(([workflow, environments]) => ({
  workflow,
  result: plan(workflow, environmentsOf(...environments), onMain),
}))

function holds(title: string, property: (made: { workflow: Workflow; result: Plan }) => void): void {
  test(title, () => fc.assert(fc.property(plans, property), { numRuns: 500 }))
}

describe('in every plan', () => {
  holds('ids are unique, and phases never go back', ({ result }) => {
    const order = result.stages.map(({ phase }) => PHASES.indexOf(phase))

    expect(new Set(ids(result)).size).toBe(result.stages.length)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  holds('every stage that runs is in exactly one segment, in order', ({ result }) => {
    const running = result.stages.filter(({ kind, skipped }) => kind !== 'validation' && skipped === null)

    expect(result.segments.flatMap(({ stages }) => stages)).toEqual(running.map(({ ordinal }) => ordinal))
    for (const segment of result.segments) {
      for (const ordinal of segment.stages) expect(result.stages[ordinal]?.segment).toBe(segment.number)
    }
  })

  holds('segments are numbered from 0, and none is empty', ({ result }) => {
    expect(result.segments.map(({ number }) => number)).toEqual(result.segments.map((_, index) => index))
    expect(result.segments.every(({ stages }) => stages.length > 0)).toBe(true)
  })

  holds('a segment has one environment, and its gate is that environment’s', ({ result }) => {
    for (const { environment, gate, stages } of result.segments) {
      for (const ordinal of stages) expect(result.stages[ordinal]?.environment).toBe(environment)
      if (gate !== null) expect(gate.environment).toBe(environment ?? '')
    }
  })

  holds(
    'every environment is deployed to behind at most one gate, which stands before its deploy',
    ({ result }) => {
      for (const { gate, stages } of result.segments) {
        if (gate !== null) expect(result.stages[stages[0] ?? -1]?.kind).toBe('deploy')
      }
    },
  )

  holds('no two neighbours could have been one segment', ({ result }) => {
    for (const [index, segment] of result.segments.entries()) {
      const before = result.segments[index - 1]
      const same = before?.environment === segment.environment && before.engine === segment.engine
      expect(before !== undefined && same && segment.gate === null).toBe(false)
    }
  })

  holds('its canonical text does not depend on the order of keys', ({ result }) => {
    const turned = {
      segments: result.segments,
      stages: result.stages.map((stage) => Object.fromEntries(Object.entries(stage).toReversed())),
    }

    expect(canonicalJson(turned)).toBe(canonicalJson(result))
  })
})
