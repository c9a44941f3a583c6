import { afterAll, beforeAll, expect, test } from 'bun:test'
import { SOUNDINGS_MAX } from '../../views/soundings.tsx'
import { type Harness, startHarness } from './harness.ts'

/** Pipelines by their last executions, on the overview and on a page of their own. */

const MINUTE_MS = 60_000

let server: Harness

beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront', 'docs-site'], [])
})
afterAll(() => server.close())

/** One execution that takes so many minutes. */
async function run(minutes: number, verdict: 'succeeded' | 'failed' = 'succeeded'): Promise<void> {
  const id = await server.trigger()
  server.script.prepare(id)
  server.script.start(id)
  server.clock.now += minutes * MINUTE_MS
  server.script.endSegment(id, verdict)
}

async function page(path: string): Promise<string> {
  return (await server.call(path, { as: 'viewer', headers: { accept: 'text/html' } })).text()
}

function barsOf(text: string): number {
  const charts = text.match(/<svg class="spark".*?<\/svg>/gs) ?? []
  return charts.join('').match(/<rect/g)?.length ?? 0
}

test('a pipeline that has not run says so', async () => {
  const text = await page('/pipelines')
  expect(text).toContain('Nothing has ended yet')
  expect(text.match(/not run yet/g)).toHaveLength(2)
})

test('what ended with a verdict is counted and measured, on both pages alike', async () => {
  for (const minutes of [2, 8, 4]) await run(minutes)
  await run(1, 'failed')
  await server.trigger()

  for (const path of ['/', '/pipelines']) {
    const text = await page(path)
    expect(text).toContain('3 of the last 4 executions succeeded')
    expect(text).toContain('75 %')
    expect(text).toContain('4 m 00 s')
    expect(barsOf(text)).toBe(4)
  }
})

test('an execution that runs says how long it usually takes', async () => {
  const id = await server.trigger()
  server.script.prepare(id)
  server.script.start(id)
  expect(await page('/')).toContain(' of about 4 m<')
})

test('only the last are looked at', async () => {
  for (let n = 0; n < SOUNDINGS_MAX; n++) await run(1)
  const text = await page('/pipelines')
  expect(text).toContain(`${SOUNDINGS_MAX} of the last ${SOUNDINGS_MAX} executions succeeded`)
  expect(barsOf(text)).toBe(SOUNDINGS_MAX)
})
