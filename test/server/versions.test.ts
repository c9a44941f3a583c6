import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Harness, startHarness, workflowText } from './harness.ts'

let server: Harness
beforeAll(async () => {
  server = startHarness({
    tools: [
      ['local', ['git', 'sh']],
      ['argo', ['git', 'sh', 'image']],
    ],
  })
  await server.define(['storefront', 'docs'], ['dev', 'staging', 'production'])
})
afterAll(() => server.close())

describe('a dry run', () => {
  test('has the nine phases, what is left out and why, and the segments and gates that the plan cuts', async () => {
    const text = `${workflowText('shop', ['dev', 'production'])}tools:
  preBuild: [{ script: { name: lint, run: lint, if: { branch: release/* } } }]
  postDeploy: [{ script: { run: announce, if: { event: api } } }]
`
    const planning = await server.json('/api/v1/planning', { as: 'viewer', json: { text, event: 'api' } })

    expect(planning).toMatchObject({ workflow: 'shop', version: null, branch: 'main', tag: null, sha: null })
    expect(planning.phases.map((phase: { phase: string; stages: unknown[] }) => phase.stages.length)).toEqual(
      [1, 1, 1, 1, 0, 0, 0, 2, 1],
    )
    expect(planning.phases[2].stages).toEqual([
      {
        id: 'pre-build.lint',
        segment: null,
        skipped: 'if: branch release/* does not match main',
      },
    ])
    expect(planning.segments).toEqual([
      { number: 0, engine: 'local', environment: null, gate: null, stages: ['source', 'build'] },
      { number: 1, engine: 'local', environment: 'dev', gate: null, stages: ['deploy.dev'] },
      {
        ...{ number: 2, engine: 'local', environment: 'production', stages: ['deploy.production'] },
        gate: {
          ...{ kind: 'approval', environment: 'production', approvers: ['viewer', 'admin'] },
          ...{ quorum: 1, expiresMs: null },
        },
      },
      { number: 3, engine: 'local', environment: null, gate: null, stages: ['post-deploy.script-1'] },
    ])
  })

  test('is of the ref that is asked for, and asks no repository', async () => {
    const of = (ref: object) => server.json('/api/v1/planning', { json: { workflow: 'docs', ...ref } })

    expect(await of({ branch: 'unreachable' })).toMatchObject({
      branch: 'unreachable',
      sha: null,
      version: 1,
    })
    expect(await of({ tag: 'v1' })).toMatchObject({ branch: null, tag: 'v1' })
    expect(await of({ sha: 'f'.repeat(40) })).toMatchObject({ branch: null, sha: 'f'.repeat(40) })
    expect(await of({ branch: 'a', tag: 'b' })).toMatchObject({ status: 422 })
  })

  test('of what is wrong says what is wrong', async () => {
    const answer = await server.json('/api/v1/planning', {
      json: { text: workflowText('shop', ['nowhere']) },
    })

    expect(answer).toMatchObject({ status: 422, findings: [{ path: 'deploy[0].environment' }] })
  })
})

describe('what a version changed', () => {
  beforeAll(async () => {
    const save = (text: string) => server.call('/api/v1/workflows/docs', { method: 'PUT', json: { text } })
    const first = workflowText('docs', ['staging'])
    await save(`# Ours.\n${first}`)
    await save(`# Ours.\n${first}timeout: 2h\n`)
  })

  const changes = (path: string) => server.json(`/api/v1/workflows/docs/versions/${path}`)

  test('is told in sentences and line by line, against the one before', async () => {
    expect(await changes('3/changes')).toMatchObject({ from: 2, to: 3, summary: ['Timeout is 2h.'] })
    expect((await changes('3/changes')).lines.at(-1)).toEqual({ was: null, is: 7, text: 'timeout: 2h' })
  })

  test('against another is that', async () => {
    expect(await changes('1/changes?from=3')).toMatchObject({
      ...{ from: 3, to: 1 },
      summary: expect.arrayContaining(['Timeout is no longer 2h.', 'Deploy: dev is new.']),
    })
  })

  test('of the first is all of it, and of a comment that only the text differs', async () => {
    expect(await changes('1/changes')).toMatchObject({ from: null, summary: ['The first version.'] })
    expect((await changes('2/changes')).summary).toContain('Deploy: dev is gone.')
  })

  test('of one that is not there says which is the newest', async () => {
    expect(await changes('9/changes')).toMatchObject({
      status: 404,
      detail: 'docs has no version 9; the newest is 3.',
    })
    expect(await changes('3/changes?from=0')).toMatchObject({ status: 422 })
  })
})

test('a save from an older version names the newer one and whose it is, and saves nothing', async () => {
  const seen = await server.call('/api/v1/workflows/storefront')
  const save = (etag: string, minutes: number) =>
    server.call('/api/v1/workflows/storefront', {
      ...{ as: 'editor', method: 'PUT' },
      headers: { 'if-match': etag },
      json: { text: `${workflowText('storefront')}timeout: ${minutes}m\n` },
    })
  const etag = seen.headers.get('etag') ?? ''
  await save(etag, 5)

  const late = await save(etag, 9)

  expect(late.status).toBe(412)
  expect(await late.json()).toMatchObject({
    detail:
      'The workflow storefront, now version 2 by editor, was changed meanwhile, so nothing was saved. Load it again and repeat your change.',
  })
  expect(server.store.workflows.bySlug('storefront')?.version).toBe(2)
})
