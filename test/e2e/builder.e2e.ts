import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { repository, type Server, scratch, serve } from '../binary/support.ts'
import { type Complaints, launch, listen, picture, signIn, WAIT_MS_MAX } from './browser.ts'

/**
 * Workflows made from nothing with the form alone, on the executable itself: with a script, without one, and by the
 * keyboard. Each is mended at a field, tried dry, saved, run and seen to end.
 */

const place = scratch()
const data = join(place.dir, 'data')

let browser: Browser
let server: Server

beforeAll(async () => {
  repository(join(place.dir, 'repository'), {
    'test.sh': 'echo "tested with $NODE_ENV"',
    'build.sh': 'echo built',
    'deploy.sh': 'echo "deployed to $PERIPLUS_ENVIRONMENT"',
  })
  mkdirSync(data, { recursive: true })
  ;[browser, server] = await Promise.all([launch(), serve(data)])
  const { path } = await server.client.call('createSignInLink', { body: {} })
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.address + path)
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password').fill('a long enough password')
  await page.getByRole('button', { name: 'Create the administrator' }).click()
  await context.close()
  const environments = ['dev', 'production'].map(
    (name) => `kind: environment\nname: ${name}\ndeploy: { script: { run: sh deploy.sh } }\n`,
  )
  const text = environments.join('---\n')
  await server.client.call('applyDefinitions', { body: { text } })
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  place.remove()
})

interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: Complaints
}

async function visit(javaScriptEnabled = true): Promise<Visit> {
  const viewport = { width: 1440, height: 900 }
  const context = await browser.newContext({ viewport, javaScriptEnabled })
  context.setDefaultTimeout(WAIT_MS_MAX)
  // 422: a form that was answered with what is wrong with it.
  const complaints = listen(context, [422])
  const { path } = await server.client.call('createSignInLink', { body: { user: 'alice' } })
  const page = await context.newPage()
  await signIn(page, server.address, path)
  return { context, page, complaints }
}

const REPOSITORY = join(place.dir, 'repository')

/** What the form makes of it, to the letter. */
const made = (name: string) => `kind: workflow
name: ${name}
source:
  git:
    url: ${REPOSITORY}
    branch: main
variables:
  NODE_ENV: test
tools:
  preBuild:
    - script:
        name: unit tests
        run: sh test.sh
        retries: 1
build:
  script:
    run: sh build.sh
deploy:
  - environment: dev
  - environment: production
    manual: true
`

const section = (page: Page, title: string) => page.locator(`#s-f-${title.replaceAll(' ', '-')}`)
const text = (page: Page) => page.getByRole('textbox', { name: 'Definition' }).inputValue()

/** Opens a folded part, unless it is open. */
async function unfold(page: Page, title: string): Promise<void> {
  const details = section(page, title)
  if ((await details.getAttribute('open')) === null) await details.locator('> summary').click()
}

describe.each([
  ['with a script', 'storefront', true],
  ['without one', 'plain', false],
] as const)('%s', (_, name, scripted) => {
  test('a workflow is made from nothing, mended at its field, tried dry, saved and run to its end', async () => {
    const { context, page, complaints } = await visit(scripted)
    /** Without a script the form is written into the text when it is asked to be. */
    const settle = async () => {
      if (!scripted) await page.getByRole('button', { name: 'Apply to the text' }).last().click()
    }
    const holds = (words: string) =>
      scripted
        ? page.waitForFunction(
            (words) => document.querySelector<HTMLTextAreaElement>('#text')?.value.includes(words),
            words,
          )
        : text(page).then((now) => expect(now).toContain(words))

    await page.goto(`${server.address}/workflows/new`)
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Repository').fill(REPOSITORY)
    await page.getByLabel('Repository').blur()
    await settle()
    await holds(`url: ${REPOSITORY}`)

    await unfold(page, 'Pre-Build Tools')
    await section(page, 'Pre-Build Tools').getByRole('button', { name: 'Add a script' }).click()
    const tool = page.locator('#f-tools-preBuild-0-')
    await tool.getByLabel('Name', { exact: true }).fill('unit tests')
    await tool.getByLabel('Run', { exact: true }).fill('sh test.sh')
    await tool.getByLabel('Retries').fill('many')
    await tool.getByLabel('Retries').blur()
    await settle()
    await holds('retries: many')
    await tool.getByText('retries is a number, not text.').waitFor()
    expect(await tool.getByLabel('Retries').getAttribute('aria-invalid')).toBe('true')
    await picture(page, `builder-${name}-problem`)
    await tool.getByLabel('Retries').fill('1')
    await tool.getByLabel('Retries').blur()
    await settle()
    await holds('retries: 1')
    expect(await tool.getByLabel('Retries').getAttribute('aria-invalid')).toBeNull()

    await unfold(page, 'Build')
    await page.getByRole('button', { name: 'Add a build script' }).click()
    await page.locator('#f-build-script').getByLabel('Run', { exact: true }).fill('sh build.sh')
    await settle()
    await unfold(page, 'Deploy')
    for (const [at, environment] of ['dev', 'production'].entries()) {
      await page.getByRole('button', { name: 'Add an environment' }).click()
      await page
        .locator(`#f-deploy-${at}-`)
        .getByLabel('Environment', { exact: true })
        .selectOption(environment)
      await settle()
      await holds(`environment: ${environment}`)
    }
    await page.locator('#f-deploy-1-').getByLabel('A person starts it').check()
    await settle()
    await holds('manual: true')
    await unfold(page, 'Variables')
    await section(page, 'Variables').getByRole('button', { name: 'Add a variable' }).click()
    await page.getByLabel('Value of VARIABLE').fill('test')
    await page.getByLabel('Name of VARIABLE').fill('NODE_ENV')
    await page.getByLabel('Name of VARIABLE').blur()
    await settle()
    await holds('NODE_ENV: test')
    expect(await text(page)).toBe(made(name))
    await picture(page, `builder-${name}-made`)

    await page.getByRole('button', { name: 'Dry run' }).click()
    await page.getByRole('heading', { name: '3 segments' }).waitFor()
    expect(await page.locator('.segments').textContent()).toContain(
      'Any executor triggers the deploy to production.',
    )
    await picture(page, `builder-${name}-dry-run`)
    await page.getByRole('link', { name: 'Back to the Builder' }).click()

    await page.getByRole('button', { name: 'Create & Execute Now' }).click()
    await page.waitForURL(`**/executions/${name}-1`)
    const trigger = page.getByRole('button', { name: 'Deploy to production' })
    if (scripted) await trigger.waitFor()
    else
      while ((await trigger.count()) === 0) {
        await Bun.sleep(100)
        await page.reload()
      }
    await trigger.click()
    const done = page.locator('#head .st').getByText('Succeeded', { exact: true })
    if (scripted) await done.waitFor()
    else
      while ((await done.count()) === 0) {
        await Bun.sleep(100)
        await page.reload()
      }
    await picture(page, `builder-${name}-ran`)
    expect(await server.client.call('getWorkflow', { params: { slug: name } })).toMatchObject({
      ...{ version: 1, text: made(name) },
    })
    expect(complaints.all).toEqual([])
    await context.close()
  }, 120_000)
})

describe('by the keyboard', () => {
  test('a tool is added, named, moved, mended and taken out, and the focus goes along', async () => {
    const { context, page, complaints } = await visit()
    await page.goto(`${server.address}/workflows/storefront`)
    const focused = () => page.evaluate(() => document.activeElement?.id ?? '')
    const reach = async (id: string) => {
      for (let steps = 0; (await focused()) !== id; steps += 1) {
        expect(steps).toBeLessThan(200)
        await page.keyboard.press('Tab')
      }
    }
    const settled = (id: string) => page.waitForFunction((id) => document.activeElement?.id === id, id)

    await page.locator('#s-f-Pre-Build-Tools > summary').focus()
    await page.keyboard.press('Enter')
    await reach('f-add-tools-preBuild')
    await page.keyboard.press('Enter')
    await settled('f-tools-preBuild-1-script-name')
    await page.keyboard.type('lint')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type('sh test.sh')
    await page.keyboard.press('Tab')
    await page.keyboard.type('soon')
    // Enter in a field writes it into the text, and saves nothing.
    await page.keyboard.press('Enter')
    await page.getByText('That is no duration.').first().waitFor()
    expect(await focused()).toBe('f-tools-preBuild-1-script-timeout')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('5m')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.getElementById('problems') === null)

    await page.locator('#f-up-tools-preBuild-1-').focus()
    await page.keyboard.press('Enter')
    await settled('f-down-tools-preBuild-0-')
    expect(await text(page)).toMatch(/preBuild:\n {4}- script:\n {8}name: lint/)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await settled('f-add-tools-preBuild')
    expect(await text(page)).toBe(made('storefront'))

    // The text has a way in and a way out by Tab, and the line of a problem is one key away.
    await page.getByRole('textbox', { name: 'Definition' }).focus()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('tiemout: 3m')
    await page.getByRole('link', { name: 'line 22' }).focus()
    await page.keyboard.press('Enter')
    expect(await focused()).toBe('text')
    await page.keyboard.type('timeout: 3m')
    await page.waitForFunction(() => document.getElementById('problems') === null)
    await page.keyboard.press('Tab')
    expect(await focused()).not.toBe('text')
    expect(complaints.all).toEqual([])
    await context.close()
  }, 60_000)
})
