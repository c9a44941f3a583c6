/**
 * Figures 6 and 7, and a minute of 1,000 lines a second in Chromium:
 * `bun bench/chromium/live.ts [--seconds 60] [-- command of the program …]`; without a command it takes dist/periplus.
 *
 * A real stage writes, through the local engine. What a line takes is counted from the time that the engine gave it
 * until it stands in the page, by the page itself.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { launch } from '../../test/e2e/browser.ts'
import { buildOnce, hasEnded, type LoudBuild, saveLoud, trigger } from '../loud.ts'
import { print, type Row, spread } from '../report.ts'
import { cpuMs, residentMb, start, stop } from '../server.ts'
import { type Follower, follow, tokenFor } from '../viewers.ts'
import { freshPage, type Smoothness, signedIn, smoothness, smoothWords } from './chromium.ts'

const RATE = 1_000
const VIEWERS = 200
const FAST_RATE = 10_000
const STALLED = 20
const FLOOR_MS = 10_000
/** Whether the stage has ended yet: seldom, for each look costs the server what a hundred lines do. */
const LOOK_MS = 500

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string' } },
  allowPositionals: true,
})
const seconds = Number(values.seconds ?? 60)
const command = positionals.length > 0 ? positionals : [resolve('dist/periplus')]
const home = mkdtempSync(join(tmpdir(), 'periplus-bench-'))
const dir = join(home, 'data')
const [browser, server] = await Promise.all([launch(), start(command, dir, '--git-allow-file')])
const token = await tokenFor(dir)

try {
  for (const [name, rate] of [
    ['steady', RATE],
    ['fast', FAST_RATE],
  ] as const) {
    const writing = `${process.execPath} ${resolve('bench/testlog.ts')} ${seconds * rate} ${rate}`
    await saveLoud(dir, home, name, writing)
  }
  const state = await signedIn(browser, server, dir)
  const nothing = await browser.newPage()
  const floor = await smoothness(nothing, () => Bun.sleep(FLOOR_MS))
  await nothing.close()
  const page = await freshPage(browser, state)
  const idle = residentMb(server)
  const alone = await watched(page, 0)
  const many = await watched(page, VIEWERS - 1)
  await page.context().close()
  const before = residentMb(server)
  const unwatched = await stalled(0)
  const jammed = await stalled(STALLED)
  print(`${seconds} s of lines as they come`, [
    row(
      `${RATE.toLocaleString('en')} lines a second, one reader in Chromium`,
      smoothWords(alone.frames),
      `a page that does nothing: ${smoothWords(floor)}`,
      'no frame missed',
    ),
    row('6 a line, from the engine into the page', spread(alone.late), '–', 'p50 ≤ 50, p99 ≤ 150 ms'),
    row(`6 the same with ${VIEWERS} viewers`, spread(many.late), '–', 'p50 ≤ 50, p99 ≤ 150 ms'),
    row(
      `6 the server meanwhile: one viewer / ${VIEWERS}`,
      `${alone.cpu.toFixed(1)} / ${many.cpu.toFixed(1)} % of a core; ${alone.mb} / ${many.mb} MB resident`,
      `idle ${idle} MB`,
      '≤ 10 %, ≤ 20 MB more than idle',
    ),
    row(
      `7 ${FAST_RATE.toLocaleString('en')} lines a second, ${STALLED} viewers that do not read`,
      `${jammed.mb} MB resident, ${jammed.cpu.toFixed(1)} % of a core`,
      `nobody looks: ${unwatched.mb} MB, ${unwatched.cpu.toFixed(1)} %; before ${before} MB`,
      '≤ 2 MB a viewer',
    ),
  ])
} finally {
  await browser.close()
  await stop(server)
  rmSync(home, { recursive: true })
}

function row(figure: string, measured: string, beside: string, target: string): Row {
  return { figure, measured, beside, target }
}

interface Watched {
  readonly frames: Smoothness
  /** Milliseconds of each line that was drawn, shortest first. */
  readonly late: readonly number[]
  /** Of the server, percent of a core; and what it kept at the end. */
  readonly cpu: number
  readonly mb: number
}

/** A whole stage, in Chromium and by so many other viewers. */
async function watched(page: Page, others: number): Promise<Watched> {
  const made = await begun('steady')
  await page.goto(`${server.address.origin}/executions/${made.id}/stages/build`)
  await page.locator('.lines p[id]').first().waitFor()
  const followers = await viewersOf(made, others)
  await page.evaluate(timeRows)
  const cpu = cpuMs(server)
  const began = performance.now()
  let mb = 0
  const frames = await smoothness(page, async () => {
    await buildOnce(dir, made, hasEnded, LOOK_MS)
    mb = residentMb(server)
  })
  const share = ((cpuMs(server) - cpu) / (performance.now() - began)) * 100
  await page.locator(`#L${seconds * RATE}`).waitFor()
  for (const follower of followers) await follower.ended
  const late = await page.evaluate(() => Reflect.get(window, 'late') as unknown as number[])
  return { frames, late: late.sort((a, b) => a - b), cpu: share, mb }
}

/** Runs in the page: how old each line is when its row is there. */
function timeRows(): void {
  const late: number[] = []
  Reflect.set(window, 'late', late)
  const rows = document.querySelector('.lines')
  if (rows === null) return
  new MutationObserver((changes) => {
    const now = Date.now()
    for (const { addedNodes } of changes)
      for (const added of addedNodes) {
        const at = added instanceof Element ? added.querySelector('time')?.dateTime : undefined
        if (at !== undefined) late.push(now - Date.parse(at))
      }
  }).observe(rows, { childList: true, subtree: true })
}

/** A stage that writes fast, and so many viewers that read its first lines and then no more. */
async function stalled(viewers: number): Promise<{ cpu: number; mb: number }> {
  const made = await begun('fast')
  const followers = await viewersOf(made, viewers)
  for (const follower of followers) follower.pause()
  const cpu = cpuMs(server)
  const began = performance.now()
  await buildOnce(dir, made, hasEnded, LOOK_MS)
  const share = ((cpuMs(server) - cpu) / (performance.now() - began)) * 100
  const mb = residentMb(server)
  for (const follower of followers) follower.close()
  return { cpu: share, mb }
}

async function begun(workflow: string): Promise<LoudBuild> {
  const made = await trigger(dir, workflow)
  await buildOnce(dir, made, (build) => build !== undefined && build.lines > 0)
  return made
}

function viewersOf(made: LoudBuild, count: number): Promise<Follower[]> {
  const path = `/api/v1/executions/${made.id}/stages/build/log?follow=true`
  return Promise.all(Array.from({ length: count }, () => follow(server.address, token, path)))
}
