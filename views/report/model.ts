import type { QualityGate, Severity, TestOutcome } from '../../src/domain/finding.ts'
import type { FindingSet, Standing } from '../../src/domain/report.ts'
import type { ReportLine } from './list.tsx'

export interface FindingLine {
  readonly fingerprint: string
  readonly severity: Severity
  readonly standing: Standing
  readonly ignored: boolean
  /** Display id of the execution that had it first; null where that is gone. */
  readonly since: string | null
  readonly rule: string
  readonly message: string
  readonly file: string | null
  readonly line: number | null
  readonly package: string | null
  readonly version: string | null
  readonly fixedIn: string | null
  readonly link: string | null
}

/** A finding that was opened, and whether this visitor may ignore it. */
export interface OpenFinding extends FindingLine {
  readonly ignore: {
    readonly reason: string
    readonly by: string
    readonly at: number
    readonly expiresAt: number | null
  } | null
  readonly mayIgnore: boolean
}

export interface TestLine {
  readonly outcome: TestOutcome
  readonly standing: Standing | null
  readonly suite: string
  readonly name: string
  readonly file: string | null
  readonly durationMs: number | null
  readonly retried: boolean
  readonly message: string | null
}

/** What a reader asked to see of a report. */
export interface ReportFilter {
  readonly show: FindingSet
  readonly severities: readonly Severity[]
  readonly outcomes: readonly TestOutcome[]
  readonly q: string | null
}

/** All that the page of one report is made from. */
export interface ReportProps {
  readonly execution: string
  readonly workflow: string
  readonly report: ReportLine
  readonly producer: string | null
  readonly keptAt: number
  /** Display id of the execution it was compared with. */
  readonly base: string | null
  readonly gate: QualityGate | null
  readonly filter: ReportFilter
  readonly findings: readonly FindingLine[]
  readonly open: OpenFinding | null
  /** Null where it is of no tests. */
  readonly tests: {
    readonly lines: readonly TestLine[]
    readonly slowest: readonly TestLine[]
    readonly unsteady: readonly { readonly suite: string; readonly name: string }[]
  } | null
  /** Where the next page begins; null on the last. */
  readonly next: string | null
  readonly later: boolean
}
