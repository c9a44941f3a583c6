/**
 * The store's part of figure 5: the test log appended in the batches of 33 ms, sealed, recompressed and read.
 * `bun bench/logs.ts [--lines 200000]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { masker } from '../src/domain/mask.ts'
import { startSearchThread } from '../src/search/thread.ts'
import { createFinder } from '../src/server/finder.ts'
import { openStore } from '../src/store/store.ts'
import { realWorld } from '../src/world.ts'
import { randomFrom } from './random.ts'
import { print, spread, timed } from './report.ts'
import { TEST_LOG_LINES, testLog } from './testlog.ts'

/** What a fast stage writes within 33 ms: 200,000 lines in half a second. */
const BATCH = 13_000
const PAGE = 500

const { values } = parseArgs({ options: { lines: { type: 'string' } } })
const total = Number(values.lines ?? TEST_LOG_LINES)
const dir = mkdtempSync(join(tmpdir(), 'periplus-bench-'))
const world = realWorld()
const store = openStore({ dir, now: world.now, id: world.id })

try {
  const texts = [...testLog(total)]
  const mask = masker(['hunter2-hunter2', 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'])
  const before = process.cpuUsage()
  const start = performance.now()
  let longest = 0
  for (let from = 0; from < texts.length; from += BATCH) {
    const begun = performance.now()
    const lines = mask(texts.slice(from, from + BATCH)).map((text) => ({
      at: world.now(),
      text,
      kind: 'line' as const,
    }))
    store.logs.append(1, 0, { lines, after: from === 0 ? null : String(from), cursor: String(from + BATCH) })
    longest = Math.max(longest, performance.now() - begun)
  }
  const appended = performance.now() - start
  const sealing = timed(1, () => store.logs.seal(1, 0, world.now()))[0] ?? 0
  const spent = process.cpuUsage(before)
  const atOnce = storedBytes()

  const recompressing = performance.now()
  let lag = 0
  let turn = performance.now()
  const beat = setInterval(() => {
    lag = Math.max(lag, performance.now() - turn - 5)
    turn = performance.now()
  }, 5)
  await store.logs.recompress(1, 0, world.now())
  clearInterval(beat)
  const recompressed = performance.now() - recompressing

  const random = randomFrom(2)
  const pages = timed(1000, () => store.logs.window(1, 0, Math.ceil(random() * (total - PAGE)), PAGE))
  const tails = timed(1000, () => store.logs.tail(1, 0, 50))
  const searched = performance.now()
  const entry = new URL('../src/search/worker.ts', import.meta.url)
  const searcher = startSearchThread({ dir, entry, world })
  const finder = createFinder({ store, searcher })
  const found = await finder.find(
    { executionId: 1, stage: 0 },
    { as: 'text', q: 'checkout' },
    new AbortController().signal,
  )
  const search = performance.now() - searched
  await searcher.close()
  const info = store.logs.info(1, 0)
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`
  const row = (figure: string, measured: string, target = '–') => ({ figure, measured, beside: '–', target })
  print(`A log of ${total.toLocaleString('en')} lines, ${mb(info.bytes)}`, [
    row(
      '5 masked, appended, sealed',
      `${(appended + sealing).toFixed(0)} ms, of which the seal ${sealing.toFixed(0)} ms`,
      '≤ 600 ms with the engine',
    ),
    row('5 CPU of that', `${((spent.user + spent.system) / 1000).toFixed(0)} ms`, '≤ 300 ms with the engine'),
    row('the longest batch', `${longest.toFixed(1)} ms of ${BATCH.toLocaleString('en')} lines`),
    row('5 stored at once', mb(atOnce), '≤ 3.1 MB'),
    row('5 stored once recompressed', mb(storedBytes()), '≤ 2.4 MB'),
    row('recompression', `${recompressed.toFixed(0)} ms, event loop lag ≤ ${lag.toFixed(1)} ms`),
    row(`a page of ${PAGE} lines anywhere`, spread(pages), '0.2 ms'),
    row('the last 50 lines', spread(tails)),
    row('search, with the start of its thread', `${search.toFixed(0)} ms, ${found.lines.count} lines`),
  ])
} finally {
  store.close()
  rmSync(dir, { recursive: true })
}

function storedBytes(): number {
  return (
    store.logsDb.sqlite.query<{ n: number }, []>('SELECT sum(length(packed)) AS n FROM chunks').get()?.n ?? 0
  )
}
