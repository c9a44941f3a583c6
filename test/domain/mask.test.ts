import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { masker } from '../../src/domain/mask.ts'

const secret = fc
  .string({ unit: 'binary', minLength: 6, maxLength: 40 })
  .filter((text) => /^\S{6,}$/.test(text))
const around = fc.string({ maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, ''))

function masked(values: string[], line: string): string {
  return masker(values)([line])[0] ?? ''
}

test('no secret survives in any line, wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 4 }),
      around,
      around,
      (secrets, before, after) => {
        const line = before + secrets.join('') + after

        const shown = masked(secrets, line)

        for (const value of secrets) expect(shown).not.toContain(value)
      },
    ),
  )
})

test('a secret inside a longer base64 text is hidden wherever it begins', () => {
  fc.assert(
    fc.property(secret, around, around, (value, before, after) => {
      const encoded = Buffer.from(`${before}${value.toWellFormed()}${after}`).toString('base64')

      expect(masked([value.toWellFormed()], encoded)).toContain('***')
    }),
  )
})

test.each([
  ['as it is', 'token=s3cr3t/with space!', 'token=***'],
  ['in a URL', 'GET /?t=s3cr3t%2Fwith%20space!', 'GET /?t=***'],
  ['in a URL with lower-case escapes', 't=s3cr3t%2fwith%20space!', 't=***'],
  ['in a form', 't=s3cr3t%2Fwith+space!&u=1', 't=***&u=1'],
  ['twice', 's3cr3t/with space! and s3cr3t/with space!', '*** and ***'],
])('a secret is hidden %s', (_where, line, shown) => {
  expect(masked(['s3cr3t/with space!'], line)).toBe(shown)
})

test('a secret with quotes is hidden in JSON', () => {
  expect(masked(['pass"word\\1'], '{"p":"pass\\"word\\\\1"}')).toBe('{"p":"***"}')
})

test('each line of a value of several lines is hidden, its short lines are not', () => {
  const key = '-----BEGIN KEY-----\nMIIabcdef0123\r\nab==\n-----END KEY-----\n'

  const shown = masker([key])(['x MIIabcdef0123 y', 'ab==', '-----END KEY-----'])

  expect(shown).toEqual(['x *** y', 'ab==', '***'])
})

test('parts of fewer than six characters are left alone', () => {
  expect(masked(['12345'], 'port 12345')).toBe('port 12345')
  expect(masked(['123456'], 'port 123456')).toBe('port ***')
})

test('secrets that overlap leave nothing of either', () => {
  expect(masked(['abcdefgh', 'efghijkl'], 'xabcdefghijklx')).toBe('x***x')
  expect(masked(['abcabc'], 'abcabcabc')).toBe('***')
  expect(masked(['abcdefghij', 'bcdefgh'], 'xabcdefghijx')).toBe('x***x')
})

test('secrets side by side leave nothing in between', () => {
  expect(masked(['first-one', 'second-one'], 'first-onesecond-one.')).toMatch(/^\*{3,6}\.$/)
})

test('a batch without a secret is given back as it is', () => {
  const lines = ['one', 'two']

  expect(masker(['hunter2!'])(lines)).toBe(lines)
})

test('a secret is not found across two lines', () => {
  expect(masker(['hunter2!'])(['hunt', 'er2!'])).toEqual(['hunt', 'er2!'])
})
