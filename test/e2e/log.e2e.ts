import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Complaints, launch, listen, picture, WAIT_MS_MAX } from './browser.ts'
import { chatter, openShop, type Shop } from './shop.ts'

const ELEMENTS_MAX = 4_000
/** More rows than this take longer to lay out than a frame may last. */
const ROWS_A_FRAME_MAX = 50
/** A browser paints all rows that are drawn whenever lines come. */
const ROWS_FOLLOWED_MAX = 150

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
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

const row = (number: number) => page.locator(`#L${number}`)
const lastNumber = () => page.locator('.lines p[id]').last().getAttribute('id')
/** Runs in the page: notes the most rows that are ever drawn at once. */
const countRowsDrawn = () => {
  Reflect.set(window, 'drawnMost', 0)
  new MutationObserver((changes) => {
    const drawn = changes.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0)
    Reflect.set(window, 'drawnMost', Math.max(drawn, Reflect.get(window, 'drawnMost')))
  }).observe(document.querySelector('.lines') ?? document, { childList: true, subtree: true })
}
const topLine = () =>
  page.evaluate(() => {
    const scroller = document.querySelector('.lines')
    const box = scroller?.getBoundingClientRect()
    return document.elementFromPoint((box?.left ?? 0) + 300, (box?.top ?? 0) + 30)?.closest('p')?.id
  })

describe('a log that is being written', () => {
  let id: string

  test('shows new lines as they come, without a reload', async () => {
    id = await shop.building()
    shop.script.write(id, 'build', chatter(1, 500))
    await page.goto(`${shop.address}/executions/${id}`)
    await page.evaluate(() => Reflect.set(window, 'same', true))
    await row(500).waitFor()

    shop.script.write(id, 'build', chatter(501, 3))

    await row(503).waitFor()
    expect(await row(503).textContent()).toContain('PASS line 503 of the build')
    expect(await row(503).isVisible()).toBe(true)
    expect(await page.evaluate(() => Reflect.get(window, 'same'))).toBe(true)
    await picture(page, 'log-live')
  })

  test('stays still under a reader who scrolled up, and says how many are new', async () => {
    await page.locator('.lines').hover()
    await page.mouse.wheel(0, -2_000)
    await page.locator('[data-log-follow][aria-pressed=false]').waitFor()
    const before = await topLine()

    for (let i = 0; i < 10; i += 1) shop.script.write(id, 'build', chatter(504 + i * 40, 40))
    await page.getByRole('button', { name: '400 new lines' }).waitFor()

    expect(await topLine()).toBe(before)
    await picture(page, 'log-new-lines')
  })

  test('goes to the end and follows again at a press', async () => {
    await page.getByRole('button', { name: '400 new lines' }).click()

    await row(903).waitFor()
    expect(await lastNumber()).toBe('L903')
    expect(await page.locator('[data-log-follow]').getAttribute('aria-pressed')).toBe('true')
  })

  test('takes a burst of 20,000 lines and keeps its elements bounded', async () => {
    for (let i = 0; i < 10; i += 1) shop.script.write(id, 'build', chatter(904 + i * 2_000, 2_000))

    await row(20_903).waitFor()
    expect(await page.locator('.lines p[id]').count()).toBeLessThanOrEqual(ROWS_FOLLOWED_MAX)
    expect(await page.locator('[data-log-count]').textContent()).toBe('20,903 lines')
  })

  test('goes on where it stopped after it was hidden', async () => {
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    shop.script.write(id, 'build', chatter(20_904, 5))
    await page.evaluate(() => {
      Reflect.deleteProperty(document, 'hidden')
      document.dispatchEvent(new Event('visibilitychange'))
    })

    await row(20_908).waitFor()
    const numbers = await page
      .locator('.lines p[id]')
      .evaluateAll((rows) => rows.map((one) => Number(one.id.slice(1))))
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
  })
})

describe('a reader who chose no stage', () => {
  test('is taken along, also when the next stage begins while the page is told of the last', async () => {
    const id = await shop.trigger('storefront')
    shop.script.prepare(id)
    shop.script.start(id)
    shop.script.startStage(id, 'source')
    await page.goto(`${shop.address}/executions/${id}`)
    await page.locator('#log h2', { hasText: 'source' }).waitFor()
    // Between the answer that names a stage and the log that is fetched for it, the world goes on.
    let moved = false
    await page.route('**/parts*', async (route) => {
      const response = await route.fetch()
      if (!moved && (await response.text()).includes('data-stage="build"')) {
        moved = true
        shop.script.endStage(id, 'build')
        shop.script.endSegment(id)
        shop.script.start(id)
        shop.script.startStage(id, 'deploy.dev')
      }
      await route.fulfill({ response })
    })
    shop.script.endStage(id, 'source')
    shop.script.startStage(id, 'build')

    await page.locator('#log h2', { hasText: 'deploy.dev' }).waitFor()
    shop.script.write(id, 'deploy.dev', ['deployed'])
    await page.getByText('deployed', { exact: true }).waitFor()
    await page.unroute('**/parts*')
  })
})

describe('a long log', () => {
  let id: string

  test('opens at a permalink of a range, marked', async () => {
    id = await shop.building('ledger-api')
    for (let i = 0; i < 100; i += 1) shop.script.write(id, 'build', chatter(1 + i * 2_000, 2_000))
    shop.script.endStage(id, 'build')
    shop.script.endSegment(id)

    await page.goto(`${shop.address}/executions/${id}/stages/build#L120-L134`)

    await page.locator('#L120.hit').waitFor()
    expect(await page.locator('.lines p.hit').count()).toBe(15)
    expect(await row(120).isVisible()).toBe(true)
    await picture(page, 'log-permalink')
  })

  test('is read in both directions with a true scrollbar', async () => {
    const share = (part: number) =>
      page.locator('.lines').evaluate((scroller, at) => {
        scroller.scrollTop = scroller.scrollHeight * at
      }, part)
    await share(0.5)
    await page.waitForFunction(() => {
      const first = Number(document.querySelector('.lines p[id]')?.id.slice(1))
      return first > 95_000 && first < 101_000
    })

    await page.locator('.lines').hover()
    for (let i = 0; i < 20; i += 1) await page.mouse.wheel(0, 700)
    await page.waitForFunction(
      () => Number(document.querySelector('.lines p[id]:last-of-type')?.id.slice(1)) > 100_300,
    )

    expect(await page.locator('*').count()).toBeLessThanOrEqual(ELEMENTS_MAX)
    const numbers = await page
      .locator('.lines p[id]')
      .evaluateAll((rows) => rows.map((one) => Number(one.id.slice(1))))
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
  })

  test('draws no more at once than a frame has time for, while one scrolls', async () => {
    await page.evaluate(countRowsDrawn)

    for (let i = 0; i < 10; i += 1) {
      await page.locator('.lines').evaluate((scroller) => {
        scroller.scrollTop += scroller.clientHeight / 2
      })
      await page.waitForFunction(() => {
        const scroller = document.querySelector('.lines')
        const last = scroller?.querySelector<HTMLElement>('p[id]:last-of-type')
        return (last?.offsetTop ?? 0) > (scroller?.scrollTop ?? 0) + 2 * (scroller?.clientHeight ?? 0)
      })
    }

    const most = await page.evaluate(() => Number(Reflect.get(window, 'drawnMost')))
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(ROWS_A_FRAME_MAX)
  })

  test('goes to a line by its number, and the address says so', async () => {
    await page.getByLabel('Go to line').fill('150,000')
    await page.getByLabel('Go to line').press('Enter')

    await page.locator('#L150000.hit').waitFor()
    expect(new URL(page.url()).hash).toBe('#L150000')
  })

  test('goes to its end at a key', async () => {
    await page.locator('h1').click()
    await page.keyboard.press('G')

    await row(200_000).waitFor()
    expect(await row(200_000).isVisible()).toBe(true)
    await page.getByLabel('Go to line').fill('150000')
    await page.getByLabel('Go to line').press('Enter')
    await page.locator('#L150000.hit').waitFor()
  })

  test('a click on a number and one with Shift make a range', async () => {
    await row(150_002).locator('a').first().click()
    await row(150_005)
      .locator('a')
      .first()
      .click({ modifiers: ['Shift'] })

    expect(new URL(page.url()).hash).toBe('#L150002-L150005')
    expect(await page.locator('.lines p.hit').count()).toBe(4)
  })
})

describe('a log too long for any scrollbar', () => {
  const LINES = 1_000_000

  test('is shown to scale: its end, its middle and the lines around are where they belong', async () => {
    const id = await shop.building()
    for (let i = 0; i < LINES; i += 5_000) shop.script.write(id, 'build', chatter(1 + i, 5_000))
    shop.script.endStage(id, 'build')
    shop.script.endSegment(id)
    await page.goto(`${shop.address}/executions/${id}/stages/build`)
    await row(LINES).waitFor()
    expect(await row(LINES).isVisible()).toBe(true)

    await page.locator('.lines').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight / 2
    })
    await page.waitForFunction((half) => {
      const first = Number(document.querySelector('.lines p[id]')?.id.slice(1))
      return Math.abs(first - half) < 2_000
    }, LINES / 2)
    await page.locator('.lines').hover()
    const before = Number((await topLine())?.slice(1))
    await page.mouse.wheel(0, 400)
    await page.waitForFunction((top) => {
      const box = document.querySelector('.lines')?.getBoundingClientRect()
      const shown = document.elementFromPoint((box?.left ?? 0) + 300, (box?.top ?? 0) + 30)?.closest('p')
      return Number(shown?.id.slice(1)) === top + 20
    }, before)

    await page.goto(`${shop.address}/executions/${id}/stages/build#L765432`)
    await page.locator('#L765432.hit').waitFor()
    expect(await row(765_432).isVisible()).toBe(true)
    await picture(page, 'log-million')
  })
})

describe('what a stage writes', () => {
  test('never becomes markup, and folds, colours and links come out as they should', async () => {
    const id = await shop.building()
    shop.script.write(id, 'build', [
      '<img src=x onerror="document.title=1">',
      '::group::Install',
      '\x1b[31mred\x1b[0m',
      '::endgroup::',
    ])
    await page.goto(`${shop.address}/executions/${id}?stage=build`)
    await row(2).getByText('2 lines').waitFor()
    shop.script.write(id, 'build', [
      '<script>document.title="hit"</script>\x1b[1;32mgreen\x1b[0m',
      '\x1b]8;;javascript:alert(1)\x07bad\x1b]8;;\x07 \x1b]8;;https://ci.example/1\x07good\x1b]8;;\x07',
    ])
    await row(6).waitFor()

    expect(await page.title()).toContain(id)
    expect(await page.locator('.lines img, .lines script').count()).toBe(0)
    expect(await row(5).locator('.a2.ab').textContent()).toBe('green')
    expect(
      await page.locator('.lines a.u').evaluateAll((links) => links.map((one) => one.getAttribute('href'))),
    ).toEqual(['https://ci.example/1'])
    expect(await row(3).count()).toBe(0)
    await row(2).locator('.t').click()
    await row(3).waitFor()
    await row(2).locator('.t').click()
    expect(await row(3).count()).toBe(0)
  })
})

test('nothing was complained about', () => {
  expect(complaints.all).toEqual([])
})
