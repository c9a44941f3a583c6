import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront'], ['dev', 'production'])
})
afterAll(() => server.close())

/** Built, and failed while it was deployed to dev. */
async function failedAtDev(): Promise<string> {
  const id = await server.trigger()
  server.script.prepare(id)
  server.script.start(id)
  for (const stage of ['source', 'build']) {
    server.script.startStage(id, stage)
    server.script.write(id, stage, [`${stage} ended`])
    server.script.endStage(id, stage)
  }
  server.script.endSegment(id)
  server.script.start(id)
  server.script.startStage(id, 'deploy.dev')
  server.script.endStage(id, 'deploy.dev', 'failed')
  server.script.endSegment(id, 'failed')
  return id
}

const rerun = (id: string, json: object, headers: Record<string, string> = {}) =>
  server.call(`/api/v1/executions/${id}/rerun`, { json, headers })

test('a re-run is a new execution, found at its address', async () => {
  const id = await failedAtDev()

  const response = await rerun(id, { from: 'failed' })
  const location = response.headers.get('location') ?? ''
  const again = await server.json(location)

  expect(response.status).toBe(201)
  expect(again).toMatchObject({ rerunOf: id, trigger: 'rerun', status: 'pending' })
  expect(location).toBe(`/api/v1/executions/${again.id}`)
  server.script.prepare(again.id)
  const { stages } = await server.json(location)
  expect(stages.map((stage: { id: string; takenFrom: string }) => [stage.id, stage.takenFrom])).toEqual([
    ['validation', null],
    ['source', id],
    ['build', id],
    ['deploy.dev', null],
    ['deploy.production', null],
  ])
  server.script.start(again.id)
  server.script.endSegment(again.id, 'failed')
})

test('the same key begins one, however often it is sent', async () => {
  const id = await failedAtDev()
  const headers = { 'idempotency-key': 'again' }

  const first = await (await rerun(id, {}, headers)).json()
  const second = await (await rerun(id, {}, headers)).json()

  expect(second).toEqual(first)
})

test('what goes on is not run again, and the refusal is audited', async () => {
  const id = await server.trigger()

  const response = await rerun(id, {})

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({
    detail: `Execution ${id} is Pending; it can be run again once it has ended.`,
  })
  expect(server.store.audit.list({ limit: 1 })[0]).toMatchObject({ action: 'rerun', outcome: 'refused' })
})

test('an unknown beginning is refused with what was meant', async () => {
  const response = await rerun(await failedAtDev(), { from: 'faild' })

  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ findings: [{ path: 'from' }] })
})
