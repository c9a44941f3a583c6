import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { CHUNK_LINES, type NewLine, unpack } from '../../src/domain/transcript.ts'
import type { ScannedChunk } from '../../src/store/logReading.ts'
import { openStore, type Store } from '../../src/store/store.ts'

const open = (dir = ':memory:') => openStore({ dir, now: () => 1, id: () => 'instance' })
const line = (text: string, at = 1): NewLine => ({ at, text, kind: 'line' })
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(`line ${from + index}`, from + index))

function append(store: Store, lines: readonly NewLine[], cursor: string) {
  return store.logs.append(7, 0, { lines, after: store.logs.info(7, 0).cursor, cursor })
}

function chunkRows(store: Store): number {
  // The face shows no rows; how many there are is what keeps reading quick.
  return store.logsDb.sqlite.query<{ n: number }, []>('SELECT count(*) AS n FROM chunks').get()?.n ?? 0
}

test('a log that nobody wrote to is empty', () => {
  const store = open()

  expect(store.logs.info(7, 0)).toEqual({ lines: 0, bytes: 0, cursor: null, sealedAt: null })
  expect(store.logs.window(7, 0, 1, 100)).toEqual([])
  expect(store.logs.cursors(7)).toEqual({})
})

test('lines get numbers from 1 on and are read back with their times and kinds', () => {
  const store = open()

  expect(append(store, [line('a', 5), { at: 4, text: '12 lines are gone', kind: 'gap' }], 'c1')).toEqual({
    first: 1,
    lines: 2,
  })
  expect(append(store, [{ at: 9, text: 'tried again', kind: 'mark' }], 'c2')).toEqual({ first: 3, lines: 1 })

  expect(store.logs.window(7, 0, 1, 10)).toEqual([
    { number: 1, at: 5, text: 'a', kind: 'line' },
    { number: 2, at: 4, text: '12 lines are gone', kind: 'gap' },
    { number: 3, at: 9, text: 'tried again', kind: 'mark' },
  ])
  expect(store.logs.cursors(7)).toEqual({ 0: 'c2' })
})

test('a batch that comes twice is stored once', () => {
  const store = open()
  store.logs.append(7, 0, { lines: [line('a')], after: null, cursor: 'c1' })

  expect(store.logs.append(7, 0, { lines: [line('a')], after: null, cursor: 'c1' })).toBeNull()
  expect(store.logs.append(7, 0, { lines: [line('a')], after: 'c1', cursor: 'c1' })).toBeNull()
  expect(store.logs.append(7, 0, { lines: [line('z')], after: 'c0', cursor: 'c9' })).toBeNull()

  expect(store.logs.info(7, 0)).toMatchObject({ lines: 1, cursor: 'c1' })
})

test('a batch without lines moves the cursor', () => {
  const store = open()

  expect(append(store, [], 'c1')).toEqual({ first: 1, lines: 0 })

  expect(store.logs.cursors(7)).toEqual({ 0: 'c1' })
})

test('whatever the batches, every window shows exactly its lines, sealed and recompressed or not', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 3 * CHUNK_LINES }), { minLength: 1, maxLength: 6 })
  const single = fc.integer({ min: 0, max: 400 })
  await fc.assert(
    fc.asyncProperty(sizes, single, fc.boolean(), fc.nat(9999), async (batches, singles, sealed, from) => {
      const store = open()
      let total = 0
      for (const size of [...Array.from({ length: singles }, () => 1), ...batches]) {
        append(store, numbered(total + 1, total + size), `c${store.logs.info(7, 0).lines}-${size}-${total}`)
        total = store.logs.info(7, 0).lines
      }
      if (sealed) {
        store.logs.seal(7, 0, 2)
        await store.logs.recompress(7, 0, 3)
      }

      const expected = numbered(1, total).slice(from, from + 500)

      expect(store.logs.window(7, 0, from + 1, 500).map((each) => each.text)).toEqual(
        expected.map((each) => each.text),
      )
      expect(store.logs.tail(7, 0, 3).map((each) => each.number)).toEqual(
        numbered(1, total)
          .slice(-3)
          .map((each) => each.at),
      )
      expect(store.logs.info(7, 0).bytes).toBe(
        numbered(1, total).reduce((sum, each) => sum + each.text.length + 1, 0),
      )
      store.close()
    }),
    { numRuns: 25 },
  )
})

test('a slow writer of single lines leaves few rows', () => {
  const store = open()

  for (let i = 1; i <= 2500; i += 1) append(store, numbered(i, i), `c${i}`)

  expect(chunkRows(store)).toBeLessThan(140)
  store.logs.seal(7, 0, 2)
  expect(chunkRows(store)).toBe(2)
})

test('a sealed log takes no more lines, and sealing twice is sealing once', () => {
  const store = open()
  append(store, [line('a')], 'c1')
  store.logs.seal(7, 0, 10)

  store.logs.seal(7, 0, 20)

  expect(store.logs.info(7, 0).sealedAt).toBe(10)
  expect(() => append(store, [line('b')], 'c2')).toThrow('is sealed')
  expect(store.logs.append(7, 0, { lines: [line('a')], after: null, cursor: 'c1' })).toBeNull()
})

test('recompression makes a sealed log smaller, changes no line, and may be cut off', async () => {
  const store = open()
  const words = ['PASS', 'storefront', 'cart', 'checkout', 'in 12 ms', 'retried', 'ok']
  const wordsOf = (n: number) =>
    [...Bun.hash(String(n)).toString(7)].map((digit) => words[Number(digit)]).join(' ')
  append(
    store,
    numbered(1, 5000).map((each) => line(wordsOf(each.at))),
    'c1',
  )
  const size = () =>
    store.logsDb.sqlite.query<{ n: number }, []>('SELECT sum(length(packed)) AS n FROM chunks').get()?.n ?? 0
  const before = size()
  await store.logs.recompress(7, 0, 2)
  expect(size()).toBe(before)
  store.logs.seal(7, 0, 2)
  await store.logs.recompress(7, 0, 3, AbortSignal.abort())
  expect(store.logs.toRecompress(10)).toEqual([{ executionId: 7, stage: 0 }])

  await store.logs.recompress(7, 0, 3)

  expect(size()).toBeLessThan(before)
  expect(store.logs.toRecompress(10)).toEqual([])
  expect(store.logs.window(7, 0, 1999, 3).map((each) => each.text)).toEqual([
    wordsOf(1999),
    wordsOf(2000),
    wordsOf(2001),
  ])
})

describe('a scan', () => {
  const textsIn = async (store: ReturnType<typeof open>, during = () => {}) => {
    const seen: string[] = []
    const visit = ({ first, body, from }: ScannedChunk) => {
      seen.push(...unpack(body, first, from).map((each) => each.text))
      during()
    }
    await store.logs.scan(7, 0, visit, new AbortController().signal)
    return seen
  }

  test('shows every line once, in order', async () => {
    const store = open()
    append(store, numbered(1, 30_000), 'c1')
    append(store, [line('the last')], 'c2')

    expect(await textsIn(store)).toEqual([...numbered(1, 30_000).map((each) => each.text), 'the last'])
  })

  test('shows every line once also where small rows become one meanwhile', async () => {
    const store = open()
    for (let i = 0; i < 100; i += 1) append(store, numbered(i * 10 + 1, i * 10 + 10), `c${i}`)
    let turns = 0

    const seen = await textsIn(store, () => {
      turns += 1
      if (turns === 50) append(store, numbered(1001, 4_000), 'more')
    })

    expect(seen.slice(0, 1000)).toEqual(numbered(1, 1000).map((each) => each.text))
  })

  test('ends soon after its signal fires', async () => {
    const store = open()
    append(store, numbered(1, 30_000), 'c1')
    const asked = new AbortController()
    let chunks = 0
    const visit = () => {
      chunks += 1
      asked.abort(new Error('enough'))
    }

    await expect(store.logs.scan(7, 0, visit, asked.signal)).rejects.toThrow('enough')
    expect(chunks).toBe(1)
  })
})

test('binary bytes, colours, progress bars and markup are text like any other', () => {
  const store = open()
  const texts = [
    '\u0000\u0001\ufffd',
    '\u001b[31mred\u001b[0m',
    '10%\r20%\r',
    '<script>alert(1)</script>',
    '',
    '𝄞',
  ]
  append(
    store,
    texts.map((text) => line(text)),
    'c1',
  )

  expect(store.logs.window(7, 0, 1, 10).map((each) => each.text)).toEqual(texts)
})

test('committed lines are there after the file was closed and opened again', () => {
  const dir = mkdtempSync(join(tmpdir(), 'periplus-logs-'))
  const before = open(dir)
  append(before, numbered(1, 3000), 'c1')
  before.close()

  const after = open(dir)

  expect(after.logs.info(7, 0)).toMatchObject({ lines: 3000, cursor: 'c1' })
  expect(after.logs.window(7, 0, 2999, 5).map((each) => each.text)).toEqual(['line 2999', 'line 3000'])
  after.close()
  rmSync(dir, { recursive: true })
})
