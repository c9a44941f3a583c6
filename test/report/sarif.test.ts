import { describe, expect, test } from 'bun:test'
import { parseReport } from '../../src/report/parse.ts'
import { findingsDifference, fixture, parse } from './read.ts'

const RULES = [
  {
    id: 'js/xss',
    shortDescription: { text: 'Cross-site scripting' },
    helpUri: 'https://example.org/xss',
    defaultConfiguration: { level: 'error' },
    properties: { 'security-severity': '9.3' },
    messageStrings: { default: { text: 'Writes {0} to {1}.' } },
  },
  { id: 'style', helpUri: 'javascript:alert(1)', defaultConfiguration: { level: 'note' } },
]

function sarif(...results: readonly unknown[]) {
  return {
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'Scan', version: '1', rules: RULES } }, results }],
  }
}

function at(uri: string, startLine: number, snippet?: string) {
  return [
    {
      physicalLocation: {
        artifactLocation: { uri },
        region: { startLine, snippet: { text: snippet ?? null } },
      },
    },
  ]
}

describe('a SARIF document', () => {
  test('of Bandit has its findings with rules, places and links', () => {
    const { producer, findings } = parseReport('sarif', fixture('bandit.sarif'))

    expect(producer).toBe('Bandit 1.9.4')
    expect(findings.map(({ rule, severity, file, line }) => [rule, severity, file, line])).toEqual([
      ['B403', 'low', 'app.py', 3],
      ['B404', 'low', 'app.py', 4],
      ['B602', 'high', 'app.py', 8],
      ['B324', 'high', 'app.py', 9],
      ['B301', 'medium', 'app.py', 14],
    ])
    expect(findings[2]?.link).toStartWith('https://bandit.readthedocs.io/')
  })

  test('of ESLint has its files as they are seen from the top of the workspace', () => {
    const { producer, findings } = parseReport('sarif', fixture('eslint.sarif'))

    expect(producer).toBe('ESLint 9.39.5')
    expect(findings.map(({ rule, severity, file, line }) => [rule, severity, file, line])).toEqual([
      ['no-unused-vars', 'medium', 'basket.js', 1],
      ['no-unused-vars', 'medium', 'basket.js', 2],
      ['no-eval', 'high', 'basket.js', 2],
      ['eqeqeq', 'medium', 'basket.js', 3],
      ['no-debugger', 'high', 'basket.js', 3],
    ])
  })

  test('knows a finding again in the workspace of another execution', () => {
    const of = (workspace: string) => ({
      ...{ ruleId: 'a', locations: at(`file://${workspace}a.js`, 3) },
      message: { text: `see ${workspace}b.js:7` },
    })
    const [one, other] = ['01m8arkmz40vat40sz5cqnt4f2-0', '01m8arkn1vvmnw8mjxre26bz9k-1'].map(
      (handle) => parse('sarif', sarif(of(`/srv/periplus/local/segments/p-${handle}/workspace/`))).findings,
    )

    expect(one).toMatchObject([{ file: 'a.js', message: 'see b.js:7' }])
    expect(other).toEqual(one ?? [])
    expect(parse('sarif', sarif(of('/workspace/source/'))).findings).toEqual([...(one ?? [])])
    expect(parse('sarif', sarif(of('/home/workspace/'))).findings).not.toEqual([...(one ?? [])])
  })

  test('says how severe a result is: by score, by its own level, by its rule’s, or as the standard has it', () => {
    const message = { text: 'x' }
    const { findings } = parse(
      'sarif',
      sarif(
        { ruleIndex: 0, message },
        { ruleId: 'style', level: 'error', message },
        { ruleId: 'style', message },
        { ruleId: 'unknown', message },
        { ruleId: 'unknown', message, kind: 'informational' },
        { ruleId: 'unknown', message, properties: { 'security-severity': 4 } },
      ),
    )

    expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual([
      'js/xss critical',
      'style high',
      'style low',
      'unknown medium',
      'unknown info',
      'unknown medium',
    ])
  })

  test('leaves out what passed, is gone or was suppressed; a suppression that was refused is none', () => {
    const message = { text: 'x' }
    const { findings } = parse(
      'sarif',
      sarif(
        { ruleId: 'a', kind: 'pass', message },
        { ruleId: 'b', baselineState: 'absent', message },
        { ruleId: 'c', suppressions: [{ kind: 'inSource' }], message },
        { ruleId: 'd', suppressions: [{ kind: 'external', status: 'rejected' }], message },
        { ruleId: 'e', suppressions: [], message },
      ),
    )

    expect(findings.map(({ rule }) => rule)).toEqual(['d', 'e'])
  })

  test('gives its messages by template, and no link that is not of the web', () => {
    const { findings } = parse(
      'sarif',
      sarif(
        {
          ruleIndex: 0,
          message: { id: 'default', arguments: ['name', 'page'] },
          locations: at('file:///w/a%20b.js', 3),
        },
        { ruleIndex: 1, locations: at('./50%.js', 0) },
      ),
    )

    expect(findings).toMatchObject([
      { message: 'Writes name to page.', file: '/w/a b.js', line: 3, link: 'https://example.org/xss' },
      { message: 'style', file: '50%.js', line: null, link: null },
    ])
  })

  test('knows a finding again when its line moves, by its text or by what the tool compares', () => {
    const byText = (line: number) => ({
      ruleId: 'a',
      message: { text: `line ${line} is bad` },
      locations: at('a.js', line),
    })
    const byHash = (line: number, hash: string) => ({
      ...byText(line),
      partialFingerprints: { primaryLocationLineHash: hash },
    })
    const before = parse('sarif', sarif(byText(3), byText(9), byHash(4, 'x'), byHash(5, 'y')))
    const now = parse('sarif', sarif(byText(4), byText(10), byText(20), byHash(40, 'x')))

    const { fresh, fixed, still } = findingsDifference(before.findings, now.findings)

    expect(fresh.map(({ line }) => line)).toEqual([20])
    expect(fixed.map(({ line }) => line)).toEqual([5])
    expect(still.map(({ line }) => line)).toEqual([4, 10, 40])
  })

  test('takes the text of the line before the message, so that a finding of another line is another', () => {
    const of = (snippet: string) => ({
      ruleId: 'a',
      message: { text: 'bad' },
      locations: at('a.js', 3, snippet),
    })

    const before = parse('sarif', sarif(of('eval(x)')))
    const now = parse('sarif', sarif(of('  eval( y )')))

    expect(findingsDifference(before.findings, now.findings).fresh).toHaveLength(1)
  })
})
