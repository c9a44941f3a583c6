import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { COMPLAINTS, regexMatcher, textMatcher } from '../../src/domain/matcher.ts'

/** Expressions that JavaScript reads the same way, made of all that is understood. */
const expressions = fc.letrec<{ all: string; one: string }>((tie) => ({
  all: fc.oneof(
    { maxDepth: 3 },
    fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
    fc.tuple(tie('all'), tie('all')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('one'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '*?')).map(([a, times]) => a + times),
  ),
  one: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      'a',
      'b',
      'B',
      '-',
      '.',
      '\\d',
      '\\w',
      '\\W',
      '\\s',
      '[ab]',
      '[^a]',
      '[a-b1]',
      '\\.',
      '\\x61',
    ),
    fc.constantFrom('^', '$', '\\b', '\\B').map((assertion) => `(?:${assertion})`),
    tie('all').map((inner) => `(${inner})`),
  ),
})).all
const lines = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '1', ' ', '-', '.', '_'), maxLength: 12 })

describe('a regular expression', () => {
  test('matches the lines that JavaScript’s own matches, in any case', () => {
    fc.assert(
      fc.property(expressions, fc.array(lines, { minLength: 1, maxLength: 8 }), (expression, texts) => {
        const ours = regexMatcher(expression)
        const theirs = new RegExp(expression, 'i')
        for (const text of texts) expect([text, ours.test(text)]).toEqual([text, theirs.test(text)])
      }),
      { numRuns: 3_000 },
    )
  })

  test('shows each of its matches, the longest from the left', () => {
    expect(regexMatcher('a+b?').spans('xaab aa b')).toEqual([
      [1, 4],
      [5, 7],
    ])
    expect(regexMatcher('\\bfoo\\b').spans('foo foobar foo')).toEqual([
      [0, 3],
      [11, 14],
    ])
    expect(regexMatcher('x*').spans('ab')).toEqual([])
  })

  test('takes time in proportion to the line where JavaScript’s would take for ever', () => {
    const line = 'a'.repeat(60_000)

    for (const hostile of ['(a+)+$b', '(a|a)*b', '(.*)*x', '(a*)*b', 'a.*a.*a.*a.*b', '(\\w+\\s?)*$!'])
      expect(regexMatcher(hostile).test(line)).toBe(false)
    expect(regexMatcher('(a*)*b').spans(line)).toEqual([])
  })

  test('with many states stays right, however few are remembered', () => {
    const matcher = regexMatcher('a.{12}b')
    const line = Array.from({ length: 20_000 }, (_, i) => ((i * 7919) % 13 < 6 ? 'a' : 'c')).join('')

    expect(matcher.test(line)).toBe(false)
    expect(matcher.test(`${line}a123456789012b`)).toBe(true)
  })

  const refused: readonly (readonly [string, RegExp])[] = [
    ['(', /a \( that is never closed/],
    ['a)', /a \) that nothing opens/],
    ['[a', /a \[ that is never closed/],
    ['*a', /a \* with nothing before it/],
    ['(a)\\1', /a reference back \\1/],
    ['(?=a)', /a lookaround/],
    ['(?<!a)b', /a lookaround/],
    ['a\\', /a \\ at the end/],
    ['\\p', /has \\p, which is not understood here/],
    ['[z-a]', /ends before it begins/],
    ['a{3,2}', /most is less than its least/],
    ['(a{999}){9}', /repeats too much/],
    ['('.repeat(60), /too many \(/],
  ]
  for (const [expression, sentence] of refused)
    test(`${expression.slice(0, 12)} is refused in words`, () => {
      expect(() => regexMatcher(expression)).toThrow(sentence)
    })
})

test('a text is found as it is written, in any case, wherever it stands', () => {
  const matcher = textMatcher('Failed (')

  expect(matcher.test('it FAILED (twice)')).toBe(true)
  expect(matcher.spans('failed (1) and failed (2)')).toEqual([
    [0, 8],
    [15, 23],
  ])
})

describe('a complaint', () => {
  const complaints = [
    'error: it broke',
    'src/a.ts:57:21 - error TS2345: Argument',
    'npm ERR! code 1',
    'FAIL test/basket.test.ts',
    'TypeError: x is not a function',
    'Traceback (most recent call last):',
    'make: *** [all] Error 2',
    'sh: 1: tsc: command not found',
    '##[error]Process completed',
    'fatal: not a git repository',
    'panic: runtime error',
  ]
  const harmless = [
    '0 errors',
    'Tests: 12 passed, 0 failed',
    'no errors found',
    'error-handler.ts compiled',
    'terror',
  ]

  for (const line of complaints) test(`is “${line}”`, () => expect(COMPLAINTS.test(line)).toBe(true))
  for (const line of harmless) test(`is not “${line}”`, () => expect(COMPLAINTS.test(line)).toBe(false))
})
