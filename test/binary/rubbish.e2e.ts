import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Server, scratch, serve } from './support.ts'

const { dir, remove } = scratch()
let server: Server
beforeAll(async () => {
  server = await serve(join(dir, 'data'))
})
afterAll(async () => {
  await server.stop()
  remove()
})

const socket = () => join(dir, 'data', 'run', 'periplus.sock')
/** As local-admin, so that it is the endpoint that answers and not the door. */
const ask = (path: string, init: RequestInit = {}) =>
  fetch(`http://localhost${path}`, { ...init, unix: socket() })

describe('rubbish is answered by a problem document', () => {
  const ids = [
    'nobody-1',
    'x',
    '-1',
    '..%2f..%2fetc%2fpasswd',
    '%00',
    "'; DROP TABLE executions; --",
    'a'.repeat(5_000),
  ]
  test.each(ids)('for the id %p', async (id) => {
    const answer = await ask(`/api/v1/executions/${encodeURIComponent(decodeURIComponent(id))}`)

    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toStartWith('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: 404, detail: expect.any(String) })
  })

  const queries = [
    'before=rubbish',
    'before=AAAA',
    'limit=0',
    'limit=1e9',
    'limit=-1',
    'status=sleeping',
    'from=yesterday',
    'no=such',
  ]
  test.each(queries)('for the query %p', async (query) => {
    const answer = await ask(`/api/v1/executions?${query}`)

    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ findings: expect.any(Array) })
  })

  const bodies: readonly [string, string][] = [
    ['no JSON', '{'],
    ['another shape', '[]'],
    ['unknown keys', '{"workflow":"x","brunch":"main"}'],
    ['deep nesting', '['.repeat(100_000)],
  ]
  test.each(bodies)('for a body with %s', async (_, body) => {
    const answer = await ask('/api/v1/executions', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })

    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(await answer.json()).toMatchObject({ detail: expect.any(String) })
  })

  test('for a body of 100 MB, which is not read into memory', async () => {
    const before = memoryOf(server.pid)
    const answer = await ask('/api/v1/definitions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array(100 * 1024 * 1024),
    }).catch(() => null)

    // Cut while it was still being sent, or answered: both are an end to it.
    if (answer !== null) expect(answer.status).toBe(413)
    expect(memoryOf(server.pid) - before).toBeLessThan(50)
  })

  test('for a wrong token', async () => {
    const answer = await fetch(`${server.address}/api/v1/me`, {
      headers: { authorization: 'Bearer ppl_wrong' },
    })

    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toStartWith('application/problem+json')
  })

  test('for a YAML bomb', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n}, `.repeat(9)}]`,
    ).join('\n')
    const answer = await ask('/api/v1/validation', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: `l0: &l0 [lol]\n${levels}` }),
    })

    expect(answer.status).toBeLessThan(500)
  })
})

test('bytes that are no HTTP are cut off, and the server goes on', async () => {
  const { hostname, port } = new URL(server.address)
  await new Promise<void>((resolve) => {
    const wire = connect(Number(port), hostname, () =>
      wire.end(Buffer.from(Array.from({ length: 4_096 }, (_, n) => n % 256))),
    )
    wire.on('close', () => resolve()).on('error', () => resolve())
    wire.resume()
  })

  expect((await fetch(`${server.address}/healthz`)).status).toBe(200)
})

/** Resident memory in MiB. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
