/**
 * The test log: 200,000 lines, 15.5 MB, of a number, a coloured PASS (every tenth: WARN) and eight words.
 * `bun bench/testlog.ts [lines] [lines a second]` prints it.
 */
import { oneOf, randomFrom } from './random.ts'

export const TEST_LOG_LINES = 200_000

const WORDS = [
  'checkout',
  'store',
  'payment',
  'stock',
  'shipping',
  'refund',
  'client',
  'coupon',
  'depot',
  'invoice',
  'receipt',
  'basket',
  'price',
  'order',
  'total',
]

/** The same lines for the same seed. */
export function* testLog(lines = TEST_LOG_LINES, seed = 1): Generator<string> {
  const random = randomFrom(seed)
  for (let n = 1; n <= lines; n += 1) {
    const verdict = n % 10 === 0 ? '\u001b[33mWARN\u001b[0m' : '\u001b[32mPASS\u001b[0m'
    const words = Array.from({ length: 8 }, () => oneOf(random, WORDS))
    yield `${String(n).padStart(6, '0')} ${verdict} ${words.join(' ')}`
  }
}

/** Often enough for a reader to see no steps. */
const BEAT_MS = 10

if (import.meta.main) {
  const [lines, perSecond] = process.argv.slice(2).map(Number)
  const out = Bun.stdout.writer()
  const begun = performance.now()
  let written = 0
  for (const line of testLog(lines)) {
    while (perSecond !== undefined && written >= ((performance.now() - begun) / 1000) * perSecond) {
      await out.flush()
      await Bun.sleep(BEAT_MS)
    }
    out.write(`${line}\n`)
    written += 1
  }
  await out.end()
}
