import {
  type ReportFinding,
  SEVERITIES,
  TEST_OUTCOMES,
  type TestCase,
  type TestOutcome,
} from '../domain/finding.ts'
import type { TestTotals } from '../domain/report.ts'
import type { Db } from './database.ts'
import type { ReportRow } from './tables.ts'

/** Rows that are copied in one transaction: some milliseconds. */
const COPY_ROWS = 1_000

/** A part of a report's findings and tests; `from` is the number of the first of each. */
export interface Batch<T> {
  readonly from: number
  readonly rows: readonly T[]
}

/**
 * Writes down what reports say, part by part, each held against the report before. Whoever begins anew after a crash
 * begins with `clear`.
 */
export function createFindings({ sqlite, transaction }: Db) {
  const clearFindings = sqlite.query('DELETE FROM findings WHERE report_id = ?')
  const clearTests = sqlite.query('DELETE FROM tests WHERE report_id = ?')
  const before = sqlite.query<{ since: number }, [string, number]>(
    `SELECT since FROM findings WHERE fingerprint = ? AND report_id = ? AND standing <> 'fixed'`,
  )
  const putFinding = sqlite.query(
    `INSERT INTO findings (report_id, severity, number, fingerprint, standing, since, rule, message, file, line,
       package, version, fixed_in, link)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const putTest = sqlite.query(
    `INSERT INTO tests (report_id, outcome, number, suite, name, file, duration_ms, retried, message, standing)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const failedBefore = sqlite.query<{ outcome: number }, [string, string, number]>(
    'SELECT outcome FROM tests WHERE name = ? AND suite = ? AND report_id = ? AND outcome < 2',
  )
  const fixed = sqlite.query<{ severity: number; number: number }, (string | number)[]>(
    `INSERT INTO findings
     SELECT ?1, severity, number + ?2, fingerprint, 'fixed', since, rule, message, file, line, package, version,
       fixed_in, link
     FROM (SELECT * FROM findings
           WHERE report_id = ?3 AND (severity, number) > (?4, ?5)
           ORDER BY severity, number
           LIMIT ?6) AS b
     WHERE standing <> 'fixed' AND NOT EXISTS (
       SELECT 1 FROM findings AS n WHERE n.fingerprint = b.fingerprint AND n.report_id = ?1)`,
  )
  const lastOf = sqlite.query<{ severity: number; number: number }, (string | number)[]>(
    `SELECT severity, number FROM findings
     WHERE report_id = ? AND (severity, number) > (?, ?)
     ORDER BY severity, number
     LIMIT 1 OFFSET ?`,
  )

  const counts = sqlite.query<
    { severity: number; standing: string; ignored: 0 | 1; count: number },
    [string, number]
  >(
    `SELECT severity, standing, fingerprint IN (SELECT value FROM json_each(?)) AS ignored, count(*) AS count
     FROM findings
     WHERE report_id = ?
     GROUP BY 1, 2, 3`,
  )
  const outcomes = sqlite.query<{ outcome: number; standing: string | null; count: number }, [number]>(
    'SELECT outcome, standing, count(*) AS count FROM tests WHERE report_id = ? GROUP BY 1, 2',
  )

  return {
    /** How many there are by severity, new ones, fixed ones, and those of these fingerprints, which count as nothing else. */
    count(reportId: number, ignored: readonly string[]): FindingCounts {
      const rows = counts.all(JSON.stringify(ignored), reportId)
      const sum = (fits: (row: (typeof rows)[number]) => boolean) =>
        rows.reduce((total, row) => (fits(row) ? total + row.count : total), 0)
      return {
        there: SEVERITIES.map((_, index) =>
          sum((row) => row.severity === index && row.standing !== 'fixed' && row.ignored === 0),
        ),
        fresh: sum((row) => row.standing === 'new' && row.ignored === 0),
        fixed: sum((row) => row.standing === 'fixed' && row.ignored === 0),
        ignored: sum((row) => row.ignored === 1),
      }
    },

    testTotals(reportId: number): TestTotals {
      const rows = outcomes.all(reportId)
      const sum = (fits: (row: (typeof rows)[number]) => boolean) =>
        rows.reduce((total, row) => (fits(row) ? total + row.count : total), 0)
      const of = (outcome: TestOutcome) => sum((row) => row.outcome === TEST_OUTCOMES.indexOf(outcome))
      return {
        ...{ failed: of('failed'), error: of('error'), skipped: of('skipped'), passed: of('passed') },
        fresh: sum(({ standing }) => standing === 'new'),
        fixed: sum(({ standing }) => standing === 'fixed'),
      }
    },

    /** Forgets what was written of a report. */
    clear(reportId: number): void {
      transaction(() => {
        clearFindings.run(reportId)
        clearTests.run(reportId)
      })
    },

    /** Without a report before, nothing is new: nobody knows since when it was there. */
    add(report: ReportRow, base: ReportRow | null, { from, rows }: Batch<ReportFinding>): void {
      transaction(() => {
        for (const [index, row] of rows.entries()) {
          const earlier = base === null ? null : before.get(row.fingerprint, base.id)
          const standing = base !== null && earlier === null ? 'new' : 'known'
          putFinding.run(
            ...[report.id, SEVERITIES.indexOf(row.severity), from + index, row.fingerprint, standing],
            ...[earlier?.since ?? report.executionId, row.rule, row.message, row.file, row.line],
            ...[row.package, row.version, row.fixedIn, row.link],
          )
        }
      })
    },

    addTests(report: ReportRow, base: ReportRow | null, { from, rows }: Batch<TestCase>): void {
      transaction(() => {
        for (const [index, row] of rows.entries()) {
          const outcome = TEST_OUTCOMES.indexOf(row.outcome)
          const failed = base !== null && failedBefore.get(row.name, row.suite, base.id) !== null
          const standing =
            outcome < 2
              ? base !== null && !failed
                ? 'new'
                : 'known'
              : failed && outcome === 3
                ? 'fixed'
                : null
          putTest.run(
            ...[report.id, outcome, from + index, row.suite, row.name, row.file, row.durationMs],
            ...[row.retried ? 1 : 0, row.message, standing],
          )
        }
      })
    },

    /**
     * Copies some of what the report before had and this one has not, from a place on, as fixed; where to go on, or null
     * at the end. `after` is how many findings this one has itself.
     */
    addFixed(report: ReportRow, base: ReportRow, after: number, from: Place): Place | null {
      return transaction(() => {
        const last = lastOf.get(base.id, from.severity, from.number, COPY_ROWS - 1)
        fixed.run(report.id, after, base.id, from.severity, from.number, COPY_ROWS)
        return last
      })
    },
  }
}

/** What was counted of a report's findings. */
export interface FindingCounts {
  /** By severity, critical first. */
  readonly there: readonly number[]
  readonly fresh: number
  readonly fixed: number
  readonly ignored: number
}

/** Where a finding stands among those of its report. */
export interface Place {
  readonly severity: number
  readonly number: number
}

/** Before the first. */
export const FIRST: Place = { severity: -1, number: 0 }
