import { describe, expect, test } from 'bun:test'
import { changesBetween } from '../../src/domain/changes.ts'
import type { Workflow } from '../../src/domain/definition.ts'
import { aScript, aStep, aWorkflow } from './definitions.ts'

const changes = (before: Partial<Workflow>, after: Partial<Workflow>) =>
  changesBetween(aWorkflow(before), aWorkflow(after))

const tools = (...scripts: readonly Parameters<typeof aScript>[0][]): Partial<Workflow> => ({
  tools: { ...aWorkflow().tools, 'pre-build': scripts.map((script) => aScript(script)) },
})

describe('two versions differ in', () => {
  test('nothing, where only their texts do', () => {
    expect(changes({}, {})).toEqual([])
  })

  test('settings, each with what it is and what it was', () => {
    expect(changes({ timeoutMs: 3_600_000 }, { timeoutMs: 7_200_000, engine: 'argo' })).toEqual([
      'Engine is argo.',
      'Timeout is 2h, was 1h.',
    ])
    expect(changes({ engine: 'local' }, {})).toEqual(['Engine is no longer local.'])
  })

  test('their source', () => {
    const { source } = aWorkflow()
    const other = { ...source, ref: { kind: 'tag', name: 'v*' }, credential: 'shop-git' } as const

    expect(changes({}, { source: other })).toEqual([
      'Source is tag v*, was branch main.',
      'Credential is shop-git.',
    ])
  })

  test('variables, by name alone', () => {
    expect(
      changes(
        { variables: { A: '1', B: '2', C: '3' } },
        { variables: { A: '1', B: { secret: 'b' }, D: 'x' } },
      ),
    ).toEqual(['Variable B changes.', 'Variable C is gone.', 'Variable D is new.'])
  })

  test('tools, by what people call them', () => {
    const lint = { name: 'lint', run: 'lint' }
    const unit = { run: 'npm test\nmore' }

    expect(changes(tools(lint, unit), tools(unit, lint))).toEqual(['Pre-Build Tools: the order changes.'])
    expect(changes(tools(lint), tools(lint, unit))).toEqual(['Pre-Build Tools: “npm test” is new.'])
    expect(changes(tools(lint, unit), tools({ ...lint, run: 'x', retries: 2 }))).toEqual([
      'Pre-Build Tools: “npm test” is gone.',
      'Pre-Build Tools: lint has another script, number of retries.',
    ])
  })

  test('the build, the push and the deploys', () => {
    const turns = { timeoutMs: null, retries: 0 }
    const push = { registry: 'shop', image: 'shop', tags: ['1'], ...turns }
    const image = {
      kind: 'image',
      ...{ dockerfile: 'Dockerfile', context: '.', target: null },
      ...{ platforms: [], args: {}, secrets: {}, ...turns },
    } as const
    const build = { ...aScript({ run: 'make' }), kind: 'script', artifacts: [] } as const

    expect(changes({}, { build })).toEqual(['Build is new.'])
    expect(changes({ build }, { build: { ...build, artifacts: ['dist/**'] } })).toEqual([
      'Build has another list of artifacts.',
    ])
    expect(changes({ build }, { build: image, push })).toEqual([
      'Build is from a Dockerfile now.',
      'Push is new.',
    ])
    expect(
      changes({ build: image, push }, { build: { ...image, target: 'x' }, push: { ...push, tags: [] } }),
    ).toEqual(['Build has another target.', 'Push has another list of tags.'])
    expect(
      changes({ deploy: [aStep()] }, { deploy: [aStep({ manual: true, approvers: ['alice'] })] }),
    ).toEqual(['Deploy: dev has another gate, list of approvers.'])
  })

  test('something that no sentence tells, and that is said', () => {
    expect(changes(tools({ run: 'a' }, { run: 'a' }), tools({ run: 'a' }))).toEqual([
      'Something else changes; its lines say what.',
    ])
  })

  test('so much that the rest is counted', () => {
    const variables = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`V${i}`, '']))

    expect(changes({}, { variables })).toHaveLength(21)
    expect(changes({}, { variables }).at(-1)).toBe('And 10 more.')
  })
})
