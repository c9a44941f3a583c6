import type { z } from 'zod'
import { API_BASE } from '../../contract/endpoint.ts'
import type { REPORTS } from '../../contract/reportEndpoints.ts'
import type { FindingSchema, IgnoreSchema, ReportSchema, TestSchema } from '../../contract/reports.ts'
import { SEVERITIES, TEST_OUTCOMES } from '../../domain/finding.ts'
import type { ReportDigest } from '../../domain/report.ts'
import type { ExecutionRow, FindingRow, IgnoreRow, ReportRow, TestRow } from '../../store/tables.ts'
import type { Handlers } from '../api.ts'
import { Made } from '../api.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { findExecution, findWorkflow } from '../lookup.ts'
import {
  comparedWith,
  cursorOf,
  digestsOf,
  documentFile,
  findingsCsv,
  findingsSarif,
  findReport,
  ignoredNow,
  ignoreFinding,
  placeOf,
  reportsZip,
  summaryOf,
  unignoreFinding,
} from '../reports.ts'
import { time, timeOrNull } from '../wire.ts'

type Named = { readonly params: { readonly id: string; readonly name: string } }

/** Reports of executions, and findings that are ignored. */
export function reportHandlers(deps: ServerDeps): Pick<Handlers, keyof typeof REPORTS> {
  const { store } = deps
  const found = ({ params }: Named) => findReport(store, findExecution(store, params.id), params.name)

  return {
    listReports: ({ params }) => {
      const row = findExecution(store, params.id)
      return { items: store.reports.list(row.id).map((report) => reportWire(deps, row, report)) }
    },
    downloadReports: ({ params }) => reportsZip(store, findExecution(store, params.id)),
    getReport: ({ params }) => {
      const row = findExecution(store, params.id)
      return reportWire(deps, row, findReport(store, row, params.name))
    },
    downloadReport: (asked) => documentFile(store, found(asked)),
    exportFindings: (asked) => findingsCsv(deps, found(asked)),
    exportSarif: (asked) => findingsSarif(store, found(asked)),

    listFindings: (asked) => {
      const { show, severity, q, cursor, limit } = asked.query
      const report = found(asked)
      const ignored = ignoredNow(deps, report.workflowId)
      const filter = { show, severities: severity, q: q ?? null }
      const rows = store.findingLists.findings(report.id, filter, ignored, placeOf(cursor), limit + 1)
      const isIgnored = new Set(ignored)
      return {
        items: rows.slice(0, limit).map((row) => findingWire(deps, row, isIgnored)),
        next: nextAddress(asked.c, cursorOf(rows, limit, rows[limit - 1]?.severity)),
      }
    },

    listTests: (asked) => {
      const { outcome, q, cursor, limit } = asked.query
      const filter = { outcomes: outcome, q: q ?? null }
      const rows = store.findingLists.tests(found(asked).id, filter, placeOf(cursor), limit + 1)
      return {
        items: rows.slice(0, limit).map(testWire),
        next: nextAddress(asked.c, cursorOf(rows, limit, rows[limit - 1]?.outcome)),
      }
    },

    listIgnores: ({ params }) => ({
      items: store.ignores.list(findWorkflow(store, params.slug).id).map(ignoreWire),
    }),
    ignoreFinding: ({ params, body, visitor }) =>
      new Made(ignoreWire(ignoreFinding(deps, visitor, params.slug, body)), 201),
    unignoreFinding: ({ params, visitor }) => {
      unignoreFinding(deps, visitor, params.slug, params.fingerprint)
      return null
    },
  }
}

const NOTHING: Omit<ReportDigest, 'name' | 'format' | 'stage' | 'problem'> = {
  counts: { critical: 0, high: 0, medium: 0, low: 0, info: 0 },
  ...{ fresh: 0, fixed: 0, ignored: 0, tests: null, gatePassed: null },
}

function reportWire(
  { store }: ServerDeps,
  execution: ExecutionRow,
  report: ReportRow,
): z.infer<typeof ReportSchema> {
  const digest = digestsOf(execution).get(report.name)
  const { counts, fresh, fixed, ignored, tests, gatePassed } = digest ?? NOTHING
  const { name, path, format, problem, keptAt, bytes } = report
  return {
    ...{ name, path, format, problem, bytes },
    // It is read once all of it is counted.
    state: digest === undefined ? 'kept' : report.state,
    stage: store.stages.one(execution.id, report.stage)?.id ?? '',
    keptAt: time(keptAt),
    producer: summaryOf(report)?.producer ?? null,
    comparedWith: comparedWith(store, report),
    ...{ counts, fresh, fixed, ignored, tests, gatePassed },
  }
}

function findingWire(
  { store }: ServerDeps,
  row: FindingRow,
  ignored: ReadonlySet<string>,
): z.infer<typeof FindingSchema> {
  const { fingerprint, standing, rule, message, file, line, version, fixedIn, link } = row
  return {
    ...{ fingerprint, standing, rule, message, file, line, package: row.package, version, fixedIn, link },
    severity: SEVERITIES[row.severity] ?? 'info',
    since: store.executions.byId(row.since) === null ? null : store.executions.displayId(row.since),
    ignored: ignored.has(fingerprint),
  }
}

function testWire(row: TestRow): z.infer<typeof TestSchema> {
  const { standing, suite, name, file, durationMs, retried, message } = row
  const outcome = TEST_OUTCOMES[row.outcome] ?? 'error'
  return { outcome, standing, suite, name, file, durationMs, retried: retried === 1, message }
}

function ignoreWire(row: IgnoreRow): z.infer<typeof IgnoreSchema> {
  const { fingerprint, rule, place, reason, expiresAt, ignoredAt, ignoredBy } = row
  return {
    ...{ fingerprint, rule, place, reason, ignoredBy },
    expiresAt: timeOrNull(expiresAt),
    ignoredAt: time(ignoredAt),
  }
}

/** The same question, one page on. */
function nextAddress(c: Ctx, cursor: string | null): string | null {
  if (cursor === null) return null
  const { pathname, searchParams } = new URL(c.req.url)
  searchParams.set('cursor', cursor)
  return `${API_BASE}${pathname.slice(API_BASE.length)}?${searchParams}`
}
