import { describe, expect, test } from 'bun:test'
import { argoFrom } from '../../src/domain/argo.ts'
import { type EngineName, type Environment, NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import type { Facts } from '../../src/domain/facts.ts'
import { check, validate } from '../../src/domain/validate.ts'
import { anEnvironment, aScript, aStep, aWorkflow } from './definitions.ts'
import { withLines } from './texts.ts'

const ENGINES: Facts['engines'] = new Map<EngineName, readonly string[]>([
  ['local', ['git', 'sh']],
  ['argo', ['git', 'sh', 'image']],
])

function facts(environments: readonly Environment[] = [], part: Partial<Facts> = {}): Facts {
  return {
    secrets: new Set(),
    credentials: new Map(),
    engines: ENGINES,
    defaultEngine: 'local',
    argo: NO_ARGO_SETTINGS,
    allowFile: false,
    ...part,
    environments: new Map(environments.map((environment) => [environment.name, environment])),
  }
}

function problems(workflow: Parameters<typeof aWorkflow>[0], known: Facts = facts()): readonly string[] {
  return validate(aWorkflow(workflow), known).map(({ path, message }) => `${path}: ${message}`)
}

const build = { ...aScript(), kind: 'script' as const, artifacts: [] } as const
const settings = (image: string) => argoFrom({ image })

describe('an image', () => {
  const refusal = 'Engine local runs no images on this server. Leave image out, or choose another engine.'
  const script = aScript({ image: 'node:24' })
  const workflow = {
    tools: { ...aWorkflow().tools, 'pre-build': [script] },
    build: { ...script, kind: 'script' as const, artifacts: [] },
    deploy: [aStep({ verify: script })],
  }

  test('is asked of no engine that runs none, in no script', () => {
    const inherits = facts([anEnvironment({ deploy: script })])
    const says = facts([anEnvironment({ engine: 'local', deploy: script })])

    const expected = [
      `tools.preBuild[0].script.image: ${refusal}`,
      `build.script.image: ${refusal}`,
      `deploy[0].environment: Environment dev, deploy.script.image: ${refusal}`,
      `deploy[0].verify.image: ${refusal}`,
    ]
    expect(problems(workflow, inherits)).toEqual(expected)
    expect(problems(workflow, says)).toEqual(expected)
  })

  test('is given by one that does', () => {
    expect(problems({ ...workflow, engine: 'argo' }, facts([anEnvironment({ deploy: script })]))).toEqual([])
  })
})

describe('a script on a cluster', () => {
  const missing = (where: string) =>
    `Nothing says which image this runs in. Name it here as image, or as argo.image in ${where} or in the server’s options.`
  const workflow = { engine: 'argo', build, deploy: [aStep({ verify: aScript() })] } as const

  test('that no image is named for is told of every place to name one', () => {
    expect(problems(workflow, facts([anEnvironment()]))).toEqual([
      `build.script.image: ${missing('this workflow')}`,
      `deploy[0].environment: Environment dev, deploy.script.image: ${missing('its environment, in this workflow')}`,
      `deploy[0].verify.image: ${missing('its environment, in this workflow')}`,
    ])
  })

  test('takes its environment’s, which is no build’s', () => {
    const known = facts([anEnvironment({ argo: settings('kubectl:1.36') })])

    expect(problems(workflow, known)).toEqual([`build.script.image: ${missing('this workflow')}`])
  })

  test('takes its workflow’s, or the server’s', () => {
    expect(problems({ ...workflow, argo: settings('node:24') }, facts([anEnvironment()]))).toEqual([])
    expect(problems(workflow, facts([anEnvironment()], { argo: settings('node:24') }))).toEqual([])
  })

  test('needs none where it runs on this machine', () => {
    const known = facts([anEnvironment({ engine: 'local' })])

    expect(problems({ ...workflow, build: null }, known)).toEqual([])
  })

  test('is not asked about where there is no cluster', () => {
    const known = facts([], { engines: new Map([['local', ['git', 'sh']]]) })

    expect(problems({ engine: 'argo', build }, known)).toEqual([
      'engine: This server has no engine argo. It has local. The option argo.namespace sets it up.',
    ])
  })

  test('is not asked about where the image it names is none', () => {
    const text = withLines('engine: argo', 'argo: { image: Node }', 'build: { script: { run: x } }')
    const broken = withLines('engine: argo', 'argo: node', 'build: { script: { run: x } }')

    const paths = (of: string) => check(of, facts()).findings.map(({ path }) => path)
    expect([paths(text), paths(broken)]).toEqual([['argo.image'], ['argo']])
  })
})

describe('artifacts', () => {
  const kept = { ...aScript({ image: 'node:24' }), kind: 'script', artifacts: ['dist/**'] } as const
  const argo = settings('node:24')
  const deploy = [aStep()]
  const paths = (...given: Parameters<typeof problems>) =>
    problems(...given).map((problem) => problem.split(':')[0])

  test('of a cluster reach no later stage, and what to do is said', () => {
    expect(problems({ engine: 'argo', argo, build: kept, deploy }, facts([anEnvironment()]))).toEqual([
      'build.script.artifacts: Artifacts are handed on from local to local only, and here no later stage gets them. Push what the deploys need to a registry, or run build and deploys on local.',
    ])
  })

  test('of this machine reach no cluster', () => {
    const local = { ...kept, image: null }

    expect(paths({ argo, build: local, deploy }, facts([anEnvironment({ engine: 'argo' })]))).toEqual([
      'build.script.artifacts',
    ])
  })

  test('are fine where some later stage gets them, or there is none', () => {
    const local = { ...kept, image: null }
    const environments = [anEnvironment({ engine: 'argo' }), anEnvironment({ name: 'here' })]

    expect(
      paths({ argo, build: local, deploy: [aStep(), aStep({ environment: 'here' })] }, facts(environments)),
    ).toEqual([])
    expect(
      paths(
        { argo, build: local, deploy, tools: { ...aWorkflow().tools, 'post-deploy': [aScript()] } },
        facts(environments),
      ),
    ).toEqual([])
    expect(paths({ engine: 'argo', argo, build: kept })).toEqual([])
  })

  test('are blamed for nothing where nobody knows who deploys', () => {
    const local = { ...kept, image: null }

    expect(paths({ build: local, deploy: [aStep({ environment: 'nowhere' })] })).toEqual([
      'deploy[0].environment',
    ])
  })
})

describe('the service account of build scripts', () => {
  const production = anEnvironment({ name: 'production', argo: argoFrom({ serviceAccount: 'deployer' }) })
  const workflow = { engine: 'argo', argo: argoFrom({ serviceAccount: 'deployer' }) } as const
  const refusal =
    'argo.serviceAccount: Service account deployer is environment production’s, and build scripts never share one. Name another.'

  test('is no environment’s own, whether it deploys there or not', () => {
    expect(problems(workflow, facts([production]))).toEqual([refusal])
  })

  test('is none of those either that stand in the same text', () => {
    const text = `${withLines('engine: argo', 'argo: { serviceAccount: deployer }')}
---
kind: environment
name: production
argo: { image: node:24, serviceAccount: deployer }
deploy: { script: { run: x } }
`

    expect(check(text, facts()).findings.map(({ line, path }) => [line, path])).toEqual([
      [5, 'argo.serviceAccount'],
    ])
  })

  test('matters only where they run on the cluster, as the environment does', () => {
    expect(problems({ ...workflow, engine: 'local' }, facts([production]))).toEqual([])
    expect(problems(workflow, facts([{ ...production, engine: 'local' }]))).toEqual([])
  })
})

describe('the service account of deploys', () => {
  const known = (...environments: readonly Environment[]) =>
    facts(environments, { argo: argoFrom({ image: 'node:24' }) })
  const environment = anEnvironment({ argo: argoFrom({ serviceAccount: 'default' }) })
  const refusal =
    'argo.serviceAccount: Service account default is that of builds that name none, and deploys never share one. Name another.'

  test('is not the one that the server gives to builds', () => {
    const expected = [`deploy[0].environment: Environment dev, ${refusal}`]

    expect(problems({ engine: 'argo', deploy: [aStep()] }, known(environment))).toEqual(expected)
    expect(problems({ deploy: [aStep()] }, known({ ...environment, engine: 'argo' }))).toEqual(expected)
    expect(problems({ deploy: [aStep()] }, known(environment))).toEqual([])
  })

  test('may be the namespace’s default where the server gives another to builds', () => {
    const other = { argo: argoFrom({ image: 'node:24', serviceAccount: 'builder' }) }
    const workflow = { engine: 'argo', deploy: [aStep()] } as const

    expect(problems(workflow, facts([environment], other))).toEqual([])
    expect(
      problems(workflow, facts([anEnvironment({ argo: argoFrom({ serviceAccount: 'builder' }) })], other)),
    ).toEqual([`deploy[0].environment: Environment dev, ${refusal.replace('default', 'builder')}`])
  })

  test('is checked of an environment by itself where it says where it runs', () => {
    const text =
      'kind: environment\nname: dev\nengine: argo\nargo: { serviceAccount: default }\ndeploy: { script: { run: x } }'

    expect(
      check(text, known()).findings.map(({ line, path, message }) => `${line} ${path}: ${message}`),
    ).toEqual([`4 ${refusal}`])
  })
})

test('settings of pods are nobody’s concern where nothing runs on a cluster', () => {
  const known = facts([anEnvironment({ argo: argoFrom({ serviceAccount: 'deployer' }) })])

  expect(
    problems({ argo: argoFrom({ serviceAccount: 'deployer' }), build, deploy: [aStep()] }, known),
  ).toEqual([])
})
