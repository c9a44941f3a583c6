import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Complaints, launch, listen, picture, shiftOf, WAIT_MS_MAX, watchShift } from './browser.ts'
import { chatter, openShop, type Shop } from './shop.ts'

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
  // A rejection without a comment is refused on purpose, and a stale approval meets a conflict.
  complaints = listen(context, [409, 422])
  page = await shop.enter(context)
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

afterEach(() => expect(complaints.all).toEqual([]))

const statusOf = (id: string) => shop.script.rowOf(id).status
const open = (path: string) => page.goto(shop.address + path)

describe('a gate', () => {
  test('appears while one looks, keeps what is typed, and is approved with a comment', async () => {
    const id = await shop.building()
    await open(`/executions/${id}`)
    await page.getByText('Running', { exact: true }).first().waitFor()
    shop.script.endStage(id, 'build')
    shop.script.endSegment(id)
    shop.script.start(id)
    shop.script.startStage(id, 'deploy.dev')
    shop.script.endStage(id, 'deploy.dev')
    shop.script.endSegment(id)

    await page.getByRole('heading', { name: 'Production waits for your decision' }).waitFor()
    await page.waitForFunction((title) => document.title === title, `${id}, approval pending · Periplus`)
    await page.getByLabel('Comment').fill('Price freeze is over.')
    shop.ledger.waits(shop.script.rowOf(id).id, 'Something is said meanwhile.')
    await page.getByText('Something is said meanwhile.').first().waitFor()
    expect(await page.getByLabel('Comment').inputValue()).toBe('Price freeze is over.')
    await picture(page, 'gate')
    await page.getByRole('button', { name: 'Approve and deploy to production' }).click()

    await page.locator('#trail').getByText('“Price freeze is over.”').waitFor()
    expect(statusOf(id)).toBe('running')
  })

  test('is not rejected without a comment, and says by whom once it is', async () => {
    const id = await shop.atGate()
    await open(`/executions/${id}`)
    await page.getByRole('button', { name: 'Reject' }).click()
    await page.getByText('A rejection needs a comment').waitFor()
    expect(statusOf(id)).toBe('approval-pending')

    await page.goBack()
    await page.getByLabel('Comment').fill('Wait for the price freeze to end.')
    await page.getByRole('button', { name: 'Reject' }).click()

    await page.getByRole('heading', { name: 'The deployment to production was rejected' }).waitFor()
    expect(await page.locator('#cards').textContent()).toContain('By admin')
    await picture(page, 'rejected')
  })

  test('that was decided meanwhile answers a late click with what stood', async () => {
    const id = await shop.atGate()
    await context.route('**/live?**', (route) => route.abort())
    await open(`/executions/${id}`)
    shop.ledger.terminate(
      shop.script.rowOf(id).id,
      { kind: 'person', name: 'viewer', role: 'admin', local: false },
      null,
    )

    await page.getByRole('button', { name: 'Approve and deploy to production' }).click()

    await page.getByText('409').waitFor()
    await context.unroute('**/live?**')
    complaints.all.length = 0
    expect(await page.getByText(/quote it when you ask for help/).count()).toBe(1)
    await picture(page, 'conflict')
  })

  test('asks nobody who may not decide', async () => {
    const id = await shop.atGate()
    const other = await browser.newContext()
    const theirs = await shop.enter(other, 'editor')
    await theirs.goto(`${shop.address}/executions/${id}`)

    expect(await theirs.getByText('editor is no approver of production').count()).toBe(1)
    expect(await theirs.getByRole('button', { name: /Approve/ }).count()).toBe(0)
    await other.close()
  })
})

describe('Terminate', () => {
  test('asks by name, offers the safe choice first, and is done', async () => {
    const id = await shop.building()
    await open(`/executions/${id}`)
    await page.keyboard.press('X')
    const dialog = page.getByRole('dialog', { name: `Terminate ${id}?` })
    await dialog.waitFor()
    expect(await dialog.textContent()).toContain('This cannot be undone.')
    expect(await dialog.locator(':focus').textContent()).toContain('Keep running')
    await picture(page, 'terminate')
    await dialog.getByText('Keep running').click()
    expect(await dialog.isVisible()).toBe(false)
    expect(statusOf(id)).toBe('running')

    await page.getByRole('link', { name: 'Terminate' }).first().click()
    await dialog.getByLabel('Reason').fill('Wrong branch.')
    await dialog.getByRole('button', { name: `Terminate ${id}` }).click()

    await page.getByText('Terminating', { exact: true }).first().waitFor()
    expect(statusOf(id)).toBe('terminating')
    expect(await page.locator('#trail').textContent()).toContain('Wrong branch.')
  })
})

describe('the list', () => {
  test('changes its rows in their places and lets new ones wait', async () => {
    const id = await shop.building()
    await open('/executions')
    const row = page.locator(`#x-${id}`)
    const top = (await row.boundingBox())?.y

    shop.script.endStage(id, 'build', 'failed')
    shop.script.endSegment(id, 'failed')
    await row.getByText('Failed', { exact: true }).waitFor()
    await shop.building()
    await shop.building('ledger-api')
    await page.getByRole('link', { name: '2 new' }).waitFor()

    expect((await row.boundingBox())?.y).toBe(top)
    await picture(page, 'list')
    await page.getByRole('link', { name: '2 new' }).click()
    await page.waitForURL('**/executions')
    expect(await page.locator('#rows tr').first().getAttribute('id')).toStartWith('x-ledger-api-')
  })

  test('is narrowed by its drawers, the filters stand in the address, and Back undoes them', async () => {
    await open('/executions')
    await page.locator('summary', { hasText: 'Status' }).click()
    await page.getByRole('checkbox', { name: 'Failed', exact: true }).check()
    await picture(page, 'drawer')
    await page.locator('details[open]').getByRole('button', { name: 'Show' }).click()
    await page.waitForURL('**/executions?status=failed')
    const failed = await page.locator('#rows tr').count()
    expect(failed).toBe(await page.locator('#rows').getByText('Failed', { exact: true }).count())

    await page.getByRole('link', { name: 'Remove the filter Status: Failed' }).click()
    await page.waitForURL('**/executions')
    expect(await page.locator('#rows tr').count()).toBeGreaterThan(failed)
    await page.goBack()
    await page.waitForURL('**/executions?status=failed')
    expect(await page.locator('#rows tr').count()).toBe(failed)
  })

  test('is walked by j and k, and a key typed into a field is only a letter', async () => {
    await open('/executions')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await page.locator(':focus').textContent()).toBe(
      await page.locator('#rows .lead').nth(1).textContent(),
    )
    await page.keyboard.press('/')
    await page.keyboard.type('?jX')

    expect(await page.locator(':focus').inputValue()).toBe('?jX')
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  test('opens cold within its budgets: six requests, no shift', async () => {
    const cold = await browser.newContext({ storageState: await context.storageState() })
    const fresh = await cold.newPage()
    const asked: string[] = []
    fresh.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await watchShift(fresh)
    await fresh.goto(`${shop.address}/executions`)
    await fresh.waitForFunction(() => document.documentElement.classList.contains('js'))
    await fresh.evaluate(() => document.fonts.ready.then(() => true))

    expect(asked.filter((path) => path !== '/live').length).toBeLessThanOrEqual(6)
    expect(await shiftOf(fresh)).toBe(0)
    await cold.close()
  })
})

test('a workflow is mended where it is wrong, saved and run', async () => {
  await open('/workflows/storefront')
  const editor = page.getByRole('textbox', { name: 'Definition' })
  const text = await editor.inputValue()
  await editor.fill(`${text}tiemout: 3m\n`)
  await page.getByRole('button', { name: 'Update', exact: true }).click()
  await page.getByText('1 problem stops the update.').waitFor()
  expect(await page.locator('#problems').textContent()).toContain('timeout')
  expect(await editor.inputValue()).toBe(`${text}tiemout: 3m\n`)
  await picture(page, 'problems')

  await editor.fill(`${text}timeout: 3m\n`)
  await page.getByRole('button', { name: 'Update & Execute Now' }).click()

  await page.waitForURL('**/executions/storefront-*')
  expect(await page.getByRole('link', { name: 'version 2' }).count()).toBe(1)
  complaints.all.length = 0
})

test('ten tabs are all live at once', async () => {
  const id = await shop.building()
  const tabs: Page[] = []
  for (let i = 0; i < TABS; i += 1) {
    const tab = await context.newPage()
    await tab.goto(`${shop.address}/executions/${id}`)
    tabs.push(tab)
  }

  shop.script.write(id, 'build', chatter(1, 5))

  for (const tab of tabs) {
    await tab.bringToFront()
    await tab.locator('#L5').waitFor()
  }
  await Promise.all(tabs.map((tab) => tab.close()))
})

test('a server that went away is said', async () => {
  const id = await shop.building()
  await open(`/executions/${id}`)
  await page.locator('#log .lines').waitFor()
  await context.setOffline(true)
  shop.web.drain()
  await page.getByText(/^(Reconnecting, last update|Connecting)/).waitFor({ timeout: 2 * WAIT_MS_MAX })
  await picture(page, 'reconnecting')
  await context.setOffline(false)
  complaints.all.length = 0
})

test('two who save the same workflow do not overwrite each other unseen', async () => {
  await open('/workflows/ledger-api')
  const editor = page.getByRole('textbox', { name: 'Definition' })
  const text = await editor.inputValue()
  const saved = await shop.call('/api/v1/workflows/ledger-api', {
    method: 'PUT',
    json: { text: `${text}timeout: 5m\n` },
  })
  expect(saved.status).toBe(200)

  await editor.fill(`${text}timeout: 9m\n`)
  await page.getByText('admin saved version 2').waitFor()
  await page.getByRole('button', { name: 'Update', exact: true }).click()
  await page.getByText('admin saved version 2 meanwhile, so nothing was saved.').waitFor()
  expect(await editor.inputValue()).toBe(`${text}timeout: 9m\n`)
  await page.getByRole('button', { name: 'Save mine over version 2' }).click()

  await page.getByText(/version 3, saved/).waitFor()
  complaints.all.length = 0
})

describe('a builder', () => {
  const text = () => page.getByRole('textbox', { name: 'Definition' })
  const says = (words: string) =>
    page.waitForFunction(
      (words) => document.querySelector<HTMLTextAreaElement>('#text')?.value.includes(words),
      words,
    )

  test('keeps what was changed through tabs, reloads and other pages, until it is discarded', async () => {
    await open('/workflows/ledger-api')
    const before = await text().inputValue()
    await text().fill(`${before}# Mine.\n`)
    // At once, before anything was sent: leaving sends it.
    await page.getByRole('link', { name: 'Variables' }).click()
    await page.getByText('changed since').waitFor()
    await open('/executions')
    await open('/workflows/ledger-api')

    expect(await text().inputValue()).toBe(`${before}# Mine.\n`)
    await page.getByRole('link', { name: 'Compare with 3' }).click()
    await page.getByText('+ # Mine.').waitFor()
    await open('/workflows/ledger-api')
    await page.getByRole('link', { name: 'Discard changes' }).click()
    await page.getByRole('button', { name: 'Discard changes' }).click()
    await page.getByText(/version 3, saved/).waitFor()
    expect(await text().inputValue()).toBe(before)
  })

  test('follows the text with its form, and waits where the text cannot be read', async () => {
    await open('/workflows/ledger-api')
    const before = await text().inputValue()
    await text().fill(before.replace('run: make', 'run: make it'))
    await page.locator('#s-f-Build summary').first().click()
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>('#f-build-script-run')?.value === 'make it',
    )

    await text().fill(`${before}  x: [`)
    await page.locator('#problems').waitFor()
    await page.waitForFunction(() => document.querySelector('#form fieldset')?.matches(':disabled'))
    expect(await page.locator('#f-build-script-run').inputValue()).toBe('make it')
    await picture(page, 'builder-broken')
    await text().fill(before)
    await page.waitForFunction(() => document.querySelector('#form fieldset')?.matches(':enabled'))
    expect(await page.locator('#f-build-script-run').inputValue()).toBe('make')
  })

  test('does not move under the hand that writes, whatever comes and goes above', async () => {
    await open('/workflows/ledger-api')
    const top = () => text().evaluate((field) => Math.round(field.getBoundingClientRect().top))
    await text().focus()
    await page.keyboard.press('Control+End')
    const before = await top()
    await page.keyboard.type('tiemout: 1h')
    await page.locator('#problems').waitFor()

    expect(await top()).toBe(before)
    await page.keyboard.press('Shift+Home')
    await page.keyboard.press('Delete')
    await page.waitForFunction(() => document.getElementById('problems') === null)
    expect(await top()).toBe(before)
  })

  test('loses nothing of what is typed while an answer is under way', async () => {
    await open('/workflows/ledger-api')
    await page.locator('#s-f-Settings summary').click()
    await page.locator('#s-f-Variables summary').click()
    const answers = Promise.withResolvers<void>()
    await page.route('**/workflows/ledger-api', async (route) => {
      await answers.promise
      await route.continue()
    })
    await page.getByLabel('Timeout').first().fill('1h')
    await page.getByLabel('Concurrency group').fill('ledger')
    await page.getByLabel('At the same time').fill('2')
    await page.keyboard.press('Tab')
    await text().focus()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('# the end')
    answers.resolve()

    for (const words of ['timeout: 1h', 'group: ledger', 'limit: 2', '# the end']) await says(words)
    await page.getByRole('button', { name: 'Update', exact: true }).click()
    await page.getByText(/version 4, saved/).waitFor()
    for (const words of ['timeout: 1h', 'group: ledger', 'limit: 2', '# the end']) await says(words)
  })

  test('says that it keeps nothing while the server is away, and keeps it when it is back', async () => {
    await open('/workflows/ledger-api')
    await context.setOffline(true)
    const before = await text().inputValue()
    await text().fill(`${before}# away\n`)
    await page.getByText('Your changes are not kept at the moment').waitFor()
    await context.setOffline(false)

    await page.getByText('changed since').waitFor()
    expect(await page.locator('#lost').isVisible()).toBe(false)
    complaints.all.length = 0
  })

  test('offers the word that was meant', async () => {
    await open('/workflows/storefront')
    const before = await text().inputValue()
    await text().fill(before.replace('environment: dev', 'environment: dve'))
    await page.getByRole('button', { name: 'dev', exact: true }).click()

    await page.waitForFunction(() => document.getElementById('problems') === null)
    expect(await text().inputValue()).toBe(before)
  })

  test('runs the branch that is chosen, and asks where the workflow names many', async () => {
    await open('/workflows/storefront')
    await page.locator('.ref-menu summary').click()
    await page.getByRole('radio', { name: 'Tag' }).check()
    await page.getByLabel('Its name').fill('v7')
    await picture(page, 'builder-ref')
    await page.getByRole('button', { name: 'Update & Execute Now' }).click()

    await page.waitForURL('**/executions/storefront-*')
    expect(await page.locator('#head').textContent()).toContain('v7')
    expect(complaints.all).toEqual([])
  })
})
