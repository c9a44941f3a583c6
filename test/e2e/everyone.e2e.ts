import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { FIRST } from '../../src/store/findings.ts'
import { sarif, shelve } from '../report/shelve.ts'
import { launch, listen, picture, WAIT_MS_MAX } from './browser.ts'
import { chatter, openShop, type Shop } from './shop.ts'

/** Added to a workflow: something in every part of its form, and something wrong in most. */
const PROBLEMS = `tiemout: 3m
variables: { NODE_ENV: production, TOKEN: { secret: nowhere }, "a b": c }
tools:
  preBuild:
    - script: { name: unit tests, run: "npm ci", if: { branch: [main] }, env: { CI: "1" }, retires: 2 }
    - script: { run: "one\\ntwo", timeout: soon }
  postDeploy: 5
argo: { image: "node:24", tolerations: [] }
`

const JUNIT =
  '<testsuite name="s"><testcase name="a" time="1"><failure message="no">at a.ts</failure></testcase><testcase name="b"/></testsuite>'

/** The pages, without script, mouse or eyes. */

let browser: Browser
let shop: Shop
let paths: readonly (readonly [string, string])[]

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launch(), openShop()])
  const running = await shop.building()
  shop.script.write(running, 'build', [
    '::group::Install',
    '\x1b[31mred\x1b[0m \x1b[33mamber\x1b[0m \x1b[90mgrey\x1b[0m',
    ...chatter(3, 60),
  ])
  const gate = await shop.atGate()
  await shop.call('/api/v1/secrets/npm-token', { method: 'PUT', json: { value: 'hunter2hunter2' } })
  await shop.call('/api/v1/credentials/shop-git', {
    method: 'PUT',
    json: { kind: 'https', username: 'ci', password: 'hunter2hunter2' },
  })
  const failed = await shop.building('ledger-api')
  shop.script.write(failed, 'build', chatter(1, 450))
  shop.script.endStage(failed, 'build', 'failed')
  shop.script.endSegment(failed, 'failed')
  for (const [slug, more] of [
    ['storefront', PROBLEMS],
    ['ledger-api', 'timeout: 3m\n'],
  ] as const) {
    const row = shop.store.workflows.bySlug(slug)
    if (row === null) throw new Error(slug)
    const text = shop.store.workflows.latest(row).text + more
    shop.store.drafts.put({ owner: 'admin', workflowId: row.id, base: 1, writer: 'w', text, beganAt: 0 })
  }
  const left = { executionId: shop.script.rowOf(failed).id, stage: 2 }
  shelve(shop, { ...left, name: 'build', format: 'sarif', text: sarif('error:one', 'two') })
  shelve(shop, { ...left, name: 'build.junit-xml', format: 'junit', text: JUNIT })
  const [finding] = shop.store.findingLists.findings(
    shop.store.reports.one(left.executionId, 'build')?.id ?? 0,
    ...([{ show: 'all', severities: [], q: null } as const, [], FIRST, 1] as const),
  )
  paths = [
    ['overview', '/'],
    ['executions', '/executions'],
    ['executions narrowed', '/executions?status=failed&branch=main'],
    ['no executions', '/executions?branch=nowhere'],
    ['a running execution', `/executions/${running}`],
    ['an execution at its gate', `/executions/${gate}`],
    ['a failed execution', `/executions/${failed}`],
    ['the question before its end', `/executions/${gate}/terminate`],
    ['a log', `/executions/${failed}/stages/build`],
    ['the reports', `/executions/${failed}/reports`],
    ['no reports', `/executions/${gate}/reports`],
    ['findings', `/executions/${failed}/reports/build?finding=${finding?.fingerprint}`],
    ['tests', `/executions/${failed}/reports/build.junit-xml`],
    ['search', '/search'],
    ['what was found', '/search?q=line+10&status=failed'],
    ['executions that a text names', '/search?q=main'],
    ['nothing found', '/search?q=nothing+like+it'],
    ['an expression that is wrong', '/search?q=%28&regex=on'],
    ['workflows', '/workflows'],
    ['a new workflow', '/workflows/new'],
    ['a workflow', '/workflows/storefront'],
    ['a tool of it', '/workflows/storefront?at=build'],
    ['its history', '/workflows/storefront?tab=history'],
    ['its variables', '/workflows/storefront?tab=variables'],
    ['its triggers', '/workflows/storefront?tab=triggers'],
    ['its versions', '/workflows/storefront?tab=versions'],
    ['a version', '/workflows/storefront?version=1'],
    ['two versions', '/workflows/storefront?tab=versions&from=1&to=draft'],
    ['a dry run', '/workflows/storefront/dry-run'],
    ['the question before changes go', '/workflows/ledger-api/discard'],
    ['pipelines', '/pipelines'],
    ['a pipeline', '/pipelines/storefront'],
    ['its analytics', '/pipelines/storefront?tab=analytics'],
    ['analytics', '/analytics?range=7d'],
    ['analytics of one month', '/analytics?range=1m&workflow=ledger-api'],
    ['environments', '/environments'],
    ['an environment', '/environments/production'],
    ['approvals', '/approvals'],
    ['a new environment', '/environments/new'],
    ['no environment of that name', '/environments?q=moon'],
    ['settings', '/settings'],
    ['account', '/settings/account'],
    ['tokens', '/settings/tokens'],
    ['users', '/settings/users'],
    ['a user', '/settings/users/viewer'],
    ['the question before somebody is shut out', '/settings/users/viewer/deactivate'],
    ['secrets', '/settings/secrets'],
    ['a secret', '/settings/secrets/npm-token'],
    ['the question before a secret goes', '/settings/secrets/npm-token/remove'],
    ['credentials', '/settings/credentials'],
    ['a credential', '/settings/credentials/shop-git'],
    ['the audit log', '/settings/audit'],
    ['nothing in the audit log', '/settings/audit?actor=nobody'],
    ['system health', '/settings/system'],
    ['the interface', '/api'],
    ['a problem', '/executions/storefront-999'],
  ]
})

afterAll(async () => {
  await browser.close()
  await shop.close()
})

const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['wide and light', { viewport: { width: 1440, height: 900 }, colorScheme: 'light' }],
  ['wide and dark', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' }],
  [
    'phone and light',
    { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true },
  ],
  [
    'phone and dark',
    { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true },
  ],
  ['narrow as WCAG asks', { viewport: { width: 320, height: 640 }, colorScheme: 'light' }],
]

/** What axe finds, as one line each. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    // axe puts itself there; its own types are not those of the page.
    const run: (
      options: unknown,
    ) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> =
      Reflect.get(Reflect.get(window, 'axe'), 'run')
    const { violations } = await run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary.slice(0, 200)}`),
    )
  })
}

describe.each(LOOKS)('%s', (look, options) => {
  test('every page has no violation of axe’s rules and never scrolls sideways', async () => {
    const context = await browser.newContext({ ...options, bypassCSP: true })
    context.setDefaultTimeout(WAIT_MS_MAX)
    const page = await shop.enter(context)
    const found: string[] = []
    for (const [name, path] of paths) {
      await page.goto(shop.address + path)
      await page.waitForFunction(() => document.documentElement.classList.contains('js'))
      found.push(...(await violations(page)).map((one) => `${name}: ${one}`))
      if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth))
        found.push(`${name} scrolls sideways`)
      await picture(page, `${look} ${name}`.replaceAll(' ', '-'))
    }
    await context.close()

    expect(found).toEqual([])
  }, 120_000)
})

describe('without JavaScript', () => {
  test('one signs in, filters, pages through a log, approves, terminates, edits and signs out', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 900 },
    })
    context.setDefaultTimeout(WAIT_MS_MAX)
    const complaints = listen(context)
    const page = await shop.enter(context)
    const id = await shop.atGate()
    const other = await shop.building()

    await page.goto(`${shop.address}/executions`)
    await page.locator('summary', { hasText: 'Workflow' }).click()
    await page.getByLabel('Workflow').selectOption('ledger-api')
    await page.locator('details[open]').getByRole('button', { name: 'Show' }).click()
    await page.waitForURL('**/executions?workflow=ledger-api')
    await page.locator('#rows a.lead').first().click()
    await page.getByRole('link', { name: 'Previous 200 lines' }).click()
    expect(await page.locator('.lines p[id]').first().getAttribute('id')).toBe('L51')
    await page.getByRole('link', { name: 'Next 200 lines' }).click()
    expect(await page.locator('.lines p[id]').first().getAttribute('id')).toBe('L251')

    await page.getByRole('link', { name: 'Search logs' }).first().click()
    await page.getByLabel('Text to search for').fill('LINE 250 of'.toLowerCase())
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByRole('link', { name: 'Line 250' }).click()
    expect(await page.locator('#L250').textContent()).toContain('PASS line 250 of the build')

    await page.goto(`${shop.address}/executions/${id}`)
    await page.getByLabel('Comment').fill('Fine.')
    await page.getByRole('button', { name: 'Approve and deploy to production' }).click()
    await page.getByText('“Fine.”').first().waitFor()
    expect(shop.script.rowOf(id).status).toBe('running')

    await page.goto(`${shop.address}/executions/${other}`)
    await page.getByRole('link', { name: 'Terminate' }).first().click()
    await page.getByRole('button', { name: `Terminate ${other}` }).click()
    expect(shop.script.rowOf(other).status).toBe('terminating')

    await page.goto(`${shop.address}/workflows/ledger-api`)
    const editor = page.getByRole('textbox', { name: 'Definition' })
    await editor.fill((await editor.inputValue()).replace('run: make', 'run: make all'))
    await page.getByRole('button', { name: 'Update', exact: true }).click()
    await page.getByText('version 2').waitFor()

    await page.locator('.account summary').click()
    await page.getByRole('button', { name: 'Dark' }).click()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.locator('.account summary').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    expect(complaints.all).toEqual([])
    await context.close()
  }, 60_000)
})

describe('settings without JavaScript', () => {
  test('one adds a person, sets a secret and a credential, tries it, makes a token and reads of it all', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 900 },
    })
    context.setDefaultTimeout(WAIT_MS_MAX)
    // A repository that is not there is refused on purpose.
    const complaints = listen(context, [422])
    const page = await shop.enter(context)

    await page.locator('.account summary').click()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('link', { name: /^Users/ }).click()
    await page.getByLabel('Name').fill('ada')
    await page.getByLabel('Role').selectOption('executor')
    await page.getByRole('button', { name: 'Add a person' }).click()
    await page.getByRole('button', { name: 'Make a sign-in link' }).click()
    expect(await page.locator('.cmd').textContent()).toContain('/sign-in/')
    await page.getByRole('link', { name: 'Deactivate' }).click()
    expect(await page.locator(':focus').textContent()).toContain('Keep ada')
    await page.getByRole('button', { name: 'Deactivate ada' }).click()
    await page.getByRole('button', { name: 'Reactivate ada' }).click()

    const nav = page.getByRole('navigation', { name: 'Settings' })
    await nav.getByRole('link', { name: 'Secrets' }).click()
    await page.getByLabel('Name').fill('sonar-token')
    await page.getByLabel('Value').fill('two lines\nof a secret')
    await page.getByRole('button', { name: 'Set the secret' }).click()
    await page.getByRole('heading', { name: 'sonar-token' }).waitFor()

    await nav.getByRole('link', { name: 'Credentials' }).click()
    const form = page.locator('form', { has: page.getByRole('heading', { name: 'User name and password' }) })
    await form.getByLabel('Name', { exact: true }).fill('other-git')
    await form.getByLabel('User name').fill('ci')
    await form.getByLabel('Password or token').fill('hunter2hunter2')
    await form.getByRole('button', { name: 'Save the password' }).click()
    await page.getByLabel('Repository').fill('http://git.example/shop.git')
    await page.getByRole('button', { name: 'Read the repository' }).click()
    await page.getByText('would cross the network in the clear').waitFor()
    expect(await page.content()).not.toContain('hunter2hunter2')

    await nav.getByRole('link', { name: 'API tokens' }).click()
    await page.getByLabel('Name').fill('dashboard')
    await page.getByLabel('May do').selectOption('viewer')
    await page.getByRole('button', { name: 'Make a token' }).click()
    expect(await page.locator('.cmd').textContent()).toStartWith('ppl_')

    await nav.getByRole('link', { name: 'Audit log' }).click()
    await page.getByLabel('What').selectOption('user.deactivate')
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await page.locator('tbody tr').count()).toBe(1)
    expect(await page.locator('tbody tr').textContent()).toContain('user:ada')
    expect(shop.store.secrets.names().map(({ name }) => name)).toContain('sonar-token')
    expect(complaints.all).toEqual([])
    await context.close()
  }, 60_000)
})

test('a stranger is asked to sign in and brought back to where they were going', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${shop.address}/executions?status=failed`)

  expect(new URL(page.url()).pathname).toBe('/sign-in')
  expect(await page.locator('input[name=next]').getAttribute('value')).toBe('/executions?status=failed')
  await context.close()
})
