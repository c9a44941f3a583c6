import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ROLES, type Role, reaches } from '../../src/domain/actor.ts'
import { createFinder } from '../../src/server/finder.ts'
import { pagesOf } from '../../src/server/pages.ts'
import { createSearches } from '../../src/server/search/searches.ts'
import { createStreams } from '../../src/server/streams.ts'
import { sarif, shelve } from '../report/shelve.ts'
import { browserOf } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

/** Every page and every form with the least role that may use it, written down: one without its row here fails. */

type Routes = ReturnType<typeof pagesOf>

interface Row {
  readonly least: Role
  /** An address of it that exists. */
  readonly at?: string
  /** What whoever may is answered, where that is no page: led on, or told why not just now. */
  readonly answer?: 303 | 409
  readonly fields?: Readonly<Record<string, string>>
}

const PAGES: Readonly<Record<keyof Routes['pages'], Row>> = {
  '/': { least: 'viewer' },
  '/approvals': { least: 'viewer' },
  '/executions': { least: 'viewer' },
  '/executions/parts': { least: 'viewer', at: '/executions/parts?since=0' },
  '/search': { least: 'viewer', at: '/search?q=built' },
  '/search/stream': { least: 'viewer', at: '/search/stream?q=built' },
  '/executions/:id': { least: 'viewer', at: '/executions/storefront-1' },
  '/executions/:id/parts': { least: 'viewer', at: '/executions/storefront-1/parts' },
  '/executions/:id/compare': {
    least: 'viewer',
    at: '/executions/storefront-1/compare?with=storefront-1',
    answer: 303,
  },
  '/executions/:id/compare/:other': {
    least: 'viewer',
    at: '/executions/storefront-1/compare/storefront-1',
  },
  '/executions/:id/reports': { least: 'viewer', at: '/executions/storefront-1/reports' },
  '/executions/:id/reports/:name': { least: 'viewer', at: '/executions/storefront-1/reports/build.lint' },
  '/executions/:id/log': { least: 'viewer', at: '/executions/storefront-1/log' },
  '/executions/:id/logs.tar': { least: 'viewer', at: '/executions/storefront-1/logs.tar' },
  '/executions/:id/rerun': { least: 'viewer', at: '/executions/storefront-1/rerun', answer: 409 },
  '/executions/:id/redeploy': {
    least: 'viewer',
    at: '/executions/storefront-1/redeploy?environment=dev',
    answer: 409,
  },
  '/executions/:id/log.txt': { least: 'viewer', at: '/executions/storefront-1/log.txt' },
  '/executions/:id/terminate': { least: 'viewer', at: '/executions/storefront-1/terminate' },
  '/executions/:id/stages/:stage': { least: 'viewer', at: '/executions/storefront-1/stages/build' },
  '/executions/:id/stages/:stage/log.txt': {
    least: 'viewer',
    at: '/executions/storefront-1/stages/build/log.txt',
  },
  '/executions/:id/stages/:stage/log.raw': {
    least: 'viewer',
    at: '/executions/storefront-1/stages/build/log.raw',
  },
  '/pipelines': { least: 'viewer' },
  '/pipelines/:slug': { least: 'viewer', at: '/pipelines/storefront' },
  '/analytics': { least: 'viewer' },
  '/analytics.csv': { least: 'viewer' },
  '/workflows': { least: 'viewer' },
  '/workflows/new': { least: 'viewer' },
  '/workflows/:slug': { least: 'viewer', at: '/workflows/storefront' },
  '/workflows/:slug/dry-run': { least: 'viewer', at: '/workflows/storefront/dry-run' },
  '/workflows/:slug/discard': { least: 'editor', at: '/workflows/storefront/discard' },
  '/environments': { least: 'viewer' },
  '/environments/new': { least: 'viewer' },
  '/environments/:slug': { least: 'viewer', at: '/environments/production' },
  '/settings': { least: 'viewer' },
  '/settings/account': { least: 'viewer' },
  '/settings/tokens': { least: 'viewer' },
  '/settings/users': { least: 'admin' },
  '/settings/users/:name': { least: 'admin', at: '/settings/users/viewer' },
  '/settings/users/:name/deactivate': { least: 'admin', at: '/settings/users/viewer/deactivate' },
  '/settings/secrets': { least: 'editor' },
  '/settings/secrets/:name': { least: 'editor', at: '/settings/secrets/npm-token' },
  '/settings/secrets/:name/remove': { least: 'admin', at: '/settings/secrets/npm-token/remove' },
  '/settings/credentials': { least: 'editor' },
  '/settings/credentials/:name': { least: 'editor', at: '/settings/credentials/shop-git' },
  '/settings/credentials/:name/remove': { least: 'admin', at: '/settings/credentials/shop-git/remove' },
  '/settings/audit': { least: 'admin' },
  '/settings/system': { least: 'admin' },
}

const FORMS: Readonly<Record<keyof Routes['forms'], Row>> = {
  '/executions/views': { least: 'viewer', fields: { name: 'Lately', query: 'status=failed' } },
  '/executions/views/removal': { least: 'viewer', fields: { name: 'none' } },
  // Of those whom production names; the ledger's own tests say who that is.
  '/executions/:id/rerun': { least: 'executor', at: '/executions/storefront-1/rerun' },
  '/executions/:id/redeployment': {
    least: 'executor',
    at: '/executions/storefront-1/redeployment',
    fields: { environment: 'dev' },
  },
  '/executions/:id/reports/:name/ignores': {
    least: 'editor',
    at: '/executions/storefront-1/reports/build.lint/ignores',
    fields: { wish: 'count', fingerprint: 'none' },
  },
  '/executions/:id/approval': { least: 'viewer', at: '/executions/storefront-1/approval' },
  '/executions/:id/rejection': { least: 'viewer', at: '/executions/storefront-1/rejection' },
  '/executions/:id/deployment': { least: 'viewer', at: '/executions/storefront-1/deployment' },
  '/executions/:id/termination': { least: 'executor', at: '/executions/storefront-1/termination' },
  // Executors may run what is saved, and no more: their own test says so.
  '/workflows/:slug': { least: 'editor', at: '/workflows/storefront' },
  '/workflows/:slug/discard': { least: 'editor', at: '/workflows/storefront/discard' },
  '/workflows/:slug/restoration': { least: 'editor', at: '/workflows/storefront/restoration' },
  '/environments/new': {
    least: 'admin',
    fields: { text: 'kind: environment\nname: fresh\ndeploy: { script: { run: "true" } }\n' },
  },
  '/environments/:slug': {
    least: 'admin',
    at: '/environments/dev',
    fields: { text: 'kind: environment\nname: dev\ndeploy: { script: { run: "false" } }\n' },
  },
  '/theme': { least: 'viewer' },
  '/settings/account/password': { least: 'viewer' },
  '/settings/account/sessions/end': { least: 'viewer' },
  '/settings/account/sessions/:session/end': { least: 'viewer', at: '/settings/account/sessions/none/end' },
  '/settings/tokens': { least: 'viewer' },
  '/settings/tokens/:token/removal': { least: 'viewer', at: '/settings/tokens/999/removal' },
  '/settings/users': { least: 'admin' },
  '/settings/users/:name/role': { least: 'admin', at: '/settings/users/bystander/role' },
  '/settings/users/:name/link': { least: 'admin', at: '/settings/users/bystander/link' },
  '/settings/users/:name/deactivation': { least: 'admin', at: '/settings/users/bystander/deactivation' },
  '/settings/users/:name/reactivation': { least: 'admin', at: '/settings/users/bystander/reactivation' },
  '/settings/secrets': { least: 'admin' },
  '/settings/secrets/:name': { least: 'admin', at: '/settings/secrets/npm-token' },
  '/settings/secrets/:name/removal': { least: 'admin', at: '/settings/secrets/npm-token/removal' },
  '/settings/credentials': { least: 'admin' },
  '/settings/credentials/:name': { least: 'admin', at: '/settings/credentials/shop-git' },
  '/settings/credentials/:name/trial': { least: 'editor', at: '/settings/credentials/shop-git/trial' },
  '/settings/credentials/:name/removal': { least: 'admin', at: '/settings/credentials/shop-git/removal' },
}

let server: Harness
const browsers = new Map<Role, { go: ReturnType<typeof browserOf>; csrf: string }>()

beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront'], ['dev', 'production'])
  server.script.toGate(await server.trigger())
  const { id } = server.script.rowOf('storefront-1')
  const left = { executionId: id, stage: 2, name: 'build.lint', format: 'sarif' } as const
  shelve(server, { ...left, text: sarif('error:one', 'two') })
  await server.call('/api/v1/users', { json: { name: 'bystander', role: 'viewer' } })
  await server.call('/api/v1/secrets/npm-token', { method: 'PUT', json: { value: 'hunter2hunter2' } })
  await server.call('/api/v1/credentials/shop-git', {
    method: 'PUT',
    json: { kind: 'https', username: 'ci', password: 'hunter2hunter2' },
  })
  const draft = { workflowId: server.script.rowOf('storefront-1').workflowId, base: 1, writer: 'a' }
  for (const role of ROLES) {
    // Something to discard: what was changed and not saved.
    server.store.drafts.put({ ...draft, owner: role, text: 'kind: workflow\n', beganAt: 0 })
    const go = browserOf(server)
    await go.enter(role)
    browsers.set(role, { go, csrf: await go.csrf() })
  }
})
afterAll(() => server.close())

function browser(role: Role) {
  const found = browsers.get(role)
  if (found === undefined) throw new Error(`nobody is signed in as ${role}`)
  return found
}

test('every page and every form has its row', () => {
  const streams = createStreams(server.deps, () => true)
  const { pages, forms } = pagesOf(
    server.deps,
    streams,
    createSearches(server.deps.searcher, server.world),
    createFinder(server.deps),
  )
  streams.close()

  expect(Object.keys(PAGES).sort()).toEqual(Object.keys(pages).sort())
  expect(Object.keys(FORMS).sort()).toEqual(Object.keys(forms).sort())
})

describe('a page', () => {
  for (const [path, { least, at = path, answer = 200 }] of Object.entries(PAGES)) {
    test(`${path} is for everybody from ${least} on, and for no stranger`, async () => {
      const stranger = await browserOf(server).go(at)
      const answers = await Promise.all(ROLES.map(async (role) => (await browser(role).go.go(at)).status))

      expect(stranger.status).toBe(303)
      expect(stranger.headers.get('location')).toStartWith('/sign-in')
      expect(answers).toEqual(ROLES.map((role) => (reaches(role, least) ? answer : 403)))
    })

    test(`${path} has a word in every heading of a table`, async () => {
      const text = await (await browser('admin').go.go(at)).text()

      expect(text).not.toMatch(/<th\b[^>]*><\/th>/)
    })
  }
})

describe('a form', () => {
  for (const [path, { least, at = path, fields = {} }] of Object.entries(FORMS)) {
    test(`${path} is taken from its own page alone`, async () => {
      const { go, csrf } = browser('admin')
      const elsewhere = browserOf(server, 'cross-site')
      for (const [name, value] of go.jar) elsewhere.jar.set(name, value)

      const without = await go.submit(at, { ...fields })
      const guessed = await go.submit(at, { ...fields, csrf: 'guessed' })
      const fromElsewhere = await elsewhere.submit(at, { ...fields, csrf })

      expect([without.status, guessed.status, fromElsewhere.status]).toEqual([403, 403, 403])
    })

    test(`${path} refuses whoever is less than ${least}`, async () => {
      const stranger = await browserOf(server).submit(at, { ...fields })
      const lesser = ROLES.filter((role) => !reaches(role, least))
      const refused = await Promise.all(
        lesser.map(async (role) => {
          const { go, csrf } = browser(role)
          return (await go.submit(at, { ...fields, csrf })).status
        }),
      )

      expect(stranger.status).toBe(303)
      expect(refused).toEqual(lesser.map(() => 403))
    })
  }
})
