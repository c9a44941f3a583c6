import { expect, test } from 'bun:test'
import { Hono } from 'hono'
import { ASSETS, mountAssets } from '../../src/server/assets.ts'
import { historyPage } from '../../views/history/page.tsx'
import { executionLine, FRAME, historyProps } from './fixtures.ts'

const app = new Hono()
mountAssets(app)

async function sent(path: string): Promise<{ bytes: number; response: Response }> {
  const response = await app.request(path, { headers: { 'Accept-Encoding': 'gzip' } })
  return { bytes: (await response.clone().arrayBuffer()).byteLength, response }
}

const KIB = 1024

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
  const markup = historyPage({ ...FRAME, assets: ASSETS }, historyProps())
  const asked = new Set([...markup.matchAll(/(?:src|href)="(\/assets\/[^"#]+)/g)].map(([, path]) => path))

  expect([...asked].sort()).toEqual(Object.values(ASSETS).sort())
})

test('fifty rows are at most 12 KiB compressed and 2,500 elements', () => {
  const rows = Array.from({ length: 50 }, (_, i) => executionLine({ id: `storefront-${i + 1}` }))
  const markup = historyPage(FRAME, historyProps({ rows }))

  expect(Bun.gzipSync(Buffer.from(markup)).byteLength).toBeLessThanOrEqual(12 * KIB)
  expect(markup.match(/<[a-z]/g)?.length ?? 0).toBeLessThanOrEqual(2_500)
})
