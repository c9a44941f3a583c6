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
