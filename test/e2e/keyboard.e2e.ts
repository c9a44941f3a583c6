import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Complaints, launch, listen, WAIT_MS_MAX } from './browser.ts'
import { openShop, type Shop } from './shop.ts'

/** The main journey with no mouse: from the sign-in link to a decision, an end and a second run. One story. */

/** No page has so many stops that a reader would not find what they look for. */
const STOPS_MAX = 120

let browser: Browser
let shop: Shop
let context: BrowserContext
let complaints: Complaints
let page: Page
let failed: string
let gate: string

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launch(), openShop()])
  failed = await shop.building()
  shop.script.endStage(failed, 'build', 'failed')
  shop.script.endSegment(failed, 'failed')
  gate = await shop.atGate()
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(WAIT_MS_MAX)
  complaints = listen(context)
  page = await context.newPage()
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

afterEach(() => expect(complaints.all).toEqual([]))

const statusOf = (id: string) => shop.script.rowOf(id).status
const press = (key: string) => page.keyboard.press(key)

interface Stop {
  /** What it is called, by its label or its words. */
  readonly name: string
  readonly marked: boolean
}

/** Where the keyboard is: a link, a button or a field, and whether anybody can see that it is there. */
function stop(): Promise<Stop> {
  return page.evaluate(() => {
    const here = document.activeElement
    if (!(here instanceof HTMLElement)) return { name: '', marked: false }
    const label =
      here instanceof HTMLInputElement || here instanceof HTMLTextAreaElement ? here.labels?.[0] : null
    const style = getComputedStyle(here)
    return {
      name: (here.getAttribute('aria-label') ?? label?.textContent ?? here.textContent ?? '').trim(),
      marked: style.outlineStyle !== 'none' && style.outlineWidth !== '0px',
    }
  })
}

/** Tab after Tab to what is called so. Every stop on the way is seen. */
async function tabTo(name: string | RegExp): Promise<void> {
  for (let stops = 0; stops < STOPS_MAX; stops++) {
    await press('Tab')
    const here = await stop()
    const onPage = await page.evaluate(() => document.activeElement !== document.body)
    if (onPage) expect(here).toMatchObject({ marked: true })
    if (typeof name === 'string' ? here.name === name : name.test(here.name)) return
  }
  throw new Error(`no ${name} within ${STOPS_MAX} stops of ${page.url()}`)
}

async function follow(name: string | RegExp, to: RegExp): Promise<void> {
  await tabTo(name)
  await press('Enter')
  await page.waitForURL(to)
}

test('one signs in', async () => {
  const { path } = await shop.json('/api/v1/sign-in-links', { json: { user: 'admin' }, as: 'local-admin' })
  await page.goto(shop.address + path)
  await follow(/^Sign in as/, /\/$/)
})

test('past the menu, straight to the content', async () => {
  await press('Tab')
  expect((await stop()).name).toBe('Skip to content')
  await press('Enter')
  expect(page.url()).toEndWith('#main')
})

test('reads which keys there are, and is back where one was', async () => {
  await press('?')
  const keys = page.getByRole('dialog', { name: 'Keys' })
  await keys.waitFor()
  await press('Escape')
  await keys.waitFor({ state: 'hidden' })
})

test('comes to what waits, and approves it with a comment', async () => {
  await press('a')
  await page.waitForURL(/\/approvals$/)
  await follow(gate, new RegExp(`/executions/${gate}`))
  await tabTo(/^Comment/)
  await page.keyboard.type('Seen, and good.')
  await tabTo('Approve and deploy to production')
  await press('Enter')
  await page.locator('#trail').getByText('“Seen, and good.”').waitFor()
  expect(statusOf(gate)).toBe('running')
})

test('terminates it: Enter on what has the focus first changes nothing', async () => {
  await press('X')
  const dialog = page.getByRole('dialog', { name: `Terminate ${gate}?` })
  await dialog.waitFor()
  await press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  expect(statusOf(gate)).toBe('running')

  await press('X')
  await dialog.waitFor()
  await tabTo(`Terminate ${gate}`)
  await press('Enter')
  await page.getByText('Terminating', { exact: true }).first().waitFor()
  expect(statusOf(gate)).toBe('terminating')
})

test('walks down the history, and opens what is there', async () => {
  await follow('Executions', /\/executions$/)
  await press('j')
  expect((await stop()).name).toBe(gate)
  await press('Enter')
  await page.waitForURL(new RegExp(`/executions/${gate}$`))
})

test('goes to the one before it, which failed, and runs that again', async () => {
  await press('[')
  await page.waitForURL(new RegExp(`/executions/${failed}$`))
  await press('R')
  await page.getByRole('dialog', { name: `Re-run ${failed}?` }).waitFor()
  await tabTo(`Re-run ${failed}`)
  await press('Enter')
  await page.waitForURL(/\/executions\/storefront-3$/)
})

test('goes from page to page by two keys, and to a line by its number', async () => {
  await press('g')
  await press('p')
  await page.waitForURL(/\/pipelines$/)
  await page.goto(`${shop.address}/executions/${failed}?stage=build`)
  await page.locator('#line').waitFor()
  for (const key of 'g12') await press(key)
  expect(await page.locator('#line').inputValue()).toBe('12')
})
