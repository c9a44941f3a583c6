/**
 * Figure 10: search across a gigabyte of logs, made from a seed and thrown away afterwards:
 * `bun bench/search.ts [--bytes 1000000000] [-- command of the program …]`; without a command it takes dist/periplus.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '../src/contract/client.ts'
import { openStore } from '../src/store/store.ts'
import { realWorld } from '../src/world.ts'
import { fillLogs } from './corpus.ts'
import { fillHistory } from './historyData.ts'
import { percentile, print, type Row, spread, warm } from './report.ts'
import { residentMb, type Server, start, stop } from './server.ts'

const EXECUTIONS = 1_000
const ROUNDS = 9
/** Stands in one line of the oldest log. */
const NEEDLE = 'quetzalcoatl'
/** How often somebody else asks while a search goes on. */
const BEAT_MS = 5

const { values, positionals } = parseArgs({
  options: { bytes: { type: 'string' }, dir: { type: 'string' } },
  allowPositionals: true,
})
const bytes = Number(values.bytes ?? 1e9)
const command = positionals.length > 0 ? positionals : [resolve('dist/periplus')]
const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'periplus-bench-'))

try {
  if (!existsSync(join(dir, 'logs.db'))) await fill()
  const file = join(dir, 'logs.db')
  warm(file)
  const server = await start(command, dir)
  try {
    const rows = await measure(server)
    print(`Search over ${(bytes / 1e9).toFixed(1)} GB of logs, ${mb(statSync(file).size)} as stored`, rows)
  } finally {
    await stop(server)
  }
} finally {
  if (values.dir === undefined) rmSync(dir, { recursive: true })
}

async function fill(): Promise<void> {
  const world = realWorld()
  const store = openStore({ dir, now: world.now, id: world.id })
  fillHistory(store, { executions: EXECUTIONS, stages: 9, seed: 1 })
  await fillLogs(store, { executions: EXECUTIONS, bytes, needle: NEEDLE })
  store.close()
}

async function measure(server: Server): Promise<Row[]> {
  const idle = residentMb(server)
  const cold = await search('refund', {})
  const row = (figure: string, measured: string, beside = '–', target = '–'): Row => {
    return { figure, measured, beside, target }
  }
  const quiet = await latencies(server, () => Bun.sleep(2_000))
  const busy: number[] = []
  const timesOf = async (q: string, as: 'text' | 'regex' = 'text'): Promise<string> => {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const late = await latencies(server, async () => void times.push((await search(q, { as })).ms))
      busy.push(...late)
    }
    times.sort((a, b) => a - b)
    return `${percentile(times, 50).toFixed(0)} ms (${times[0]?.toFixed(0)}–${times.at(-1)?.toFixed(0)})`
  }
  const rare = await timesOf(NEEDLE)
  const exact = await timesOf('Quetzalcoatl')
  const expression = await timesOf('quetzal.*nowhere \\w+$', 'regex')
  const firsts: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) firsts.push((await search('refund', { limit: 1 })).ms)
  firsts.sort((a, b) => a - b)
  const sorted = (times: readonly number[]) => spread([...times].sort((a, b) => a - b))
  return [
    row('10 a text that stands in the oldest log', rare, floorOf(join(dir, 'logs.db')), '≤ 1,200 ms'),
    row('10 the same, capitals told apart, nowhere', exact, '–', '≤ 1,200 ms'),
    row('an expression', expression),
    row(
      '10 the first line of a common text',
      `${percentile(firsts, 50).toFixed(0)} ms; with the thread’s start ${cold.firstMs.toFixed(0)} ms`,
      '–',
      '≤ 100 ms',
    ),
    row('10 what others wait meanwhile, p50 / p99', sorted(busy), `idle ${sorted(quiet)}`, 'p99 ≤ 20 ms'),
    row('resident before / after', `${idle} / ${residentMb(server)} MB`),
  ]
}

interface Timed {
  /** To the first line, and to the end. */
  readonly firstMs: number
  readonly ms: number
}

/** One search to its end, as the command line makes it. */
async function search(q: string, some: { as?: 'text' | 'regex'; limit?: number }): Promise<Timed> {
  const client = createClient({ server: 'http://periplus', socket: join(dir, 'run/periplus.sock') })
  const begun = performance.now()
  let firstMs = 0
  for await (const { event } of client.stream('search', { query: { q, ...some } })) {
    if (event === 'found' && firstMs === 0) firstMs = performance.now() - begun
  }
  return { firstMs, ms: performance.now() - begun }
}

/** How long the server takes for an answer that costs nothing, again and again while something goes on. */
async function latencies({ address }: Server, during: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  let over = false
  const asking = (async () => {
    while (!over) {
      const begun = performance.now()
      await (await fetch(new URL('/healthz', address))).text()
      times.push(performance.now() - begun)
      await Bun.sleep(BEAT_MS)
    }
  })()
  await during()
  over = true
  await asking
  return times
}

/** Reading the file and decompressing it is what any search of it must do. */
function floorOf(file: string): string {
  const program = `const { Database } = require('bun:sqlite');
    const db = new Database(${JSON.stringify(file)}, { readonly: true });
    const begun = performance.now();
    for (const { packed } of db.query('SELECT packed FROM chunks').iterate())
      if (packed[0] === 1) Bun.zstdDecompressSync(packed.subarray(1));
    console.log((performance.now() - begun).toFixed(0))`
  const { stdout } = Bun.spawnSync([process.execPath, '-e', program])
  return `reading and decompressing alone ${stdout.toString().trim()} ms`
}

function mb(size: number): string {
  return `${(size / 1e6).toFixed(0)} MB`
}
