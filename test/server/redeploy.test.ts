import { afterAll, beforeAll, expect, test } from 'bun:test'
import { browserOf } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
let old = ''
let young = ''

beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront'], ['dev', 'production'])
  old = await deployedToDev('1'.repeat(40))
  young = await deployedToDev('2'.repeat(40))
})
afterAll(() => server.close())

/** Deployed to dev, and rejected before production. */
async function deployedToDev(sha: string): Promise<string> {
  const id = await server.trigger()
  server.script.prepare(id, sha)
  server.script.start(id)
  server.script.endSegment(id)
  server.script.start(id)
  server.script.endSegment(id)
  server.deps.ledger.terminate(server.script.rowOf(id).id, { kind: 'system', name: 'test' }, null)
  return id
}

const redeploy = (id: string, json: object) => server.call(`/api/v1/executions/${id}/redeployment`, { json })

test('what is older than what is deployed is refused with what would help, and begins once it is confirmed', async () => {
  const asked = await redeploy(old, { environment: 'dev' })
  const confirmed = await redeploy(old, { environment: 'dev', confirm: true })

  expect(asked.status).toBe(409)
  expect(await asked.json()).toMatchObject({
    detail: `${old} is older than ${young}, which is deployed to dev. Confirm that it shall go back to it (confirm: true, --confirm), or leave what is there.`,
  })
  expect(confirmed.status).toBe(201)
  const location = confirmed.headers.get('location') ?? ''
  const made = await server.json(location)
  expect(made).toMatchObject({ rerunOf: old, redeploys: 'dev', trigger: 'rerun', sha: '1'.repeat(40) })
  expect(location).toBe(`/api/v1/executions/${made.id}`)
})

test('the page asks in a second step where something newer is replaced, and the form leads to the new execution', async () => {
  const go = browserOf(server)
  await go.enter('executor')
  const csrf = await go.csrf()

  const text = await (await go.go(`/executions/${old}/redeploy?environment=dev`)).text()
  const bare = await go.submit(`/executions/${old}/redeployment`, { csrf, environment: 'dev' })
  const ticked = await go.submit(`/executions/${old}/redeployment`, {
    csrf,
    environment: 'dev',
    confirm: 'yes',
  })

  expect(text).toContain(`${old} is older than ${young}, which is deployed to dev.`)
  expect(text).toMatch(/<input type="checkbox" name="confirm" value="yes" required/)
  expect(bare.status).toBe(409)
  expect(ticked.status).toBe(303)
  expect(ticked.headers.get('location')).toMatch(/^\/executions\/storefront-\d+$/)
})

test('the environment’s page offers it to whoever may, of what has ended', async () => {
  const [may, mayNot] = [browserOf(server), browserOf(server)]
  await may.enter('executor')
  await mayNot.enter('viewer')
  const page = async (go: typeof may) => (await go.go('/environments/dev')).text()

  const link = `/executions/${old}/redeploy?environment=dev`
  expect(await page(may)).toContain(link)
  expect(await page(mayNot)).not.toContain(link)
})

test('an environment that was never reached, or is unknown, is refused', async () => {
  for (const environment of ['production', 'nowhere']) {
    const refused = await redeploy(young, { environment })

    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({
      detail: `${young} was never deployed to ${environment}, so it cannot be deployed there again.`,
    })
  }
})
