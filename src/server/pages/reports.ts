import type { z } from 'zod'
import { type ReportLine, reportsPage } from '../../../views/report/list.tsx'
import type { FindingLine, OpenFinding, ReportProps, TestLine } from '../../../views/report/model.ts'
import { reportPage } from '../../../views/report/page.tsx'
import { reportsAddress } from '../../../views/report/words.ts'
import { ReportPageQuery } from '../../contract/reports.ts'
import { type Role, reaches } from '../../domain/actor.ts'
import { Fault } from '../../domain/fault.ts'
import { SEVERITIES, TEST_OUTCOMES } from '../../domain/finding.ts'
import type { ExecutionRow, FindingRow, ReportRow, TestRow } from '../../store/tables.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import {
  comparedWith,
  cursorOf,
  digestsOf,
  findReport,
  ignoredNow,
  ignoreFinding,
  placeOf,
  summaryOf,
  unignoreFinding,
} from '../reports.ts'
import { parseFields } from '../request.ts'
import { mustReach } from '../session.ts'
import { readFields } from './text.ts'
import { type Visit, wanted } from './visit.ts'

/** Rows of one page of findings or tests. */
const ROWS = 50
/** Lists beside the tests that are read at a glance. */
const ASIDE_ROWS = 10

type Query = z.output<typeof ReportPageQuery>

/** The reports of an execution, one of them, and what is ignored in it. */
export function reportPages(deps: ServerDeps) {
  const { store } = deps
  return {
    list: ({ c, frame }: Visit): Response => {
      const row = wanted(deps, c)
      return c.html(
        reportsPage(frame, { id: store.executions.displayId(row.id), reports: reportLines(deps, row) }),
      )
    },

    show: ({ c, frame, visitor }: Visit): Response => {
      const row = wanted(deps, c)
      const report = findReport(store, row, c.req.param('name') ?? '')
      return c.html(reportPage(frame, props(deps, row, report, queryOf(c), visitor.person.role)))
    },

    ignore: async ({ c, visitor }: Visit): Promise<Response> => {
      mustReach(visitor, 'editor')
      const row = wanted(deps, c)
      const id = store.executions.displayId(row.id)
      const report = c.req.param('name') ?? ''
      const field = await readFields(c)
      const fingerprint = field('fingerprint')
      const slug = id.slice(0, id.lastIndexOf('-'))
      if (field('wish') === 'count') unignoreFinding(deps, visitor, slug, fingerprint)
      else {
        const reason = field('reason').trim()
        if (reason === '')
          throw new Fault(
            'invalid',
            'Say why it may be ignored: others will ask. Go back and write a reason.',
          )
        const days = field('days') === '' ? null : Number(field('days'))
        if (days !== null && !(days > 0)) throw new Fault('invalid', 'How long is a number of days.')
        ignoreFinding(deps, visitor, slug, { execution: id, report, fingerprint, reason, days })
      }
      return c.redirect(reportsAddress(id, report), 303)
    },
  }
}

/** An execution's reports as its page lists them. */
export function reportLines({ store }: Pick<ServerDeps, 'store'>, row: ExecutionRow): ReportLine[] {
  const digests = digestsOf(row)
  return store.reports.list(row.id).map((report) => ({
    ...{ name: report.name, path: report.path, format: report.format },
    ...{ bytes: report.bytes, problem: report.problem },
    stage: store.stages.one(row.id, report.stage)?.id ?? '',
    digest: digests.get(report.name) ?? null,
  }))
}

function queryOf(c: Ctx): Query {
  const { searchParams } = new URL(c.req.url)
  const all = Object.fromEntries(
    [...new Set(searchParams.keys())].map((key) => [key, valuesOf(searchParams, key)]),
  )
  const { value, findings } = parseFields(ReportPageQuery, all)
  if (value !== null) return value
  throw new Fault('invalid', `query.${findings[0]?.path}: ${findings[0]?.message}`, { findings })
}

function valuesOf(params: URLSearchParams, key: string): string | string[] {
  const values = params.getAll(key)
  return values.length === 1 ? (values[0] ?? '') : values
}

function props(
  deps: ServerDeps,
  row: ExecutionRow,
  report: ReportRow,
  query: Query,
  role: Role,
): ReportProps {
  const { store } = deps
  const id = store.executions.displayId(row.id)
  const { show, severity, outcome, cursor, finding } = query
  const filter = {
    show,
    severities: severity,
    outcomes: outcome,
    q: query.q === '' ? null : (query.q ?? null),
  }
  const ignored = ignoredNow(deps, row.workflowId)
  const isIgnored = new Set(ignored)
  const summary = summaryOf(report)
  const after = placeOf(cursor)
  const tested = summary?.tested === true
  const lists = store.findingLists
  const findings = tested ? [] : lists.findings(report.id, filter, ignored, after, ROWS + 1)
  const tests = tested ? lists.tests(report.id, filter, after, ROWS + 1) : []
  const opened = finding === undefined ? null : lists.finding(report.id, finding)
  const [line] = reportLines(deps, row).filter(({ name }) => name === report.name)
  if (line === undefined) throw new Error(`The report ${report.name} is not among those of its execution.`)
  return {
    execution: id,
    workflow: id.slice(0, id.lastIndexOf('-')),
    report: line,
    producer: summary?.producer ?? null,
    keptAt: report.keptAt,
    base: comparedWith(store, report),
    gate: summary?.gate ?? null,
    filter,
    findings: findings.slice(0, ROWS).map((one) => findingLine(deps, one, isIgnored)),
    open: opened === null ? null : openFinding(deps, row, opened, isIgnored, role),
    tests: tested
      ? {
          lines: tests.slice(0, ROWS).map(testLine),
          slowest: lists.slowest(report.id, ASIDE_ROWS).map(testLine),
          unsteady: lists.unsteady(report.id, ASIDE_ROWS),
        }
      : null,
    next: tested
      ? cursorOf(tests, ROWS, tests[ROWS - 1]?.outcome)
      : cursorOf(findings, ROWS, findings[ROWS - 1]?.severity),
    later: cursor !== undefined,
  }
}

function findingLine({ store }: ServerDeps, row: FindingRow, ignored: ReadonlySet<string>): FindingLine {
  const { fingerprint, standing, rule, message, file, line, version, fixedIn, link } = row
  return {
    ...{ fingerprint, standing, rule, message, file, line, package: row.package, version, fixedIn, link },
    severity: SEVERITIES[row.severity] ?? 'info',
    since: store.executions.byId(row.since) === null ? null : store.executions.displayId(row.since),
    ignored: ignored.has(fingerprint),
  }
}

function openFinding(
  deps: ServerDeps,
  { workflowId }: ExecutionRow,
  row: FindingRow,
  ignored: ReadonlySet<string>,
  role: Role,
): OpenFinding {
  const line = findingLine(deps, row, ignored)
  const found = deps.store.ignores.list(workflowId).find((one) => one.fingerprint === row.fingerprint)
  return {
    ...line,
    ignore:
      found === undefined || !line.ignored
        ? null
        : { reason: found.reason, by: found.ignoredBy, at: found.ignoredAt, expiresAt: found.expiresAt },
    mayIgnore: reaches(role, 'editor'),
  }
}

function testLine(row: TestRow): TestLine {
  const { standing, suite, name, file, durationMs, retried, message } = row
  const outcome = TEST_OUTCOMES[row.outcome] ?? 'error'
  return { outcome, standing, suite, name, file, durationMs, retried: retried === 1, message }
}
