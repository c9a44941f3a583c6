import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type DiffLine, diff, hunks } from '../../src/domain/diff.ts'

const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''))
const signs = (lines: readonly (DiffLine | null)[]) =>
  lines.map((line) =>
    line === null ? '…' : `${line.was === null ? '+' : line.is === null ? '-' : ' '}${line.text}`,
  )

test('holds both texts whole, each in its order, with the numbers of their lines', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = diff(before, after)
      const old = lines.filter((line) => line.was !== null)
      const young = lines.filter((line) => line.is !== null)

      expect(old.map((line) => `${line.text}\n`).join('')).toBe(before)
      expect(young.map((line) => `${line.text}\n`).join('')).toBe(after)
      expect(old.map((line) => line.was)).toEqual(old.map((_, i) => i + 1))
      expect(young.map((line) => line.is)).toEqual(young.map((_, i) => i + 1))
    }),
    { numRuns: 2_000 },
  )
})

test('names as few changes as there are', () => {
  expect(signs(diff('a\nb\nc\n', 'a\nx\nc\n'))).toEqual([' a', '-b', '+x', ' c'])
  expect(signs(diff('a\nb\nc\nd\n', 'b\nc\nd\ne\n'))).toEqual(['-a', ' b', ' c', ' d', '+e'])
  expect(signs(diff('same\n', 'same\n'))).toEqual([' same'])
})

test('of texts that have nothing in common is all of the one and all of the other', () => {
  const one = Array.from({ length: 3_000 }, (_, i) => `old ${i}`).join('\n')
  const other = Array.from({ length: 3_000 }, (_, i) => `new ${i}`).join('\n')

  expect(diff(one, other)).toHaveLength(6_000)
})

test('is shown as what changed with a few lines around', () => {
  const before = Array.from({ length: 30 }, (_, i) => `${i + 1}\n`).join('')
  const after = before.replace('\n5\n', '\nfive\n').replace('\n25\n', '\n')

  expect(signs(hunks(diff(before, after), 1))).toEqual([' 4', '-5', '+five', ' 6', '…', ' 24', '-25', ' 26'])
  expect(hunks(diff(before, before), 3)).toEqual([])
})
