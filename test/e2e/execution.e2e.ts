import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Complaints, launch, listen, picture, WAIT_MS_MAX } from './browser.ts'
import { chatter, openShop, type Shop } from './shop.ts'

/** One execution's page: run again, compared, searched and read by hand, by key and without a script. */

let browser: Browser
let shop: Shop
let context: BrowserContext
let complaints: Complaints
let page: Page
/** Succeeded; failed in its build; failed while it was deployed to dev. */
let good: string
let broken: string
let undeployed: string

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launch(), openShop()])
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  context.setDefaultTimeout(WAIT_MS_MAX)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: shop.address })
  // An expression that is not understood is refused on purpose.
  complaints = listen(context, [422])
  page = await shop.enter(context)
  good = await shop.building()
  shop.script.write(good, 'build', LINES.slice(0, -2))
  shop.script.endStage(good, 'build')
  shop.script.endSegment(good)
  run(good, 'deploy.dev', 'succeeded')
  await shop.call(`/api/v1/executions/${good}/approval`, { json: { environment: 'production' } })
  run(good, 'deploy.production', 'succeeded')
  broken = await shop.building()
  shop.script.write(broken, 'build', LINES)
  shop.script.endStage(broken, 'build', 'failed')
  shop.script.endSegment(broken, 'failed')
  undeployed = await shop.building()
  shop.script.write(undeployed, 'build', ['built'])
  shop.script.endStage(undeployed, 'build')
  shop.script.endSegment(undeployed)
  run(undeployed, 'deploy.dev', 'failed')
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

afterEach(() => expect(complaints.all).toEqual([]))

const LINES = [
  '::group::Install',
  ...Array.from({ length: 600 }, (_, i) => `added package-${i + 1} in ${i % 9} ms`),
  '::endgroup::',
  ...chatter(1, 300),
  'src/a.ts:57:21 - \x1b[31merror\x1b[0m TS2345: no such thing',
  'it gave up',
]
const ERROR = 903

/** One segment of one stage, from its submit to its end. */
function run(id: string, stage: string, end: 'succeeded' | 'failed'): void {
  shop.script.start(id)
  shop.script.startStage(id, stage)
  shop.script.write(id, stage, [`${stage} ${end}`])
  shop.script.endStage(id, stage, end)
  shop.script.endSegment(id, end)
}

const open = (path: string) => page.goto(shop.address + path)
const row = (number: number) => page.locator(`#L${number}`)
const found = () => page.locator('[data-find-count]').textContent()

describe('Re-run', () => {
  test('asks first, by key too, and offers the safe choice', async () => {
    await open(`/executions/${undeployed}`)
    await page.keyboard.press('R')

    const dialog = page.getByRole('dialog', { name: `Re-run ${undeployed} from deploy.dev?` })
    await dialog.waitFor()
    expect(await dialog.textContent()).toContain('The 2 stages before it are taken over')
    expect(await dialog.locator(':focus').textContent()).toContain('Not now')
    await picture(page, 'rerun-asks')
    await page.keyboard.press('Escape')
    expect(await dialog.isVisible()).toBe(false)
  })

  test('from the failed stage leads to an execution that has what came before', async () => {
    await open(`/executions/${undeployed}`)
    await page.getByRole('link', { name: 'Re-run from deploy.dev' }).first().click()
    await page.getByRole('button', { name: `Re-run ${undeployed} from deploy.dev` }).click()
    await page.waitForURL((url) => !url.pathname.endsWith(undeployed))
    const id = new URL(page.url()).pathname.slice('/executions/'.length)
    shop.script.prepare(id)

    await page.locator('#stages').getByText('from 3').first().waitFor()
    expect(await page.locator('#head').textContent()).toContain(`re-run of ${undeployed}`)
    await page.locator('#stages a', { hasText: 'build' }).click()
    await page.locator('#log').getByText(`from ${undeployed}`).waitFor()
    expect(await row(1).textContent()).toContain('built')
    await picture(page, 'rerun')
    run(id, 'deploy.dev', 'failed')
    await open(`/executions/${undeployed}`)
    expect(await page.locator('#head').textContent()).toContain(`run again as ${id}`)
  })

  test('works without a script, as forms on pages of their own', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false })
    const theirs = await shop.enter(plain)
    await theirs.goto(`${shop.address}/executions/${broken}`)
    await theirs.getByRole('link', { name: 'Re-run' }).first().click()
    await theirs.getByRole('heading', { name: `Re-run ${broken}?` }).waitFor()
    await theirs.getByRole('button', { name: `Re-run ${broken}` }).click()

    await theirs.waitForURL((url) => url.pathname !== `/executions/${broken}/rerun`)
    const id = new URL(theirs.url()).pathname.slice('/executions/'.length)
    expect(shop.script.rowOf(id)).toMatchObject({ trigger: 'rerun', status: 'pending' })
    await plain.close()
  })

  test('is offered to nobody who may not', async () => {
    const other = await browser.newContext()
    const theirs = await shop.enter(other, 'viewer')
    await theirs.goto(`${shop.address}/executions/${broken}`)

    expect(await theirs.getByRole('link', { name: /^Re-run/ }).count()).toBe(0)
    await other.close()
  })
})

describe('what went wrong', () => {
  test('is said first: the exit code, the first error, what is new', async () => {
    await open(`/executions/${broken}`)

    const card = page.locator('#cards')
    expect(await card.textContent()).toContain('build ended with exit code 1')
    expect(await card.textContent()).toContain(`First error at line ${ERROR}`)
    expect(await card.textContent()).toContain(`2 lines are new since the last success, ${good}`)
    await picture(page, 'failed')
    await card.getByRole('link', { name: `line ${ERROR}` }).click()
    await page.locator(`#L${ERROR}.hit`).waitFor()
    expect(await found()).toBe('1 of 1')
  })

  test('and only the new lines are shown where one asks', async () => {
    await open(`/executions/${broken}?stage=build&find=new&lines=only`)

    expect(await row(ERROR).textContent()).toContain('TS2345')
    expect(await page.locator('#log').textContent()).toContain(`New since ${good}`)
    await picture(page, 'new-lines')
    await row(ERROR).locator('a').first().click()
    await page.locator(`#L${ERROR}.hit`).waitFor()
  })
})

describe('search in a log', () => {
  test('counts, goes on and back by key, and shows the words through colours', async () => {
    await open(`/executions/${broken}?stage=build&line=604`)
    await page.locator('#L604.hit').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('PASS line 29')
    await page.keyboard.press('Enter')
    await page.locator('[data-find-count]').getByText('1 of 11').waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('PASS line 29')
    await page.locator('h1').click()
    for (const key of ['n', 'n', 'N']) await page.keyboard.press(key)

    await page.locator('[data-find-count]').getByText('2 of 11').waitFor()
    await page.locator('#L892.hit').waitFor()
    await page.waitForFunction(() => (CSS.highlights.get('found')?.size ?? 0) >= 11)
    await picture(page, 'search')
  })

  test('comes behind the last match to the first, and opens what hides one', async () => {
    await open(`/executions/${broken}?stage=build`)
    expect(await row(300).count()).toBe(0)
    await page.locator('#find').fill('package-299 ')
    await page.keyboard.press('Enter')
    await page.locator('#L300.hit').waitFor()
    await page.locator('h1').click()
    await page.keyboard.press('n')

    await page.locator('[data-find-count]').getByText('1 of 1').waitFor()
    expect(await row(300).isVisible()).toBe(true)
  })

  test('takes expressions, and says what it does not understand', async () => {
    await open(`/executions/${broken}?stage=build`)
    await page.locator('#find').fill('line (1|2)0 of')
    await page.locator('.re').click()
    await page.locator('#find').press('Enter')
    await page.locator('[data-find-count]').getByText('1 of 2').waitFor()
    await page.locator('#find').fill('(line')
    await page.locator('#find').press('Enter')

    await page.locator('[data-find-count]').getByText('never closed').waitFor()
  })

  test('leads from error to error where nothing is looked for', async () => {
    await open(`/executions/${broken}?stage=build`)
    await page.keyboard.press('n')

    await page.locator(`#L${ERROR}.err.hit`).waitFor()
  })

  test('goes from match to match by links, and shows only them, without a script', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false })
    const theirs = await shop.enter(plain)
    await theirs.goto(`${shop.address}/executions/${broken}?stage=build`)
    await theirs.getByLabel('Search this log').fill('line 29')
    await theirs.getByLabel('Search this log').press('Enter')
    expect(await theirs.locator('[data-find-count]').textContent()).toBe('1 of 11')
    await theirs.getByRole('link', { name: 'Next match' }).click()
    expect(await theirs.locator('p.hit mark').textContent()).toBe('line 29')
    await theirs.getByRole('link', { name: 'Only these 11 lines' }).click()
    expect(await theirs.locator('.lines p[id]').count()).toBe(11)
    await theirs.getByRole('button', { name: 'Times: absolute' }).click()
    expect(await theirs.locator('.lines time').first().textContent()).toBe('0:00.000')
    expect(await theirs.locator('.lines p[id]').count()).toBe(11)
    await plain.close()
  })
})

describe('a log that folds', () => {
  test('shows its groups closed, with their lengths, and opens them in their place', async () => {
    await open(`/executions/${broken}/stages/build`)
    await page.keyboard.press('g')
    await page.keyboard.press('g')
    await row(1).getByText('601 lines').waitFor()
    expect(await row(2).count()).toBe(0)
    expect(await row(603).isVisible()).toBe(true)
    const before = (await row(1).boundingBox())?.y
    await row(1).locator('.t').click()

    await row(2).waitFor()
    expect((await row(1).boundingBox())?.y).toBe(before)
    expect(await row(603).count()).toBe(0)
    await row(1).locator('.t').click()
    await row(603).waitFor()
  })

  test('has a true scrollbar: what is folded takes no room', async () => {
    await open(`/executions/${broken}/stages/build`)
    await page.waitForFunction(() => document.querySelector('.lines > div') !== null)
    const height = () => page.locator('.lines').evaluate((scroller) => scroller.scrollHeight)
    const folded = await height()
    await page.locator('.lines').evaluate((scroller) => {
      scroller.scrollTop = 0
    })
    await row(1).locator('.t').click()
    await row(2).waitFor()

    expect((await height()) - folded).toBe(601 * 20)
  })
})

describe('lines', () => {
  test('are chosen by key, make an address, and are copied', async () => {
    await open(`/executions/${broken}/stages/build#L700`)
    await page.locator('#L700.hit').waitFor()
    await row(700).locator('a').click()
    await page.locator('.lines').focus()
    for (const key of ['j', 'J', 'J']) await page.keyboard.press(key)

    expect(new URL(page.url()).hash).toBe('#L701-L703')
    await page.getByRole('button', { name: 'Copy 3 lines' }).click()
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).split('\n').length === 4)
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('line 99 of the build')
  })

  test('tell their times in three ways, and the next page remembers', async () => {
    await open(`/executions/${broken}/stages/build`)
    await page.keyboard.press('t')
    await page.getByRole('button', { name: 'Times: relative' }).waitFor()
    expect(await page.locator('.lines time').last().textContent()).toBe('0:00.000')
    await page.keyboard.press('t')
    await page.getByRole('button', { name: 'Times: off' }).waitFor()
    expect(await page.locator('.lines time').last().isVisible()).toBe(false)
    await page.reload()
    await page.getByRole('button', { name: 'Times: off' }).waitFor()
    await page.keyboard.press('t')
    await page.getByRole('button', { name: 'Times: absolute' }).waitFor()
  })
})

describe('besides', () => {
  test('it is compared with the last success', async () => {
    await open(`/executions/${broken}`)
    await page.locator('#since').getByRole('link', { name: 'Compare' }).click()

    await page.getByRole('heading', { name: `${broken} compared with ${good}` }).waitFor()
    await picture(page, 'compare')
  })

  test('all stages are read and searched in one log', async () => {
    await open(`/executions/${broken}/log?q=line 30`)

    expect(await page.locator('.lines mark').allTextContents()).toEqual(['line 30', 'line 30'])
    await page.locator('.lines p a').first().click()
    await page.locator('#L632.hit').waitFor()
    await open(`/executions/${broken}/log`)
    await page.getByRole('link', { name: 'Next lines' }).click()
    expect(await page.locator('.lines .stage-head').textContent()).toContain('build')
  })

  test('its neighbours are a key away', async () => {
    await open(`/executions/${broken}`)
    await page.keyboard.press(']')
    await page.waitForURL(`**/executions/${undeployed}`)
    await page.keyboard.press('[')
    await page.waitForURL(`**/executions/${broken}`)
  })
})
