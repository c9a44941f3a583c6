import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { repository, type Server, scratch, serve } from '../binary/support.ts'
import { type Complaints, launch, listen, picture, WAIT_MS_MAX } from './browser.ts'

/**
 * The executable as a newcomer meets it, in one story: set up, describe, run, watch, decide, end. Each test goes on
 * where the one before it stopped.
 */

const place = scratch()
const data = join(place.dir, 'data')
/** While this file exists the build goes on; so the test decides when it ends. */
const hold = join(place.dir, 'hold')

let browser: Browser
let server: Server
let context: BrowserContext
let page: Page
let complaints: Complaints

beforeAll(async () => {
  repository(join(place.dir, 'repository'), {
    'build.sh': `echo '::group::Compile'; echo '\x1b[32mok\x1b[0m compiled'; echo '::endgroup::'
for n in $(seq 200); do echo "module $n of 200"; done
n=0; while test -e '${hold}'; do n=$((n + 1)); echo "still building $n"; sleep 0.2; done
echo built`,
    'deploy.sh': 'echo "deployed to $PERIPLUS_ENVIRONMENT"',
  })
  mkdirSync(data, { recursive: true })
  ;[browser, server] = await Promise.all([launch(), serve(data)])
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(WAIT_MS_MAX)
  complaints = listen(context)
  page = await context.newPage()
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  place.remove()
})

const WORKFLOW = `kind: workflow
name: storefront
source: { git: { url: ${join(place.dir, 'repository')}, branch: main } }
build: { script: { run: sh build.sh } }
deploy:
  - environment: dev
  - environment: production
`

async function define(kind: 'environments' | 'workflows', text: string): Promise<void> {
  await page.goto(`${server.address}/${kind}/new`)
  await page.getByRole('textbox', { name: 'Definition' }).fill(text)
  await page.getByRole('button', { name: /^Create (?:environment|workflow)$/ }).click()
  await page.waitForURL((url) => !url.pathname.endsWith('/new'))
}

async function execute(): Promise<string> {
  await page.goto(`${server.address}/workflows/storefront`)
  await page.getByRole('button', { name: 'Update & Execute Now' }).click()
  await page.waitForURL('**/executions/storefront-*')
  return new URL(page.url()).pathname.slice('/executions/'.length)
}

const status = (word: string) => page.locator('#head .st').getByText(word, { exact: true })

test('the setup link makes the first admin, and works once', async () => {
  const { path } = await server.client.call('createSignInLink', { body: {} })
  await page.goto(server.address + path)
  await picture(page, 'journey-setup')
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password').fill('a long enough password')
  await page.getByRole('button', { name: 'Create the administrator' }).click()

  await page.getByRole('heading', { name: 'No execution yet' }).waitFor()
  const again = await fetch(server.address + path, { headers: { accept: 'text/html' } })
  expect(again.status).toBe(404)
  await picture(page, 'journey-first-steps')
})

test('environments and a workflow are written in the browser', async () => {
  await define('environments', 'kind: environment\nname: dev\ndeploy: { script: { run: sh deploy.sh } }\n')
  await define(
    'environments',
    'kind: environment\nname: production\nmanual: true\napprovers: [alice]\ndeploy: { script: { run: sh deploy.sh } }\n',
  )
  await define('workflows', WORKFLOW)

  expect(await page.locator('h1').textContent()).toBe('storefront')
})

test('a run shows its lines as they are written, without a reload', async () => {
  writeFileSync(hold, '')
  await execute()
  await page.evaluate(() => Reflect.set(window, 'same', true))

  await page.getByText('still building 2', { exact: true }).waitFor()
  expect(await page.evaluate(() => Reflect.get(window, 'same'))).toBe(true)
  expect(await page.locator('#log h2').textContent()).toContain('build')
  await picture(page, 'journey-live')
})

test('a killed server is come back to by the page itself, with every line once', async () => {
  const { port } = new URL(server.address)
  await server.kill()
  await page.getByText(/^Reconnecting, last update/).waitFor()
  await picture(page, 'journey-reconnecting')
  server = await serve(data, ['--listen', `127.0.0.1:${port}`])
  // What the browser says of the time without a server is no complaint about the page.
  complaints.all.length = 0

  const shown = Number((await page.locator('.lines p[id]').last().getAttribute('id'))?.slice(1))
  await page.waitForFunction((from) => document.getElementById(`L${from + 10}`) !== null, shown)
  const numbers = await page
    .locator('.lines p[id]')
    .evaluateAll((rows) => rows.map((row) => Number(row.id.slice(1))))
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
  expect(await page.evaluate(() => Reflect.get(window, 'same'))).toBe(true)
})

test('it goes on to the gate by itself, and is approved', async () => {
  Bun.spawnSync(['rm', hold])
  await page.getByRole('heading', { name: 'Production waits for your decision' }).waitFor()
  await picture(page, 'journey-gate')
  await page.getByRole('button', { name: 'Approve and deploy to production' }).click()

  await status('Succeeded').waitFor()
  await picture(page, 'journey-succeeded')
})

test('a permalink leads whoever opens it to its lines', async () => {
  await page.goto(`${server.address}/executions/storefront-1/stages/build#L20-L24`)

  await page.locator('#L20.hit').waitFor()
  expect(await page.locator('.lines p.hit').count()).toBe(5)
  expect(await page.locator('#L20').isVisible()).toBe(true)
})

test('another is rejected with a comment', async () => {
  await execute()
  await page.getByLabel('Comment').fill('Wait for the price freeze to end.')
  await page.getByRole('button', { name: 'Reject' }).click()

  await status('Approval Rejected').waitFor()
})

test('another is terminated, and its end is seen', async () => {
  writeFileSync(hold, '')
  await execute()
  await page.getByText('still building 1', { exact: true }).waitFor()
  await page.keyboard.press('X')
  await page.getByRole('dialog').getByLabel('Reason').fill('Wrong branch.')
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Terminate/ })
    .click()

  await status('Terminated').waitFor()
  await picture(page, 'journey-terminated')
})

test('the history has all three, narrowed by its filters, and Back goes back', async () => {
  await page.goto(`${server.address}/executions`)
  expect(await page.locator('#rows tr').count()).toBe(3)
  await picture(page, 'journey-history')
  await page.getByRole('navigation', { name: 'Totals by status' }).getByText('Terminated').click()
  await page.waitForURL('**/executions?status=terminated')
  expect(await page.locator('#rows tr').count()).toBe(1)
  await page.goBack()

  await page.locator('#rows tr').nth(2).waitFor()
  expect(await page.locator('#rows tr').count()).toBe(3)
})

test('an inactive environment stops Update & Execute Now, by its name', async () => {
  const expected = listen(context, [422])
  await page.goto(`${server.address}/environments/production`)
  const editor = page.getByRole('textbox', { name: 'Definition' })
  await editor.fill(`${await editor.inputValue()}active: false\n`)
  await page.getByRole('button', { name: 'Update' }).click()
  await page.getByText('Inactive;').waitFor()
  const before = complaints.all.length
  await page.goto(`${server.address}/workflows/storefront`)
  await page.getByRole('button', { name: 'Update & Execute Now' }).click()

  await page.locator('#problems').waitFor()
  expect(await page.locator('#problems').textContent()).toContain('production')
  await picture(page, 'journey-inactive')
  complaints.all.length = before
  expect(expected.all).toEqual([])
})

test('nothing was complained about: no error on the console, no breach of the content security policy', () => {
  expect(complaints.all).toEqual([])
})
