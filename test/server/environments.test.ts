import { afterEach, beforeEach, expect, test } from 'bun:test'
import { browserOf } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
/** Each execution is of a commit of its own. */
let commits = 0
beforeEach(async () => {
  commits = 0
  server = startHarness()
  await server.define(['storefront', 'docs'], ['dev', 'production'])
})
afterEach(() => server.close())

/** To dev, which deploys at once, and there to production's gate. */
async function toProductionGate(workflow: string): Promise<string> {
  const id = await server.trigger(workflow)
  commits += 1
  server.script.toGate(id, String(commits).padStart(7, '0').padEnd(40, 'c'))
  server.script.start(id)
  server.script.startStage(id, 'deploy.dev')
  server.script.endStage(id, 'deploy.dev')
  server.script.endSegment(id)
  return id
}

async function toProduction(workflow: string): Promise<string> {
  const id = await toProductionGate(workflow)
  await server.call(`/api/v1/executions/${id}/approval`, { json: { environment: 'production' } })
  server.script.start(id)
  server.script.startStage(id, 'deploy.production')
  server.script.endStage(id, 'deploy.production')
  server.script.endSegment(id)
  return id
}

async function page(path: string, who = 'viewer'): Promise<string> {
  const person = browserOf(server)
  await person.enter(who)
  return (await person.go(path)).text()
}

/** The cells of a workflow's row, as words. */
function rowOf(html: string, workflow: string): string[] {
  const rows = html.match(/<tr data-row="">.*?<\/tr>/gs) ?? []
  const row = rows.find((one) => one.includes(`/workflows/${workflow}"`)) ?? ''
  return [...row.matchAll(/<td.*?<\/td>/gs)].map(([cell]) =>
    cell
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  )
}

test('each environment tells what stands in it of each workflow, what is newer and what waits', async () => {
  await toProduction('storefront')
  const late = [await toProductionGate('storefront'), await toProductionGate('storefront')]
  for (const id of late)
    await server.call(`/api/v1/executions/${id}/termination`, { json: { reason: 'not this one' } })
  await toProduction('docs')
  const waiting = await toProductionGate('docs')

  const html = await page('/environments')

  expect(rowOf(html, 'storefront')).toEqual([
    'storefront-3 newest 0000003 · just now by admin',
    'storefront-1 2 behind dev 0000001 · just now by admin',
  ])
  expect(rowOf(html, 'docs')).toEqual([
    'docs-2 newest 0000005 · just now by admin',
    'docs-1 2 waits for approval 0000004 · just now by admin',
  ])
  expect(html).toContain(`/executions/${waiting}#gate`)
  expect(html.indexOf('href="/environments/dev"')).toBeLessThan(
    html.indexOf('href="/environments/production"'),
  )
})

test('the list is narrowed by a workflow or by an environment, and says when nothing is called so', async () => {
  await toProduction('storefront')

  const byWorkflow = await page('/environments?q=doc')
  const byEnvironment = await page('/environments?q=prod')
  const nothing = await page('/environments?q=moon')

  expect(rowOf(byWorkflow, 'storefront')).toEqual([])
  expect(rowOf(byWorkflow, 'docs')).toHaveLength(2)
  expect(rowOf(byEnvironment, 'storefront')).toHaveLength(1)
  expect(nothing).toContain('Nothing matches')
})

test('an environment nobody deploys to, or that is inactive, stands among the others', async () => {
  const text = 'kind: environment\nname: dev\nactive: false\ndeploy: { script: { run: "true" } }\n'
  await server.call('/api/v1/environments/dev', { method: 'PUT', json: { text } })

  const html = await page('/environments')
  const others = html.slice(html.indexOf('Others'))

  expect(html).toContain('2 active, 1 inactive')
  expect(others).toContain('href="/environments/staging"')
  expect(others).toContain('inactive, saved')
})

test('one environment shows its rules, what stands, what waits, and its history page by page', async () => {
  const ids: string[] = []
  for (let i = 0; i < 25; i += 1) ids.push(await toProduction('storefront'))
  const waiting = await toProductionGate('docs')

  const html = await page('/environments/production')
  const older = /href="(\/environments\/production\?before=\d+)#history"/.exec(html)?.[1] ?? ''
  const second = await page(older)
  const listed = await server.json('/api/v1/environments/production/deployments?limit=20')
  const rest = await server.json(listed.next)

  expect(html).toContain('viewer and admin')
  expect(html).toContain(`/executions/${waiting}#gate`)
  expect(html).toContain('storefront-25')
  expect(html).not.toContain('storefront-3"')
  expect(second).toContain('storefront-3')
  expect(second).toContain('Newest')
  expect(second).toContain('only an admin may change it')
  expect([...listed.items, ...rest.items].map(({ execution }) => execution)).toEqual(ids.toReversed())
  expect([...listed.items, ...rest.items].filter(({ current }) => current)).toHaveLength(1)
})

test('the card of a gate says what the workflow itself has there, not what another brought last', async () => {
  await toProduction('storefront')
  await toProduction('docs')
  const id = await toProductionGate('storefront')

  const html = await page(`/executions/${id}`)

  expect(html).toContain('storefront-1')
  expect(html).not.toContain('docs-1')
})

test('the card of a gate lists the commits that would come, or would be taken back', async () => {
  const slow = await toProductionGate('storefront')
  const first = await toProduction('storefront')
  await toProductionGate('storefront')
  const last = await toProductionGate('storefront')

  const forward = await page(`/executions/${last}`, 'admin')
  const back = await page(`/executions/${slow}`, 'admin')

  expect(forward).toContain('2 commits since production’s last deployment')
  expect(forward).toMatch(/class="commits inset".*0000004.*0000003/s)
  expect(forward).toContain(`/executions/${last}/compare/${first}`)
  expect(forward).not.toContain('name="confirm"')
  expect(back).toContain('1 commit would be taken back from production')
  expect(back).toContain(`${slow} is older than ${first}, which is deployed to production.`)
})

test('what stands in an environment is one list, with version and commit of each', async () => {
  await toProduction('storefront')
  const docs = await toProduction('docs')
  const storefront = await toProduction('storefront')

  const { items, next } = await server.json('/api/v1/environments/production/deployments?current=true')

  expect(next).toBeNull()
  expect(items).toMatchObject([
    { execution: storefront, version: 1, origin: storefront, current: true, digest: null },
    { execution: docs, workflow: 'docs', sha: `0000002${'c'.repeat(33)}` },
  ])
})
