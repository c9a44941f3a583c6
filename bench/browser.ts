/**
 * Figures 8 and 9: how soon a cold Chromium shows the last line and a permalink of the 200,000-line log, and the history
 * page; beside a static page that holds nothing but one window of the same lines. `bun bench/browser.ts [rounds]`.
 *
 * Each round is a fresh context without a cache. The clock starts with the navigation and is the page's own; every
 * 20 ms it is looked whether the line stands inside the window.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launch } from '../test/e2e/browser.ts'
import { openShop, type Shop } from '../test/e2e/shop.ts'
import { percentile, print, type Row } from './report.ts'
import { TEST_LOG_LINES, testLog } from './testlog.ts'

const ROUNDS = Number(process.argv[2] ?? 9)
const BATCH = 2_000
const LOOK_EVERY_MS = 20
const HISTORY_EXECUTIONS = 60

interface Seen {
  readonly ms: number
  readonly elements: number
  readonly bytes: number
  readonly requests: number
}

const [browser, shop] = await Promise.all([launch(), openShop()])
const state = await signedIn(browser, shop)
const log = await longLog(shop)
const floor = staticPage()
for (let i = 0; i < HISTORY_EXECUTIONS; i += 1) await shop.trigger('ledger-api')

const FIGURES = {
  last: [`${shop.address}${log}`, `#L${TEST_LOG_LINES}`],
  permalink: [`${shop.address}${log}#L123456-L123470`, '#L123456'],
  history: [`${shop.address}/executions`, '#rows tr:nth-child(10)'],
  floor: [`http://127.0.0.1:${floor.port}/`, '#L200'],
} as const
type Figure = keyof typeof FIGURES

const seen: Record<Figure, Seen[]> = { last: [], permalink: [], history: [], floor: [] }
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [figure, [address, selector]] of Object.entries(FIGURES)) {
    const one = await look(address, selector)
    // The first round warms the server and the browser's own code.
    if (round > 0 && isFigure(figure)) seen[figure].push(one)
  }
}

print('Figures 8 and 9: in Chromium, cold', [
  row('8 last line of 200,000 visible', 'last', '≤ 0.3 s, ≤ 4,000 elements, ≤ 300 KB'),
  row('8 a permalink in its middle visible', 'permalink', '≤ 0.3 s, ≤ 4,000 elements, ≤ 300 KB'),
  row('9 history page, 50 rows, text visible', 'history', '≤ 0.25 s, ≤ 6 requests'),
])
await browser.close()
await shop.close()
await floor.stop(true)

function isFigure(name: string): name is Figure {
  return name in FIGURES
}

async function signedIn(
  browser: Browser,
  shop: Shop,
): Promise<Awaited<ReturnType<BrowserContext['storageState']>>> {
  const context = await browser.newContext()
  await shop.enter(context)
  const state = await context.storageState()
  await context.close()
  return state
}

/** A finished stage with the test log. */
async function longLog(shop: Shop): Promise<string> {
  const id = await shop.building()
  let batch: string[] = []
  for (const line of testLog()) {
    batch.push(line)
    if (batch.length < BATCH) continue
    shop.script.write(id, 'build', batch)
    batch = []
  }
  shop.script.endStage(id, 'build')
  shop.script.endSegment(id)
  return `/executions/${id}/stages/build`
}

/** What any page with one window of lines must cost. */
function staticPage() {
  const rows = [...testLog(200)]
    .map((line, i) => `<p id="L${i + 1}">${line.replaceAll('\u001b', '')}</p>`)
    .join('')
  const html = `<!doctype html><html lang="en"><title>Floor</title><main>${rows}</main><script>scrollTo(0, document.body.scrollHeight)</script>`
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Response(html, { headers: { 'Content-Type': 'text/html' } }),
  })
}

async function look(address: string, selector: string): Promise<Seen> {
  const context = await browser.newContext({ storageState: state, viewport: { width: 1400, height: 900 } })
  const page = await context.newPage()
  const sent = await counted(page)
  await page.addInitScript(watch, { selector, every: LOOK_EVERY_MS })
  await page.goto(address)
  const ms = await page
    .waitForFunction(() => Reflect.get(window, 'seenAt'))
    .then((handle) => handle.jsonValue())
  // What a page fetches beyond what is looked at counts too.
  await page.waitForLoadState('load')
  const elements = await page.locator('*').count()
  await context.close()
  return { ms: Number(ms), elements, ...sent }
}

/** Runs in the page: when the element first stands inside the window and inside whatever scrolls it. */
function watch({ selector, every }: { selector: string; every: number }): void {
  const timer = setInterval(() => {
    const box = document.querySelector(selector)?.getBoundingClientRect()
    if (box === undefined || box.height === 0) return
    const frame = document.querySelector('.lines')?.getBoundingClientRect()
    const top = Math.max(0, frame?.top ?? 0)
    const bottom = Math.min(window.innerHeight, frame?.bottom ?? window.innerHeight)
    if (box.top < top - 1 || box.bottom > bottom + 1) return
    Reflect.set(window, 'seenAt', performance.now())
    clearInterval(timer)
  }, every)
}

async function counted(page: Page): Promise<{ bytes: number; requests: number }> {
  const sum = { bytes: 0, requests: 0 }
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  // Chromium draws its own icons from data addresses, and asks its cache again for the picture in the tab.
  session.on('Network.requestWillBeSent', ({ request }) => {
    if (request.url.startsWith('http')) sum.requests += 1
  })
  session.on('Network.requestServedFromCache', () => {
    sum.requests -= 1
  })
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    sum.bytes += encodedDataLength
  })
  return sum
}

function row(figure: string, of: Figure, target: string): Row {
  const most = (pick: (one: Seen) => number) => Math.max(...seen[of].map(pick))
  const measured = `${spreadOf(of)}; ${most((one) => one.elements)} elements; ${Math.round(most((one) => one.bytes) / 1000)} KB in ${most((one) => one.requests)} requests`
  return { figure, measured, beside: `static page of 200 lines ${spreadOf('floor')}`, target }
}

function spreadOf(of: Figure): string {
  const times = seen[of].map((one) => one.ms).sort((a, b) => a - b)
  return `${(percentile(times, 50) / 1000).toFixed(2)} s (${((times[0] ?? 0) / 1000).toFixed(2)}–${((times.at(-1) ?? 0) / 1000).toFixed(2)})`
}
