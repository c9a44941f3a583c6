/**
 * Figures 1 (through HTTP), 11 and 12 on a history that bench/history.ts left:
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
  const { items } = (await newest.json()) as { items: { number: number; id: string }[] }
  const count = 1_000_000
  const list = (filter: HistoryFilter, query: string, deep: boolean) => () => {
    const place = { direction: 'older', id: Math.ceil(random() * count) } as const
    const cursor = deep ? `&before=${cursors.write(listOf(filter), place)}` : ''
    return `/api/v1/executions?limit=${PAGE}${query}${cursor}`
  }
  const asked: readonly (readonly [string, () => string, string])[] = [
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
  ]
  const rows: Row[] = []
  for (const [figure, path, beside] of asked) {
    await load(address, token, path, 1, { requests: WARM_UP_REQUESTS })
    const single = await load(address, token, path, 1, { requests: SINGLE_REQUESTS })
    const eight = await load(address, token, path, CONNECTIONS, { ms: LOAD_MS })
    rows.push({
      figure,
      measured: `${spread(single.times)}; ${eight.perSecond.toFixed(0)} req/s at ${CONNECTIONS}`,
      beside,
      target: figure.startsWith('1 ') ? 'p50 ≤ 1, p99 ≤ 5 ms' : '–',
    })
  }
  return rows
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
  socket.on('data', (bytes: Buffer) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
    const length = responseLength(received)
    if (length === null || received.length < length) return
    received = received.subarray(length)
    answered()
  })
  return promise.then(() => ({
    ask: (request) =>
      new Promise((done) => {
        answered = done
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
