import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Complaints, launch, listen, picture, WAIT_MS_MAX } from './browser.ts'
import { chatter, openShop, type Shop } from './shop.ts'

/** Each turn of a search finds one line and takes this long: the page comes with two, and its script asks for the rest. */
const TURN_MS = 100

let browser: Browser
let shop: Shop
let context: BrowserContext
let complaints: Complaints
let page: Page
const ids: string[] = []

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([
    launch(),
    openShop({
      searcher: (own) => ({
        ...own,
        turn: (question, from) => {
          shop.clock.now += TURN_MS
          return own.turn(question, from, 1)
        },
      }),
    }),
  ])
  for (let i = 0; i < 6; i += 1) {
    const id = await shop.building()
    shop.script.write(id, 'build', [
      ...chatter(1, 300),
      `\x1b[31mneedle ${i}\x1b[0m <b>`,
      ...chatter(302, 300),
    ])
    ids.unshift(id)
  }
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(WAIT_MS_MAX)
  complaints = listen(context)
  page = await shop.enter(context)
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

test('a key leads to it from pages without a filter, and what is typed is found as it is found', async () => {
  await page.goto(shop.address)
  await page.keyboard.press('/')
  await page.waitForURL(`${shop.address}/search`)
  await page.keyboard.press('/')
  await page.keyboard.type('needle')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/search?q=needle')

  await page.getByText('6 lines found. Searched 6 logs in 6 executions').waitFor()

  expect(await page.locator('#found h3 a.b').allTextContents()).toEqual(ids)
  expect(await page.locator('#found mark').count()).toBe(6)
  expect(await page.locator('#rest a').count()).toBe(0)
  expect(await page.evaluate(() => document.documentElement.dataset['search'])).toBeUndefined()
  await picture(page, 'search-found')
})

test('what is found below moves nothing above', async () => {
  await page.addInitScript(() => {
    Reflect.set(window, 'moved', 0)
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        Reflect.set(window, 'moved', Reflect.get(window, 'moved') + Reflect.get(entry, 'value'))
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await page.goto(`${shop.address}/search?q=needle`)
  await page.getByText('6 lines found.').waitFor()

  expect(await page.evaluate(() => Reflect.get(window, 'moved'))).toBeLessThan(0.01)
})

test('a line leads to its place in its log, which then stands on the screen', async () => {
  await page.goto(`${shop.address}/search?q=needle`)
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${shop.address}/executions/${ids[0]}/stages/build?q=needle&line=301#L301`)

  await page.locator('#L301').waitFor()

  expect(await page.locator('#L301').textContent()).toContain('needle 5 <b>')
  expect(await page.locator('#L301').isVisible()).toBe(true)
})

test('a filter is kept from search to search', async () => {
  await page.goto(`${shop.address}/search?q=needle&workflow=storefront`)
  await page.locator('summary', { hasText: 'Stage' }).click()
  await page.getByLabel('Stage, as build or deploy').fill('source')
  await page.locator('details[open]').getByRole('button', { name: 'Show' }).click()
  await page.waitForURL('**/search?q=needle&stage=source&workflow=storefront')

  await page.getByRole('heading', { name: 'No line matches' }).waitFor()
  await page.getByRole('link', { name: 'Remove the filter Stage: source' }).click()
  await page.getByText('6 lines found.').waitFor()
})

test('nothing was refused or failed on the way', () => {
  expect(complaints.all).toEqual([])
})
