import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { faultOf } from '../../src/contract/problem.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
beforeAll(() => {
  server = startHarness()
})
afterAll(() => server.close())

test('a repository out of reach is called by its name, and not an engine', async () => {
  const path = '/api/v1/credentials/shop-git'
  await server.call(path, {
    method: 'PUT',
    json: { kind: 'https', username: 'ci', password: 'hunter2hunter2' },
  })

  const answer = await server.call(`${path}/trial`, {
    json: { url: 'https://127.0.0.1:1/shop.git' },
  })

  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({
    type: 'urn:periplus:problem:repository_unreachable',
    title: 'The repository is unreachable',
  })
})

describe('a client takes', () => {
  test.each([502, 503, 504])('a proxy’s %d for a server that is away', (status) => {
    expect(faultOf(status, null)).toMatchObject({ kind: 'server_unreachable' })
  })

  test('a problem for what it says it is', () => {
    const problem = {
      type: 'urn:periplus:problem:repository_unreachable',
      title: 'The repository is unreachable',
      status: 503,
      detail: 'The repository does not answer.',
      instance: 'urn:periplus:request:1',
      findings: [],
    }

    expect(faultOf(503, problem)).toMatchObject({
      kind: 'repository_unreachable',
      message: 'The repository does not answer.',
    })
  })
})
