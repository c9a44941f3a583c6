import { expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  CHUNK_BYTES,
  CHUNK_LINES,
  cut,
  fit,
  LINE_BYTES_MAX,
  type NewLine,
  pack,
  unpack,
} from '../../src/domain/transcript.ts'

const anyLine: fc.Arbitrary<NewLine> = fc.record({
  at: fc.integer({ min: 0, max: 253_402_300_799_999 }),
  text: fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed().replaceAll('\n', '')),
  kind: fc.constantFrom('line', 'gap', 'mark'),
})

const line = (text: string): NewLine => ({ at: 1, text, kind: 'line' })

test('what was packed is unpacked with its numbers, times and kinds, clocks that go back included', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 1 }), fc.integer({ min: 1, max: 1e9 }), (lines, first) => {
      const { body } = pack(lines)

      expect(unpack(body, first)).toEqual(lines.map((each, index) => ({ number: first + index, ...each })))
    }),
  )
})

test('a part of a chunk is the same part of the whole', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 1 }), fc.nat(40), fc.nat(40), (lines, from, to) => {
      const { body } = pack(lines)

      expect(unpack(body, 1, from, to)).toEqual(
        unpack(body, 1).filter(({ number }) => number >= from && number <= to),
      )
    }),
  )
})

test('cutting loses no line, fills chunks to their bound, and leaves a rest below it', () => {
  const lines = Array.from({ length: 2 * CHUNK_LINES + 5 }, (_, index) => line(String(index)))

  const { full, rest } = cut(lines)

  expect(full.map((chunk) => chunk.length)).toEqual([CHUNK_LINES, CHUNK_LINES])
  expect([...full.flat(), ...rest]).toEqual(lines)
})

test('long lines fill a chunk by their size', () => {
  const lines = Array.from({ length: 9 }, () => line('x'.repeat(CHUNK_BYTES / 4)))

  const { full, rest } = cut(lines)

  expect(full.map((chunk) => chunk.length)).toEqual([4, 4])
  expect(rest.length).toBe(1)
})

test('a line of 64 KiB is kept whole, a longer one says how much was cut, and no character is halved', () => {
  const whole = `${'€'.repeat(Math.floor(LINE_BYTES_MAX / 3))}e`

  const cutLine = fit(`${whole}€`)

  expect(fit(whole)).toBe(whole)
  expect(Buffer.byteLength(cutLine)).toBeLessThanOrEqual(LINE_BYTES_MAX)
  expect(cutLine).toMatch(/^€+ … \[\d+ bytes more were cut\]$/)
})

test('a newline inside a text cannot make two lines of one', () => {
  expect(fit('a\nb')).toBe('a\u2424b')
})
