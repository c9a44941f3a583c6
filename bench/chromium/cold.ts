/**
 * Figures 8 and 9: how soon a cold Chromium shows the last line and a permalink of the 200,000-line log, and the history
 * page; beside a static page that holds nothing but one window of the same lines.
 * `bun bench/chromium/cold.ts [--rounds 9] [-- command of the program …]`; without a command it takes dist/periplus.
 *
 * Each round is a fresh context without a cache. The clock starts with the navigation and is the page's own; every
 * 20 ms it is looked whether the line stands inside the window.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { launch } from '../../test/e2e/browser.ts'
import { buildOnce, hasEnded, saveLoud, trigger } from '../loud.ts'
import { percentile, print, type Row } from '../report.ts'
import { start, stop } from '../server.ts'
import { TEST_LOG_LINES, testLog } from '../testlog.ts'
import { freshPage, look, type Seen, signedIn } from './chromium.ts'

const HISTORY_EXECUTIONS = 60

const { values, positionals } = parseArgs({ options: { rounds: { type: 'string' } }, allowPositionals: true })
const rounds = Number(values.rounds ?? 9)
const command = positionals.length > 0 ? positionals : [resolve('dist/periplus')]
const home = mkdtempSync(join(tmpdir(), 'periplus-bench-'))
const dir = join(home, 'data')
const [browser, server] = await Promise.all([launch(), start(command, dir, '--git-allow-file')])
const state = await signedIn(browser, server, dir)
const address = server.address.origin
const floor = staticPage()
const log = await longLog()
await fillHistory()

const FIGURES = {
  last: [`${address}${log}`, `#L${TEST_LOG_LINES}`],
  permalink: [`${address}${log}#L123456-L123470`, '#L123456'],
  history: [`${address}/executions`, '#rows tr:nth-child(10)'],
  floor: [`http://127.0.0.1:${floor.port}/`, '#L200'],
} as const
type Figure = keyof typeof FIGURES

const seen: Record<Figure, Seen[]> = { last: [], permalink: [], history: [], floor: [] }
for (let round = 0; round <= rounds; round += 1) {
  for (const [figure, [asked, selector]] of Object.entries(FIGURES)) {
    const page = await freshPage(browser, state)
    const one = await look(page, asked, selector)
    await page.context().close()
    // The first round warms the server and the browser's own code.
    if (round > 0 && isFigure(figure)) seen[figure].push(one)
  }
}

print('Figures 8 and 9: in Chromium, cold', [
  row('8 last line of 200,000 visible', 'last', '≤ 0.3 s, ≤ 4,000 elements, ≤ 300 KB'),
  row('8 a permalink in its middle visible', 'permalink', '≤ 0.3 s, ≤ 4,000 elements, ≤ 300 KB'),
  row('9 history page, 50 rows, text visible', 'history', '≤ 0.25 s, ≤ 6 requests'),
])
await browser.close()
await stop(server)
await floor.stop(true)
rmSync(home, { recursive: true })

function isFigure(name: string): name is Figure {
  return name in FIGURES
}

/** A finished stage with the test log. */
async function longLog(): Promise<string> {
  const file = join(home, 'test.log')
  writeFileSync(file, `${[...testLog()].join('\n')}\n`)
  await saveLoud(dir, home, 'loud', `cat ${file}`)
  const made = await trigger(dir, 'loud')
  await buildOnce(dir, made, hasEnded)
  return `/executions/${made.id}/stages/build`
}

/** As many executions as a page shows, and some. */
async function fillHistory(): Promise<void> {
  await saveLoud(dir, home, 'quiet', 'true')
  for (let i = 0; i < HISTORY_EXECUTIONS; i += 1) await buildOnce(dir, await trigger(dir, 'quiet'), hasEnded)
}

/** What any page with one window of lines must cost. */
function staticPage() {
  const rows = [...testLog(200)]
    .map((line, i) => `<p id="L${i + 1}">${line.replaceAll('\u001b', '')}</p>`)
    .join('')
  const html = `<!doctype html><html lang="en"><title>Floor</title><main>${rows}</main><script>scrollTo(0, document.body.scrollHeight)</script>`
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Response(html, { headers: { 'Content-Type': 'text/html' } }),
  })
}

function row(figure: string, of: Figure, target: string): Row {
  const most = (pick: (one: Seen) => number) => Math.max(...seen[of].map(pick))
  const measured = `${spreadOf(of)}; ${most((one) => one.elements)} elements; ${Math.round(most((one) => one.bytes) / 1000)} KB in ${most((one) => one.requests)} requests`
  return { figure, measured, beside: `static page of 200 lines ${spreadOf('floor')}`, target }
}

function spreadOf(of: Figure): string {
  const times = seen[of].map((one) => one.ms).sort((a, b) => a - b)
  return `${(percentile(times, 50) / 1000).toFixed(2)} s (${((times[0] ?? 0) / 1000).toFixed(2)}–${((times.at(-1) ?? 0) / 1000).toFixed(2)})`
}
