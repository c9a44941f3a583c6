import type { QualityGate, Severity } from './finding.ts'

/** What a report may be written in; `src/report` reads each of them. */
export const REPORT_FORMATS = ['sarif', 'junit', 'trivy', 'cyclonedx', 'detect-secrets', 'sonarqube'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** A file that a stage leaves below the workspace, to be kept and read. */
export interface ReportFile {
  readonly path: string
  readonly format: ReportFormat
}

/** A report as it is planned: with the name by which executions of one workflow know it again. */
export interface PlannedReport extends ReportFile {
  /** The stage's id for its first report, `build.lint-sarif` for those after it; unique in an execution. */
  readonly name: string
}

/** Names the reports of a stage. */
export function planReports(stage: string, reports: readonly ReportFile[]): readonly PlannedReport[] {
  return reports.map((report, index) => ({
    ...report,
    name: index === 0 ? stage : `${stage}.${reportSlug(report.path)}`,
  }))
}

/** What a path is called in an address. */
export function reportSlug(path: string): string {
  return (
    path
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'report'
  )
}

/** How something stands against the report before: it is there anew, still, or no more. */
export const STANDINGS = ['new', 'known', 'fixed'] as const
export type Standing = (typeof STANDINGS)[number]

/** Which findings are shown: by how they stand, those that are ignored apart. */
export const FINDING_SETS = ['all', 'new', 'known', 'fixed', 'ignored'] as const
export type FindingSet = (typeof FINDING_SETS)[number]

/** What a report says beside its findings and tests. */
export interface ReportSummary {
  /** The tools that wrote it. */
  readonly producer: string | null
  readonly gate: QualityGate | null
  /** Whether it is of tests. */
  readonly tested: boolean
}

/** How many tests ended how. */
export interface TestTotals {
  readonly failed: number
  readonly error: number
  readonly skipped: number
  readonly passed: number
  /** Of those that failed or could not be run: so many did not in the report before. */
  readonly fresh: number
  readonly fixed: number
}

/** A report in short, as lists and badges show it. Ignored findings are in none of its counts but their own. */
export interface ReportDigest {
  readonly name: string
  readonly format: ReportFormat
  readonly stage: number
  /** Why it could not be kept or read; then nothing else is known. */
  readonly problem: string | null
  readonly counts: Readonly<Record<Severity, number>>
  readonly fresh: number
  readonly fixed: number
  readonly ignored: number
  readonly tests: TestTotals | null
  /** Null where it is of no quality gate. */
  readonly gatePassed: boolean | null
}
