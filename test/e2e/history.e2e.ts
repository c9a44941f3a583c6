import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Complaints, launch, listen, picture, WAIT_MS_MAX } from './browser.ts'
import { openShop, type Shop } from './shop.ts'

const TABS = 10

let browser: Browser
let shop: Shop
let context: BrowserContext
let complaints: Complaints
let page: Page

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launch(), openShop()])
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(WAIT_MS_MAX)
  complaints = listen(context)
  page = await shop.enter(context)
  for (let i = 0; i < 3; i += 1) {
    const id = await shop.building()
    shop.script.endStage(id, 'build', 'failed')
    shop.script.endSegment(id, 'failed')
  }
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

afterEach(() => expect(complaints.all).toEqual([]))

const open = (path: string) => page.goto(shop.address + path)

/** How many streams the server has open, once it is as many as told. */
async function streams(wanted: number): Promise<void> {
  await page.waitForFunction(async (count) => {
    const system = await (await fetch('/api/v1/system')).json()
    return system.streams === count
  }, wanted)
}

test('filters are saved under a name, chosen again from the menu, and the view is removed there', async () => {
  await open('/executions?status=failed&branch=main')
  await page.locator('summary', { hasText: 'Save view' }).click()
  await page.getByLabel('Name').fill('Red on main')
  await page.getByLabel('For everybody').check()
  await picture(page, 'save-view')
  await page.locator('details[open]').getByRole('button', { name: 'Save view' }).click()
  await page.waitForURL('**/executions?status=failed&branch=main')

  await open('/executions')
  await page.locator('summary', { hasText: 'Views' }).click()
  await page.getByRole('link', { name: 'Red on main' }).click()
  await page.waitForURL('**/executions?status=failed&branch=main')
  expect(await page.locator('#rows tr').count()).toBe(3)

  await page.locator('.views summary').click()
  await page.getByRole('button', { name: 'Remove the view Red on main' }).click()
  await page.waitForURL('**/executions')
  await page.locator('summary', { hasText: 'Views' }).click()
  await page.getByText('No view yet.').waitFor()
})

test('what is shown is taken along as a file', async () => {
  await open('/executions?status=failed')
  await page.locator('summary', { hasText: 'Export' }).click()
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  const file = await coming

  expect(file.suggestedFilename()).toBe('periplus-executions.csv')
  expect((await Bun.file(await file.path()).text()).split('\r\n')).toHaveLength(5)
})

test('a tab that nobody looks at holds no stream, and catches up once somebody does', async () => {
  await open('/executions')
  await streams(1)

  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await streams(0)
  await shop.building()
  await page.evaluate(() => {
    Reflect.deleteProperty(document, 'hidden')
    document.dispatchEvent(new Event('visibilitychange'))
  })

  await page.getByRole('link', { name: '1 new' }).waitFor()
  await streams(1)
})

test('ten lists are all live at once, and no row of theirs moves', async () => {
  const tabs: { tab: Page; top: number | undefined }[] = []
  for (let i = 0; i < TABS; i += 1) {
    const tab = await context.newPage()
    await tab.goto(`${shop.address}/executions`)
    tabs.push({ tab, top: (await tab.locator('#rows tr').first().boundingBox())?.y })
  }

  await shop.building('ledger-api')

  for (const { tab, top } of tabs) {
    await tab.bringToFront()
    await tab.getByRole('link', { name: '1 new' }).waitFor()
    expect((await tab.locator('#rows tr').first().boundingBox())?.y).toBe(top)
  }
  await Promise.all(tabs.map(({ tab }) => tab.close()))
})
