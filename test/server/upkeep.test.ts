import { afterEach, describe, expect, test } from 'bun:test'
import { browserOf } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
afterEach(() => server.close())

const DAY_MS = 24 * 60 * 60 * 1000

/** Three days of people at work, in a zone that is ahead of UTC. */
async function history(): Promise<void> {
  server = startHarness({ settings: { timezone: 'Europe/Athens' } })
  server.clock.now = Date.parse('2026-08-30T20:59:00Z') // 23:59 of the 30th there
  await server.call('/api/v1/secrets/npm-token', { method: 'PUT', json: { value: 'hunter2hunter2' } })
  server.clock.now += 2 * 60 * 1000 // 00:01 of the 31st
  await server.call('/api/v1/secrets/npm-token', { method: 'DELETE' })
  server.clock.now += DAY_MS
  await server.call('/api/v1/secrets/other', {
    ...{ method: 'PUT', json: { value: 'hunter2hunter2' }, as: 'local-admin' },
  })
  await server.define()
  const id = await server.trigger()
  server.script.toGate(id)
  await server.call(`/api/v1/executions/${id}/approval`, {
    ...{ as: 'editor', json: { environment: 'production' } },
  })
}

type Entry = {
  readonly id: number
  readonly action: string
  readonly object: string
  readonly outcome: string
}

describe('the audit log', () => {
  test('is narrowed by who, what, object, outcome and day, each alone and together', async () => {
    await history()
    const asked = async (query: string): Promise<string[]> =>
      (await server.json(`/api/v1/audit?${query}`)).items.map(
        (entry: Entry) => `${entry.action} ${entry.object}`,
      )

    expect(await asked('actor=local-admin')).toEqual(['secret.save secret:other'])
    expect(await asked('action=secret.remove')).toEqual(['secret.remove secret:npm-token'])
    expect(await asked('object=secret:npm-token')).toEqual([
      'secret.remove secret:npm-token',
      'secret.save secret:npm-token',
    ])
    expect(await asked('outcome=refused')).toEqual(['approve storefront-1'])
    expect(await asked('to=2026-08-30')).toEqual(['secret.save secret:npm-token'])
    expect(await asked('from=2026-08-31&to=2026-08-31')).toEqual(['secret.remove secret:npm-token'])
    expect(await asked('from=2026-08-31&action=secret.save&actor=admin')).toEqual([])
  })

  test('is read page by page, each entry once, also while it grows', async () => {
    await history()
    const all = (await server.json('/api/v1/audit')).items.map(({ id }: Entry) => id)

    const seen: number[] = []
    for (let path = '/api/v1/audit?limit=2'; path !== ''; ) {
      const { items, next } = await server.json(path)
      seen.push(...items.map(({ id }: Entry) => id))
      await server.call('/api/v1/secrets/noise', { method: 'PUT', json: { value: 'hunter2hunter2' } })
      path = next ?? ''
    }

    expect(seen).toEqual(all)
  })

  test('is exported whole, as lines of JSON and as a table that no spreadsheet calculates', async () => {
    await history()
    for (let i = 0; i < 2_100; i += 1) {
      const entry = { at: server.clock.now, actor: 'admin', action: 'secret.save', outcome: 'done' } as const
      server.store.audit.append({
        ...entry,
        subject: `secret:s${i}`,
        detail: i === 0 ? '=1+2, "x"\n@y' : null,
      })
    }

    const json = await (await server.call('/api/v1/audit/export')).text()
    const csv = await server.call('/api/v1/audit/export?format=csv&object=secret:s0')
    const text = await csv.text()
    const entries = json
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

    expect(entries.length).toBe(server.store.audit.list({ limit: 10_000 }).length)
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="periplus-audit.csv"')
    expect(text).toStartWith('id,at,actor,action,object,outcome,detail\r\n')
    expect(text).toContain(`,secret:s0,done,"'=1+2, ""x""\n@y"\r\n`)
  })

  test('says on its page what is wrong with a question, and leads on by links alone', async () => {
    await history()
    const admin = browserOf(server)
    await admin.enter('admin')
    for (let i = 0; i < 60; i += 1)
      await server.call('/api/v1/secrets/noise', { method: 'PUT', json: { value: 'hunter2hunter2' } })

    const bad = await admin.go('/settings/audit?from=yesterday')
    const first = await (await admin.go('/settings/audit?action=secret.save')).text()
    const older =
      /href="(\/settings\/audit\?[^"]*before=\d+)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const second = await (await admin.go(older)).text()

    expect(bad.status).toBe(422)
    expect(await bad.text()).toContain('from: ')
    expect(older).toContain('action=secret.save')
    expect(second).toContain('secret:npm-token')
    expect(second).toContain('Newest')
  })

  test('has no entry for what was not done', async () => {
    server = startHarness()

    await server.call('/api/v1/secrets/absent', { method: 'DELETE' })
    await server.call('/api/v1/users/nobody/role', { method: 'PUT', json: { role: 'admin' } })

    expect(server.store.audit.list({ limit: 10 })).toEqual([])
  })
})

describe('system health', () => {
  test('tells engines with their reasons and warnings, disk, databases, queue and streams', async () => {
    server = startHarness({
      engines: [
        {
          name: 'local',
          reachable: true,
          reason: null,
          warnings: ['Stages share the user.'],
          tools: ['git'],
        },
        { name: 'argo', reachable: false, reason: 'No route to the cluster.', warnings: [], tools: [] },
      ],
    })
    await server.define()
    const id = await server.trigger()
    server.script.prepare(id)
    server.script.start(id)
    await server.trigger()
    server.clock.now += 90_000
    const stream = await server.call('/api/v1/events')

    const system = await server.json('/api/v1/system')
    await stream.body?.cancel()

    expect(system).toMatchObject({
      version: '0.0.0-test',
      engines: [
        { name: 'local', reachable: true, warnings: ['Stages share the user.'], running: 1 },
        { name: 'argo', reachable: false, reason: 'No route to the cluster.', running: 0 },
      ],
      queue: { waiting: 0, due: 1, retrying: 0, oldestAt: '2026-09-01T08:00:00.000Z' },
      streams: 1,
    })
    expect(system.databases.map((one: { name: string }) => one.name)).toEqual(['state.db', 'logs.db'])
  })

  test('stands on a page of its own', async () => {
    server = startHarness({
      engines: [
        { name: 'argo', reachable: false, reason: 'No route to the cluster.', warnings: ['Odd.'], tools: [] },
      ],
    })
    const admin = browserOf(server)
    await admin.enter('admin')

    const page = await (await admin.go('/settings/system')).text()

    expect(page).toContain('not reachable: No route to the cluster.')
    expect(page).toContain('Odd.')
    expect(page).toContain('42.9 GB of 68.7 GB are free')
  })
})
