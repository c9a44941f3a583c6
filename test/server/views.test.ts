import { afterEach, beforeEach, expect, test } from 'bun:test'
import { browserOf } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
beforeEach(async () => {
  server = startHarness()
  await server.define(['storefront'], ['dev'])
})
afterEach(() => server.close())

const FAILED = 'status=failed&branch=main'

async function named(as: 'viewer' | 'admin') {
  const { items } = await server.json('/api/v1/views', { as })
  return items.map(({ name, shared, query }: Record<string, unknown>) => [name, shared, query])
}

test('a view is its maker’s alone, one for all is everybody’s', async () => {
  const save = (as: 'viewer' | 'admin', name: string, shared: boolean) =>
    server.call(`/api/v1/views/${name}`, { as, method: 'PUT', json: { query: FAILED, shared } })
  await save('viewer', 'Mine', false)
  await save('admin', 'Ours', true)

  expect(await named('viewer')).toEqual([
    ['Mine', false, FAILED],
    ['Ours', true, FAILED],
  ])
  expect(await named('admin')).toEqual([['Ours', true, FAILED]])
})

test('saving under the same name replaces the view and leaves everybody’s of that name alone', async () => {
  await server.call('/api/v1/views/Red', { method: 'PUT', json: { query: FAILED, shared: true } })
  for (const query of ['status=error', 'status=error,failed'])
    await server.call('/api/v1/views/Red', { as: 'viewer', method: 'PUT', json: { query } })

  expect(await named('viewer')).toEqual([
    ['Red', false, 'status=error%2Cfailed'],
    ['Red', true, FAILED],
  ])
})

test('what is no filter is refused with the filter’s name', async () => {
  for (const [query, word] of [
    ['stauts=failed', 'stauts'],
    ['status=broken', 'status'],
    ['before=o1.abc', 'before'],
    ['q=', 'q'],
  ] as const) {
    const answer = await server.call('/api/v1/views/Bad', { method: 'PUT', json: { query } })

    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain(word)
  }
})

test('a reader saves what is shown, finds it in the menu, and removes it; the audit log has both', async () => {
  const reader = browserOf(server)
  await reader.enter('viewer')
  const csrf = await reader.csrf()

  const saved = await reader.submit('/executions/views', {
    csrf,
    name: ' Failed on main ',
    query: FAILED,
    shared: '',
  })
  const shown = await (await reader.go(saved.headers.get('location') ?? '')).text()
  const removed = await reader.submit('/executions/views/removal', { csrf, name: 'Failed on main' })

  expect(saved.status).toBe(303)
  expect(shown).toContain('aria-label="Remove the view Failed on main"')
  expect(removed.status).toBe(303)
  expect(await named('viewer')).toEqual([])
  expect(
    server.store.audit.list({ subject: 'view:Failed on main', limit: 9 }).map(({ action }) => action),
  ).toEqual(['view.remove', 'view.save'])
})

const DAY = 24 * 60 * 60 * 1000

test('a view of the last days stays fresh, and says no day of its own', async () => {
  await server.trigger()
  await server.call('/api/v1/views/Lately', {
    as: 'viewer',
    method: 'PUT',
    json: { query: 'workflow=storefront&range=7d' },
  })
  const [[, , query]] = await named('viewer')
  const listed = async () => (await server.json(`/api/v1/executions?${query}`)).total.count

  server.clock.now += 6 * DAY
  expect([query, await listed()]).toEqual(['workflow=storefront&range=7d', 1])
  server.clock.now += DAY
  expect(await listed()).toBe(0)
})

test('a range and days exclude each other, and days that a form sends beside its range replace it', async () => {
  const reader = browserOf(server)
  await reader.enter('viewer')

  const refused = await server.call('/api/v1/executions?range=7d&from=2026-09-01')
  const sent = await reader.go('/executions?range=7d&from=2026-08-01&to=&branch=')
  const unknown = await reader.go('/executions?range=8d')

  expect(refused.status).toBe(422)
  expect(await refused.text()).toContain('range excludes from and to')
  expect(sent.headers.get('location')).toBe('/executions?from=2026-08-01')
  expect(unknown.status).toBe(422)
  expect(await unknown.text()).toContain('Known are 7d, 30d, 90d.')
})
