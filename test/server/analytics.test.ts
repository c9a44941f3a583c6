import { afterEach, describe, expect, test } from 'bun:test'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
afterEach(() => server.close())

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Runs what it is told, and lets so much time pass before each step. */
function player({ script, clock, store, ledger }: Harness) {
  const after = (ms: number, work: () => void) => {
    clock.now += ms
    work()
  }
  return {
    after,
    /** Prepared, begun after a minute in the queue, and its stages done after two more each. */
    build(id: string, verdict: 'succeeded' | 'failed' = 'succeeded') {
      script.prepare(id)
      after(MINUTE, () => script.start(id))
      script.startStage(id, 'source')
      after(MINUTE, () => script.endStage(id, 'source'))
      script.startStage(id, 'build')
      after(3 * MINUTE, () => script.endStage(id, 'build', verdict))
      script.endSegment(id, verdict)
    },
    approve(id: string, afterMs: number) {
      const who = { kind: 'person', name: 'admin', role: 'admin', local: false } as const
      after(afterMs, () => void ledger.approve(script.rowOf(id).id, 'production', who, null))
    },
    deploy(id: string, verdict: 'succeeded' | 'failed' = 'succeeded') {
      script.start(id)
      script.startStage(id, 'deploy.production')
      after(2 * MINUTE, () => script.endStage(id, 'deploy.production', verdict))
      script.endSegment(id, verdict)
    },
    status: (id: string) => store.executions.byId(script.rowOf(id).id)?.status,
  }
}

async function shop(settings: Parameters<typeof startHarness>[0] = {}) {
  server = startHarness(settings)
  await server.define(['storefront', 'docs'])
  return player(server)
}

describe('analytics', () => {
  test('tell how long it took, waited and was broken, which stage fails, and which is flaky', async () => {
    const { build, approve, deploy, status, after } = await shop()
    const broken = await server.trigger()
    build(broken)
    approve(broken, HOUR)
    deploy(broken, 'failed')
    const red = await server.trigger()
    build(red, 'failed')
    const good = await server.trigger()
    build(good)
    approve(good, 3 * HOUR)
    deploy(good)
    expect([status(broken), status(red), status(good)]).toEqual(['failed', 'failed', 'succeeded'])

    after(0, () => {})
    const told = await server.json('/api/v1/analytics?workflow=storefront&days=7')

    expect(told).toMatchObject({
      timezone: 'UTC',
      period: 'day',
      from: '2026-08-26',
      to: '2026-09-01',
      workflow: 'storefront',
      total: 3,
      successRate: 1 / 3,
      successRateBefore: null,
      duration: { count: 1, p50Ms: 6 * MINUTE, p95Ms: 6 * MINUTE },
      queue: { count: 5, p50Ms: MINUTE, p95Ms: MINUTE },
      gate: { count: 2, p50Ms: HOUR, p95Ms: 3 * HOUR },
      delivery: {
        environment: 'production',
        deployments: 1,
        perDay: 1 / 7,
        lead: { count: 1, p50Ms: 3 * HOUR + 7 * MINUTE },
        failed: 1,
        failureRate: 1 / 2,
        // From the failed deploy on: the red build, the good one, its gate and its deploy.
        restoration: { count: 1, p50Ms: 3 * HOUR + 12 * MINUTE },
      },
      stages: {
        executions: 3,
        of: 3,
        items: [
          { stage: 'build', now: { count: 2, p50Ms: 3 * MINUTE }, before: null, failed: 1 },
          { stage: 'deploy.production', now: { count: 1, p50Ms: 2 * MINUTE }, before: null, failed: 1 },
          { stage: 'source', now: { count: 3, p50Ms: MINUTE }, before: null, failed: 0 },
        ],
      },
      failing: [
        { workflow: 'storefront', stage: 'build', failed: 1, flaky: 1 },
        { workflow: 'storefront', stage: 'deploy.production', failed: 1, flaky: 1 },
      ],
    })
    expect(told.points.at(-1)).toMatchObject({ period: '2026-09-01', total: 3, duration: { count: 1 } })
    expect(await server.json('/api/v1/analytics?workflow=docs')).toMatchObject({ total: 0, duration: null })
    expect(await server.json('/api/v1/analytics?months=1')).toMatchObject({
      total: 3,
      gate: { count: 2 },
      points: [{ period: '2026-09', total: 3 }],
    })
  })

  test('count what is before the range as before, and not in it', async () => {
    const { build, approve, deploy, after } = await shop()
    const first = await server.trigger()
    build(first)
    approve(first, HOUR)
    deploy(first)
    after(10 * 24 * HOUR, () => {})
    build(await server.trigger(), 'failed')

    const told = await server.json('/api/v1/analytics?days=7')

    expect(told).toMatchObject({ total: 1, successRate: 0, successRateBefore: 1, duration: null })
    expect(told.delivery).toMatchObject({ deployments: 0, lead: null, failed: 0, failureRate: null })
    expect(told.stages.items).toMatchObject([
      { stage: 'source', now: { count: 1 }, before: { count: 1, p50Ms: MINUTE } },
    ])
  })

  test('a day lasts from midnight to midnight of the instance’s zone, also where clocks are put forward or back', async () => {
    await shop({ settings: { timezone: 'Europe/Athens' } })
    for (const [name, at, days] of [
      // 23 hours: Sunday ends at 21:00 UTC.
      [
        'spring',
        [
          '2026-03-28T21:59:59.999Z',
          '2026-03-28T22:00:00Z',
          '2026-03-29T20:59:59.999Z',
          '2026-03-29T21:00:00Z',
        ],
        ['2026-03-28', '2026-03-29', '2026-03-29', '2026-03-30'],
      ],
      // 25 hours: Sunday ends at 22:00 UTC.
      [
        'autumn',
        [
          '2026-10-24T20:59:59.999Z',
          '2026-10-24T21:00:00Z',
          '2026-10-25T21:59:59.999Z',
          '2026-10-25T22:00:00Z',
        ],
        ['2026-10-24', '2026-10-25', '2026-10-25', '2026-10-26'],
      ],
    ] as const) {
      for (const instant of at) {
        server.clock.now = Date.parse(instant)
        await server.trigger('docs')
      }

      const { points } = await server.json('/api/v1/analytics?days=7&workflow=docs')
      const counted = points.filter((point: { total: number }) => point.total > 0)

      expect([name, points.length, new Set(points.map(periodOf)).size]).toEqual([name, 7, 7])
      expect(counted.map(periodOf)).toEqual([...new Set(days)])
      for (const { period, total } of counted) {
        expect(total).toBe(days.filter((day) => day === period).length)
        const list = await server.json(`/api/v1/executions?workflow=docs&from=${period}&to=${period}`)
        expect(list.total).toEqual({ count: total, exact: true })
        expect(list.items).toHaveLength(total)
      }
    }
  })

  test('what there is not is refused with what there is', async () => {
    await shop()

    const wrong = async (query: string) => (await server.json(`/api/v1/analytics?${query}`)).detail
    const page = async (path: string) => {
      const response = await server.call(path, { headers: { accept: 'text/html' } })
      return [response.status, await response.text()]
    }

    expect(await wrong('environment=prodction')).toBe(
      'There is no environment prodction. Did you mean production?',
    )
    expect(await wrong('days=7&months=2')).toContain('exclude each other')
    expect((await page('/analytics?range=8d')).join(' ')).toMatch(
      /^422 .*“8d” is no range. Known are 7d, 14d, 30d/s,
    )
    expect((await page('/analytics?workflow=storfront'))[0]).toBe(404)
    expect((await page('/pipelines/nothing'))[0]).toBe(404)
    expect((await page('/pipelines/storefront?tab=analytics&environment=moon'))[0]).toBe(404)
  })
})

describe('the same numbers as a file', () => {
  test('have a header and a row for each period, oldest first', async () => {
    const { build } = await shop()
    build(await server.trigger(), 'failed')

    const response = await server.call('/analytics.csv?range=7d&workflow=storefront')
    const lines = (await response.text()).split('\r\n')

    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="analytics-storefront-7d.csv"',
    )
    expect(lines[0]).toBe(
      'day,first_day,last_day,workflow,total,pending,running,deployment_pending,approval_pending,terminating,termination_failed,succeeded,failed,error,approval_rejected,terminated,duration_p50_s,duration_p95_s',
    )
    expect(lines[1]).toBe('2026-08-26,2026-08-26,2026-08-26,storefront,0,0,0,0,0,0,0,0,0,0,0,0,,')
    expect(lines[7]).toBe('2026-09-01,2026-09-01,2026-09-01,storefront,1,0,0,0,0,0,0,0,1,0,0,0,,')
    expect(lines.slice(8)).toEqual([''])
  })

  test('are for those who are signed in', async () => {
    await shop()

    const response = await server.call('/analytics.csv', { as: 'nobody' })

    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      '/sign-in?next=%2Fanalytics.csv',
    ])
  })
})

function periodOf({ period }: { readonly period: string }): string {
  return period
}
