import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { inked } from '../../views/yaml.ts'

/** `[key]`, `(remark)` and the rest. */
function drawn(text: string): string {
  return inked(text.split('\n'))
    .map((pieces) =>
      pieces.map(({ text, ink }) => (ink === 'k' ? `[${text}]` : ink === 'c' ? `(${text})` : text)).join(''),
    )
    .join('\n')
}

test('keys and remarks are inked, and what is quoted is neither', () => {
  expect(drawn('# The shop.\nname: shop # ours')).toBe('(# The shop.)\n[name]: shop (# ours)')
  expect(drawn('git: { url: https://x/y#z, branch: main }')).toBe(
    '[git]: { [url]: https://x/y#z, [branch]: main }',
  )
  expect(drawn(`run: "a: b # c" # d`)).toBe('[run]: "a: b # c" (# d)')
})

test('a script is not taken for YAML', () => {
  expect(drawn('  run: | # why\n    # no remark\n    key: value\n\n  retries: 2')).toBe(
    '  [run]: | (# why)\n    # no remark\n    key: value\n\n  [retries]: 2',
  )
})

test('nothing is lost, whatever is written', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (lines) => {
      const joined = inked(lines).map((pieces) => pieces.map(({ text }) => text).join(''))
      expect(joined).toEqual(lines)
    }),
  )
})
