import { describe, expect, test } from 'bun:test'
import { REPORT_FORMATS } from '../../src/domain/report.ts'
import { parseReport } from '../../src/report/parse.ts'
import { REPORT_BYTES_MAX } from '../../src/report/read.ts'
import { bytesOf, fixture, parse, refusal } from './read.ts'

describe('a document that is no report', () => {
  for (const format of REPORT_FORMATS) {
    test(`of ${format} is refused with a sentence, whatever it is`, () => {
      for (const rubbish of ['', '[]', 'null', '{}', '"x"', '{', '<a', 'é', '{"runs":{"__proto__":1}}']) {
        if (format === 'trivy' && rubbish === '[]') continue

        expect(refusal(format, bytesOf(rubbish))).toMatch(
          new RegExp(`^This can’t be read as ${format}\\. .+\\.$`),
        )
      }
    })
  }

  test('is told where it is wrong', () => {
    const secret = { type: 'a', hashed_secret: 7 }
    const wrong = JSON.stringify({ version: '1', results: { 'a.txt': [secret] } })

    expect(refusal('detect-secrets', bytesOf(wrong))).toBe(
      'This can’t be read as detect-secrets. results.a.txt[0].hashed_secret is no string.',
    )
    expect(refusal('sarif', bytesOf('{"version":"2.1.0"}'))).toBe(
      'This can’t be read as sarif. runs is missing.',
    )
    expect(refusal('junit', bytesOf('<testsuite>\n<testcase>\n</testsuite>'))).toBe(
      'This can’t be read as junit. Line 3 is no XML: unexpected close tag.',
    )
    expect(refusal('junit', bytesOf('<coverage/>'))).toContain('Its root is <coverage>')
  })

  test('is refused by its size before it is read', () => {
    expect(refusal('sarif', new Uint8Array(REPORT_BYTES_MAX + 1))).toBe(
      'The report has 33 MiB; at most 32 MiB are read. Let the tool write less.',
    )
  })

  test('may be nested as deep as it likes', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const suites = `${'<testsuite>'.repeat(10_000)}`

    expect(refusal('sarif', bytesOf(deep))).toContain('The document is no object.')
    expect(parse('sarif', `{"version":"2.1.0","runs":[],"properties":${deep}}`).findings).toEqual([])
    expect(refusal('junit', bytesOf(suites))).toContain('nested deeper than 100')
  })

  test('has no entities of its own, so that nothing grows', () => {
    const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
      <testsuite><testcase name="&lol2;"/></testsuite>`
    const file = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite name="&x;"/>'

    for (const text of [laughs, file]) expect(refusal('junit', bytesOf(text))).toContain('It has a DOCTYPE')
    expect(refusal('junit', bytesOf('<testsuite name="&x;"/>'))).toContain(
      'Line 1 is no XML: undefined entity',
    )
  })
})

describe('a document in another encoding', () => {
  const json = fixture('detect-secrets.json')
  const utf16 = (text: string, order: 'little' | 'big') => {
    const swapped = Buffer.from(`\ufeff${text}`, 'utf16le')
    return order === 'little' ? swapped : swapped.swap16()
  }

  test('is read where it is UTF-16 with its mark, or UTF-8 with one', () => {
    const text = new TextDecoder().decode(json)
    const plain = parseReport('detect-secrets', json)

    for (const bytes of [utf16(text, 'little'), utf16(text, 'big'), bytesOf(`\ufeff${text}`)]) {
      expect(parseReport('detect-secrets', bytes)).toEqual(plain)
    }
  })

  test('is read where an XML declaration names Latin-1, and is believed its bytes where it claims UTF-16', () => {
    const latin = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><testsuite name="é"><testcase name="ü"/></testsuite>',
      'latin1',
    )
    const lie = '<?xml version="1.0" encoding="utf-16"?><testsuite name="é"><testcase name="ü"/></testsuite>'

    for (const bytes of [latin, bytesOf(lie)]) {
      expect(parseReport('junit', bytes).tests).toMatchObject([{ suite: 'é', name: 'ü' }])
    }
  })

  test('is told where it is none', () => {
    expect(refusal('sarif', new Uint8Array([0x7b, 0xff, 0x7d]))).toContain('It is not valid UTF-8.')
  })
})

describe('a document with words of its own', () => {
  test('changes no object by a key', () => {
    const text = `{"version":"1","results":{"__proto__":[],"constructor":[
      {"type":"toString","hashed_secret":"x","line_number":"7"}]},"__proto__":{"polluted":1}}`

    expect(parse('detect-secrets', text).findings).toMatchObject([
      { rule: 'toString', file: 'constructor', line: 7 },
    ])
    expect('polluted' in {}).toBe(false)
  })

  test('has its long texts cut, between whole characters', () => {
    const message = `${'x'.repeat(999)}😀${'y'.repeat(5_000)}`
    const Results = [{ Target: 'a', Vulnerabilities: [{ VulnerabilityID: 'C', Title: message }] }]

    const [finding] = parse('trivy', { SchemaVersion: 2, Results }).findings

    expect(finding?.message).toBe(`${'x'.repeat(999)}…`)
  })

  test('has no more findings than are kept', () => {
    const Vulnerabilities = Array.from({ length: 50_001 }, (_, at) => ({ VulnerabilityID: `CVE-${at}` }))
    const report = (length: number) =>
      JSON.stringify({ SchemaVersion: 2, Results: [{ Vulnerabilities: Vulnerabilities.slice(0, length) }] })

    expect(parse('trivy', report(50_000)).findings).toHaveLength(50_000)
    expect(refusal('trivy', bytesOf(report(50_001)))).toContain(
      'It has 50001 findings, and 50000 are kept at most.',
    )
  })
})
