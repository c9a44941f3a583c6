import { afterEach, expect, test } from 'bun:test'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
afterEach(() => server.close())

test('an execution is triggered, shown, stopped at its gate and approved, by HTTP alone', async () => {
  server = startHarness()
  await server.define()

  const id = await server.trigger()
  server.script.toGate(id)
  const waiting = await (await server.call(`/api/v1/executions/${id}`)).json()
  const approved = await server.call(`/api/v1/executions/${id}/approval`, {
    json: { environment: 'production' },
  })

  expect(waiting).toMatchObject({
    id: 'storefront-1',
    status: 'approval-pending',
    gates: [{ environment: 'production', state: 'open' }],
  })
  expect(approved.status).toBe(201)
  expect(await approved.json()).toMatchObject({ status: 'running', gates: [{ state: 'passed' }] })
})
