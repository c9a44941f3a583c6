import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { API_BASE, type Endpoint } from '../../src/contract/endpoint.ts'
import { ENDPOINTS } from '../../src/contract/endpoints.ts'
import { type Harness, startHarness } from './harness.ts'

/** Rubbish in every place a request has. `call` holds each answer to the interface's description; none may be a 500. */

let server: Harness
beforeAll(async () => {
  server = startHarness()
  await server.define()
  await server.trigger()
})
afterAll(() => server.close())

const RUNS = 250

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    'storefront-1',
    'storefront',
    'production',
    'validation',
    'build',
    '0',
    '-1',
    '1e9',
    '9'.repeat(30),
    'null',
    'true',
    '../..',
    '%',
    "'",
    '"',
    '\u0000',
    '💥',
    '',
  ),
)
const ROWS: Readonly<Record<string, Endpoint>> = ENDPOINTS
const operation = fc.constantFrom(...Object.keys(ROWS))
const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'if-match',
    'if-none-match',
    'idempotency-key',
    'last-event-id',
    'content-type',
    'cookie',
    'x-csrf',
    'range',
  ),
  fc.oneof(
    fc.constantFrom('*', '', '1:2', '5', 'text/plain', 'application/yaml', 'periplus=x', '"', 'bytes=0-'),
    fc.string({ maxLength: 30 }).filter((value) => /^[\x20-\x7e]*$/.test(value)),
  ),
  { maxKeys: 3 },
)

function rowNamed(name: string): Endpoint {
  const row = ROWS[name]
  if (row === undefined) throw new Error(name)
  return row
}

/** Of a row: its address with rubbish in it, and rubbish or nearly right names in its query. */
const address = (row: Endpoint) =>
  fc
    .tuple(
      fc.array(text, { minLength: 3, maxLength: 3 }),
      fc.array(
        fc.tuple(fc.oneof(text, fc.constantFrom(...Object.keys(row.query?.shape ?? { x: 1 }))), text),
        { maxLength: 4 },
      ),
    )
    .map(([parts, query]) => {
      let at = 0
      const path = row.path.replaceAll(/\{\w+\}/g, () => {
        at += 1
        return encodeURIComponent(parts[at - 1] ?? '') || '%20'
      })
      const search = query
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
        .join('&')
      return `${API_BASE}${path}${search === '' ? '' : `?${search}`}`
    })

/** Nearly right: the row's own fields with values of any kind. */
const body = (row: Endpoint): fc.Arbitrary<string> => {
  const fields = row.body !== null && 'shape' in row.body ? Object.keys(Object(row.body.shape)) : []
  return fc.oneof(
    fc.json(),
    fc.string({ maxLength: 60 }),
    fc
      .dictionary(
        fc.oneof(text, fc.constantFrom(...fields, '__proto__', 'constructor')),
        fc.oneof(text, fc.jsonValue()),
      )
      .map((value) => JSON.stringify(value)),
  )
}

test('no request whatever is answered with a mistake of ours', async () => {
  const request = operation.chain((name) => {
    const row = rowNamed(name)
    return fc.record({
      name: fc.constant(name),
      path: address(row),
      headers,
      body: row.body === null ? fc.constant(null) : body(row),
    })
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ name, path, headers: given, body: sent }) => {
      const response = await server.call(path, {
        method: rowNamed(name).method,
        headers: { ...(sent === null ? {} : { 'content-type': 'application/json' }), ...given },
        ...(sent === null ? {} : { body: sent }),
      })
      await response.body?.cancel()

      expect([name, response.status < 500]).toEqual([name, true])
    }),
    { numRuns: RUNS },
  )
  expect(server.logged.filter((line) => line.level === 'error')).toEqual([])
}, 60_000)

test('no address or method outside the table is answered with a mistake of ours', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.webPath(),
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND'),
      headers,
      async (path, method, given) => {
        for (const prefix of ['', '/api', API_BASE, '/sign-in', '/executions', '/live']) {
          const response = await server.call(prefix + path, { method, headers: given })
          await response.body?.cancel()

          expect([prefix, response.status < 500]).toEqual([prefix, true])
        }
      },
    ),
    { numRuns: RUNS / 5 },
  )
  expect(server.logged.filter((line) => line.level === 'error')).toEqual([])
}, 60_000)
