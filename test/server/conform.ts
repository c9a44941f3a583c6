import { expect } from 'bun:test'
import { API_BASE, type Endpoint } from '../../src/contract/endpoint.ts'
import { ENDPOINTS } from '../../src/contract/endpoints.ts'
import { openApi } from '../../src/contract/openapi.ts'
import { ProblemSchema } from '../../src/contract/schemas.ts'

const DOCUMENT = openApi('test', 'periplus-x') as {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>
}

const ROWS = Object.values<Endpoint>(ENDPOINTS).map((row) => ({
  row,
  pattern: new RegExp(`^${API_BASE}${row.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}))

/** The row that a request belongs to; null where none does. */
function rowOf(method: string, path: string): Endpoint | null {
  return ROWS.find(({ row, pattern }) => row.method === method && pattern.test(path))?.row ?? null
}

/** Holds an answer to what the interface says of itself: status, content type, and every field of the body. */
export async function conform(method: string, path: string, response: Response): Promise<void> {
  if (!path.startsWith('/api/') || method === 'HEAD') return
  const type = response.headers.get('content-type') ?? ''
  if (response.status >= 400) {
    expect(type).toBe('application/problem+json')
    const problem: unknown = await response.clone().json()
    expect(ProblemSchema.parse(problem)).toEqual(problem as never)
  }
  const row = rowOf(method, path)
  if (row === null) return
  const operation = DOCUMENT.paths[API_BASE + row.path]?.[row.method.toLowerCase()]
  expect(Object.keys(operation?.responses ?? {})).toContain(String(response.status))
  if (response.status >= 400 || row.reply === null || !type.startsWith('application/json')) return
  const body: unknown = await response.clone().json()
  expect(row.reply.parse(body)).toEqual(body)
}
