import { afterEach, describe, expect, test } from 'bun:test'
import { browserOf } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
afterEach(() => server.close())

const PASSWORD = 'a long enough one'
const OTHER = 'another long one'

/** Somebody who came in by a link and has set a password. */
async function settled(name: string) {
  const person = browserOf(server)
  await person.enter(name)
  const answer = await person.submit('/settings/account/password', {
    password: PASSWORD,
    csrf: await person.csrf(),
  })
  expect(answer.headers.get('location')).toBe('/settings/account?told=password')
  return person
}

// biome-ignore lint/suspicious/noExplicitAny: its shape was just held to the schema.
const bodyOf = async (response: Response): Promise<any> => response.json()

const auditOf = (action: string) =>
  server.store.audit.list({ limit: 100 }).filter((entry) => entry.action === action)

describe('the last admin', () => {
  test('keeps the role and is not shut out, by nobody', async () => {
    server = startHarness()

    const demoted = await server.call('/api/v1/users/admin/role', { method: 'PUT', json: { role: 'editor' } })
    const shut = await server.call('/api/v1/users/admin/deactivation', { method: 'PUT', as: 'local-admin' })

    expect([demoted.status, shut.status]).toEqual([409, 409])
    expect(await demoted.json()).toMatchObject({
      detail: expect.stringContaining('admin is the only admin who can come in'),
    })
    expect(server.store.people.users.byName('admin')).toMatchObject({ role: 'admin', deactivatedAt: null })
  })

  test('is not the last while another can come in, and is again when that one cannot', async () => {
    server = startHarness()
    await server.call('/api/v1/users/editor/role', { method: 'PUT', json: { role: 'admin' } })
    await server.call('/api/v1/users/editor/deactivation', { method: 'PUT' })

    const alone = await server.call('/api/v1/users/admin/role', { method: 'PUT', json: { role: 'viewer' } })
    await server.call('/api/v1/users/editor/deactivation', { method: 'DELETE' })
    const together = await server.call('/api/v1/users/admin/role', {
      method: 'PUT',
      json: { role: 'viewer' },
    })

    expect([alone.status, together.status]).toEqual([409, 200])
    expect(auditOf('user.role').map(({ subject, detail }) => [subject, detail])).toEqual([
      ['user:admin', 'admin → viewer'],
      ['user:editor', 'editor → admin'],
    ])
  })

  test('reads on the page why nothing was changed', async () => {
    server = startHarness()
    const admin = browserOf(server)
    await admin.enter('admin')

    const answer = await admin.submit('/settings/users/admin/role', {
      role: 'viewer',
      csrf: await admin.csrf(),
    })

    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain('Make somebody else an admin first.')
  })
})

describe('somebody deactivated', () => {
  test('is out at once: session, token, link and password are refused alike', async () => {
    server = startHarness()
    const person = await settled('viewer')
    const { path } = await server.json('/api/v1/sign-in-links', { json: { user: 'viewer' } })

    await server.call('/api/v1/users/viewer/deactivation', { method: 'PUT' })
    const session = await person.go('/api/v1/me')
    const token = await server.call('/api/v1/me', { as: 'viewer' })
    const link = await browserOf(server).submit(path, {})
    const password = await browserOf(server).submit('/sign-in', { name: 'viewer', password: PASSWORD })
    const another = await server.call('/api/v1/sign-in-links', { json: { user: 'viewer' } })

    expect([session.status, token.status, link.status, password.status, another.status]).toEqual([
      401, 401, 404, 422, 409,
    ])
    expect(await password.text()).toContain('Name or password is wrong.')
  })

  test('comes in again once reactivated, but not by an old session', async () => {
    server = startHarness()
    const person = await settled('viewer')
    await server.call('/api/v1/users/viewer/deactivation', { method: 'PUT' })

    await server.call('/api/v1/users/viewer/deactivation', { method: 'DELETE' })
    const session = await person.go('/api/v1/me')
    const token = await server.call('/api/v1/me', { as: 'viewer' })
    const password = await browserOf(server).submit('/sign-in', { name: 'viewer', password: PASSWORD })

    expect([session.status, token.status, password.status]).toEqual([401, 200, 303])
    expect([...auditOf('user.reactivate'), ...auditOf('user.deactivate')]).toHaveLength(2)
  })

  test('has streams no more', async () => {
    server = startHarness()
    const stream = await server.call('/api/v1/events', { as: 'viewer' })
    const reader = stream.body?.getReader()
    await reader?.read()

    await server.call('/api/v1/users/viewer/deactivation', { method: 'PUT' })
    server.passTime()
    let over = false
    while (!over) over = (await reader?.read())?.done ?? true

    expect(server.web.streams()).toBe(0)
  })
})

describe('a password', () => {
  test('is changed by whoever knows it; other browsers are signed out and this one has a new secret', async () => {
    server = startHarness()
    const person = await settled('viewer')
    const elsewhere = browserOf(server)
    await elsewhere.enter('viewer')
    const before = person.cookie()
    const fields = { current: PASSWORD, password: OTHER, csrf: await person.csrf() }

    const changed = await person.submit('/settings/account/password', fields)
    const here = await person.go('/api/v1/me')
    const there = await elsewhere.go('/api/v1/me')
    const stolen = await server.call('/api/v1/me', { as: 'nobody', headers: { cookie: before } })
    const old = await browserOf(server).submit('/sign-in', { name: 'viewer', password: PASSWORD })
    const fresh = await browserOf(server).submit('/sign-in', { name: 'viewer', password: OTHER })
    const token = await server.call('/api/v1/me', { as: 'viewer' })

    expect([changed, here, there, stolen, old, fresh, token].map(({ status }) => status)).toEqual([
      303, 200, 401, 401, 422, 303, 200,
    ])
  })

  test('is kept where the present one is wrong, or the new one too short, and says which', async () => {
    server = startHarness()
    const person = await settled('viewer')
    const csrf = await person.csrf()

    const wrong = await person.submit('/settings/account/password', {
      ...{ current: 'not the right one', password: OTHER, csrf },
    })
    const short = await person.submit('/settings/account/password', {
      current: PASSWORD,
      password: 'x',
      csrf,
    })
    const still = await browserOf(server).submit('/sign-in', { name: 'viewer', password: PASSWORD })

    expect([wrong.status, short.status, still.status]).toEqual([422, 422, 303])
    expect(await wrong.text()).toContain('That is not your present password.')
    expect(await short.text()).toContain('at least 12 characters')
  })

  test('is not guessed at an open browser for long', async () => {
    server = startHarness()
    const person = await settled('viewer')
    const csrf = await person.csrf()
    const guess = () =>
      person.submit('/settings/account/password', { current: 'guess after guess', password: OTHER, csrf })

    for (let i = 0; i < 10; i += 1) await guess()
    const late = await person.submit('/settings/account/password', {
      ...{ current: PASSWORD, password: OTHER, csrf },
    })

    expect(late.status).toBe(429)
  }, 20_000)

  test('is changed through the interface by a signed-in browser too', async () => {
    server = startHarness()
    const person = browserOf(server)
    await person.enter('viewer')

    const answer = await person.go('/api/v1/me/password', { method: 'PUT', json: { password: PASSWORD } })

    expect(answer.status).toBe(204)
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(0)
    expect((await person.go('/api/v1/me')).status).toBe(200)
  })
})

describe('sessions', () => {
  test('are listed with their browsers, and ended one by one or all but this', async () => {
    server = startHarness()
    const here = browserOf(server)
    await here.enter('viewer')
    const phone = browserOf(server)
    const { path } = await server.json('/api/v1/sign-in-links', { json: { user: 'viewer' } })
    await phone.submit(path, {}, { 'user-agent': 'Mozilla/5.0 (iPhone) Safari/604.1' })
    const tablet = browserOf(server)
    await tablet.enter('viewer')

    const { items } = await bodyOf(await here.go('/api/v1/me/sessions'))
    const theirs = items.find((one: { agent: string }) => one.agent.includes('iPhone'))
    const page = await (await here.go('/settings/account')).text()
    await here.submit(`/settings/account/sessions/${theirs.id}/end`, { csrf: await here.csrf() })
    const ended = await phone.go('/api/v1/me')
    await here.submit('/settings/account/sessions/end', { csrf: await here.csrf() })
    const gone = await tablet.go('/api/v1/me')
    const stays = await here.go('/api/v1/me')

    expect(items).toHaveLength(3)
    expect(items.filter((one: { current: boolean }) => one.current)).toHaveLength(1)
    expect(theirs.address).toBe('127.0.0.1')
    expect(page).toContain('Safari on iOS')
    expect([ended.status, gone.status, stays.status]).toEqual([401, 401, 200])
    expect(auditOf('session.end')).toHaveLength(2)
  })
})

describe('a token', () => {
  /** Of the admin, with these wishes; asks as a program would. */
  async function tokenOf(wish: Record<string, unknown>, as: string | undefined = undefined) {
    const made = await server.call('/api/v1/tokens', {
      json: { name: `t${Math.random()}`, ...wish },
      ...(as === undefined ? {} : { as: 'nobody' as const, headers: { authorization: `Bearer ${as}` } }),
    })
    const body = await bodyOf(made)
    const ask = (path: string, json?: unknown) =>
      server.call(path, {
        as: 'nobody',
        headers: { authorization: `Bearer ${body.token}` },
        ...(json === undefined ? {} : { json }),
      })
    return { status: made.status, body, ask }
  }

  test('with a role of its own may do that and no more, whoever its owner is', async () => {
    server = startHarness()
    const { body, ask } = await tokenOf({ role: 'viewer' })

    const me = await bodyOf(await ask('/api/v1/me'))
    const users = await ask('/api/v1/users')

    expect(body.role).toBe('viewer')
    expect(me).toMatchObject({ name: 'admin', role: 'viewer' })
    expect(users.status).toBe(403)
  })

  test('never does more than its owner may by now', async () => {
    server = startHarness()
    await server.call('/api/v1/users/editor/role', { method: 'PUT', json: { role: 'admin' } })
    const { ask } = await tokenOf({ user: 'editor', role: 'admin' })

    await server.call('/api/v1/users/editor/role', { method: 'PUT', json: { role: 'viewer' } })

    expect((await bodyOf(await ask('/api/v1/me'))).role).toBe('viewer')
  })

  test('with a lesser role decides at no approval, and says so', async () => {
    server = startHarness()
    await server.define()
    const id = await server.trigger()
    server.script.toGate(id)
    const { ask } = await tokenOf({ role: 'executor' })

    const approval = await ask(`/api/v1/executions/${id}/approval`, { environment: 'production' })
    const rejection = await ask(`/api/v1/executions/${id}/rejection`, {
      ...{ environment: 'production', comment: 'No.' },
    })

    expect([approval.status, rejection.status]).toEqual([403, 403])
    expect((await bodyOf(approval)).detail).toContain('decides for nobody')
    expect(server.script.rowOf(id).status).toBe('approval-pending')
  })

  test('makes none that may more, or lives longer, than itself', async () => {
    server = startHarness()
    const narrow = await tokenOf({ role: 'editor', expiresInDays: 1 })

    const more = await tokenOf({ role: 'admin' }, narrow.body.token)
    const plain = await tokenOf({}, narrow.body.token)
    const longer = await tokenOf({ expiresInDays: 30 }, narrow.body.token)

    expect(more.status).toBe(403)
    expect(plain.body).toMatchObject({ role: 'editor', expiresAt: narrow.body.expiresAt })
    expect(longer.body.expiresAt).toBe(narrow.body.expiresAt)
  })

  test('is made on the page with a role and a life, shown once, and removed', async () => {
    server = startHarness()
    const person = browserOf(server)
    await person.enter('editor')
    const csrf = await person.csrf()
    const wish = (fields: Record<string, string>) => person.submit('/settings/tokens', { ...fields, csrf })

    const made = await (await wish({ name: 'laptop', role: 'viewer', days: '30' })).text()
    const again = await wish({ name: 'laptop', role: '', days: '' })
    const above = await wish({ name: 'root', role: 'admin', days: '' })
    const listed = await (await person.go('/settings/tokens')).text()
    const secret = /ppl_[\w-]{20,}/.exec(made)?.[0] ?? ''

    expect(secret).not.toBe('')
    expect(listed).not.toContain(secret)
    expect(listed).toContain('what a viewer may')
    expect([again.status, above.status]).toEqual([422, 422])
    expect(await again.text()).toContain('There is a token laptop already')
    expect(await above.text()).toContain('cannot be admin: you are editor')
  })
})

test('a person is added on the page, let in by a link that is shown once, and given another role', async () => {
  server = startHarness()
  const admin = browserOf(server)
  await admin.enter('admin')
  const csrf = await admin.csrf()

  const bad = await admin.submit('/settings/users', { name: 'Ada Lovelace', role: 'executor', csrf })
  const added = await admin.submit('/settings/users', { name: 'ada', role: 'executor', csrf })
  const twice = await admin.submit('/settings/users', { name: 'ada', role: 'viewer', csrf })
  const page = await (await admin.submit('/settings/users/ada/link', { csrf })).text()
  const link = /http:\/\/[^<\s]+\/sign-in\/[\w-]+/.exec(page)?.[0] ?? ''
  const ada = browserOf(server)
  const entered = await ada.submit(new URL(link).pathname, {})
  await admin.submit('/settings/users/ada/role', { role: 'editor', csrf })

  expect([bad.status, added.status, twice.status, entered.status]).toEqual([422, 303, 422, 303])
  expect(await twice.text()).toContain('There is a user ada already')
  expect(await (await ada.go('/api/v1/me')).json()).toMatchObject({ name: 'ada', role: 'editor' })
  expect(await (await admin.go('/settings/users/ada')).text()).not.toContain('/sign-in/')
})
