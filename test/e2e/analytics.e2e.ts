import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { type Complaints, launch, listen, picture, shiftOf, WAIT_MS_MAX, watchShift } from './browser.ts'
import { openShop, type Shop } from './shop.ts'

/** The chart is a picture of the table beside it, and each of its points a way to the executions that it counts. */

const DAY_MS = 24 * 60 * 60 * 1000
/** Pixels between two places where a pointer looks for a point. */
const STEP = 3

let browser: Browser
let shop: Shop
let context: BrowserContext
let complaints: Complaints
let page: Page

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launch(), openShop()])
  // The day before yesterday: two failures and an error. Yesterday: a failure and an error. Today: what is under way.
  shop.clock.now -= 2 * DAY_MS
  await fail()
  await fail('ledger-api')
  await lose()
  shop.clock.now += DAY_MS
  await fail()
  await lose()
  shop.clock.now += DAY_MS
  await shop.atGate()
  await shop.building()
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(WAIT_MS_MAX)
  complaints = listen(context)
  page = await shop.enter(context)
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

afterEach(() => expect(complaints.all).toEqual([]))

async function fail(workflow = 'storefront'): Promise<void> {
  const id = await shop.building(workflow)
  shop.script.endStage(id, 'build', 'failed')
  shop.script.endSegment(id, 'failed')
}

async function lose(): Promise<void> {
  const { id } = shop.script.rowOf(await shop.building())
  const event = { type: 'segment.lost', segment: 0, how: 'gone', reason: 'Its supervisor is gone.' } as const
  shop.ledger.news(id, event, { actor: { kind: 'engine', name: 'local' } })
}

async function open(path: string, on = page): Promise<void> {
  await on.goto(shop.address + path)
  await on.locator('[data-pane=others] canvas').waitFor()
}

const pane = (name: 'succeeded' | 'others'): Locator => page.locator(`[data-pane=${name}] .u-over`)

/** Moves down over one day of the lower pane until the pointer means a point; where it is, or null. */
async function findPoint(daysAgo: number, days: number): Promise<{ x: number; y: number } | null> {
  const box = await pane('others').boundingBox()
  if (box === null) throw new Error('There is no pane.')
  const x = box.x + (box.width * (days - 1 - daysAgo)) / (days - 1)
  for (let y = box.y; y < box.y + box.height; y += STEP) {
    await page.mouse.move(Math.min(x, box.x + box.width - 1), y)
    if ((await pane('others').getAttribute('class'))?.includes('leads')) return { x, y }
  }
  return null
}

describe('a click on a point', () => {
  test('leads to exactly the executions that it counts', async () => {
    await open('/analytics?range=7d')
    const counted = await page.locator('[data-periods] tbody tr').nth(2).locator('td').nth(2).textContent()
    expect(counted).toBe('2')

    const point = await findPoint(2, 7)
    await picture(page, 'analytics point')
    await page.mouse.click(point?.x ?? 0, (point?.y ?? 0) + STEP)

    await page.waitForURL('**/executions?from=2026-08-30&to=2026-08-30&status=failed')
    const rows = page.locator('#rows tr')
    expect(await rows.count()).toBe(2)
    expect(await rows.getByText('Failed', { exact: true }).count()).toBe(2)
    expect(await page.locator('#total').textContent()).toMatch(/^2 executions match, of \d+ kept$/)
  })

  test('where two lie on one spot, leads to both', async () => {
    await open('/analytics?range=7d')
    const point = await findPoint(1, 7)

    await page.mouse.click(point?.x ?? 0, (point?.y ?? 0) + STEP)

    await page.waitForURL('**/executions?from=2026-08-31&to=2026-08-31&status=failed%2Cerror')
    expect(await page.locator('#rows tr').count()).toBe(2)
  })

  test('keeps to the pipeline that is looked at', async () => {
    await open('/pipelines/ledger-api?tab=analytics&range=7d')
    const point = await findPoint(2, 7)

    await page.mouse.click(point?.x ?? 0, (point?.y ?? 0) + STEP)

    await page.waitForURL('**/executions?workflow=ledger-api&from=2026-08-30&to=2026-08-30&status=failed')
    expect(await page.locator('#rows tr').count()).toBe(1)
  })

  test('beside every point leads nowhere', async () => {
    await open('/analytics?range=7d')

    expect(await findPoint(5, 7)).toBeNull()
    await pane('others').click({ position: { x: 4, y: 4 } })

    expect(page.url()).toEndWith('/analytics?range=7d')
  })
})

test('the day under the pointer is told in words, with its total', async () => {
  await open('/analytics?range=7d')
  await findPoint(2, 7)

  expect(await page.locator('[data-tip]').textContent()).toBe('Sun 30 AugFailed2Error1Total3')
})

test('a line is taken away by its legend, by keyboard as well', async () => {
  await open('/analytics?range=7d')
  const failed = page.getByRole('button', { name: 'Line of Failed' })
  await failed.focus()
  await page.keyboard.press('Enter')
  expect(await failed.getAttribute('aria-pressed')).toBe('false')
  await page.getByRole('button', { name: 'Line of Error' }).click()

  expect(await findPoint(2, 7)).toBeNull()
  expect(await page.getByRole('button', { name: 'Line of Terminated' }).isDisabled()).toBe(true)
  await failed.click()
  expect(await findPoint(2, 7)).not.toBeNull()
})

test('opens cold without a shift in eight requests, and is as sharp as the screen', async () => {
  const cold = await browser.newContext({
    storageState: await context.storageState(),
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 2,
  })
  const fresh = await cold.newPage()
  const asked: string[] = []
  fresh.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await watchShift(fresh)
  await open('/analytics?range=7d', fresh)
  await fresh.evaluate(() => document.fonts.ready.then(() => true))

  expect(asked.length).toBeLessThanOrEqual(8)
  expect(await shiftOf(fresh)).toBe(0)
  const [drawn, wide] = await fresh
    .locator('[data-pane=others] canvas')
    .evaluate((canvas) => [Number(Reflect.get(canvas, 'width')), canvas.clientWidth])
  expect(drawn).toBe(2 * (wide ?? 0))

  await fresh.setViewportSize({ width: 390, height: 844 })
  const place = fresh.locator('[data-pane=others]')
  await fresh.waitForFunction(() => {
    const [canvas, pane] = ['[data-pane=others] canvas', '[data-pane=others]'].map((one) =>
      document.querySelector(one),
    )
    return canvas?.clientWidth === pane?.clientWidth
  })
  expect((await place.boundingBox())?.width).toBeLessThan(390)
  expect(await fresh.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await cold.close()
})

test('follows the theme', async () => {
  await page.emulateMedia({ colorScheme: 'light' })
  await open('/analytics?range=7d')
  const ink = () =>
    page.locator('[data-pane=others] canvas').evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return ''
      return canvas.toDataURL()
    })
  const light = await ink()

  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForFunction(
    (before) =>
      document.querySelector<HTMLCanvasElement>('[data-pane=others] canvas')?.toDataURL() !== before,
    light,
  )

  expect(await ink()).not.toBe(light)
  await page.emulateMedia({ colorScheme: null })
})

test('without JavaScript there are the numbers, the ways to look at others, and the file', async () => {
  const plain = await browser.newContext({
    javaScriptEnabled: false,
    storageState: await context.storageState(),
    viewport: { width: 1280, height: 900 },
  })
  plain.setDefaultTimeout(WAIT_MS_MAX)
  const still = await plain.newPage()
  await still.goto(`${shop.address}/pipelines/storefront?tab=analytics`)
  expect(await still.locator('[data-plot]').isVisible()).toBe(false)
  await picture(still, 'analytics without script')

  await still.getByRole('link', { name: '7 days' }).click()
  await still.waitForURL('**/pipelines/storefront?tab=analytics&range=7d')
  expect(await still.locator('[data-periods] tbody tr').count()).toBe(7)
  await still.locator('summary', { hasText: 'Months' }).click()
  await still.getByRole('link', { name: '3 months' }).click()
  await still.waitForURL('**/pipelines/storefront?tab=analytics&range=3m')
  await still.locator('[data-periods] td a').first().click()
  await still.waitForURL('**/executions?workflow=storefront&from=2026-09-01&to=2026-09-30')
  await still.goto(`${shop.address}/analytics`)
  await still.locator('summary', { hasText: 'Pipeline' }).click()
  await still.getByLabel('Pipeline').selectOption('ledger-api')
  await still.locator('details[open]').getByRole('button', { name: 'Show' }).click()
  await still.waitForURL('**/analytics?workflow=ledger-api')

  const [download] = await Promise.all([
    still.waitForEvent('download'),
    still.getByRole('link', { name: 'CSV' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('analytics-ledger-api-30d.csv')
  await plain.close()
})
