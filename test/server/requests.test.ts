import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { type Harness, startHarness, workflowText } from './harness.ts'

let server: Harness
beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront', 'docs'])
  for (let i = 0; i < 7; i += 1) await server.trigger()
})
afterAll(() => server.close())

test('statuses are understood as people write them', async () => {
  for (const status of [
    'pending',
    'Pending',
    'PENDING,running',
    'pending&status=Approval%20Pending',
    'deployment_pending,pending',
  ]) {
    const { items } = await server.json(`/api/v1/executions?status=${status}`)

    expect(items).toHaveLength(7)
  }
})

test('an unknown status, key or field is refused with what was meant', async () => {
  const status = await server.json('/api/v1/executions?status=pendign')
  const key = await server.json('/api/v1/executions?workflw=x')
  const field = await server.json('/api/v1/executions', { json: { workflow: 'storefront', branhc: 'x' } })

  expect(status).toMatchObject({ status: 422, findings: [{ path: 'query.status[0]' }] })
  expect(status.detail).toMatch(/Did you mean .?pending/)
  expect(key.findings).toEqual([
    {
      path: 'query.workflw',
      line: null,
      column: null,
      message: expect.stringMatching(/^Nothing of that name is understood here. Did you mean .?workflow/),
    },
  ])
  expect(field.findings[0]).toMatchObject({ path: 'branhc', message: expect.stringContaining('branch') })
})

test('all that is wrong with a request is said at once', async () => {
  const { findings } = await server.json('/api/v1/executions?limit=0&from=yesterday&trigger=magic')

  expect(findings.map((one: { path: string }) => one.path).sort()).toEqual([
    'query.from',
    'query.limit',
    'query.trigger',
  ])
})

test('pages lead to one another and back, and lose nobody', async () => {
  const first = await server.json('/api/v1/executions?workflow=storefront&limit=3')
  const second = await server.json(first.next)
  const third = await server.json(second.next)
  const back = await server.json(third.previous)

  const ids = [first, second, third].flatMap((page) => page.items.map((one: { id: string }) => one.id))
  expect(ids).toEqual([7, 6, 5, 4, 3, 2, 1].map((n) => `storefront-${n}`))
  expect(first).toMatchObject({ previous: null, total: { count: 7, exact: true } })
  expect(third.next).toBeNull()
  expect(back.items).toEqual(second.items)
})

test('pages are also linked in a header', async () => {
  const response = await server.call('/api/v1/executions?workflow=storefront&limit=3')
  const { next } = (await response.json()) as { next: string }

  expect(response.headers.get('link')).toBe(`<${next}>; rel="next"`)
})

test('the schemas of definitions are there for editors', async () => {
  for (const kind of ['workflow', 'environment']) {
    const response = await server.call(`/schemas/${kind}.json`, { as: 'nobody' })

    expect(response.headers.get('content-type')).toBe('application/schema+json')
    expect(await response.json()).toMatchObject({ type: 'object', properties: { kind: { const: kind } } })
  }
})

test('a cursor that was tampered with, or is of another list, is refused', async () => {
  const { next } = await server.json('/api/v1/executions?limit=3')
  const cursor = new URL(next, 'http://x').searchParams.get('before') ?? ''

  for (const query of [
    `before=${cursor.slice(1)}x`,
    'before=%00',
    `before=${cursor}&workflow=docs`,
    `before=${cursor}&after=${cursor}`,
  ]) {
    const response = await server.call(`/api/v1/executions?${query}`)

    expect(response.status).toBe(422)
  }
})

test('malformed ids are not found, and say how an id looks', async () => {
  for (const id of [
    'nope',
    'storefront-0',
    'storefront-99',
    '..%2f..%2fetc',
    '%00',
    "'; DROP TABLE executions",
    '💥',
    '-1',
    'a'.repeat(5000),
  ]) {
    const response = await server.call(`/api/v1/executions/${encodeURIComponent(id)}`)

    expect(response.status).toBe(404)
  }
  expect(await server.json('/api/v1/executions/storefront-99')).toMatchObject({
    detail: 'There is no execution storefront-99. storefront has had 7.',
  })
})

test('an execution is found by its uid in any case', async () => {
  const { uid } = await server.json('/api/v1/executions/storefront-1')

  expect(await server.json(`/api/v1/executions/${uid.toLowerCase()}`)).toMatchObject({ id: 'storefront-1' })
})

test('what was read and has not changed is not sent again', async () => {
  const path = '/api/v1/workflows/storefront'
  const etag = (await server.call(path)).headers.get('etag') ?? ''

  const same = await server.call(path, { headers: { 'if-none-match': etag } })
  const other = await server.call(path, { headers: { 'if-none-match': '"other"' } })

  expect(etag).not.toBe('')
  expect(same.status).toBe(304)
  expect(await same.text()).toBe('')
  expect(other.status).toBe(200)
})

test('a save over a version that somebody else has saved meanwhile is refused', async () => {
  const path = '/api/v1/workflows/edited'
  const made = await server.call(path, {
    method: 'PUT',
    json: { text: workflowText('edited') },
    headers: { 'if-none-match': '*' },
  })
  const seen = made.headers.get('etag') ?? ''
  const text = `${workflowText('edited')}timeout: 1h\n`

  const first = await server.call(path, { method: 'PUT', json: { text }, headers: { 'if-match': seen } })
  const late = await server.call(path, {
    method: 'PUT',
    json: { text: `${text}# late\n` },
    headers: { 'if-match': seen },
  })
  const again = await server.call(path, { method: 'PUT', json: { text }, headers: { 'if-none-match': '*' } })

  expect([made.status, first.status, late.status, again.status]).toEqual([201, 200, 412, 412])
  expect((await server.json(path)).version).toBe(2)
  expect(first.headers.get('etag')).toBe((await server.call(path)).headers.get('etag') ?? '')
})

test('an order with a key is done once, and its repeat gets the same answer', async () => {
  const order = { json: { workflow: 'docs' }, headers: { 'idempotency-key': 'one' } }

  const first = await server.call('/api/v1/executions', order)
  const second = await server.call('/api/v1/executions', order)
  const other = await server.call('/api/v1/executions', { ...order, json: { workflow: 'storefront' } })
  const somebodyElse = await server.call('/api/v1/executions', { ...order, as: 'editor' })

  expect([first.status, second.status, other.status, somebodyElse.status]).toEqual([201, 201, 409, 201])
  expect(await second.text()).toBe(await first.text())
  expect(second.headers.get('location')).toBe('/api/v1/executions/docs-1')
  expect(
    (await server.json('/api/v1/workflows')).items.find((one: { slug: string }) => one.slug === 'docs')
      .executions,
  ).toBe(2)
})

test('a key is forgotten after a day', async () => {
  const order = { json: { workflow: 'docs' }, headers: { 'idempotency-key': 'two' } }
  const first = await server.json('/api/v1/executions', order)

  server.clock.now += 25 * 60 * 60 * 1000
  const later = await server.json('/api/v1/executions', order)

  expect(later.id).not.toBe(first.id)
})

test('a refused order is audited although its key rolls nothing back', async () => {
  const id = await server.trigger('docs')

  const response = await server.call(`/api/v1/executions/${id}/approval`, {
    json: { environment: 'production' },
    headers: { 'idempotency-key': 'three' },
  })

  expect(response.status).toBe(409)
  expect(server.store.audit.list({ subject: id, limit: 1 })).toMatchObject([
    { action: 'approve', outcome: 'refused' },
  ])
})

test('a method that is not understood is answered with those that are', async () => {
  const response = await server.call('/api/v1/executions', { method: 'DELETE' })

  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST')
})

test('HEAD answers as GET does, without the body', async () => {
  const response = await server.call('/api/v1/executions/storefront-1', { method: 'HEAD' })
  const stream = await server.call('/api/v1/events', { method: 'HEAD' })

  expect([response.status, await response.text()]).toEqual([200, ''])
  expect([stream.status, await stream.text()]).toEqual([200, ''])
  expect(server.web.streams()).toBe(0)
})

test('an unknown address of the interface is a problem, with the nearest one', async () => {
  const response = await server.call('/api/v1/execution')

  expect(response.status).toBe(404)
  expect(((await response.json()) as { detail: string }).detail).toContain('/api/v1/executions')
})

test('a body that is not JSON, not UTF-8, or says it is something else is refused', async () => {
  const post = (body: string | Uint8Array<ArrayBuffer>, type: string | null) =>
    server.call('/api/v1/executions', { body, headers: type === null ? {} : { 'content-type': type } })

  expect((await post('{"workflow":', 'application/json')).status).toBe(422)
  expect((await post('', 'application/json')).status).toBe(422)
  expect((await post('null', 'application/json')).status).toBe(422)
  expect((await post('[]', 'application/json')).status).toBe(422)
  expect((await post(Uint8Array.of(0xff, 0xfe), 'application/json')).status).toBe(422)
  expect((await post('{"workflow":"docs"}', 'text/html')).status).toBe(415)
  expect((await post('workflow=docs', 'application/x-www-form-urlencoded')).status).toBe(415)
  expect((await post('{"workflow":"docs","__proto__":{"x":1}}', 'application/json')).status).toBe(422)
  expect((await post('['.repeat(500_000), 'application/json')).status).toBe(422)
})

test('a definition may be sent as it is', async () => {
  const response = await server.call('/api/v1/workflows/plain', {
    method: 'PUT',
    body: workflowText('plain'),
    headers: { 'content-type': 'application/yaml' },
  })

  expect(response.status).toBe(201)
})

test('a broken definition is refused with line and column, and nothing is saved', async () => {
  const text = `${workflowText('broken')}biuld: {}\n`

  const saved = await server.call('/api/v1/workflows/broken', { method: 'PUT', json: { text } })
  const applied = await server.call('/api/v1/definitions', {
    json: { text: `${workflowText('whole')}---\n${text}` },
  })

  expect([saved.status, applied.status]).toEqual([422, 422])
  expect(await saved.json()).toMatchObject({ findings: [{ path: 'biuld', line: 6, column: 1 }] })
  expect((await server.call('/api/v1/workflows/whole')).status).toBe(404)
})

test('a workflow is saved under its own name only', async () => {
  const response = await server.call('/api/v1/workflows/other', {
    method: 'PUT',
    json: { text: workflowText('storefront') },
  })

  expect(response.status).toBe(422)
})

test('a body of 100 MB is refused before it is read, and when nobody said how long it is', async () => {
  const refused = await oversized(server.port ?? 0, { length: 100 * 1024 * 1024, chunked: false })
  const chunked = await oversized(server.port ?? 0, { length: 100 * 1024 * 1024, chunked: true })

  for (const { answer, sent } of [refused, chunked]) {
    expect(answer).toStartWith('HTTP/1.1 413')
    expect(answer).toContain('urn:periplus:problem:too_large')
    expect(sent).toBeLessThan(20 * 1024 * 1024)
  }
})

/** Sends a body piece by piece until the server answers or has it all; a plain socket, so that nothing helps us. */
function oversized(
  port: number,
  { length, chunked }: { length: number; chunked: boolean },
): Promise<{ answer: string; sent: number }> {
  return new Promise((resolve, reject) => {
    const piece = Buffer.alloc(64 * 1024, 'x')
    let answer = ''
    let sent = 0
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST /api/v1/executions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ppl_admin\r\nContent-Type: application/json\r\n${
          chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
        }\r\n\r\n`,
      )
      push()
    })
    const push = () => {
      while (answer === '' && sent < length) {
        sent += piece.length
        const more = socket.write(chunked ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece)
        if (!more) {
          socket.once('drain', push)
          return
        }
      }
    }
    socket.on('data', (bytes) => {
      answer += bytes
      if (answer.includes('too_large')) {
        socket.destroy()
        resolve({ answer, sent })
      }
    })
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve({ answer, sent })))
    socket.on('close', () => resolve({ answer, sent }))
  })
}
