import { describe, expect, test } from 'bun:test'
import type { EngineName, Environment } from '../../src/domain/definition.ts'
import { check, type Facts, validate } from '../../src/domain/validate.ts'
import { anEnvironment, aScript, aStep, aWorkflow } from './definitions.ts'

function facts(
  part: Partial<Omit<Facts, 'environments'>> & { readonly environments?: readonly Environment[] } = {},
): Facts {
  const { environments = [anEnvironment(), anEnvironment({ name: 'production' })], ...rest } = part
  return {
    secrets: new Set(['npm-token']),
    engines: new Map<EngineName, readonly string[]>([['local', ['git', 'sh']]]),
    defaultEngine: 'local',
    allowFile: false,
    ...rest,
    environments: new Map(environments.map((environment) => [environment.name, environment])),
  }
}

function problems(workflow: Parameters<typeof aWorkflow>[0], known: Facts = facts()): readonly string[] {
  return validate(aWorkflow(workflow), known).map(({ path, message }) => `${path}: ${message}`)
}

const toProduction = { deploy: [aStep({ environment: 'production' })] }

describe('a workflow', () => {
  test('that names only what exists is valid', () => {
    expect(problems({ ...toProduction, variables: { TOKEN: { secret: 'npm-token' } } })).toEqual([])
  })

  test('names an environment that exists', () => {
    expect(problems({ deploy: [aStep({ environment: 'prodution' })] })).toEqual([
      'deploy[0].environment: No environment prodution. Did you mean production?',
    ])
  })

  test('names an environment that is active', () => {
    const environments = [anEnvironment({ name: 'production', active: false })]

    expect(problems(toProduction, facts({ environments }))).toEqual([
      'deploy[0].environment: Environment production is inactive. Activate it or take it out.',
    ])
  })

  test('names an environment that allows it', () => {
    const environments = [anEnvironment({ name: 'production', allowedWorkflows: ['website'] })]

    expect(problems(toProduction, facts({ environments }))).toEqual([
      'deploy[0].environment: Environment production does not allow workflow storefront. Add it to allowedWorkflows.',
    ])
  })

  test('leaves approvers to an environment that has some', () => {
    const environments = [anEnvironment({ name: 'production', manual: true, approvers: ['alice'] })]
    const step = aStep({ environment: 'production', manual: true, approvers: ['bob'] })

    expect(problems({ deploy: [step] }, facts({ environments }))).toEqual([
      'deploy[0].approvers: Environment production names its own approvers. Leave these out.',
    ])
  })

  test('asks for no quorum that its environment’s approvers cannot reach', () => {
    const environments = [anEnvironment({ name: 'production', manual: true, approvers: ['alice'] })]
    const step = aStep({ environment: 'production', quorum: 2 })

    expect(problems({ deploy: [step] }, facts({ environments }))).toEqual([
      'deploy[0].quorum: A quorum of 2 can never be reached by 1 approver.',
    ])
  })

  test('names secrets that exist, in all its scripts', () => {
    const env = { TOKEN: { secret: 'npm-tokem' } }
    const workflow = {
      variables: env,
      tools: { ...aWorkflow().tools, 'post-push': [aScript({ env })] },
      build: { ...aScript({ env }), artifacts: [] },
      deploy: [aStep({ verify: aScript({ env }) })],
    }

    expect(problems(workflow)).toEqual(
      ['variables', 'tools.postPush[0].script.env', 'build.script.env', 'deploy[0].verify.env'].map(
        (path) => `${path}.TOKEN.secret: No secret npm-tokem. Did you mean npm-token?`,
      ),
    )
  })

  test('is told of secrets that its environment lacks', () => {
    const environments = [anEnvironment({ name: 'production', variables: { KEY: { secret: 'deploy-key' } } })]

    expect(problems(toProduction, facts({ environments }))).toEqual([
      'deploy[0].environment: Environment production, variables.KEY.secret: No secret deploy-key.',
    ])
  })

  test('runs on an engine that this server has', () => {
    expect(problems({ engine: 'argo' })).toEqual(['engine: This server has no engine argo. It has local.'])
  })

  test('runs where there is git and a shell', () => {
    const engines = new Map<EngineName, readonly string[]>([['local', ['sh']]])

    expect(problems({}, facts({ engines }))).toEqual([
      'engine: Engine local has no git. Install it where the engine runs.',
    ])
  })

  test('reads no repository of the server’s disk, unless that is allowed', () => {
    const source = { ...aWorkflow().source, url: '/srv/shop.git' }

    expect(problems({ source })[0]).toContain('git.allowFile')
    expect(problems({ source }, facts({ allowFile: true }))).toEqual([])
  })
})

describe('a text', () => {
  const text = `kind: workflow
name: shop
source: { git: { url: "https://git.example/shop.git", branch: main } }
deploy:
  - environment: dev
  - environment: prodution
---
kind: environment
name: staging
deploy: { script: { run: ./deploy.sh, env: { KEY: { secret: deploy-key } } } }
`

  test('has every problem at its line, those of what it names included', () => {
    const { findings } = check(text, facts())

    expect(findings.map(({ line, column, path }) => [line, column, path])).toEqual([
      [6, 18, 'deploy[1].environment'],
      [10, 61, 'deploy.script.env.KEY.secret'],
    ])
  })

  test('may name an environment that stands in it', () => {
    const { findings } = check(
      text.replace('prodution', 'staging').replace('deploy-key', 'npm-token'),
      facts(),
    )

    expect(findings).toEqual([])
  })

  test('that is no definition has the problems of reading alone', () => {
    expect(check('kind: [', facts()).findings.length).toBeGreaterThan(0)
  })
})
