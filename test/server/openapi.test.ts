import { expect, test } from 'bun:test'
import type { Endpoint } from '../../src/contract/endpoint.ts'
import { ENDPOINTS } from '../../src/contract/endpoints.ts'
import { openApi } from '../../src/contract/openapi.ts'
import { startHarness } from './harness.ts'

type Json = Record<string, unknown>

const document = openApi('1.2.3', 'periplus-x')
const operations = Object.values(document['paths'] as Record<string, Record<string, Json>>).flatMap((path) =>
  Object.values(path),
)

/** Every value below a part of the document, with the key it stands under. */
function* below(value: unknown, key = ''): Generator<readonly [key: string, value: unknown]> {
  yield [key, value]
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) yield* below(part, name)
}

function resolve(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (part, name) => (typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined),
      document,
    )
}

test('every row of the table is an operation of its own name', () => {
  const names = operations.map((operation) => operation['operationId'])

  expect([...names].sort()).toEqual(Object.keys(ENDPOINTS).sort() as unknown[])
  expect(new Set(names).size).toBe(names.length)
})

test('every reference leads somewhere, and nothing of the generator is left over', () => {
  const references = [...below(document)].filter(([key]) => key === '$ref').map(([, value]) => String(value))

  expect(references.length).toBeGreaterThan(50)
  for (const reference of references) expect([reference, resolve(reference)]).not.toContain(undefined)
  expect(JSON.stringify(document)).not.toContain('$defs')
  expect(JSON.stringify(document)).not.toContain(String(Number.MAX_SAFE_INTEGER))
})

test('every parameter of a path is declared, and required', () => {
  for (const [path, methods] of Object.entries(document['paths'] as Record<string, Record<string, Json>>)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
    for (const operation of Object.values(methods)) {
      const declared = (operation['parameters'] as Json[]).filter((one) => one['in'] === 'path')

      expect(declared.map((one) => one['name']).sort()).toEqual(wanted)
      expect(declared.every((one) => one['required'] === true && typeof one['schema'] === 'object')).toBe(
        true,
      )
    }
  }
})

test('every operation says who may ask, what comes back, and how it fails', () => {
  for (const operation of operations) {
    const row: Endpoint | undefined = Object.entries<Endpoint>(ENDPOINTS).find(
      ([name]) => name === operation['operationId'],
    )?.[1]
    const responses = operation['responses'] as Record<string, Json>

    expect(operation['summary']).toMatch(/\.$/)
    expect(operation['security']).toEqual(row?.role === 'anyone' ? [] : [{ token: [] }, { session: [] }])
    expect(Object.keys(responses)).toContain(String(row?.status))
    expect(Object.keys(responses)).toContain('500')
    expect(row?.body === null).toBe(operation['requestBody'] === undefined)
  }
})

test('every schema is one that JSON Schema knows', () => {
  const types = new Set(['string', 'integer', 'number', 'boolean', 'object', 'array', 'null'])
  for (const [key, value] of below((document['components'] as Json)['schemas'])) {
    if (key === 'type' && typeof value === 'string') expect(types.has(value)).toBe(true)
    if (key === 'required') expect(Array.isArray(value)).toBe(true)
  }
})

test('the interface can be read by people at /api', async () => {
  const server = startHarness()

  const html = await (await server.call('/api', { as: 'nobody', headers: { accept: 'text/html' } })).text()
  await server.close()

  for (const { path } of Object.values<Endpoint>(ENDPOINTS)) expect(html).toContain(`/api/v1${path}`)
})
