import { describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import { definitionJsonSchema, keysAt } from '../../src/domain/schema.ts'
import { TOOL_NAMES } from '../../src/domain/tools/tool.ts'
import { accepts } from './jsonSchema.ts'

const WORKFLOW = `
kind: workflow
name: storefront
engine: local
source: { git: { url: https://git.example/shop/storefront.git, branch: main } }
concurrency: { group: storefront, limit: 1, onConflict: queue }
timeout: 1h
argo: { image: node:24, resources: { limits: { cpu: 2, memory: 1Gi } }, securityContext: { runAsUser: 1000 } }
variables: { NODE_ENV: production, NPM_TOKEN: { secret: npm-token } }
tools:
  preBuild: [{ script: { name: unit tests, run: npm test, if: { branch: [main], event: push } } }]
build: { script: { run: make dist, artifacts: [dist/**] } }
deploy: [{ environment: dev, verify: { run: curl } }, { environment: production, manual: true, quorum: 2 }]
`
const ENVIRONMENT = `
kind: environment
name: production
deploy: { script: { run: ./deploy.sh } }
manual: true
approvers: [alice]
expires: 72h
variables: { REGION: eu }
`

describe('the JSON Schema of a workflow', () => {
  const schema = definitionJsonSchema('workflow')

  test('takes what PRODUCT writes', () => {
    expect(accepts(schema, parse(WORKFLOW))).toBe(true)
  })

  const broken: readonly (readonly [string, string, string])[] = [
    ['another kind', 'kind: workflow', 'kind: environment'],
    ['no name', 'name: storefront\n', ''],
    ['a name in capitals', 'name: storefront', 'name: Storefront'],
    ['an unknown key', 'timeout:', 'timeuot:'],
    ['a number for a variable', 'production,', '1,'],
    ['a duration in words', '1h', 'an hour'],
    ['an unknown engine', 'engine: local', 'engine: docker'],
    ['an unknown event', 'event: push', 'event: pish'],
    ['a script without a command', 'run: make dist, ', ''],
    ['a quorum of none', 'quorum: 2', 'quorum: 0'],
    ['text for true', 'manual: true', 'manual: "true"'],
    ['an image in capitals', 'image: node', 'image: Node'],
    ['a memory in words', 'memory: 1Gi', 'memory: 1 GB'],
    ['root', 'runAsUser: 1000', 'runAsUser: 0'],
    ['an unknown key of argo', 'securityContext', 'securityContxt'],
  ]
  for (const [what, from, to] of broken) {
    test(`refuses ${what}`, () => {
      expect(WORKFLOW).toContain(from)
      expect(accepts(schema, parse(WORKFLOW.replace(from, to)))).toBe(false)
    })
  }
})

describe('the JSON Schema of an environment', () => {
  const schema = definitionJsonSchema('environment')

  test('takes what PRODUCT writes', () => {
    expect(accepts(schema, parse(ENVIRONMENT))).toBe(true)
  })

  test('refuses one that deploys nothing', () => {
    expect(accepts(schema, parse(ENVIRONMENT.replace(/deploy:.*\n/, '')))).toBe(false)
  })
})

describe('the keys that may stand at a path', () => {
  test('are those of the schema there', () => {
    expect(keysAt('workflow', ['source', 'git'])).toEqual(['url', 'branch', 'tag', 'sha', 'credential'])
    expect(keysAt('workflow', ['deploy', 1])).toContain('environment')
    expect(keysAt('workflow', ['tools', 'preBuild', 0])).toEqual(['script', ...TOOL_NAMES])
    expect(keysAt('environment', ['variables', 'TOKEN'])).toEqual(['secret'])
    expect(keysAt('environment', ['argo', 'resources'])).toEqual(['requests', 'limits'])
  })

  test('are none where keys are free, or nothing is', () => {
    expect(keysAt('workflow', ['variables'])).toEqual([])
    expect(keysAt('workflow', ['nowhere', 'at', 'all'])).toEqual([])
  })
})
