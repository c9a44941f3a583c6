import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { COUNT_MAX } from '../../src/store/history.ts'
import { addExecution } from '../store/fixture.ts'
import { browserOf } from './browser.ts'
import { type Harness, startHarness } from './harness.ts'

const ROWS = COUNT_MAX + 1_234

let server: Harness

beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront'], ['dev'])
  const workflowId = server.store.workflows.bySlug('storefront')?.id ?? 0
  server.store.transaction(() => {
    for (let i = 0; i < ROWS; i += 1)
      addExecution(server.store, {
        workflowId,
        status: 'succeeded',
        branch: 'main',
        title: i === 7 ? '=1+2, "x"' : 'Fix it',
      })
  })
})
afterAll(() => server.close())

describe('an export of the history', () => {
  test('has every execution of the list once, newest first', async () => {
    const text = await (await server.call('/api/v1/executions/export?branch=main')).text()
    const numbers = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).number)

    expect(numbers).toEqual(Array.from({ length: ROWS }, (_, i) => ROWS - i))
  })

  test('is a table that no spreadsheet calculates', async () => {
    const file = await server.call('/api/v1/executions/export?format=csv&q=storefront-8')
    const text = await file.text()

    expect(file.headers.get('content-disposition')).toBe('attachment; filename="periplus-executions.csv"')
    expect(text).toStartWith('id,status,workflow,number,')
    expect(text).toContain(`,"'=1+2, ""x""",`)
  })

  test('of nothing is a heading alone', async () => {
    const csv = await (await server.call('/api/v1/executions/export?format=csv&branch=nowhere')).text()
    const json = await (await server.call('/api/v1/executions/export?branch=nowhere')).text()

    expect(csv.split('\r\n')).toHaveLength(2)
    expect(json).toBe('')
  })
})

test('a total that no counter knows is counted to its end for whoever asks', async () => {
  const known = await server.json('/api/v1/executions?branch=main&limit=1')
  const exact = await server.json('/api/v1/executions?branch=main&limit=1&total=exact')
  const reader = browserOf(server)
  await reader.enter('viewer')
  const page = await (await reader.go('/executions?branch=main&total=exact')).text()

  expect(known.total).toEqual({ count: COUNT_MAX, exact: false })
  expect(exact.total).toEqual({ count: ROWS, exact: true })
  expect(page).toContain('2,234 executions')
})
