import type { Hono } from 'hono'
import { referencePage } from '../../views/reference.tsx'
import { API_BASE, type Endpoint } from '../contract/endpoint.ts'
import { ENDPOINTS } from '../contract/endpoints.ts'
import type { Env, ServerDeps } from './context.ts'
import { frameOf } from './frame.ts'

/** The interface as a page, from the same table that answers. */
export function mountReference(app: Hono<Env>, deps: ServerDeps): void {
  const endpoints = Object.values<Endpoint>(ENDPOINTS).map((row) => ({
    method: row.method,
    path: API_BASE + row.path,
    fields: [...fieldsOf(row.query), ...fieldsOf(row.body)],
    role: row.role,
    help: row.help,
  }))
  app.get('/api', (c) =>
    c.html(
      referencePage(frameOf(c, deps), { endpoints, document: `${API_BASE}${ENDPOINTS.getOpenApi.path}` }),
    ),
  )
}

function fieldsOf(schema: Endpoint['body']): readonly string[] {
  return schema !== null && 'shape' in schema ? Object.keys(Object(schema.shape)) : []
}
