import { describe, expect, test } from 'bun:test'
import { Finder, type Line, LineReader } from '../../../src/engine/argo/logline.ts'

const A = '2026-11-23T15:59:17.000000001Z'
const B = '2026-11-23T15:59:17.000000002Z'
const C = '2026-11-23T15:59:18Z'

const read = (text: string, reader = new LineReader()) => reader.read(Buffer.from(text))
const texts = (lines: readonly Line[]) => lines.map(({ text }) => text)

describe('the bytes of a log', () => {
  test('become lines without their timestamps', () => {
    const lines = read(`${A} one two\n${B} \n${C}  indented\n`)

    expect(texts(lines)).toEqual(['one two', '', ' indented'])
    expect(lines[0]?.at).toBe(Date.UTC(2026, 10, 23, 15, 59, 17))
  })

  test('that never came to a newline are no line yet', () => {
    const reader = new LineReader()

    expect(read(`${A} half a l`, reader)).toEqual([])
    expect(texts(read('ine\n', reader))).toEqual(['half a line'])
  })

  test('may be cut anywhere, also within a character', () => {
    const bytes = Buffer.from(`${A} naïve 🚀 日本\n${B} next\n`)
    const reader = new LineReader()

    const lines = [...bytes].flatMap((byte) => reader.read(Uint8Array.of(byte)))

    expect(texts(lines)).toEqual(['naïve 🚀 日本', 'next'])
  })

  test('that are no UTF-8 are replaced, also where they are cut in two', () => {
    const reader = new LineReader()
    // The first three bytes of a rocket, and then something else.
    reader.read(Buffer.concat([Buffer.from(`${A} a`), Buffer.from([0xf0, 0x9f])]))
    const lines = reader.read(Buffer.concat([Buffer.from([0x9a]), Buffer.from('b\n')]))

    expect(texts(lines)).toEqual(['a�b'])
  })

  test('keep carriage returns, escapes and NUL as they are', () => {
    expect(texts(read(`${A} a\rb\x1b[1m\0\n`))).toEqual(['a\rb\x1b[1m\0'])
  })

  test('with a line that is endless keep its beginning, and count the rest', () => {
    const reader = new LineReader()
    read(`${A} `, reader)
    for (let piece = 0; piece < 40; piece += 1) read('x'.repeat(10_000), reader)
    const [line] = read(`\n`, reader)

    expect((line?.text.length ?? 0) + A.length + 1).toBe(128 * 1024)
    expect((line?.text.length ?? 0) + (line?.cut ?? 0)).toBe(400_000)
    expect(texts(read(`${B} short\n`, reader))).toEqual(['short'])
  })

  test('in which the kubelet speaks itself are no lines', () => {
    const reader = new LineReader()

    const lines = read(`${A} one\nfailed to create fsnotify watcher: too many open files\n`, reader)

    expect(texts(lines)).toEqual(['one'])
    expect(reader.remark).toBe('failed to create fsnotify watcher: too many open files')
  })

  test('in which the kubelet speaks without a newline are heard as well', () => {
    const reader = new LineReader()

    read(`${A} one\nfailed to create fsnotify watcher: too many open files`, reader)

    expect(reader.remark).toBe('failed to create fsnotify watcher: too many open files')
  })

  test('number the lines that share a timestamp', () => {
    expect(read(`${A} a\n${A} b\n${B} c\n${B} d\n`).map(({ nth }) => nth)).toEqual([1, 2, 1, 2])
  })
})

describe('a reading that began before its place', () => {
  const lines = read(`${A} a\n${A} b\n${A} c\n${B} d\n${C} e\n`)
  const rest = (stamp: string, nth: number, half = false) => {
    const finder = new Finder({ stamp, nth, half })
    return { texts: texts(finder.rest(lines)), finder }
  }

  test('goes on behind it, inside one timestamp too', () => {
    expect(rest(A, 2).texts).toEqual(['c', 'd', 'e'])
    expect(rest(C, 1).texts).toEqual([])
  })

  test('goes on with the line itself where only half of it was told', () => {
    expect(rest(B, 1, true).texts).toEqual(['d', 'e'])
  })

  test('finds it in a later piece', () => {
    const finder = new Finder({ stamp: B, nth: 1, half: false })

    expect(finder.rest(lines.slice(0, 3))).toEqual([])
    expect(finder.found).toBe(false)
    expect(texts(finder.rest(lines.slice(3)))).toEqual(['e'])
    expect(finder).toMatchObject({ found: true, missed: false })
  })

  test('misses what was rotated away, and goes on with what is left', () => {
    const { texts: left, finder } = rest('2026-11-23T15:59:16Z', 1)

    expect(left).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(finder.missed).toBe(true)
  })

  test('misses a line of a timestamp of which fewer are left', () => {
    const { texts: left, finder } = rest(A, 4)

    expect(left).toEqual(['d', 'e'])
    expect(finder.missed).toBe(true)
  })
})
