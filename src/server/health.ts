import type { Hono } from 'hono'
import { definitionJsonSchema } from '../domain/schema.ts'
import type { Env, Readiness, ServerDeps } from './context.ts'
import { identify } from './session.ts'

/** What programs ask without signing in: is it alive, is it ready, what may stand in a definition. */
export function mountHealth(app: Hono<Env>, deps: ServerDeps): void {
  app.get('/healthz', (c) => c.json({ status: 'alive' }))

  app.get('/readyz', identify(deps), async (c) => {
    const checks = await deps.readiness()
    const ready = checks.every(({ ok, vital }) => ok || !vital)
    const shown = c.get('visitor') === null ? checks.map(withoutReason) : checks
    return c.json({ status: ready ? 'ready' : 'not ready', checks: shown }, ready ? 200 : 503)
  })

  for (const kind of ['workflow', 'environment'] as const) {
    const schema = JSON.stringify(definitionJsonSchema(kind))
    app.get(`/schemas/${kind}.json`, (c) => {
      c.header('cache-control', 'public, max-age=300')
      return c.body(schema, 200, { 'content-type': 'application/schema+json' })
    })
  }
}

/** A reason names addresses and paths, which are nobody's business who has not signed in. */
function withoutReason(check: Readiness): Readiness {
  return check.ok ? check : { ...check, reason: 'Whoever has signed in is told why.' }
}
