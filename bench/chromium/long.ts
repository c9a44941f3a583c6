/**
 * A log of a million lines in Chromium: opened cold, scrolled, searched, and what it all keeps in memory.
 * `bun bench/chromium/long.ts [--lines 1000000] [-- command of the program …]`; without a command it takes
 * dist/periplus. Frames are counted beside those of a page that does nothing, in the same minute.
 */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { launch } from '../../test/e2e/browser.ts'
import { buildOnce, hasEnded, saveLoud, trigger } from '../loud.ts'
import { randomFrom } from '../random.ts'
import { percentile, print, type Row } from '../report.ts'
import { residentMb, start, stop } from '../server.ts'
import { testLog } from '../testlog.ts'
import { freshPage, heapOf, look, signedIn, smoothness, smoothWords } from './chromium.ts'

const ROUNDS = 9
const JUMPS = 60
const STEPS = 30
const WHEEL_MS = 10_000
/** A fast flick of a wheel: some seventy lines. */
const WHEEL_PX = 1_400
const WHEEL_EVERY_MS = 50

const { values, positionals } = parseArgs({ options: { lines: { type: 'string' } }, allowPositionals: true })
const lines = Number(values.lines ?? 1_000_000)
const command = positionals.length > 0 ? positionals : [resolve('dist/periplus')]
const home = mkdtempSync(join(tmpdir(), 'periplus-bench-'))
const dir = join(home, 'data')
const random = randomFrom(5)
const [browser, server] = await Promise.all([launch(), start(command, dir, '--git-allow-file')])
const rows: Row[] = []
const row = (figure: string, measured: string, beside = '–', target = '–') =>
  rows.push({ figure, measured, beside, target })

try {
  const idle = residentMb(server)
  const address = await write()
  const written = residentMb(server)
  const state = await signedIn(browser, server, dir)
  await open()
  const page = await freshPage(browser, state)
  await look(page, address, `#L${lines}`)
  const heap = await heapOf(page)
  await scroll(page)
  await search(page)
  const after = await heapOf(page)
  row('its memory in the browser: opened / after all that', `${heap} / ${after}`)
  row(
    'the server, resident: idle / written / after all that',
    `${idle} / ${written} / ${residentMb(server)} MB`,
  )
  print(`A log of ${lines.toLocaleString('en')} lines in Chromium`, rows)

  async function open(): Promise<void> {
    for (const [figure, hash, line] of [
      ['its last line visible, cold', '', lines],
      ['a permalink in its middle visible, cold', `#L${lines / 2}`, lines / 2],
    ] as const) {
      const seen = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const fresh = await freshPage(browser, state)
        seen.push(await look(fresh, address + hash, `#L${line}`))
        await fresh.context().close()
      }
      const last = seen.at(-1)
      const kb = Math.round((last?.bytes ?? 0) / 1000)
      row(
        figure,
        `${spread(seen.map(({ ms }) => ms))}; ${last?.elements} elements; ${kb} KB`,
        '–',
        '≤ 300 ms',
      )
    }
  }
} finally {
  await browser.close()
  await stop(server)
  rmSync(home, { recursive: true })
}

/** Through the local engine, as a stage writes it. */
async function write(): Promise<string> {
  const file = join(home, 'test.log')
  const text = (function* () {
    for (const line of testLog(lines)) yield `${line}\n`
  })()
  await pipeline(Readable.from(text), createWriteStream(file))
  await saveLoud(dir, home, 'loud', `cat ${file}`)
  const made = await trigger(dir, 'loud')
  const build = await buildOnce(dir, made, hasEnded)
  if (build.lines !== lines) throw new Error(`${build.lines} lines are stored.`)
  row(
    'written by its stage and stored',
    `${Date.parse(build.finishedAt ?? '') - Date.parse(build.startedAt ?? '')} ms`,
  )
  return `${server.address.origin}/executions/${made.id}/stages/build`
}

async function scroll(page: Page): Promise<void> {
  const nothing = await browser.newPage()
  const floor = smoothWords(await smoothness(nothing, () => Bun.sleep(WHEEL_MS)))
  await nothing.close()
  await page.locator('.lines').hover()
  for (const [figure, by] of [
    ['up', -WHEEL_PX],
    ['down', WHEEL_PX],
  ] as const) {
    await jump(page, 0.5)
    const wheeled = await smoothness(page, async () => {
      for (const until = performance.now() + WHEEL_MS; performance.now() < until; ) {
        await page.mouse.wheel(0, by)
        await Bun.sleep(WHEEL_EVERY_MS)
      }
    })
    row(
      `scrolled ${figure} by wheel for ${WHEEL_MS / 1000} s`,
      smoothWords(wheeled),
      `a page that does nothing: ${floor}`,
    )
  }
  const times: number[] = []
  for (let i = 0; i < JUMPS; i += 1) times.push(await jump(page, random()))
  row('the scrollbar put anywhere, to its lines there', spread(times))
}

/** Puts the scrollbar at a part of the log: how long until a line stands in the middle of the view. */
async function jump(page: Page, part: number): Promise<number> {
  return await page.evaluate(async (at) => {
    const scroller = document.querySelector('.lines')
    if (scroller === null) throw new Error('There is no log.')
    const box = scroller.getBoundingClientRect()
    const begun = performance.now()
    scroller.scrollTop = at * scroller.scrollHeight
    const isThere = () =>
      document.elementFromPoint(box.left + 200, box.top + box.height / 2)?.closest('p[id]') !== null
    do await new Promise(requestAnimationFrame)
    while (!isThere())
    return performance.now() - begun
  }, part)
}

async function search(page: Page): Promise<void> {
  const wanted: readonly (readonly [string, string])[] = [
    ['a text in one line', `${lines - 12_345} `],
    ['a text in a tenth of all lines', 'WARN'],
    ['a text in none', 'quetzalcoatl'],
    ['a text in half of all lines', 'refund'],
  ]
  for (const [figure, q] of wanted) {
    const { ms, words } = await find(page, q)
    row(`found: ${figure}`, `${ms.toFixed(0)} ms (${words})`)
  }
  const times: number[] = []
  const stepped = await smoothness(page, async () => {
    for (let i = 0; i < STEPS; i += 1) {
      const before = await page.locator('[data-find-count]').textContent()
      const begun = performance.now()
      await page.locator('[data-log-step="1"]').click()
      await page.waitForFunction(
        (was) => document.querySelector('[data-find-count]')?.textContent !== was,
        before,
      )
      times.push(performance.now() - begun)
    }
  })
  row('from match to match', `${spread(times)}; ${smoothWords(stepped)}`)
}

/** Types and sends a text: how long until it is said how often it was found. */
async function find(page: Page, q: string): Promise<{ ms: number; words: string }> {
  const count = page.locator('[data-find-count]')
  await page.locator('form.find input[name=q]').fill(q)
  await page.evaluate(() => {
    const place = document.querySelector('[data-find-count]')
    if (place !== null) place.textContent = ''
  })
  const begun = performance.now()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('[data-find-count]')?.textContent !== '')
  const ms = performance.now() - begun
  return { ms, words: (await count.textContent()) ?? '' }
}

/** “12 ms (8–30)”: the median, and the shortest and longest. */
function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${percentile(sorted, 50).toFixed(0)} ms (${sorted[0]?.toFixed(0)}–${sorted.at(-1)?.toFixed(0)})`
}
