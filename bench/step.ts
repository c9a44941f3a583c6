/**
 * Figure 5, whole: a stage writes the test log; from its start to the moment its final status can be read, with every
 * line stored by then. `bun bench/step.ts [-- command of the program …]`; without a command it takes dist/periplus.
 */
import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildOnce, hasEnded, saveLoud, trigger } from './loud.ts'
import { print } from './report.ts'
import { cpuMs, start, stop } from './server.ts'
import { TEST_LOG_LINES, testLog } from './testlog.ts'

const ROUNDS = 5
const RECOMPRESSION_MS_MAX = 60_000

const { positionals } = parseArgs({ allowPositionals: true })
const command = positionals.length > 0 ? positionals : [resolve('dist/periplus')]
const home = mkdtempSync(join(tmpdir(), 'periplus-bench-'))
const dir = join(home, 'data')
const log = join(home, 'test.log')
writeFileSync(log, `${[...testLog()].join('\n')}\n`)

const server = await start(command, dir, '--git-allow-file')
try {
  await saveLoud(dir, home, 'loud', `cat ${log}`)
  await run()
  const rounds = []
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await run())
  const atOnce = stored(rounds.at(-1)?.number ?? 0)
  await recompressed()
  const floor = await piped()
  const sorted = rounds.toSorted((a, b) => a.ms - b.ms)
  const middle = sorted[Math.floor(ROUNDS / 2)]
  print(`A stage of ${TEST_LOG_LINES.toLocaleString('en')} lines`, [
    {
      figure: '5 done and stored',
      measured: `${middle?.ms.toFixed(0)} ms (${sorted[0]?.ms.toFixed(0)}…${sorted.at(-1)?.ms.toFixed(0)})`,
      beside: `cat through a pipe ${floor.toFixed(0)} ms`,
      target: '≤ 600 ms',
    },
    { figure: '5 CPU of the server', measured: `${middle?.cpu} ms`, beside: '–', target: '≤ 300 ms' },
    { figure: '5 stored at once', measured: mb(atOnce), beside: '–', target: '≤ 3.1 MB' },
    {
      figure: '5 stored once recompressed',
      measured: mb(stored(rounds.at(-1)?.number ?? 0)),
      beside: '–',
      target: '≤ 2.4 MB',
    },
  ])
} finally {
  await stop(server)
  rmSync(home, { recursive: true })
}

/** One execution: how long its build took to be over and stored, and the server's CPU meanwhile. */
async function run(): Promise<{ number: number; ms: number; cpu: number }> {
  const made = await trigger(dir, 'loud')
  let before = cpuMs(server)
  const build = await buildOnce(dir, made, (seen) => {
    if (seen === undefined || seen.startedAt === null) before = cpuMs(server)
    return hasEnded(seen)
  })
  const now = Date.now()
  if (build.status !== 'succeeded' || build.lines < TEST_LOG_LINES) {
    throw new Error(`The build is ${build.status} with ${build.lines} lines stored.`)
  }
  return { number: made.number, ms: now - Date.parse(build.startedAt ?? ''), cpu: cpuMs(server) - before }
}

/** Bytes of the chunks of an execution's logs; read beside the server. */
function stored(number: number): number {
  return (
    query<{ n: number }>(
      `SELECT sum(length(packed)) AS n FROM chunks JOIN logs ON id = log_id WHERE execution_id = ${number}`,
    )?.n ?? 0
  )
}

async function recompressed(): Promise<void> {
  const until = performance.now() + RECOMPRESSION_MS_MAX
  while (query<{ n: number }>('SELECT count(*) AS n FROM logs WHERE recompressed_at IS NULL')?.n !== 0) {
    if (performance.now() > until) throw new Error('The logs were not recompressed.')
    await Bun.sleep(100)
  }
}

function query<Row>(sql: string): Row | null {
  using db = new Database(join(dir, 'logs.db'), { readonly: true })
  return db.query<Row, []>(sql).get()
}

/** The floor: the same bytes through a pipe into a file. */
async function piped(): Promise<number> {
  const begun = performance.now()
  await Bun.spawn(['sh', '-c', `cat ${log} | cat > ${join(home, 'copy')}`]).exited
  return performance.now() - begun
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
