import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Complaints, launch, listen, picture, WAIT_MS_MAX } from './browser.ts'
import { openShop, type Shop } from './shop.ts'

/** Back to what was deployed before, by clicks alone, on a phone and without a script. */

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')

let browser: Browser
let shop: Shop
let context: BrowserContext
let complaints: Complaints
let page: Page
let old: string
let young: string

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launch(), openShop()])
  old = await deployed('1'.repeat(40))
  young = await deployed('2'.repeat(40))
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(WAIT_MS_MAX)
  complaints = listen(context)
  page = await shop.enter(context)
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

async function deployed(sha: string): Promise<string> {
  const id = await shop.trigger()
  shop.script.toGate(id, sha)
  through(id)
  await shop.call(`/api/v1/executions/${id}/approval`, { json: { environment: 'production' } })
  through(id)
  return id
}

/** Runs what stands next, to its end. */
function through(id: string): void {
  shop.script.start(id)
  shop.script.endSegment(id)
}

const idOf = (of: Page): string => new URL(of.url()).pathname.slice('/executions/'.length)

async function isAccessible(of: Page): Promise<string[]> {
  await of.evaluate(AXE)
  // axe puts itself into the page that it looks at.
  return await of.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))')
}

test('the older one is deployed again from the environment’s history, and its approver confirms it', async () => {
  await page.goto(`${shop.address}/environments/production`)
  expect(await isAccessible(page)).toEqual([])
  await picture(page, 'environment')
  await page.getByRole('link', { name: `Redeploy this: ${old} to production` }).click()
  await page.getByText(`${old} is older than ${young}, which is deployed to production.`).waitFor()
  expect(await isAccessible(page)).toEqual([])
  await picture(page, 'redeploy')
  await page.getByLabel('Replace it with what is older').check()
  await page.getByRole('button', { name: `Redeploy ${old} to production` }).click()
  await page.waitForURL((url) => /\/executions\/storefront-\d+$/.test(url.pathname))
  const id = idOf(page)
  shop.script.prepare(id)

  await page.getByRole('heading', { name: 'Production waits for your decision' }).waitFor()
  expect(await page.locator('#cards').textContent()).toContain('1 commit would be taken back from production')
  await page.getByRole('button', { name: 'Approve and deploy' }).click()
  expect(await page.locator('input[name=confirm]:invalid').count()).toBe(1)
  await page.getByLabel('Replace it with what is older').check()
  await page.getByRole('button', { name: 'Approve and deploy' }).click()
  await page.getByText('Running', { exact: true }).first().waitFor()
  through(id)

  await page.goto(`${shop.address}/environments/production`)
  expect(await page.getByRole('table', { name: 'Deployed now' }).textContent()).toContain(id)
  expect(complaints.all).toEqual([])
})

test('on a phone and without a script the tick is asked for just as well', async () => {
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } })
  plain.setDefaultTimeout(WAIT_MS_MAX)
  const theirs = await shop.enter(plain)
  await theirs.goto(`${shop.address}/environments/dev`)
  await theirs
    .getByRole('link', { name: `Redeploy this: ${old} to dev` })
    .first()
    .click()
  await picture(theirs, 'redeploy-phone')
  await theirs.getByLabel('Replace it with what is older').check()
  await theirs.getByRole('button', { name: `Redeploy ${old} to dev` }).click()

  await theirs.waitForURL((url) => /\/executions\/storefront-\d+$/.test(url.pathname))
  expect(await theirs.locator('#head').textContent()).toContain(`redeploys ${old} to dev`)
  await plain.close()
})
