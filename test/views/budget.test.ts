import { expect, test } from 'bun:test'
import { Hono } from 'hono'
import { STATUSES } from '../../src/domain/status.ts'
import { periodsOf, trendOf } from '../../src/domain/trend.ts'
import { ASSETS, mountAssets } from '../../src/server/assets.ts'
import { analyticsPage } from '../../views/analytics/page.tsx'
import { historyPage } from '../../views/history/page.tsx'
import { builderPage } from '../../views/workflow/builder.tsx'
import { analytics, executionLine, FRAME, historyProps } from './fixtures.ts'
import { builderProps } from './workflows.ts'

const app = new Hono()
mountAssets(app)

async function sent(path: string): Promise<{ bytes: number; response: Response }> {
  const response = await app.request(path, { headers: { 'Accept-Encoding': 'gzip' } })
  return { bytes: (await response.clone().arrayBuffer()).byteLength, response }
}

function askedBy(markup: string): string[] {
  return [
    ...new Set([...markup.matchAll(/(?:src|href)="(\/assets\/[^"#]+)/g)].map(([, path = '']) => path)),
  ].sort()
}

const KIB = 1024

test('analytics cost at most 50 KiB of script and 12 KiB of style, compressed', async () => {
  const [script, chart] = [await sent(ASSETS.script), await sent(ASSETS.chartScript)]
  const [style, chartStyle] = [await sent(ASSETS.style), await sent(ASSETS.chartStyle)]

  expect(script.bytes + chart.bytes).toBeLessThanOrEqual(50 * KIB)
  expect(style.bytes + chartStyle.bytes).toBeLessThanOrEqual(12 * KIB)
})

test('no other page asks for what draws charts', async () => {
  const chart = await (await app.request(ASSETS.chartScript)).text()
  const main = await (await app.request(ASSETS.script)).text()
  const list = historyPage({ ...FRAME, assets: ASSETS }, historyProps())

  expect(chart).toContain('u-over')
  expect(main).not.toContain('u-over')
  expect(list).not.toContain(ASSETS.chartScript)
  expect(list).not.toContain(ASSETS.chartStyle)
})

test('a page costs at most 25 KiB of script and 12 KiB of style, compressed', async () => {
  expect((await sent(ASSETS.script)).bytes).toBeLessThanOrEqual(25 * KIB)
  expect((await sent(ASSETS.style)).bytes).toBeLessThanOrEqual(12 * KIB)
})

test('embedded files may be kept for ever, because their addresses change with them', async () => {
  for (const path of Object.values(ASSETS)) {
    const { response } = await sent(path)

    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(path).toMatch(/\.[0-9a-f]{10}\./)
  }
})

test('the style sheet names the font that is embedded', async () => {
  const text = await (await app.request(ASSETS.style)).text()

  expect(text).toContain(`url(${ASSETS.font.slice('/assets/'.length)})`)
})

test('a page asks for four files besides itself, and its stream', () => {
  const { builder, workflowStyle, chartScript, chartStyle, ...all } = ASSETS
  const frame = { ...FRAME, assets: ASSETS }

  expect(askedBy(historyPage(frame, historyProps()))).toEqual(Object.values(all).sort())
})

test('a builder asks for its own script and one more sheet, together as small', async () => {
  const { builder, workflowStyle, chartScript, chartStyle, ...all } = ASSETS
  const asked = askedBy(builderPage({ ...FRAME, assets: ASSETS }, builderProps()))
  const [style, own] = [await sent(ASSETS.style), await sent(workflowStyle)]

  expect(asked).toEqual(Object.values({ ...all, script: builder, workflowStyle }).sort())
  expect((await sent(builder)).bytes).toBeLessThanOrEqual(25 * KIB)
  expect(style.bytes + own.bytes).toBeLessThanOrEqual(12 * KIB)
})

test('analytics of thirty days are at most 12 KiB compressed and 2,500 elements', () => {
  const range = { period: 'day', count: 30 } as const
  const periods = periodsOf(range, '2026-09-01')
  const counts = periods.flatMap((period) => STATUSES.map((status) => ({ period, status, count: 17 })))
  const data = analytics({ range, trend: trendOf(periods, counts) })
  const markup = analyticsPage(FRAME, {
    analytics: data,
    place: { tab: 'across', workflow: null, range, environment: null },
    workflows: Array.from({ length: 200 }, (_, i) => `pipeline-${i}`),
    environments: ['dev', 'production'],
  })

  expect(Bun.gzipSync(Buffer.from(markup)).byteLength).toBeLessThanOrEqual(12 * KIB)
  expect(markup.match(/<[a-z]/g)?.length ?? 0).toBeLessThanOrEqual(2_500)
})

test('fifty rows are at most 12 KiB compressed and 2,500 elements', () => {
  const rows = Array.from({ length: 50 }, (_, i) => executionLine({ id: `storefront-${i + 1}` }))
  const markup = historyPage(FRAME, historyProps({ rows }))

  expect(Bun.gzipSync(Buffer.from(markup)).byteLength).toBeLessThanOrEqual(12 * KIB)
  expect(markup.match(/<[a-z]/g)?.length ?? 0).toBeLessThanOrEqual(2_500)
})
