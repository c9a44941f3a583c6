import { SEVERITIES, type Severity, type TestOutcome } from '../../src/domain/finding.ts'
import type { ReportDigest, ReportFormat } from '../../src/domain/report.ts'
import { count } from '../words.ts'

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
}

export const FORMAT_WORDS: Readonly<Record<ReportFormat, string>> = {
  sarif: 'SARIF',
  junit: 'JUnit',
  trivy: 'Trivy JSON',
  cyclonedx: 'CycloneDX',
  'detect-secrets': 'detect-secrets',
  sonarqube: 'SonarQube',
}

export const OUTCOME_WORDS: Readonly<Record<TestOutcome, string>> = {
  failed: 'Failed',
  error: 'Error',
  skipped: 'Skipped',
  passed: 'Passed',
}

/** What reports come to in a few words: how bad, how many of the worst, and how many are new. */
export interface ReportWords {
  readonly tone: 'bad' | 'plain' | 'clean'
  /** Null where a word says it all. */
  readonly count: number | null
  readonly word: string
  readonly fresh: number
}

/** The worst of some reports; null where there is none. */
export function reportWords(digests: readonly ReportDigest[]): ReportWords | null {
  if (digests.length === 0) return null
  const sum = (of: (digest: ReportDigest) => number) => digests.reduce((total, one) => total + of(one), 0)
  const failed = sum(({ tests }) => (tests === null ? 0 : tests.failed + tests.error))
  const fresh = sum((one) => one.fresh + (one.tests?.fresh ?? 0))
  const worst = SEVERITIES.find((severity) => sum(({ counts }) => counts[severity]) > 0)
  if (worst === 'critical')
    return { tone: 'bad', count: sum(({ counts }) => counts.critical), word: worst, fresh }
  if (failed > 0) return { tone: 'bad', count: failed, word: 'failed', fresh }
  if (digests.some(({ gatePassed }) => gatePassed === false))
    return { tone: 'bad', count: null, word: 'gate failed', fresh }
  if (worst !== undefined)
    return { tone: 'plain', count: sum(({ counts }) => counts[worst]), word: worst, fresh }
  if (digests.every(({ problem }) => problem !== null))
    return { tone: 'plain', count: null, word: 'unreadable', fresh: 0 }
  return { tone: 'clean', count: null, word: 'clean', fresh: 0 }
}

/** “2 critical · 3 new” */
export function plainWords(words: ReportWords): string {
  const lead = words.count === null ? words.word : `${count(words.count)} ${words.word}`
  return words.fresh === 0 ? lead : `${lead} · ${count(words.fresh)} new`
}

export function reportsAddress(execution: string, name?: string): string {
  const all = `/executions/${execution}/reports`
  return name === undefined ? all : `${all}/${encodeURIComponent(name)}`
}

/** `post-build.trivy` is “trivy” under its stage’s name. */
export function shortName(name: string): string {
  return name.replace(/^(?:pre-build|post-build|post-push|post-deploy)\./, '')
}
