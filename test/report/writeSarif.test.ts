import { expect, test } from 'bun:test'
import type { ReportFinding } from '../../src/domain/finding.ts'
import { SEVERITIES } from '../../src/domain/finding.ts'
import { parseReport } from '../../src/report/parse.ts'
import { writeSarif } from '../../src/report/writeSarif.ts'
import { bytesOf, fixture } from './read.ts'

const again = (text: string) => parseReport('sarif', bytesOf(text))

test('what is written as SARIF is read as the same findings', () => {
  const report = parseReport('sarif', fixture('bandit.sarif'))

  const { producer, findings } = again(writeSarif([report]))

  const known = (finding: ReportFinding) => ({ ...finding, fingerprint: '' })
  expect(producer).toBe('Bandit 1.9.4')
  expect(findings.map(known)).toEqual(report.findings.map(known))
})

test('each severity, and each path, comes back as it was', () => {
  const findings = SEVERITIES.map(
    (severity, at): ReportFinding => ({
      ...{ fingerprint: `f${at}`, rule: severity, severity, message: 'm', line: null, link: null },
      ...{ file: `a dir/100%/ä#?${at}.ts`, package: 'p', version: '1', fixedIn: null },
    }),
  )

  const read = again(writeSarif([{ producer: null, findings }])).findings

  expect(read.map(({ severity, file }) => [severity, file])).toEqual(
    findings.map(({ severity, file }) => [severity, file]),
  )
})

test('half a character in a path is written all the same', () => {
  const finding: ReportFinding = {
    ...{ fingerprint: 'f', rule: 'r', severity: 'low', message: 'm', file: 'a\ud800b', line: 1 },
    ...{ package: null, version: null, fixedIn: null, link: 'https://example.org/r' },
  }

  expect(again(writeSarif([{ producer: 'P', findings: [finding] }])).findings).toMatchObject([
    { file: 'a\ufffdb', line: 1, link: 'https://example.org/r' },
  ])
})
