/**
 * Figures 1 and 2 (through HTTP), 11 and 12 on a history that bench/history.ts left, and what takes longest of it:
 * words, whole counts, a file of 100,000 rows, each beside what others wait meanwhile.
 * `bun bench/http.ts --dir DIR [-- command of the program …]`; without a command it takes dist/periplus.
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type HistoryFilter, NO_FILTER } from '../src/domain/filter.ts'
import { createCursors } from '../src/store/historyCursor.ts'
import { listOf } from '../src/store/historyFilter.ts'
import { slugOf } from './historyData.ts'
import { randomFrom } from './random.ts'
import { percentile, print, type Row, spread, warm } from './report.ts'
import { residentMb, type Server, start, stop } from './server.ts'
import { tokenFor } from './viewers.ts'

const CONNECTIONS = 8
const LOAD_MS = 8000
const SINGLE_REQUESTS = 500
const WARM_UP_REQUESTS = 200
const STARTS = 7
const PAGE = 50
/** How often somebody else asks meanwhile. */
const BEAT_MS = 2

const { values, positionals } = parseArgs({ options: { dir: { type: 'string' } }, allowPositionals: true })
const dir = values.dir
if (dir === undefined)
  throw new Error('Name the directory of a history with --dir; bench/history.ts makes one.')
const command = positionals.length > 0 ? positionals : [resolve('dist/periplus')]

warm(join(dir, 'state.db'))
const starts: number[] = []
for (let n = 0; n < STARTS; n += 1) {
  const server = await start(command, dir)
  starts.push(server.startedMs)
  await stop(server)
}
starts.sort((a, b) => a - b)

const server = await start(command, dir)
try {
  const token = await tokenFor(dir)
  const idle = residentMb(server)
  const rows = await figures(server, dir, token)
  print('Through HTTP', [
    {
      figure: '11 start to the first answer',
      measured: `${percentile(starts, 50).toFixed(0)} ms (${starts[0]?.toFixed(0)}…${starts.at(-1)?.toFixed(0)})`,
      beside: 'Woodpecker 51–176 ms',
      target: '≤ 60 ms',
    },
    ...rows,
    {
      figure: '12 resident idle / after this load',
      measured: `${idle} / ${residentMb(server)} MB`,
      beside: 'Woodpecker 71 / 104 MB',
      target: '≤ 80 / ≤ 130 MB',
    },
  ])
} finally {
  await stop(server)
}

async function figures({ address }: Server, data: string, token: string): Promise<Row[]> {
  const random = randomFrom(3)
  const cursors = createCursors(readFileSync(join(data, 'instance'), 'utf8').trim())
  const newest = await fetch(new URL('/api/v1/executions?limit=1', address), {
    headers: { authorization: `Bearer ${token}` },
  })
  const { items, total } = (await newest.json()) as {
    items: { number: number; id: string }[]
    total: { count: number }
  }
  const { count } = total
  const list = (filter: HistoryFilter, query: string, deep: boolean) => () => {
    const place = { direction: 'older', id: Math.ceil(random() * count) } as const
    const cursor = deep ? `&before=${cursors.write(listOf(filter), place)}` : ''
    return `/api/v1/executions?limit=${PAGE}${query}${cursor}`
  }
  const asked: readonly (readonly [string, () => string, string, string?])[] = [
    ['1 first page of 50, JSON', list(NO_FILTER, '', false), 'Woodpecker 1.07 / 4.1 ms, 1,541 req/s'],
    ['1 a page at any depth', list(NO_FILTER, '', true), 'Woodpecker 26.5 / 55 ms'],
    [
      '1 a rare pair at any depth',
      list(
        { ...NO_FILTER, statuses: ['error'], workflow: slugOf(50) },
        `&status=error&workflow=${slugOf(50)}`,
        true,
      ),
      'Woodpecker 40.6 / 128 ms',
    ],
    [
      'one execution with its stages',
      () => `/api/v1/executions/${items[0]?.id}`,
      'Woodpecker 0.65 ms, 2,452 req/s',
    ],
    ['2 the page of 50, HTML', () => '/executions', '–', 'p50 ≤ 5 ms; ≥ 1,000 req/s at 8'],
  ]
  const rows: Row[] = []
  for (const [figure, path, beside, target] of asked) {
    await load(address, token, path, 1, { requests: WARM_UP_REQUESTS })
    const single = await load(address, token, path, 1, { requests: SINGLE_REQUESTS })
    const eight = await load(address, token, path, CONNECTIONS, { ms: LOAD_MS })
    rows.push({
      figure,
      measured: `${spread(single.times)}; ${eight.perSecond.toFixed(0)} req/s at ${CONNECTIONS}`,
      beside,
      target: target ?? (figure.startsWith('1 ') ? 'p50 ≤ 1, p99 ≤ 5 ms' : '–'),
    })
  }
  return [...rows, ...(await slowest(address, token))]
}

/** What a list can be asked for that is more than a page, once each: nothing of it is remembered yet. */
async function slowest(address: URL, token: string): Promise<Row[]> {
  const list = '/api/v1/executions'
  const asked: readonly (readonly [string, string])[] = [
    ['a page of words that many titles hold, HTML', '/executions?q=refund+docs'],
    ['the same in a rare status', '/executions?q=docs+for&status=error'],
    ['the same in a rare branch, by a person', '/executions?q=for+release&branch=feature%2F9&by=person-9'],
    ['all of a branch counted', `${list}?limit=1&total=exact&branch=main`],
    ['all of a trigger and person counted', `${list}?limit=1&total=exact&trigger=push&by=person-1`],
    ['all that deployed to production counted', `${list}?limit=1&total=exact&environment=production`],
    ['all with two words counted', `${list}?limit=1&total=exact&q=refund+docs`],
    ['all with one word counted', `${list}?limit=1&total=exact&q=cart`],
    ['100,000 rows as CSV', `${list}/export?format=csv`],
    ['the same of a branch', `${list}/export?format=csv&branch=main`],
  ]
  const rows: Row[] = []
  for (const [figure, path] of asked) {
    const waited: number[] = []
    const { ms, bytes } = await during(address, waited, async () => {
      const begun = performance.now()
      const response = await fetch(new URL(path, address), { headers: { authorization: `Bearer ${token}` } })
      const body = await response.bytes()
      if (!response.ok) throw new Error(`The server answered ${response.status} to ${path}`)
      return { ms: performance.now() - begun, bytes: body.length }
    })
    waited.sort((a, b) => a - b)
    const size = bytes > 1e6 ? `, ${(bytes / 1e6).toFixed(1)} MB` : ''
    rows.push({
      figure: `– ${figure}`,
      measured: `${ms.toFixed(0)} ms${size}`,
      beside: `others wait ${waited.at(-1)?.toFixed(1)} ms at most`,
      target: '–',
    })
  }
  return rows
}

/** Asks for nothing much again and again meanwhile, and notes how long that takes. */
async function during<T>(address: URL, waited: number[], work: () => Promise<T>): Promise<T> {
  let over = false
  const others = (async () => {
    while (!over) {
      const begun = performance.now()
      await (await fetch(new URL('/healthz', address))).text()
      waited.push(performance.now() - begun)
      await Bun.sleep(BEAT_MS)
    }
  })()
  const made = await work()
  over = true
  await others
  return made
}

interface Load {
  readonly times: readonly number[]
  readonly perSecond: number
}

/** Keep-alive connections, one request under way on each, until so many are answered or so long has passed. */
async function load(
  address: URL,
  token: string,
  path: () => string,
  connections: number,
  until: { requests?: number; ms?: number },
): Promise<Load> {
  const times: number[] = []
  const begun = performance.now()
  const isOver = () =>
    times.length >= (until.requests ?? Infinity) || performance.now() - begun >= (until.ms ?? Infinity)
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = await open(address)
      while (!isOver()) {
        const asked = performance.now()
        await connection.ask(
          `GET ${path()} HTTP/1.1\r\nHost: ${address.host}\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\n\r\n`,
        )
        times.push(performance.now() - asked)
      }
      connection.close()
    }),
  )
  const spent = performance.now() - begun
  return { perSecond: (times.length / spent) * 1000, times: times.sort((a, b) => a - b) }
}

/** As little of HTTP as it takes, so that the client costs little beside the server. */
function open(address: URL): Promise<{ ask(request: string): Promise<void>; close(): void }> {
  const { promise, resolve: opened, reject } = Promise.withResolvers<Socket>()
  const socket = connect(Number(address.port), address.hostname, () => opened(socket))
  socket.setNoDelay(true)
  socket.on('error', reject)
  let received: Buffer = Buffer.alloc(0)
  let answered = () => {}
  let refused: (reason: unknown) => void = reject
  socket.on('data', (bytes: Buffer) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
    try {
      const length = responseLength(received)
      if (length === null || received.length < length) return
      received = received.subarray(length)
      answered()
    } catch (error) {
      refused(error)
    }
  })
  return promise.then(() => ({
    ask: (request) =>
      new Promise((done, refuse) => {
        answered = done
        refused = refuse
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }))
}

/** Of the response at the start of these bytes, head included; null while its head is not whole. */
function responseLength(bytes: Buffer): number | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(`The server answered ${head.slice(0, 200)}`)
  const [, length] = /content-length: (\d+)/i.exec(head) ?? []
  if (length === undefined) throw new Error('This client reads answers of a known length only.')
  return end + 4 + Number(length)
}
