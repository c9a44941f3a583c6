/**
 * Figures 14 and, as far as the engine goes, 5. Run with `bun bench/local.ts [command of the program …]`; without one
 * it takes dist/periplus. Each figure stands beside its floor, measured in the same minute.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { NO_ARGO_SETTINGS } from '../src/domain/definition.ts'
import type { Engine, News, SegmentOrder } from '../src/engine/engine.ts'
import { createLocalEngine } from '../src/engine/local/local.ts'
import { realWorld } from '../src/world.ts'

const STAGES = 50
const SEGMENTS = 20
const LOG_LINES = 200_000
const ROUNDS = 5
const environment = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' }

const dir = mkdtempSync(join(tmpdir(), 'periplus-bench-'))
const self = process.argv.length > 2 ? process.argv.slice(2) : [resolve('dist/periplus')]
if (!existsSync(self[0] ?? '')) throw new Error(`${self[0]} is not there; build it first (npm run build).`)
const source = makeRepository(join(dir, 'repository'))
const engine = createLocalEngine({
  dir: join(dir, 'local'),
  self,
  world: realWorld(),
  environment,
  allowFile: true,
})
let made = 0

try {
  await stageOverhead()
  await segmentOverhead()
  await supervisorMemory()
  await longLog()
} finally {
  rmSync(dir, { recursive: true, force: true })
}

/** Figure 14: what a stage that runs `true` costs beside spawning it. */
async function stageOverhead(): Promise<void> {
  const script = join(dir, 'true.sh')
  writeFileSync(script, 'true')
  const floors: number[] = []
  for (let i = 0; i < STAGES; i += 1) {
    const start = performance.now()
    await Bun.spawn(['sh', '-e', script], { stdio: ['ignore', 'ignore', 'ignore'] }).exited
    floors.push(performance.now() - start)
  }
  const news = await told(orderOf(Array.from({ length: STAGES + 1 }, () => 'true')))
  const ends = news.flatMap((one) => (one.type === 'stage.finished' ? [one.at] : []))
  const spent = ((ends.at(-1) ?? 0) - (ends[0] ?? 0)) / STAGES
  print(
    '14 stage `true`',
    `${spent.toFixed(1)} ms`,
    `plain spawn ${median(floors).toFixed(1)} ms`,
    'overhead ≤ 30 ms',
  )
}

/** The same with everything about it: supervisor, checkout, records. */
async function segmentOverhead(): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < ROUNDS * 2; i += 1) {
    const start = performance.now()
    await told(orderOf(['true']))
    times.push(performance.now() - start)
  }
  const floors: number[] = []
  for (let i = 0; i < ROUNDS * 2; i += 1) {
    const start = performance.now()
    await plainCheckout(join(dir, `plain-${i}`))
    floors.push(performance.now() - start)
  }
  print(
    '14 whole segment `true`',
    `${median(times).toFixed(0)} ms`,
    `git init, fetch, checkout ${median(floors).toFixed(0)} ms`,
    '',
  )
}

/** Figure 14: memory of supervisors at work. */
async function supervisorMemory(): Promise<void> {
  const orders = Array.from({ length: SEGMENTS }, () => orderOf(['echo ready; exec sleep 1000']))
  await Promise.all(orders.map((order) => engine.submit(order)))
  await Promise.all(
    orders.map((order) =>
      told(order, (one) => one.type === 'lines' && one.lines.some((line) => line.text === 'ready')),
    ),
  )
  const kilobytes = orders.map((order) => proportionalSet(supervisorOf(order)))
  const mean = kilobytes.reduce((sum, one) => sum + one, 0) / kilobytes.length / 1024
  print('14 supervisor, 20 at once', `${mean.toFixed(1)} MB PSS each`, '', '≤ 10 MB')
  await Promise.all(orders.map((order) => engine.terminate(order.handle)))
  await Promise.all(orders.map((order) => told(order)))
}

/** Figure 5, from the stage's begin to its last line in this process's hands. */
async function longLog(): Promise<void> {
  const path = join(dir, 'log')
  writeFileSync(path, testLog())
  const rounds: { wall: number; cpu: number; floor: number }[] = []
  for (let i = 0; i < ROUNDS; i += 1) {
    const order = orderOf(['true', `cat ${path}`])
    let start = 0
    let before = process.cpuUsage()
    let lines = 0
    await told(order, (one) => {
      if (one.type === 'stage.started' && one.stage === 2) {
        start = performance.now()
        before = process.cpuUsage()
      }
      if (one.type === 'lines' && one.stage === 2) lines += one.lines.length
      return one.type === 'stage.finished' && one.stage === 2
    })
    const wall = performance.now() - start
    const used = process.cpuUsage(before)
    if (lines !== LOG_LINES) throw new Error(`${lines} lines arrived.`)
    const piped = performance.now()
    await Bun.spawn(['sh', '-c', `cat ${path} | cat > ${join(dir, 'copy')}`]).exited
    rounds.push({ wall, cpu: (used.user + used.system) / 1000, floor: performance.now() - piped })
  }
  const of = (key: 'wall' | 'cpu' | 'floor') => median(rounds.map((round) => round[key])).toFixed(0)
  print(
    '5 200,000 lines handed over',
    `${of('wall')} ms, ${of('cpu')} ms CPU`,
    `cat through a pipe ${of('floor')} ms`,
    '≤ 600 ms, ≤ 300 ms CPU, stored',
  )
}

/** BENCH.md's log: a number, a coloured verdict, eight words; always the same. */
function testLog(): string {
  const words =
    'anchor beacon cargo deck ebb fathom galley harbour inlet jetty keel lantern mast north oar'.split(' ')
  let seed = 42
  const word = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return words[seed % words.length]
  }
  const line = (_: unknown, n: number) =>
    `${String(n).padStart(6, '0')} ${n % 10 === 9 ? '\u001b[33mWARN' : '\u001b[32mPASS'}\u001b[0m ${Array.from({ length: 8 }, word).join(' ')}\n`
  return Array.from({ length: LOG_LINES }, line).join('')
}

function orderOf(scripts: readonly string[]): SegmentOrder {
  made += 1
  return {
    handle: `p-bench-${made}`,
    planHash: 'bench',
    execution: { uid: `bench-${made}`, id: `bench-${made}`, workflow: 'bench' },
    segment: 0,
    source,
    environment: null,
    argo: NO_ARGO_SETTINGS,
    stages: scripts.map((run, index) => ({
      ordinal: index + 1,
      id: `script-${index + 1}`,
      kind: 'script',
      run,
      image: null,
      files: {},
      resources: null,
      env: {},
      secrets: [],
      timeoutMs: null,
      retries: 0,
      continueOnFailure: false,
      asRoot: false,
      artifacts: [],
      reports: [],
    })),
    artifactsFrom: [],
    logBytesMax: 256 * 1024 * 1024,
    graceMs: 5_000,
  }
}

async function told(order: SegmentOrder, fits: (news: News) => boolean = () => false): Promise<News[]> {
  await engine.submit(order)
  const news: News[] = []
  for await (const one of follow(engine, order)) {
    if (one.type !== 'lines') news.push(one)
    if (fits(one)) break
  }
  return news
}

function follow(from: Engine, order: SegmentOrder): AsyncIterable<News> {
  return from.follow(order.handle, {}, new AbortController().signal)
}

function supervisorOf(order: SegmentOrder): number {
  return JSON.parse(readFileSync(join(dir, 'local/segments', order.handle, 'claimed'), 'utf8')).pid
}

function proportionalSet(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1])
}

function makeRepository(path: string): SegmentOrder['source'] {
  mkdirSync(path)
  git(path, 'init', '-q', '-b', 'main')
  writeFileSync(join(path, 'readme'), 'first\n')
  git(path, 'add', '.')
  git(path, 'commit', '-qm', 'First words')
  return { url: path, sha: git(path, 'rev-parse', 'HEAD'), branch: 'main', tag: null, credential: null }
}

async function plainCheckout(path: string): Promise<void> {
  mkdirSync(path)
  const script = `git init -q && git fetch -q --depth=1 ${source.url} ${source.sha} && git checkout -q FETCH_HEAD`
  await Bun.spawn(['sh', '-c', script], { cwd: path }).exited
}

function git(cwd: string, ...args: string[]): string {
  const command = ['git', '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args]
  return Bun.spawnSync(command, { cwd }).stdout.toString().trim()
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function print(figure: string, value: string, floor: string, target: string): void {
  console.log([figure, value, floor, target].filter((part) => part !== '').join(' · '))
}
