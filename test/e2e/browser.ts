import { mkdirSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Real Chromium: the system's, since the tests download none. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** What a page shows at all it shows within this; well below a test's own limit, so that its cause is told. */
export const WAIT_MS_MAX = 10_000

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: QUIET })
}

/** What a page complained about: errors on the console, exceptions, refusals of the content security policy. */
export interface Complaints {
  readonly all: string[]
}

/** Listens to every page of a context. Answers that a test provokes on purpose are named by their status. */
export function listen(context: BrowserContext, expected: readonly number[] = []): Complaints {
  const all: string[] = []
  context.on('console', (message) => {
    const text = message.text()
    const provoked = expected.some((status) => text.includes(`status of ${status}`))
    if ((message.type() === 'error' || message.type() === 'warning') && !provoked) all.push(text)
  })
  context.on('weberror', (error) => all.push(error.error().message))
  return { all }
}

/** Pictures of what a test saw, for people to look at; kept outside of the repository. */
export async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env['PERIPLUS_PICTURES']
  if (dir === undefined) return
  mkdirSync(dir, { recursive: true })
  // Hiding the caret would need a style of its own, which our policy rightly refuses.
  await page.screenshot({ path: `${dir}/${name}.png`, caret: 'initial' })
}

/** Opens a sign-in link and presses its button. */
export async function signIn(page: Page, address: string, path: string): Promise<void> {
  await page.goto(address + path)
  await page.getByRole('button', { name: /^Sign in as/ }).click()
  await page.waitForURL(`${address}/`)
}

/** From the next load on: how far what is painted moves by itself, https://web.dev/articles/cls. */
export function watchShift(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    Reflect.set(window, 'shift', 0)
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        Reflect.set(window, 'shift', Reflect.get(window, 'shift') + Reflect.get(entry, 'value'))
    }).observe({ type: 'layout-shift', buffered: true })
  })
}

export const shiftOf = (page: Page) => page.evaluate(() => Number(Reflect.get(window, 'shift')))
