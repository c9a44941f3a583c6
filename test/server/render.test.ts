import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { RenderingWire } from '../../src/contract/schemas.ts'
import type { SegmentOrder } from '../../src/engine/engine.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
beforeAll(async () => {
  server = startHarness({
    tools: [
      ['local', ['git', 'sh']],
      ['argo', ['git', 'sh', 'image']],
    ],
  })
  for (const text of [OTHER, SHOP]) await server.json('/api/v1/definitions', { json: { text } })
  await server.call('/api/v1/secrets/npm-token', { method: 'PUT', json: { value: 'hunter2hunter2' } })
})
afterAll(() => server.close())

const SHA = '0123456789abcdef0123456789abcdef01234567'
const OTHER = `kind: workflow
name: cloud
source: { git: { url: "https://git.example/cloud.git", branch: main } }
`
const SHOP = `kind: workflow
name: cloud
engine: argo
source: { git: { url: "https://git.example/cloud.git", branch: main } }
argo: { image: node:24, serviceAccount: builder }
variables: { TOKEN: { secret: npm-token } }
tools: { preBuild: [{ script: { run: lint, if: { tag: v* } } }] }
build: { script: { run: make, image: golang:1.26 } }
deploy: [{ environment: here }, { environment: live }]
---
kind: environment
name: here
engine: local
deploy: { script: { run: ./deploy.sh } }
---
kind: environment
name: live
approvers: [alice, bob]
quorum: 2
expires: 72h
argo: { serviceAccount: deployer }
deploy: { script: { run: ./deploy.sh } }
`

async function render(body: unknown): Promise<RenderingWire> {
  return await server.json('/api/v1/rendering', { json: body })
}

async function refusal(body: unknown): Promise<{ status: number; detail: string; paths: string[] }> {
  const response = await server.call('/api/v1/rendering', { json: body })
  const { detail, findings } = (await response.json()) as {
    detail: string
    findings: { path: string }[]
  }
  return { status: response.status, detail, paths: findings.map(({ path }) => path) }
}

function orderOf(rendering: RenderingWire, segment: number): SegmentOrder {
  return rendering.segments[segment]?.objects[0]?.['order'] as SegmentOrder
}

describe('a rendering', () => {
  test('has every segment with what comes before it, and objects where it runs on a cluster', async () => {
    const rendering = await render({ workflow: 'cloud' })

    expect(rendering).toMatchObject({ workflow: 'cloud', version: 2, branch: 'main', tag: null, sha: SHA })
    expect(rendering.segments.map(({ engine, stages, objects }) => [engine, stages, objects.length])).toEqual(
      [
        ['argo', ['source', 'build'], 1],
        ['local', ['deploy.here'], 0],
        ['argo', ['deploy.live'], 1],
      ],
    )
    expect(rendering.segments.map(({ gate }) => gate)).toEqual([
      null,
      null,
      {
        ...{ kind: 'approval', environment: 'live', approvers: ['alice', 'bob'] },
        ...{ quorum: 2, expiresMs: 259_200_000 },
      },
    ])
    expect(rendering.skipped).toEqual([
      { stage: 'pre-build.script-1', reason: 'if: tag v* does not match an execution without a tag' },
    ])
  })

  test('is of orders as executions give them, with placeholders for what is secret or not known yet', async () => {
    const rendering = await render({ workflow: 'cloud' })

    const build = orderOf(rendering, 0)
    expect(build).toMatchObject({
      handle: 'p-00000000000000000000000000-0',
      source: { url: 'https://git.example/cloud.git', sha: SHA, branch: 'main' },
      argo: { image: 'node:24', serviceAccount: 'builder' },
    })
    expect(build.stages[1]).toMatchObject({ id: 'build', image: 'golang:1.26', secrets: ['TOKEN'] })
    expect(build.stages[1]?.env).toMatchObject({
      TOKEN: '<secret npm-token>',
      PERIPLUS_EXECUTION_ID: 'cloud-0',
      PERIPLUS_GIT_SHA: SHA,
    })
    expect(orderOf(rendering, 2)).toMatchObject({
      environment: 'live',
      argo: { image: 'node:24', serviceAccount: 'deployer' },
    })
    expect(JSON.stringify(rendering)).not.toContain('hunter2')
  })

  test('is the same every time', async () => {
    expect(await render({ workflow: 'cloud' })).toEqual(await render({ workflow: 'cloud' }))
  })

  test('is of the branch, tag or commit that is asked for, and of that version', async () => {
    const tagged = await render({ workflow: 'cloud', tag: 'v1' })
    const commit = await render({ workflow: 'cloud', sha: 'f'.repeat(40) })
    const first = await render({ workflow: 'cloud', version: 1 })

    expect([tagged.tag, tagged.segments[0]?.stages]).toEqual([
      'v1',
      ['source', 'pre-build.script-1', 'build'],
    ])
    expect([commit.sha, commit.branch]).toEqual(['f'.repeat(40), null])
    expect(first.segments.map(({ engine }) => engine)).toEqual(['local'])
  })
})

describe('a text', () => {
  test('is rendered with its own environments before those that are saved, and saves nothing', async () => {
    const text = SHOP.replace('serviceAccount: deployer', 'serviceAccount: other')

    const rendering = await render({ text })

    expect(rendering.version).toBeNull()
    expect(orderOf(rendering, 2).argo.serviceAccount).toBe('other')
    expect(orderOf(await render({ workflow: 'cloud' }), 2).argo.serviceAccount).toBe('deployer')
  })

  test('may deploy to environments that are saved', async () => {
    const [text = ''] = SHOP.split('---\n')

    expect((await render({ text })).segments).toHaveLength(3)
  })

  test('of several workflows is asked which one', async () => {
    const text = `${OTHER}---\n${OTHER.replace('name: cloud', 'name: second')}`

    expect((await refusal({ text })).detail).toBe('The text holds cloud, second. Say which is meant.')
    expect((await render({ text, workflow: 'second' })).workflow).toBe('second')
    expect((await refusal({ text, workflow: 'third' })).detail).toBe('The text holds no workflow third.')
  })

  test('that is wrong is told everything that is', async () => {
    const text = SHOP.replace('image: node:24, ', '').replace('npm-token', 'npm-tokem')

    const { status, paths } = await refusal({ text })

    expect([status, paths]).toEqual([
      422,
      ['variables.TOKEN.secret', 'tools.preBuild[0].script.image', 'deploy[1].environment'],
    ])
  })

  test('of which nobody knows the version has none', async () => {
    expect((await refusal({ text: OTHER, version: 1 })).detail).toContain('Leave out version')
  })
})

describe('what cannot be rendered is answered with what would help', () => {
  test('nothing at all', async () => {
    expect((await refusal({})).detail).toBe('Which workflow? Name it, or send a text.')
  })

  test('a workflow that is not there', async () => {
    expect(await refusal({ workflow: 'clout' })).toMatchObject({
      status: 404,
      detail: 'There is no workflow clout. Did you mean cloud?',
    })
  })

  test('a version that is not there', async () => {
    expect((await refusal({ workflow: 'cloud', version: 9 })).detail).toBe('Workflow cloud has no version 9.')
  })

  test('what no cluster takes', async () => {
    expect(await refusal({ workflow: 'cloud', branch: 'refused' })).toMatchObject({
      status: 422,
      detail: 'No cluster takes this.',
    })
  })

  test('a repository that does not answer', async () => {
    expect(await refusal({ workflow: 'cloud', branch: 'unreachable' })).toMatchObject({
      status: 503,
      detail: 'The repository does not answer. Name the commit by its SHA, and nobody is asked.',
    })
  })
})
