import type { Report, ReportFinding, Severity } from '../domain/finding.ts'

/** What SARIF has: a level, and beside it a score in the band of CVSS that has the severity's name. */
const LEVELS: Readonly<Record<Severity, readonly [level: string, score: string]>> = {
  critical: ['error', '9.5'],
  high: ['error', '8.0'],
  medium: ['warning', '5.5'],
  low: ['note', '2.0'],
  info: ['none', '0.0'],
}

/** Findings as one SARIF 2.1.0 document, with a run for each report; parseReport reads the same findings from it. */
export function writeSarif(reports: readonly Pick<Report, 'producer' | 'findings'>[]): string {
  return JSON.stringify({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: reports.map(({ producer, findings }) => ({
      tool: { driver: { name: producer ?? 'unnamed tool', rules: rulesOf(findings) } },
      results: findings.map(resultOf),
    })),
  })
}

function rulesOf(findings: readonly ReportFinding[]) {
  const links = new Map<string, string | null>()
  for (const { rule, link } of findings) links.set(rule, links.get(rule) ?? link)
  return [...links].map(([id, link]) => ({ id, ...(link === null ? {} : { helpUri: link }) }))
}

function resultOf(finding: ReportFinding) {
  const [level, score] = LEVELS[finding.severity]
  const { file, line, version, fixedIn } = finding
  const region = line === null ? {} : { region: { startLine: line } }
  return {
    ruleId: finding.rule,
    level,
    message: { text: finding.message },
    ...(file === null
      ? {}
      : { locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }] }),
    partialFingerprints: { 'periplus/v1': finding.fingerprint },
    properties: {
      'security-severity': score,
      ...(finding.package === null ? {} : { package: finding.package, version, fixedIn }),
    },
  }
}

/** A path as a reference that every reader takes apart again in the same way. */
function uriOf(path: string): string {
  return encodeURI(path.toWellFormed()).replace(/[#?]/g, encodeURIComponent)
}
