import { SEVERITIES, type Severity } from '../domain/finding.ts'
import type { ReportDigest, ReportSummary } from '../domain/report.ts'
import type { ReportRow } from '../store/tables.ts'
import { type Desk, executionOf, record, SYSTEM } from './desk.ts'

/** Writes down in short what the reports of an execution say by now, for lists and badges; told where that has changed. */
export function reported(desk: Desk, id: number): void {
  const { store, world } = desk
  store.transaction(() => {
    const row = executionOf(desk, id)
    const now = world.now()
    const ignored = store.ignores.inForce(row.workflowId, now)
    const digests = store.reports.list(id).flatMap((report) => digestOf(desk, report, ignored))
    const reports = digests.length === 0 ? null : JSON.stringify(digests)
    if (reports === row.reports) return
    store.executions.update(id, { reports })
    record(desk, { executionId: id, at: now, type: 'reports.read', actor: SYSTEM })
  })
}

/** Nothing of a report that is yet to be read. */
function digestOf({ store }: Desk, report: ReportRow, ignored: readonly string[]): ReportDigest[] {
  if (report.state === 'kept') return []
  const { name, format, stage, problem } = report
  const summary: ReportSummary | null = report.summary === null ? null : JSON.parse(report.summary)
  const { there, fresh, fixed, ignored: hidden } = store.findings.count(report.id, ignored)
  const counts = Object.fromEntries(SEVERITIES.map((severity, index) => [severity, there[index] ?? 0]))
  return [
    {
      ...{ name, format, stage, problem, fresh, fixed },
      counts: counts as Record<Severity, number>,
      ignored: hidden,
      tests: summary?.tested === true ? store.findings.testTotals(report.id) : null,
      gatePassed: summary?.gate?.passed ?? null,
    },
  ]
}
