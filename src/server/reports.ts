import { Fault } from '../domain/fault.ts'
import { type ReportFinding, SEVERITIES } from '../domain/finding.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { ReportDigest, ReportFormat, ReportSummary } from '../domain/report.ts'
import { writeSarif } from '../report/writeSarif.ts'
import { FIRST, type Place } from '../store/findings.ts'
import type { Store } from '../store/store.ts'
import type { ExecutionRow, FindingRow, IgnoreRow, ReportRow } from '../store/tables.ts'
import { audited } from './audited.ts'
import type { ServerDeps, Visitor } from './context.ts'
import type { Bytes } from './livestream.ts'
import { findExecution, findWorkflow } from './lookup.ts'
import { tableFile } from './table.ts'
import { zipped } from './zip.ts'

/** Findings that are read at once for an export. */
const BATCH = 1_000
/** Executions whose counts change at once when a finding is ignored; older ones keep what was counted then. */
const RECOUNTED_MAX = 100

const ENDINGS: Readonly<Record<ReportFormat, string>> = {
  sarif: 'sarif',
  junit: 'xml',
  trivy: 'json',
  cyclonedx: 'json',
  'detect-secrets': 'json',
  sonarqube: 'json',
}

type Deps = Pick<ServerDeps, 'store' | 'world'>

/** A report of an execution by its name. */
export function findReport(store: Store, execution: ExecutionRow, name: string): ReportRow {
  const report = store.reports.one(execution.id, name)
  if (report !== null) return report
  const near = didYouMean(
    name.slice(0, 100),
    store.reports.list(execution.id).map((one) => one.name),
  )
  throw new Fault(
    'not_found',
    `${store.executions.displayId(execution.id)} has no report ${name.slice(0, 100)}.${near}`,
  )
}

/** What an execution's reports say in short, by their names; of those that are yet to be read, nothing. */
export function digestsOf({ reports }: Pick<ExecutionRow, 'reports'>): ReadonlyMap<string, ReportDigest> {
  // The ledger wrote it.
  const digests: readonly ReportDigest[] = JSON.parse(reports ?? '[]')
  return new Map(digests.map((digest) => [digest.name, digest]))
}

export function summaryOf({ summary }: ReportRow): ReportSummary | null {
  return summary === null ? null : JSON.parse(summary)
}

/** Display id of the execution that a report was compared with; null where there was none. */
export function comparedWith(store: Store, { baseId }: ReportRow): string | null {
  const base = baseId === null ? null : store.reports.byId(baseId)
  return base === null ? null : store.executions.displayId(base.executionId)
}

export function ignoredNow({ store, world }: Deps, workflowId: number): readonly string[] {
  return store.ignores.inForce(workflowId, world.now())
}

/** A page's end as the next page is asked for. */
export function cursorOf(
  rows: readonly { readonly number: number }[],
  limit: number,
  rank: number | undefined,
): string | null {
  const last = rows[limit - 1]
  return last === undefined || rank === undefined || rows.length <= limit ? null : `${rank}-${last.number}`
}

export function placeOf(cursor: string | undefined): Place {
  const [severity, number] = cursor?.split('-').map(Number) ?? []
  return severity === undefined || number === undefined ? FIRST : { severity, number }
}

/** The document as it was kept. */
export async function documentFile(store: Store, report: ReportRow): Promise<Response> {
  const bytes = await documentOf(store, report)
  if (bytes === null)
    throw new Fault('not_found', `Of ${report.name} there is no document. ${report.problem ?? ''}`)
  const type = report.format === 'junit' ? 'application/xml' : 'application/json'
  return fileOf(bytes, type, fileName(report))
}

/** The documents of all reports of an execution. */
export function reportsZip(store: Store, execution: ExecutionRow): Response {
  const files = store.reports.list(execution.id).map((report) => ({
    name: fileName(report),
    at: report.keptAt,
    read: () => documentOf(store, report),
  }))
  const from = zipped(files)
  const stream = new ReadableStream<Bytes>({
    async pull(controller) {
      const { done, value } = await from.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
  })
  return fileOf(stream, 'application/zip', `${store.executions.displayId(execution.id)}-reports.zip`)
}

const COLUMNS = [
  ...['severity', 'standing', 'rule', 'message', 'file', 'line', 'package', 'version', 'fixedIn'],
  ...['link', 'ignored', 'fingerprint'],
] as const

/** All findings of a report, fixed ones among them. */
export function findingsCsv(deps: Deps, report: ReportRow): Response {
  const ignored = new Set(ignoredNow(deps, report.workflowId))
  const parts = findingsOf(deps.store, report)
  const next = () => {
    const { done, value } = parts.next()
    if (done === true) return null
    return value.map((row) => ({
      ...row,
      severity: SEVERITIES[row.severity] ?? '',
      ignored: ignored.has(row.fingerprint) ? 'yes' : '',
    }))
  }
  return tableFile(report.name, {
    format: 'csv',
    columns: COLUMNS as readonly (keyof FindingRow)[],
    next: next as never,
  })
}

/** Findings that are there now, as SARIF. */
export function findingsSarif(store: Store, report: ReportRow): Response {
  const findings = [...findingsOf(store, report)]
    .flat()
    .flatMap((row): ReportFinding[] =>
      row.standing === 'fixed' ? [] : [{ ...row, severity: SEVERITIES[row.severity] ?? 'info' }],
    )
  const text = writeSarif([{ producer: summaryOf(report)?.producer ?? null, findings }])
  return fileOf(text, 'application/sarif+json', `${report.name}.sarif`)
}

function* findingsOf(store: Store, report: ReportRow): Generator<FindingRow[]> {
  const filter = { show: 'all', severities: [], q: null } as const
  for (let from: Place = FIRST; ; ) {
    const rows = store.findingLists.findings(report.id, filter, [], from, BATCH)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    from = last
  }
}

async function documentOf(store: Store, report: ReportRow): Promise<Uint8Array | null> {
  const packed = store.reports.document(report.id)
  return packed === null ? null : await Bun.zstdDecompress(Uint8Array.from(packed))
}

function fileName({ name, format }: ReportRow): string {
  return `${name}.${ENDINGS[format]}`
}

/** Never shown in the browser: a report is anybody's text. */
function fileOf(body: Uint8Array | string | ReadableStream, type: string, name: string): Response {
  const given = body instanceof Uint8Array ? Uint8Array.from(body) : body
  return new Response(given, {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  })
}

interface IgnoreWish {
  readonly execution: string
  readonly report: string
  readonly fingerprint: string
  readonly reason: string
  readonly days: number | null
}

const DAY_MS = 86_400_000

/** Ignores a finding that a report has, in all executions of its workflow. */
export function ignoreFinding(
  deps: Pick<ServerDeps, 'store' | 'world' | 'ledger'>,
  visitor: Visitor,
  slug: string,
  { execution, report: name, fingerprint, reason, days }: IgnoreWish,
): IgnoreRow {
  const { store, world } = deps
  const workflow = findWorkflow(store, slug)
  const row = findExecution(store, execution)
  if (row.workflowId !== workflow.id)
    throw new Fault('invalid', `body.execution: ${execution} is no execution of ${slug}.`)
  const finding = store.findingLists.finding(findReport(store, row, name).id, fingerprint)
  if (finding === null)
    throw new Fault('not_found', `${name} of ${execution} has no finding ${fingerprint.slice(0, 60)}.`)
  const now = world.now()
  const ignore: IgnoreRow = {
    ...{ workflowId: workflow.id, fingerprint, rule: finding.rule, place: placeWords(finding), reason },
    expiresAt: days === null ? null : now + days * DAY_MS,
    ignoredAt: now,
    ignoredBy: visitor.person.name,
  }
  store.transaction(() => {
    store.ignores.put(ignore)
    const until = days === null ? 'for ever' : `for ${days} days`
    audited(deps, visitor.person.name, 'finding.ignore', slug, `${finding.rule}, ${until}: ${reason}`)
    recount(deps, workflow.id, fingerprint)
  })
  return ignore
}

export function unignoreFinding(
  deps: Pick<ServerDeps, 'store' | 'world' | 'ledger'>,
  visitor: Visitor,
  slug: string,
  fingerprint: string,
): void {
  const { store } = deps
  const workflow = findWorkflow(store, slug)
  store.transaction(() => {
    if (!store.ignores.remove(workflow.id, fingerprint))
      throw new Fault('not_found', `${slug} ignores no finding ${fingerprint.slice(0, 60)}.`)
    audited(deps, visitor.person.name, 'finding.unignore', slug, fingerprint)
    recount(deps, workflow.id, fingerprint)
  })
}

function recount(
  { store, ledger }: Pick<ServerDeps, 'store' | 'ledger'>,
  workflowId: number,
  fingerprint: string,
): void {
  for (const id of store.findingLists.executionsWith(workflowId, fingerprint, RECOUNTED_MAX))
    ledger.reported(id)
}

/** Where a finding is: a file with its line, else a package. */
function placeWords({
  file,
  line,
  package: name,
}: Pick<FindingRow, 'file' | 'line' | 'package'>): string | null {
  if (file === null) return name
  return line === null ? file : `${file}:${line}`
}
