import { SEVERITIES, type Severity, TEST_OUTCOMES, type TestOutcome } from '../domain/finding.ts'
import type { FindingSet } from '../domain/report.ts'
import type { Db } from './database.ts'
import type { Place } from './findings.ts'
import { createStatements, type Parameter } from './statements.ts'
import type { FindingRow, TestRow } from './tables.ts'

export interface FindingFilter {
  readonly show: FindingSet
  /** Empty: of all. */
  readonly severities: readonly Severity[]
  /** In a rule, a message, a file or a package. */
  readonly q: string | null
}

export interface TestFilter {
  readonly outcomes: readonly TestOutcome[]
  readonly q: string | null
}

const FINDING = `report_id AS reportId, severity, number, fingerprint, standing, since, rule, message, file, line, package,
  version, fixed_in AS fixedIn, link`
const TEST =
  'report_id AS reportId, outcome, number, suite, name, file, duration_ms AS durationMs, retried, message, standing'

/** Runs that a test is judged by: whether it passes is chance where it fails and passes among them. */
const RUNS = 20

/** Lists of what one report says, page by page: a page begins after a place. */
export function createFindingLists(db: Db) {
  const query = createStatements(db)
  const unsteady = db.sqlite.query<{ suite: string; name: string }, [number, number]>(
    `WITH runs (id) AS (
       SELECT r.id FROM reports AS r JOIN reports AS this
         ON r.workflow_id = this.workflow_id AND r.name = this.name AND r.branch IS this.branch
       WHERE this.id = ? AND r.state = 'read' AND r.execution_id <= this.execution_id
       ORDER BY r.execution_id DESC
       LIMIT ${RUNS})
     SELECT suite, name FROM tests
     WHERE report_id IN runs AND outcome <> 2 AND (name, suite) IN (
       SELECT name, suite FROM tests WHERE report_id IN runs AND outcome < 2)
     GROUP BY suite, name
     HAVING sum(outcome = 3) > 1 AND sum(outcome < 2) > 1
     ORDER BY suite, name
     LIMIT ?`,
  )

  return {
    findings(
      reportId: number,
      { show, severities, q }: FindingFilter,
      ignored: readonly string[],
      after: Place,
      limit: number,
    ): FindingRow[] {
      const where = ['report_id = ?', '(severity, number) > (?, ?)']
      const given: Parameter[] = [reportId, after.severity, after.number]
      if (show !== 'all') {
        where.push(`fingerprint ${show === 'ignored' ? 'IN' : 'NOT IN'} (SELECT value FROM json_each(?))`)
        given.push(JSON.stringify(ignored))
      }
      if (show !== 'all' && show !== 'ignored') {
        where.push('standing = ?')
        given.push(show)
      }
      if (severities.length > 0)
        where.push(`severity IN (${severities.map((one) => SEVERITIES.indexOf(one)).join(', ')})`)
      if (q !== null) {
        where.push('instr(lower(concat_ws(char(10), rule, message, file, package)), ?) > 0')
        given.push(q.toLowerCase())
      }
      return query<FindingRow>(
        `SELECT ${FINDING} FROM findings WHERE ${where.join(' AND ')} ORDER BY severity, number LIMIT ?`,
      ).all(...given, limit)
    },

    /** Those that failed first; in each outcome the slowest first. */
    tests(reportId: number, { outcomes, q }: TestFilter, after: Place, limit: number): TestRow[] {
      const where = ['report_id = ?', '(outcome, number) > (?, ?)']
      const given: Parameter[] = [reportId, after.severity, after.number]
      if (outcomes.length > 0)
        where.push(`outcome IN (${outcomes.map((one) => TEST_OUTCOMES.indexOf(one)).join(', ')})`)
      if (q !== null) {
        where.push('instr(lower(concat_ws(char(10), suite, name, file, message)), ?) > 0')
        given.push(q.toLowerCase())
      }
      return query<TestRow>(
        `SELECT ${TEST} FROM tests WHERE ${where.join(' AND ')} ORDER BY outcome, number LIMIT ?`,
      ).all(...given, limit)
    },

    /** The slowest tests of a report. */
    slowest: (reportId: number, limit: number): TestRow[] =>
      query<TestRow>(
        `SELECT ${TEST} FROM tests WHERE report_id = ? AND duration_ms > 0 ORDER BY duration_ms DESC LIMIT ?`,
      ).all(reportId, limit),

    /** Tests that both fail and pass, more than once each, in the last runs of a branch. */
    unsteady: (reportId: number, limit: number) => unsteady.all(reportId, limit),

    /** One finding by what it is known by. */
    finding: (reportId: number, fingerprint: string): FindingRow | null =>
      query<FindingRow>(
        `SELECT ${FINDING} FROM findings WHERE report_id = ? AND fingerprint = ? LIMIT 1`,
      ).get(reportId, fingerprint),

    /** Executions of a workflow whose reports have a finding, the newest first. */
    executionsWith: (workflowId: number, fingerprint: string, limit: number): number[] =>
      query<{ id: number }>(
        `SELECT DISTINCT r.execution_id AS id FROM findings AS f JOIN reports AS r ON r.id = f.report_id
         WHERE f.fingerprint = ? AND r.workflow_id = ?
         ORDER BY r.execution_id DESC
         LIMIT ?`,
      )
        .all(fingerprint, workflowId, limit)
        .map(({ id }) => id),
  }
}
