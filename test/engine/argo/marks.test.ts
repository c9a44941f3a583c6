import { describe, expect, test } from 'bun:test'
import { FileReader, markIn } from '../../../src/engine/argo/marks.ts'
import { nonceOf } from '../../../src/engine/argo/names.ts'

const NONCE = nonceOf('p-1-0')
const mark = (words: string, before = '', nonce = NONCE) => markIn(`${before}\x1e${nonce} ${words}`, NONCE)

describe('a mark', () => {
  test('says what became of a stage', () => {
    expect(mark('hello')?.mark).toEqual({ says: 'hello' })
    expect(mark('start 2')?.mark).toEqual({ says: 'start', attempt: 2 })
    expect(mark('retry 1 exit=3')?.mark).toEqual({ says: 'retry', attempt: 1, exit: 3, timedOut: false })
    expect(mark('end skipped')?.mark).toEqual({ says: 'skipped' })
    expect(mark('end exit=0')?.mark).toMatchObject({
      says: 'end',
      exit: 0,
      told: false,
      left: 0,
      outputs: null,
    })
    expect(mark('end exit=143 term left=2')?.mark).toMatchObject({ exit: 143, told: true, left: 2 })
    expect(mark('end exit=124 timeout')?.mark).toMatchObject({ exit: 124, timedOut: true })
  })

  test('says what is wrong with outputs, as the local engine says it', () => {
    const outputs = (words: string) => {
      const found = mark(`end exit=1 ${words}`)?.mark
      return found?.says === 'end' ? found.outputs : null
    }

    expect(outputs('output-line=3')).toContain('Line 3')
    expect(outputs('output-bytes=70000')).toContain('70000')
    expect(outputs('output-file')).not.toBeNull()
  })

  test('may stand behind a script’s unfinished last line', () => {
    expect(mark('end exit=0', 'no newline')).toMatchObject({ before: 'no newline', mark: { says: 'end' } })
  })

  test('is the last of a line in which a script wrote a separator itself', () => {
    expect(mark('end exit=0', 'a\x1eb')).toMatchObject({ before: 'a\x1eb', mark: { exit: 0 } })
  })

  test('is none with another’s nonce, or with words that nobody says', () => {
    expect(mark('end exit=0', '', nonceOf('p-2-0'))).toBeNull()
    expect(mark('shout')).toBeNull()
    expect(markIn('a plain line', NONCE)).toBeNull()
    expect(markIn(`${NONCE} end exit=0`, NONCE)).toBeNull()
  })
})

describe('a file between marks', () => {
  const file = (encoding: string, bytes: number) =>
    new FileReader({ says: 'file', kind: 'output', encoding, bytes })

  test('is put together from its pieces, in either form', () => {
    const [text, b64] = [Buffer.from('a=1\nb=ü\n'), Buffer.from('a=1\nb=ü\n').toString('base64')]
    const reader = file('b64', text.length)
    reader.add(b64.slice(0, 5))
    reader.add(b64.slice(5))
    const hex = file('hex', text.length)
    hex.add(text.toString('hex'))

    expect(reader.end()).toEqual(text)
    expect(hex.end()).toEqual(text)
  })

  test('is none where a piece is missing', () => {
    const reader = file('b64', 8)
    reader.add(Buffer.from('a=1').toString('base64'))

    expect(reader.end()).toBeNull()
  })

  test('holds no more than outputs may be, however much comes', () => {
    const reader = file('b64', 10_000_000)
    for (let piece = 0; piece < 2_000; piece += 1) reader.add('A'.repeat(8_000))

    expect(reader.end()).toBeNull()
  })
})
