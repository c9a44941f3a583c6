import type { ReportDigest, ReportFormat } from '../../src/domain/report.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { bytes, counted } from '../words.ts'
import { FORMAT_WORDS, plainWords, reportsAddress, reportWords, shortName } from './words.ts'

/** A report of an execution as lists show it. */
export interface ReportLine {
  readonly name: string
  readonly stage: string
  readonly path: string
  readonly format: ReportFormat
  /** Null where there is no document. */
  readonly bytes: number | null
  readonly problem: string | null
  /** Null until it was read. */
  readonly digest: ReportDigest | null
}

/** What the reports of an execution say, beside its log. */
export function ReportsCard(p: { frame: Frame; id: string; reports: readonly ReportLine[] }) {
  if (p.reports.length === 0) return <div id="reports" hidden />
  return (
    <section class="pan" id="reports" aria-labelledby="reports-title">
      <header>
        <h2 id="reports-title">
          <a href={reportsAddress(p.id)}>Reports</a>
        </h2>
        <a class="gap u q2" href={`/api/v1/executions/${p.id}/reports.zip`} download="">
          All as .zip
        </a>
      </header>
      <ul class="reps inset">
        {p.reports.map((report) => (
          <li>
            <a class="u cut" href={reportsAddress(p.id, report.name)} title={report.name}>
              {shortName(report.name)}
            </a>
            <Says report={report} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What one report comes to. */
function Says({ report }: { report: ReportLine }) {
  const words = report.digest === null ? null : reportWords([report.digest])
  if (words === null) return <span class="q n">{report.problem === null ? 'being read' : 'not kept'}</span>
  return <span class={`n ${words.tone === 'bad' ? 'badt' : 'q2'}`}>{plainWords(words)}</span>
}

export interface ReportsProps {
  readonly id: string
  readonly reports: readonly ReportLine[]
}

/** All reports of an execution. */
export function reportsPage(frame: Frame, { id, reports }: ReportsProps): string {
  return page(
    frame,
    { title: `Reports of ${id}`, live: null, name: 'report' },
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/executions">Executions</a>
        <span aria-hidden="true">/</span>
        <a href={`/executions/${id}`}>{id}</a>
      </nav>
      <div class="head">
        <div>
          <h1>Reports</h1>
          <p class="sub">
            {counted(reports.length, 'report')} of {id}.
          </p>
        </div>
        {reports.length === 0 ? null : (
          <div class="row">
            <a class="btn" href={`/api/v1/executions/${id}/reports.zip`} download="">
              <Icon frame={frame} name="ui-download" />
              All as .zip
            </a>
          </div>
        )}
      </div>
      {reports.length === 0 ? <NoReports /> : <ReportTable id={id} reports={reports} />}
    </>,
  )
}

function NoReports() {
  return (
    <div class="pan empty">
      <h2>No reports</h2>
      <p class="q2">
        A script names the files that it leaves, and they are kept and read when its stage ends:
      </p>
      <code class="cmd">{'reports: [{ path: junit.xml, format: junit }]'}</code>
    </div>
  )
}

function ReportTable({ id, reports }: ReportsProps) {
  return (
    <div class="pan">
      <table class="tb cards">
        <caption class="vh">Reports of {id}, in the order of their stages</caption>
        <thead>
          <tr>
            <th scope="col">Report</th>
            <th scope="col">Says</th>
            <th scope="col">Stage</th>
            <th scope="col">File</th>
            <th scope="col">Format</th>
            <th scope="col" class="n">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {reports.map((report) => (
            <tr>
              <th scope="row" class="c-id">
                <a class="lead" href={reportsAddress(id, report.name)}>
                  {shortName(report.name)}
                </a>
              </th>
              <td class="c-at">
                <Says report={report} />
                {report.problem === null ? null : <span class="q2 no-s inl">{report.problem}</span>}
              </td>
              <td class="c-ti q2">{report.stage}</td>
              <td class="m q2 no-s">{report.path}</td>
              <td class="no-s">{FORMAT_WORDS[report.format]}</td>
              <td class="n no-s nw">{report.bytes === null ? '–' : bytes(report.bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
