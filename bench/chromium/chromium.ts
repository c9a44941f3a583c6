import type { Browser, BrowserContext, Page } from 'playwright-core'
import { signIn } from '../../test/e2e/browser.ts'
import { ask, type Server } from '../server.ts'

/** Cookies of somebody who is signed in. */
export type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>

/** Signs a person in who may look at everything. */
export async function signedIn(browser: Browser, { address }: Server, dir: string): Promise<SignedIn> {
  await ask(dir, 'POST', '/users', { name: 'bench', role: 'viewer' })
  const { status, answer } = await ask(dir, 'POST', '/sign-in-links', { user: 'bench' })
  if (status !== 201) throw new Error(`No sign-in link: ${JSON.stringify(answer)}`)
  const context = await browser.newContext()
  await signIn(await context.newPage(), address.origin, String(answer['path']))
  const state = await context.storageState()
  await context.close()
  return state
}

/** A page of a browser that was never here: nothing is in its cache. */
export async function freshPage(browser: Browser, state: SignedIn): Promise<Page> {
  const context = await browser.newContext({ storageState: state, viewport: { width: 1400, height: 900 } })
  return await context.newPage()
}

/** What a cold page came to. */
export interface Seen {
  /** From the navigation. */
  readonly ms: number
  readonly elements: number
  readonly bytes: number
  readonly requests: number
}

const LOOK_EVERY_MS = 20

/** Opens an address without a cache and waits until an element stands inside the window. */
export async function look(page: Page, address: string, selector: string): Promise<Seen> {
  const sent = await counted(page)
  await page.addInitScript(watch, { selector, every: LOOK_EVERY_MS })
  await page.goto(address)
  const ms = await page
    .waitForFunction(() => Reflect.get(window, 'seenAt'))
    .then((handle) => handle.jsonValue())
  // What a page fetches beyond what is looked at counts too.
  await page.waitForLoadState('load')
  const elements = await page.locator('*').count()
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

/** How smoothly a page went on for some time. */
export interface Smoothness {
  readonly ms: number
  readonly frames: number
  /** Frames of the screen that were due and did not come: a sixtieth of a second each. */
  readonly missed: number
  readonly longestMs: number
  /** The share of the time that the page's thread worked, and the part of it that was spent in scripts. */
  readonly busy: number
  readonly scripts: number
}

const FRAME_MS = 1000 / 60

/** Counts a page's frames while something goes on. */
export async function smoothness(page: Page, during: () => Promise<void>): Promise<Smoothness> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const metric = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (name: string) => metrics.find((one) => one.name === name)?.value ?? 0
  }
  const before = await metric()
  await page.evaluate(() => {
    const times: number[] = []
    Reflect.set(window, 'frames', times)
    const next = (at: number): void => {
      times.push(at)
      Reflect.set(window, 'nextFrame', requestAnimationFrame(next))
    }
    Reflect.set(window, 'nextFrame', requestAnimationFrame(next))
  })
  await during()
  const times = await page.evaluate(() => {
    cancelAnimationFrame(Reflect.get(window, 'nextFrame'))
    const seen: readonly number[] = Reflect.get(window, 'frames') as never
    return seen
  })
  const after = await metric()
  await session.detach()
  const spent = (name: string) => (after(name) - before(name)) / (after('Timestamp') - before('Timestamp'))
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at))
  return {
    ms: (times.at(-1) ?? 0) - (times[0] ?? 0),
    frames: gaps.length,
    missed: gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0),
    longestMs: Math.max(0, ...gaps),
    busy: spent('TaskDuration'),
    scripts: spent('ScriptDuration'),
  }
}

/** “3 of 3,600 frames missed, the longest 48 ms; its thread busy 21 %”. */
export function smoothWords({ frames, missed, longestMs, busy }: Smoothness): string {
  return `${missed} of ${frames + missed} frames missed, the longest ${longestMs.toFixed(0)} ms; its thread busy ${(busy * 100).toFixed(0)} %`
}

/** What a page keeps, once what it does not need is thrown away. */
export async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  const metric = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0
  return `${(metric('JSHeapUsedSize') / 1e6).toFixed(1)} MB of scripts, ${metric('Nodes')} nodes`
}
