import { row } from './endpoint.ts'
import { IdParams, SlugParams } from './inputs.ts'
import * as wire from './reports.ts'

const one = { params: wire.ReportParams, role: 'viewer' } as const

/** The endpoints of reports; part of the one list. */
export const REPORTS = {
  listReports: row({
    method: 'GET',
    path: '/executions/{id}/reports',
    params: IdParams,
    reply: wire.ReportsSchema,
    role: 'viewer',
    help: 'What became of the reports of its stages.',
  }),
  downloadReports: row({
    method: 'GET',
    path: '/executions/{id}/reports.zip',
    params: IdParams,
    media: 'file',
    role: 'viewer',
    help: 'The documents of all its reports as one zip file.',
  }),
  getReport: row({
    ...one,
    method: 'GET',
    path: '/executions/{id}/reports/{name}',
    reply: wire.ReportSchema,
    help: 'One report in short.',
  }),
  downloadReport: row({
    ...one,
    method: 'GET',
    path: '/executions/{id}/reports/{name}/document',
    media: 'file',
    help: 'The document as the stage wrote it, secrets hidden.',
  }),
  listFindings: row({
    ...one,
    method: 'GET',
    path: '/executions/{id}/reports/{name}/findings',
    query: wire.FindingsQuery,
    reply: wire.FindingsSchema,
    help: 'Its findings, the worst first, with filters and pages; what was fixed since the report before is among them.',
  }),
  exportFindings: row({
    ...one,
    method: 'GET',
    path: '/executions/{id}/reports/{name}/findings.csv',
    media: 'file',
    help: 'All its findings as CSV.',
  }),
  exportSarif: row({
    ...one,
    method: 'GET',
    path: '/executions/{id}/reports/{name}/findings.sarif',
    media: 'file',
    help: 'Its findings as SARIF 2.1.0, whatever tool found them.',
  }),
  listTests: row({
    ...one,
    method: 'GET',
    path: '/executions/{id}/reports/{name}/tests',
    query: wire.TestsQuery,
    reply: wire.TestsSchema,
    help: 'Its tests: those that failed first, then the slowest.',
  }),
  listIgnores: row({
    method: 'GET',
    path: '/workflows/{slug}/ignores',
    params: SlugParams,
    reply: wire.IgnoresSchema,
    role: 'viewer',
    help: 'Findings that a workflow ignores.',
  }),
  ignoreFinding: row({
    method: 'POST',
    path: '/workflows/{slug}/ignores',
    params: SlugParams,
    body: wire.IgnoreBody,
    reply: wire.IgnoreSchema,
    status: 201,
    role: 'editor',
    help: 'Ignores a finding for a reason, for ever or for some days: it is shown, and not counted.',
  }),
  unignoreFinding: row({
    method: 'DELETE',
    path: '/workflows/{slug}/ignores/{fingerprint}',
    params: wire.IgnoreParams,
    status: 204,
    role: 'editor',
    help: 'Counts a finding again.',
  }),
} as const
