import type { ReportFormat } from './report.ts'

/** From the worst to what is only said. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** One thing that a tool found: a weakness in a package, a line of code, a secret that should not be there. */
export interface ReportFinding {
  /** The same from run to run, however lines move; no two of one report are equal. */
  readonly fingerprint: string
  /** `CVE-2024-45337`, `python:S5542`, “AWS Access Key”. */
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  readonly file: string | null
  readonly line: number | null
  readonly package: string | null
  readonly version: string | null
  /** The versions in which it is mended, as the tool writes them. */
  readonly fixedIn: string | null
  /** An address of the web that explains it; never of another scheme. */
  readonly link: string | null
}

export const TEST_OUTCOMES = ['failed', 'error', 'skipped', 'passed'] as const
export type TestOutcome = (typeof TEST_OUTCOMES)[number]

/** One test of a JUnit document. A test is known by its suite and its name. */
export interface TestCase {
  readonly suite: string
  readonly name: string
  readonly file: string | null
  readonly durationMs: number | null
  readonly outcome: TestOutcome
  /** Whether it failed before it passed: its runner tried it again. */
  readonly retried: boolean
  /** Of a failure or a skip; long ones are cut. */
  readonly message: string | null
}

/** What a server for code quality decided; no gate of ours. */
export interface QualityGate {
  readonly passed: boolean
  readonly conditions: readonly QualityCondition[]
}

export interface QualityCondition {
  /** `new_coverage` */
  readonly metric: string
  readonly passed: boolean
  readonly actual: string | null
  /** What it is held against, with its comparison: `< 80`. */
  readonly threshold: string | null
}

/** A document that a stage left behind, understood. */
export interface Report {
  readonly format: ReportFormat
  /** The tools that wrote it and their versions, `Trivy 0.57.1`; null where it does not say. */
  readonly producer: string | null
  readonly findings: readonly ReportFinding[]
  /** Null where it is of no tests. */
  readonly tests: readonly TestCase[] | null
  readonly qualityGate: QualityGate | null
}
