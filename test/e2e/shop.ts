import type { BrowserContext } from 'playwright-core'
import { startHarness } from '../server/harness.ts'
import { signIn } from './browser.ts'

/** A server over real HTTP whose engine is the test: what happens, happens when the test says so. */
export async function openShop(options: Parameters<typeof startHarness>[0] = {}) {
  const harness = startHarness(options)
  await harness.define(['storefront', 'ledger-api'], ['dev', 'production'])
  const { script } = harness

  /** Ready to write lines into `build`. */
  async function building(workflow = 'storefront'): Promise<string> {
    const id = await harness.trigger(workflow)
    script.prepare(id)
    script.start(id)
    script.startStage(id, 'source')
    script.endStage(id, 'source')
    script.startStage(id, 'build')
    return id
  }

  /** Waits at production's approval gate. */
  async function atGate(workflow = 'storefront'): Promise<string> {
    const id = await building(workflow)
    script.write(id, 'build', ['built'])
    script.endStage(id, 'build')
    script.endSegment(id)
    script.start(id)
    script.startStage(id, 'deploy.dev')
    script.endStage(id, 'deploy.dev')
    script.endSegment(id)
    return id
  }

  async function enter(context: BrowserContext, user = 'admin') {
    const { path } = await harness.json('/api/v1/sign-in-links', { json: { user }, as: 'local-admin' })
    const page = await context.newPage()
    await signIn(page, harness.address, path)
    return page
  }

  return { ...harness, building, atGate, enter }
}

export type Shop = Awaited<ReturnType<typeof openShop>>

/** Numbered lines as a chatty build writes them. */
export function chatter(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `\x1b[32mPASS\x1b[0m line ${from + i} of the build`)
}
