import { describe, expect, test } from 'bun:test'
import { NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import { plan } from '../../src/domain/plan.ts'
import { storedEnvironment, storedPlan, storedWorkflow } from '../../src/domain/stored.ts'
import { anEnvironment, aScript, aStep, aWorkflow } from './definitions.ts'
import old from './old.json' with { type: 'json' }

const settings = { ...NO_ARGO_SETTINGS, image: 'node:24' }
const script = aScript({ image: 'node:24', resources: { requests: {}, limits: { cpu: '1' } } })
const workflow = aWorkflow({
  argo: settings,
  tools: { ...aWorkflow().tools, 'post-push': [script] },
  build: { ...script, kind: 'script', artifacts: ['dist'] },
  deploy: [aStep({ verify: script }), aStep({ environment: 'production' })],
})
const environment = anEnvironment({ argo: settings, deploy: script })

describe('what is stored comes back as it was', () => {
  test('a workflow', () => expect(storedWorkflow(JSON.stringify(workflow))).toEqual(workflow))

  test('an environment', () => expect(storedEnvironment(JSON.stringify(environment))).toEqual(environment))

  test('a plan', () => {
    const production = anEnvironment({ name: 'production', manual: true })
    const made = plan(workflow, new Map([environment, production].map((one) => [one.name, one])), {
      defaultEngine: 'argo',
      branch: 'main',
      tag: null,
      events: ['manual'],
    })

    expect(storedPlan(JSON.stringify(made))).toEqual(made)
  })
})

describe('what an older version stored asks a cluster for nothing', () => {
  test('a workflow', () => {
    const { argo, tools, build, deploy } = storedWorkflow(JSON.stringify(old.workflow))

    expect(argo).toEqual(NO_ARGO_SETTINGS)
    expect([tools['pre-build'][0], build, deploy[0]?.verify]).toEqual([
      expect.objectContaining({ run: 'npm test', image: null, resources: null }),
      expect.objectContaining({ run: 'make dist', artifacts: ['dist/**'], resources: null }),
      expect.objectContaining({ run: 'curl -f', resources: null }),
    ])
    expect(deploy[1]?.verify).toBeNull()
  })

  test('an environment', () => {
    const { argo, deploy } = storedEnvironment(JSON.stringify(old.environment))

    expect([argo, deploy.resources]).toEqual([NO_ARGO_SETTINGS, null])
  })

  test('a plan', () => {
    const { stages, segments } = storedPlan(JSON.stringify(old.plan))

    expect(stages.map(({ id, image, resources }) => [id, image, resources])).toEqual([
      ['validation', null, null],
      ['source', null, null],
      ['build', null, null],
      ['deploy.dev', null, null],
    ])
    expect(segments.map(({ argo }) => argo)).toEqual([NO_ARGO_SETTINGS, NO_ARGO_SETTINGS])
  })
})
