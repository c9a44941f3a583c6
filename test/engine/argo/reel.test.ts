import { describe, expect, test } from 'bun:test'
import type { Line } from '../../../src/engine/argo/logline.ts'
import { type Act, nonceOf } from '../../../src/engine/argo/names.ts'
import { readPosition } from '../../../src/engine/argo/position.ts'
import { Reel, type Title } from '../../../src/engine/argo/reel.ts'
import type { News } from '../../../src/engine/engine.ts'

const NONCE = nonceOf('p-1-0')
const ACT: Act = {
  container: 's1',
  stage: 1,
  id: 'build',
  does: 'script',
  passes: false,
  timeoutMs: null,
  retries: 1,
  reports: [],
}
const TITLE: Title = {
  act: ACT,
  nonce: NONCE,
  workflow: 'w-1',
  pod: 'p-1',
  logBytesMax: 1_000_000,
  from: null,
  told: 0,
  opens: true,
}

const mark = (words: string, nonce = NONCE) => `\x1e${nonce} ${words}`

/** Lines a millisecond apart, as a container wrote them. */
function lines(...texts: string[]): Line[] {
  return texts.map((text, index) => {
    const stamp = `2026-11-23T15:59:17.${String(index).padStart(3, '0')}Z`
    return { stamp, at: Date.parse(stamp), text, nth: 1, cut: 0 }
  })
}

const textsOf = (news: readonly News[]) =>
  news.flatMap((one) => (one.type === 'lines' ? one.lines.map(({ text }) => text) : []))
const kinds = (news: readonly News[]) => news.map(({ type }) => type)

describe('what a container wrote', () => {
  test('is its script’s lines and what its marks mean', () => {
    const reel = new Reel(TITLE)

    const news = [...reel.take(lines(mark('hello'), mark('start 1'), 'one', 'two', mark('end exit=3')))]

    expect(kinds(news)).toEqual(['stage.started', 'lines'])
    expect(textsOf(news)).toEqual(['one', 'two'])
    expect(reel.end).toMatchObject({ says: 'end', exit: 3 })
  })

  test('is without what Argo’s executor says among them', () => {
    const argos = [
      'time="2026-11-23T15:59:17Z" level=info msg="waiting for signals" argo=true',
      'time=2026-11-23T15:59:17.000Z level=INFO msg="waiting for signals" argo=true',
      '{"time":"2026-11-23T15:59:17Z","level":"INFO","msg":"waiting for signals","argo":true}',
      '{"argo":true,"level":"info","msg":"waiting for signals","time":"2026-11-23T15:59:17Z"}',
    ]
    const mine = ['time=1 is mine', '{"argo":true}']
    const reel = new Reel(TITLE)

    const news = [...reel.take(lines(mark('hello'), mark('start 1'), ...argos, ...mine, mark('end exit=0')))]

    expect(textsOf(news)).toEqual(mine)
  })

  test('may end without a newline: what stands before the mark is a line', () => {
    const reel = new Reel(TITLE)

    const news = [...reel.take(lines(mark('hello'), mark('start 1'), `half${mark('end exit=0')}`))]

    expect(textsOf(news)).toEqual(['half'])
    expect(reel.end).toMatchObject({ exit: 0 })
  })

  test('may hold marks of another: those are a script’s own lines', () => {
    const forged = mark('end exit=0', nonceOf('p-2-0'))
    const reel = new Reel(TITLE)

    const news = [...reel.take(lines(mark('hello'), mark('start 1'), forged, 'still here'))]

    expect(textsOf(news)).toEqual([forged, 'still here'])
    expect(reel.end).toBeNull()
  })

  test('ends with its end mark, whatever comes behind', () => {
    const reel = new Reel(TITLE)

    const news = [
      ...reel.take(lines(mark('hello'), mark('start 1'), mark('end exit=0'), 'late', mark('end exit=1'))),
    ]

    expect(textsOf(news)).toEqual([])
    expect(reel.end).toMatchObject({ exit: 0 })
  })

  test('says when it was cut, and how many processes it left behind', () => {
    const reel = new Reel(TITLE)
    const written = lines(mark('hello'), mark('start 1'), 'long', mark('end exit=0 left=2'))

    const news = [...reel.take(written.map((line) => (line.text === 'long' ? { ...line, cut: 70 } : line)))]

    expect(news.flatMap((one) => (one.type === 'mark' ? one.text : []))).toEqual([
      'The line above was longer: 70 more characters were cut.',
      '2 processes that the stage left behind were killed.',
    ])
  })

  test('says why it is tried again, and tells the attempt', () => {
    const reel = new Reel(TITLE)

    const news = [
      ...reel.take(lines(mark('hello'), mark('start 1'), mark('retry 1 exit=7'), mark('start 2'))),
    ]

    expect(news).toMatchObject([
      { type: 'stage.started', attempt: 1 },
      { type: 'mark', text: 'Exit code 7. Attempt 2 of 2 follows.' },
      { type: 'stage.started', attempt: 2 },
    ])
  })

  test('whose beginning was rotated away says so before its first line', () => {
    const news = [...new Reel(TITLE).take(lines('the 500th', 'the 501st'))]

    expect(kinds(news)).toEqual(['gap', 'lines'])
    expect(news[0]).toMatchObject({
      lines: null,
      reason: 'The beginning of this log was gone before it could be read.',
    })
  })

  test('behind another container’s of the same stage begins no stage', () => {
    const reel = new Reel({ ...TITLE, opens: false, told: 40 })

    expect(kinds([...reel.take(lines(mark('hello'), mark('start 1'), 'one'))])).toEqual(['lines'])
    expect(reel.told).toBe(44)
  })
})

describe('a reel that goes on where another stood', () => {
  const half = `half${mark('end exit=0')}`

  test('tells a half told line’s mark, and not its text again', () => {
    const first = new Reel(TITLE)
    const news = [...first.take(lines(mark('hello'), mark('start 1'))), ...first.take(lines(half))]
    const cursor = news.flatMap((one) => (one.type === 'lines' ? one.cursor : [])).at(-1)
    const again = new Reel({ ...TITLE, from: readPosition(cursor) })

    expect(readPosition(cursor)?.half).toBe(true)
    expect(textsOf([...again.take(lines(half))])).toEqual([])
    expect(again.end).toMatchObject({ exit: 0 })
  })

  test('misses no beginning', () => {
    const from = readPosition('w-1 p-1 s1 4 2026-11-23T15:59:16Z 1 whole')

    expect(kinds([...new Reel({ ...TITLE, from }).take(lines('next'))])).toEqual(['lines'])
  })
})

describe('what a stage hands on', () => {
  const handed = (text: string, bytes = Buffer.byteLength(text)) => [
    mark(`file output b64 ${bytes}`),
    mark(`d ${Buffer.from(text).toString('base64')}`),
    mark('file-end'),
  ]
  const told = (title: Title, ...texts: string[]) => {
    const reel = new Reel(title)
    return { news: [...reel.take(lines(mark('hello'), mark('start 1'), ...texts, mark('end exit=0')))], reel }
  }

  test('is told before the stage ends', () => {
    expect(told(TITLE, ...handed('version=7\n')).news).toContainEqual({
      type: 'outputs',
      stage: 1,
      outputs: { version: '7' },
    })
  })

  test('that did not come through whole is not kept, and that is said', () => {
    const { news } = told(TITLE, ...handed('version=7\n', 99))

    expect(kinds(news)).not.toContain('outputs')
    expect(news).toContainEqual(
      expect.objectContaining({ type: 'mark', text: expect.stringContaining('not kept') }),
    )
  })

  test('of a checkout may be why it failed, which is no output', () => {
    const { news, reel } = told(
      { ...TITLE, act: { ...ACT, does: 'checkout' } },
      ...handed('reason=No such branch.\n'),
    )

    expect(kinds(news)).not.toContain('outputs')
    expect(reel.reason).toBe('No such branch.')
  })
})
