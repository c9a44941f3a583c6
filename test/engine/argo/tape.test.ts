import { describe, expect, test } from 'bun:test'
import { Tape } from '../../../src/engine/argo/tape.ts'
import type { RawLine } from '../../../src/engine/engine.ts'

/** So long, with its newline, that eight of them fill a log of 80 characters. */
const line = (number: number): RawLine => ({ at: number, text: `line ${String(number).padStart(4, '0')}` })
const MAX = 80

/** Feeds it lines one by one; each line's cursor is its number. */
function feed(tape: Tape, from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).flatMap((number) => [
    ...tape.take([line(number)], () => String(number)),
  ])
}

/** What was told, in short: numbers of lines, and what stands between them. */
function told(news: ReturnType<typeof feed>): (number | string)[] {
  return news.flatMap((one): (number | string)[] => {
    if (one.type === 'lines') return one.lines.map(({ at }) => at)
    return [one.type === 'gap' ? `gap of ${one.lines}` : one.type]
  })
}

describe('a log within its limit', () => {
  test('is told as it comes', () => {
    const tape = new Tape(1, MAX, 0, '')

    expect(told(feed(tape, 1, 4))).toEqual([1, 2, 3, 4])
    expect([...tape.end(9)]).toEqual([])
    expect(tape.told).toBe(40)
  })

  test('is whole where it comes to more than half of it, though it is told at the end', () => {
    const tape = new Tape(1, MAX, 0, '')

    expect(told(feed(tape, 1, 8))).toEqual([1, 2, 3, 4, 'mark'])
    expect(told([...tape.end(9)])).toEqual([5, 6, 7, 8])
  })
})

describe('a log that outgrows its limit', () => {
  test('keeps its first half, its last half, and how much is missing between', () => {
    const tape = new Tape(1, MAX, 0, '')

    const first = feed(tape, 1, 20)
    const last = [...tape.end(99)]

    expect(told(first)).toEqual([1, 2, 3, 4, 'mark'])
    expect(told(last)).toEqual(['gap of 12', 17, 18, 19, 20])
    expect(last[0]).toMatchObject({ type: 'gap', stage: 1, at: 99, reason: 'The log outgrew its limit.' })
  })

  test('says where to go on: before what it holds back, and behind each line that it has told', () => {
    const tape = new Tape(1, MAX, 0, '')

    const news = [...feed(tape, 1, 6), ...tape.end(99)]

    expect(news.map(({ cursor }) => cursor)).toEqual(['1', '2', '3', '4', '4 held', '5', '6'])
  })

  test('outgrows it as well where a server began anew between', () => {
    feed(new Tape(1, MAX, 0, ''), 1, 6)
    const again = new Tape(1, MAX, 40, '4')

    expect(told(feed(again, 5, 20))).toEqual(['mark'])
    expect(told([...again.end(99)])).toEqual(['gap of 12', 17, 18, 19, 20])
  })

  test('keeps its last piece, however large that is', () => {
    const tape = new Tape(1, MAX, 0, '')
    const large = Array.from({ length: 100 }, (_, index) => line(index + 1))

    expect([...tape.take(large, () => 'large')]).toMatchObject([{ type: 'mark' }])
    expect(told([...tape.end(99)])).toHaveLength(100)
  })
})
