import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { launch, shiftOf, signIn, watchShift } from './browser.ts'
import { openShop, type Shop } from './shop.ts'

/** A page that comes in pieces, as over a slow line or into a busy browser, stands still from its first paint on. */

const PIECES = 24
/** A frame of the browser lies between two pieces. */
const PIECE_MS = 17

const PAGES = [
  '/',
  '/executions',
  '/executions/storefront-1',
  '/analytics?range=7d',
  '/pipelines',
  '/workflows/storefront',
  '/environments',
  '/settings/audit',
]

let browser: Browser
let shop: Shop
let line: Bun.Server<undefined>
let page: Page

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launch(), openShop()])
  const failed = await shop.building()
  shop.script.endStage(failed, 'build', 'failed')
  shop.script.endSegment(failed, 'failed')
  await shop.building()
  line = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: slowly })
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await watchShift(page)
  const { path } = await shop.json('/api/v1/sign-in-links', { json: { user: 'admin' }, as: 'local-admin' })
  await signIn(page, shop.address, path)
})

afterAll(async () => {
  await browser.close()
  await line.stop(true)
  await shop.close()
})

/** The shop's answers, with pages in pieces. A cookie knows no port: who is signed in there, is so here. */
async function slowly(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const headers = new Headers(request.headers)
  headers.delete('host')
  headers.set('accept-encoding', 'identity')
  const answer = await fetch(shop.address + pathname + search, { headers, redirect: 'manual' })
  if (!answer.headers.get('content-type')?.startsWith('text/html')) return answer
  const text = await answer.text()
  const size = Math.ceil(text.length / PIECES)
  const kept = new Headers(answer.headers)
  kept.delete('content-length')
  const pieces = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (let at = 0; at < text.length; at += size) {
        controller.enqueue(new TextEncoder().encode(text.slice(at, at + size)))
        await Bun.sleep(PIECE_MS)
      }
      controller.close()
    },
  })
  return new Response(pieces, { status: answer.status, headers: kept })
}

test.each(PAGES)('%s', async (path) => {
  await page.goto(line.url.origin + path)

  expect(await page.locator('h1').count()).toBe(1)
  expect(await shiftOf(page)).toBe(0)
})
