import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import type { Facts } from '../../src/domain/facts.ts'
import { isRecord, type Path, valueAt } from '../../src/domain/path.ts'
import { check } from '../../src/domain/validate.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { STOREFRONT, withLines } from './texts.ts'

describe('a hostile text is refused in good time', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'a bomb of aliases',
      `a: &a [x, x]\n${[...'bcdefghijk'].map((name, at) => `${name}: &${name} [*${'abcdefghij'[at]}, *${'abcdefghij'[at]}]`).join('\n')}`,
      'Anchors (&) and aliases (*) are not allowed.',
    ],
    ['a merge', 'kind: workflow\n<<: *base', 'Anchors (&) and aliases (*) are not allowed.'],
    ['a quarter of a megabyte and more', `# ${'x'.repeat(256 * 1024)}`, 'larger than 256 KiB'],
    ['a hundred thousand brackets', '['.repeat(100_000), 'nested more than 16 levels'],
    ['a hundred thousand dashes', '- '.repeat(100_000), 'nested more than 16 levels'],
    [
      'deep mappings',
      Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
      'nested more than 16 levels',
    ],
    [
      'ten thousand keys',
      Array.from({ length: 10_000 }, (_, at) => `k${at}: 1\n`).join(''),
      'more than 5000 keys and values',
    ],
    ['a thousand documents', '---\na: 1\n'.repeat(1_000), 'more than 100 documents'],
    [
      'a name of the language',
      'kind: workflow\n__proto__: { polluted: true }',
      'No key can be named __proto__.',
    ],
    ['a tag', 'kind: !!js/function "x"', 'Tags (!) are not known here.'],
  ]
  for (const [what, text, expected] of cases) {
    test(what, () => {
      const { documents, findings: problems } = readDefinitions(text)

      expect(documents).toEqual([])
      expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(expected)])
    })
  }

  test('a list of problems has a bound, and so has each', () => {
    const { findings: problems } = readDefinitions(
      withLines(
        'variables:',
        ...Array.from({ length: 500 }, (_, at) => `  V${at}: ${at}`),
        `${'k'.repeat(1_000)}: 1`,
      ),
    )

    expect(problems).toHaveLength(101)
    expect(problems.at(-1)?.message).toMatch(/^There are \d+ more problems\.$/)
    expect(Math.max(...problems.map(({ message }) => message.length))).toBeLessThan(500)
  })

  test('no text at all makes it throw', () => {
    const pieces = fc.constantFrom(
      'kind: workflow',
      '\n',
      ' ',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ':',
      ': ',
      ',',
      '"',
      "'",
      '|',
      '&a',
      '*a',
      '!!',
      '#',
      '---\n',
      'name: x',
      'source:',
      'git:',
      'deploy:',
      '\t',
      '1.0',
      'null',
      '<<',
      '? ',
      '%YAML 1.1',
      '\u0000',
      'é',
    )

    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const { documents, findings: problems } = readDefinitions(parts.join(''))
        expect(documents.length + problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 },
    )
  })

  test('no value in the place of another makes a check throw', () => {
    const whole: unknown = parse(STOREFRONT)
    const facts: Facts = {
      environments: new Map(),
      secrets: new Set(),
      credentials: new Map(),
      engines: new Map(),
      defaultEngine: 'local',
      argo: NO_ARGO_SETTINGS,
      allowFile: false,
    }

    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(whole)), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
        const text = JSON.stringify(withValueAt(whole, path, value))
        expect(check(text, facts).findings.length).toBeGreaterThan(0)
      }),
      { numRuns: 1_000 },
    )
  })
})

function pathsOf(value: unknown): readonly Path[] {
  if (!isRecord(value)) return [[]]
  const entries = Object.entries(value)
  return [
    [],
    ...entries.flatMap(([key, part]) =>
      pathsOf(part).map((rest) => [Array.isArray(value) ? Number(key) : key, ...rest]),
    ),
  ]
}

function withValueAt(whole: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(whole))
    return whole.map((part, at) => (at === key ? withValueAt(part, rest, value) : part))
  return { ...(isRecord(whole) ? whole : {}), [key]: withValueAt(valueAt(whole, [key]), rest, value) }
}
