/** Logs of a history as builds write them: package managers, compilers, tests with colours. Seven times smaller stored. */
import type { NewLine } from '../src/domain/transcript.ts'
import type { Store } from '../src/store/store.ts'
import { oneOf, randomFrom, weighted } from './random.ts'

const WORDS = [
  ...['checkout', 'store', 'payment', 'stock', 'shipping', 'refund', 'client', 'coupon', 'depot', 'invoice'],
  ...['receipt', 'basket', 'price', 'order', 'total', 'http', 'fetch', 'GET', 'silly', 'placeDep', 'added'],
  ...[
    'package',
    'resolve',
    'tarball',
    'cache',
    'build',
    'internal',
    'runtime',
    'reflect',
    'encoding',
    'json',
  ],
]
const SCOPES = ['node_modules', 'src', 'lib', 'pkg', 'vendor', 'cmd', 'internal', 'test']

type Style = 'packages' | 'compiler' | 'tests'
const styleOf = weighted<Style>([
  ['packages', 4],
  ['compiler', 3],
  ['tests', 3],
])

/** One line. It differs from the next as lines of a build do, so that it becomes as small as those. */
function lineOf(style: Style, random: () => number, number: number): string {
  const word = () => oneOf(random, WORDS)
  const path = () => `${oneOf(random, SCOPES)}/${word()}/${word()}`
  const upTo = (most: number) => Math.floor(random() * most)
  switch (style) {
    case 'packages':
      return `npm http fetch GET 200 https://registry.example/${word()}-${word()} ${upTo(900)}ms (cache ${random() < 0.8 ? 'hit' : 'miss'})`
    case 'compiler':
      return `cd /work/${path()} && compile -o $WORK/b${String(number).padStart(4, '0')}/_pkg_.a -trimpath "$WORK/b${String(number).padStart(4, '0')}=>" -goversion 1.25 -p ${word()} ./${word()}.go`
    case 'tests':
      return `${String(number).padStart(6, '0')} ${number % 10 === 0 ? '\x1b[33mWARN\x1b[0m' : '\x1b[32mPASS\x1b[0m'} ${path()} ${word()} (${upTo(900)} ms)`
    default:
      return style satisfies never
  }
}

/** Lines of one log, of about so many bytes. */
function linesOf(random: () => number, bytes: number): NewLine[] {
  const style = styleOf(random)
  const lines: NewLine[] = [{ at: 0, text: '::group::Check out', kind: 'line' }]
  for (let size = 0, at = 0; size < bytes; at += Math.floor(random() * 40)) {
    const text = lineOf(style, random, lines.length)
    lines.push({ at, text, kind: 'line' })
    size += text.length + 1
  }
  return lines
}

/** Stages that wrote a log. */
const LOGGED = [1, 2, 3, 7]
/** Most logs are short, some very long. */
const shareOf = weighted([
  [0.1, 60],
  [1, 30],
  [6, 10],
])

export interface Corpus {
  readonly executions: number
  /** Of text, about. */
  readonly bytes: number
  /** Stands in one line: of the oldest execution that has a log, and nowhere else. */
  readonly needle: string
}

/** Fills the logs of a history, sealed and as small as they become; the same for the same seed. */
export async function fillLogs(store: Store, { executions, bytes, needle }: Corpus): Promise<number> {
  const random = randomFrom(7)
  // Of the shares above, on the average.
  const usual = bytes / (executions * LOGGED.length * 0.96)
  let logs = 0
  for (let execution = 1; execution <= executions; execution += 1) {
    for (const stage of LOGGED) {
      const lines = linesOf(random, shareOf(random) * usual)
      if (logs === 0) lines.push({ at: 1, text: `here stands ${needle}, and nowhere else`, kind: 'line' })
      store.logs.append(execution, stage, { lines, after: null, cursor: 'end' })
      store.logs.seal(execution, stage, 1)
      await store.logs.recompress(execution, stage, 1)
      logs += 1
    }
  }
  store.logsDb.sqlite.run('PRAGMA wal_checkpoint(TRUNCATE)')
  return logs
}
