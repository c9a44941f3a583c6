import { afterEach, expect, test } from 'bun:test'
import { browserOf, type Site } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
afterEach(() => server.close())

const PASSWORD = 'a long enough one'

const browser = (site?: Site) => browserOf(server, site)

async function setUp(): Promise<ReturnType<typeof browser>> {
  const admin = browser()
  const response = await admin.submit(server.web.setupPath() ?? '', { name: 'ada', password: PASSWORD })
  expect(response.status).toBe(303)
  return admin
}

const csrfOf = (page: ReturnType<typeof browser>): Promise<string> => page.csrf()

test('the setup link makes the one admin, who is signed in, and then works no more', async () => {
  server = startHarness({ users: false })
  const path = server.web.setupPath() ?? ''
  const admin = browser()

  const page = await admin.go(path)
  const made = await admin.submit(path, { name: 'ada', password: PASSWORD })
  const me = await admin.go('/api/v1/me')
  const again = await browser().submit(path, { name: 'eve', password: PASSWORD })

  expect(page.status).toBe(200)
  expect(made.headers.get('location')).toBe('/')
  expect(await me.json()).toEqual({ name: 'ada', role: 'admin', local: false })
  expect(again.status).toBe(404)
  expect(server.web.setupPath()).toBeNull()
  expect(server.store.people.users.list().map((user) => user.name)).toEqual(['ada'])
})

test('a password that is too short does not use the setup link up', async () => {
  server = startHarness({ users: false })
  const path = server.web.setupPath() ?? ''

  const short = await browser().submit(path, { name: 'ada', password: 'short' })
  const named = await browser().submit(path, { name: 'Ada Lovelace', password: PASSWORD })
  const good = await browser().submit(path, { name: 'ada', password: PASSWORD })

  expect([short.status, named.status, good.status]).toEqual([422, 422, 303])
  expect(await short.text()).toContain('at least 12 characters')
})

test('of two who use the setup link at once one becomes admin', async () => {
  server = startHarness({ users: false })
  const path = server.web.setupPath() ?? ''

  const statuses = await Promise.all(
    ['ada', 'eve'].map(async (name) => (await browser().submit(path, { name, password: PASSWORD })).status),
  )

  expect(statuses.sort()).toEqual([303, 404])
  expect(server.store.people.users.count()).toBe(1)
})

test('a sign-in link survives being looked at, signs in once, and then is spent', async () => {
  server = startHarness()
  const { path } = await server.json('/api/v1/sign-in-links', { json: { user: 'viewer' } })
  const person = browser()

  const preview = await browser().go(path)
  const used = await person.submit(path, {})
  const again = await browser().submit(path, {})

  expect(preview.status).toBe(200)
  expect(used.status).toBe(303)
  expect(await (await person.go('/api/v1/me')).json()).toMatchObject({ name: 'viewer' })
  expect(again.status).toBe(404)
})

test('a sign-in link is worth nothing after a quarter of an hour', async () => {
  server = startHarness()
  const { path } = await server.json('/api/v1/sign-in-links', { json: { user: 'viewer' } })

  server.clock.now += 15 * 60 * 1000

  expect((await browser().submit(path, {})).status).toBe(404)
})

test('neither links nor passwords stand in the log', async () => {
  server = startHarness({ users: false })
  const path = server.web.setupPath() ?? ''
  await browser().go(path)
  await setUp()

  const text = JSON.stringify(server.logged)

  expect(text).not.toContain(path.split('/').at(-1) ?? '')
  expect(text).not.toContain(PASSWORD)
  expect(text).toContain('/setup/…')
})

test('people sign in by name and password, under a new cookie each time, and out again', async () => {
  server = startHarness({ users: false })
  const first = (await setUp()).cookie()
  const person = browser()

  const wrong = await person.submit('/sign-in', { name: 'ada', password: 'not the right one' })
  const right = await person.submit('/sign-in', {
    name: 'ada',
    password: PASSWORD,
    next: '/executions?status=failed',
  })
  const second = person.cookie()
  await person.submit('/sign-in', { name: 'ada', password: PASSWORD })
  const third = person.cookie()
  const stale = await server.call('/api/v1/me', { as: 'nobody', headers: { cookie: second } })
  const out = await person.submit('/sign-out', { csrf: await csrfOf(person) })

  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('Name or password is wrong.')
  expect(right.headers.get('location')).toBe('/executions?status=failed')
  expect(new Set([first, second, third]).size).toBe(3)
  expect(stale.status).toBe(401)
  expect(out.status).toBe(303)
  expect((await server.call('/api/v1/me', { as: 'nobody', headers: { cookie: third } })).status).toBe(401)
})

test('signing in leads to pages of ours only', async () => {
  server = startHarness({ users: false })
  await setUp()

  for (const next of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
  ]) {
    const response = await browser().submit('/sign-in', { name: 'ada', password: PASSWORD, next })

    expect(response.headers.get('location')).toBe('/')
  }
})

test('the cookie is for this host alone where people come by https', async () => {
  server = startHarness({ users: false, settings: { secure: true } })

  const response = await browser().submit(server.web.setupPath() ?? '', { name: 'ada', password: PASSWORD })

  const cookie = response.headers.getSetCookie()[0] ?? ''
  expect(cookie).toMatch(/^__Host-periplus-[0-9a-z]{8}=/)
  for (const part of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(part)
})

test('a session ends after a week without use, and after a month in any case', async () => {
  server = startHarness({ users: false })
  const person = await setUp()
  const day = 24 * 60 * 60 * 1000
  const status = async () => (await person.go('/api/v1/me')).status

  server.clock.now += 6 * day
  const used = await status()
  server.clock.now += 6 * day
  const usedAgain = await status()
  server.clock.now += 7 * day
  const idle = await status()

  expect([used, usedAgain, idle]).toEqual([200, 200, 401])

  const busy = browser()
  await busy.submit('/sign-in', { name: 'ada', password: PASSWORD })
  for (let week = 0; week < 5; week += 1) {
    expect((await busy.go('/api/v1/me')).status).toBe(200)
    server.clock.now += 6 * day
  }
  expect((await busy.go('/api/v1/me')).status).toBe(401)
})

test('a change by session is refused from another site, without an origin, and without the hidden field', async () => {
  server = startHarness({ users: false })
  const person = await setUp()
  const csrf = await csrfOf(person)
  const cookie = person.cookie()
  const send = (headers: Record<string, string>, fields: Record<string, string> = { csrf }) =>
    server.call('/sign-out', {
      as: 'nobody',
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie, ...headers },
    })
  const json = (headers: Record<string, string>) =>
    server.call('/api/v1/users', {
      as: 'nobody',
      json: { name: 'bob', role: 'viewer' },
      headers: { cookie, ...headers },
    })

  expect(csrf).not.toBe('')
  expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await send({ 'sec-fetch-site': 'same-site' })).status).toBe(403)
  expect((await send({ origin: 'https://evil.example' })).status).toBe(403)
  expect((await send({ origin: 'null' })).status).toBe(403)
  expect((await send({})).status).toBe(403)
  expect((await send({ origin: server.address }, {})).status).toBe(403)
  expect((await send({ origin: server.address }, { csrf: 'guessed' })).status).toBe(403)
  expect((await json({})).status).toBe(403)
  expect((await json({ origin: 'https://evil.example' })).status).toBe(403)
  expect((await json({ origin: server.address })).status).toBe(201)
  expect((await send({ origin: server.address })).status).toBe(303)
})

test('a wrong password is not tried for ever, and does not lock others out', async () => {
  server = startHarness({ users: false })
  await setUp()
  const attempt = (name: string, password: string) => browser().submit('/sign-in', { name, password })

  for (let i = 0; i < 10; i += 1) expect((await attempt('ada', `wrong ${i}`)).status).toBe(422)
  const limited = await attempt('ada', PASSWORD)
  const elsewhere = await browser().submit(
    '/sign-in',
    { name: 'ada', password: PASSWORD },
    { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' },
  )
  const other = await attempt('bob', 'wrong')
  server.clock.now += 15 * 60 * 1000
  const later = await attempt('ada', PASSWORD)

  expect(limited.status).toBe(429)
  expect(elsewhere.status).toBe(303)
  expect(other.status).toBe(422)
  expect(later.status).toBe(303)
}, 20_000)

test('a token is refused once it was withdrawn or has expired, and never falls back to the cookie', async () => {
  server = startHarness()
  const made = await server.json('/api/v1/tokens', { as: 'editor', json: { name: 'ci', expiresInDays: 1 } })
  const me = (token: string, headers: Record<string, string> = {}) =>
    server.call('/api/v1/me', { as: 'nobody', headers: { authorization: `Bearer ${token}`, ...headers } })

  expect(made.token).toStartWith('ppl_')
  expect((await me(made.token)).status).toBe(200)
  expect(
    (await server.json('/api/v1/tokens', { as: 'editor' })).items.find(
      (one: { name: string }) => one.name === 'ci',
    ).usedAt,
  ).not.toBeNull()
  expect((await me('ppl_wrong')).status).toBe(401)
  expect(
    (await server.call('/api/v1/me', { as: 'nobody', headers: { authorization: 'Basic eDp5' } })).status,
  ).toBe(401)
  server.clock.now += 24 * 60 * 60 * 1000
  expect((await me(made.token)).status).toBe(401)
  expect(JSON.stringify(server.store.people.tokens.list(null))).not.toContain(made.token)
})

test('only our own names are answered on loopback', async () => {
  server = startHarness({ settings: { hosts: ['periplus.example:8443'] } })
  const status = async (host: string) => (await server.call('/api/v1/me', { headers: { host } })).status

  expect(await status('evil.example')).toBe(403)
  expect(await status('evil.example:7878')).toBe(403)
  expect(await status(`localhost:${server.port}`)).toBe(200)
  expect(await status('[::1]:7878')).toBe(200)
  expect(await status('periplus.example')).toBe(200)
})

test('every answer carries the headers that keep a browser in its bounds', async () => {
  server = startHarness()

  for (const path of ['/', '/sign-in', '/api/v1/me', '/api/v1/nothing', '/healthz', '/nothing']) {
    const { headers } = await server.call(path)

    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cache-control')).toContain('no-')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('x-request-id')).toHaveLength(26)
  }
})

test('a fault is a page for people, a fragment for htmx and a problem for programs', async () => {
  server = startHarness()

  const page = await server.call('/executions/nothing-1', { headers: { accept: 'text/html' } })
  const fragment = await server.call('/executions/nothing-1', {
    headers: { accept: '*/*', 'hx-request': 'true' },
  })
  const program = await server.call('/api/v1/executions/nothing-1', { headers: { accept: 'text/html' } })

  expect([page.status, fragment.status, program.status]).toEqual([404, 404, 404])
  expect(await page.text()).toContain('<!doctype html>')
  expect(await fragment.text()).not.toContain('<!doctype html>')
  expect(program.headers.get('content-type')).toBe('application/problem+json')
})

test('a mistake of ours is logged in full and shown as a number', async () => {
  server = startHarness()
  const broken = server.store.history.page
  Object.assign(server.store.history, {
    page: () => {
      throw new TypeError('secret detail')
    },
  })

  const problem = await server.json('/api/v1/executions')
  Object.assign(server.store.history, { page: broken })

  const entry = server.logged.find((line) => line.level === 'error')
  expect(problem.status).toBe(500)
  expect(problem.detail).not.toContain('secret detail')
  expect(problem.instance).toBe(`urn:periplus:request:${entry?.fields['request']}`)
  expect(String(entry?.fields['error'])).toContain('secret detail')
})

test('alive is not ready: readiness says what is missing', async () => {
  server = startHarness()

  const ready = await server.call('/readyz', { as: 'nobody' })
  server.readiness.push({ name: 'engine local', vital: true, ok: false, reason: 'no git' })
  const unready = await server.call('/readyz', { as: 'nobody' })

  expect([(await server.call('/healthz', { as: 'nobody' })).status, ready.status, unready.status]).toEqual([
    200, 200, 503,
  ])
  expect(await unready.json()).toMatchObject({ status: 'not ready' })
})

test('ready is a server whose cluster is away: its pages say so', async () => {
  server = startHarness()
  const away = { name: 'engine argo', vital: false, ok: false, reason: 'Nothing listens there.' }
  server.readiness.push(away)

  const answer = await server.call('/readyz', { as: 'viewer' })

  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ status: 'ready', checks: [{ name: 'store' }, away] })
})

test('readiness has its reasons for those who have signed in: they name addresses', async () => {
  server = startHarness()
  const reason = 'Nothing listens at https://10.0.0.1:6443.'
  server.readiness.push({ name: 'engine argo', vital: false, ok: false, reason })

  const told = await Promise.all(
    (['nobody', 'viewer', 'local-admin'] as const).map(async (as) =>
      (await server.call('/readyz', { as })).text(),
    ),
  )

  expect(told.map((text) => text.includes('10.0.0.1'))).toEqual([false, true, true])
  expect(told[0]).toContain('Whoever has signed in is told why.')
})
