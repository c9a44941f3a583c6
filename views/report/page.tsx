import { SEVERITIES, type Severity } from '../../src/domain/finding.ts'
import { FINDING_SETS, type FindingSet, type ReportDigest } from '../../src/domain/report.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { bytes, clock, count, counted } from '../words.ts'
import { FindingPanel, FindingTable } from './findings.tsx'
import type { ReportFilter, ReportProps } from './model.ts'
import { Flaky, OutcomeFilter, Slowest, TestKpis, TestTable } from './tests.tsx'
import { FORMAT_WORDS, plainWords, reportsAddress, reportWords, SEVERITY_WORDS, shortName } from './words.ts'

interface Props {
  readonly frame: Frame
  readonly p: ReportProps
}

/** One report: what it comes to, its findings or tests, and its document. */
export function reportPage(frame: Frame, p: ReportProps): string {
  const { execution, report, tests } = p
  const { digest } = report
  return page(
    frame,
    { title: `${shortName(report.name)} report of ${execution}`, live: null, name: 'report' },
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/executions">Executions</a>
        <span aria-hidden="true">/</span>
        <a href={`/executions/${execution}`}>{execution}</a>
        <span aria-hidden="true">/</span>
        <a href={reportsAddress(execution)}>Reports</a>
      </nav>
      <div class="head">
        <div>
          <h1>{shortName(report.name)}</h1>
          <Sub frame={frame} p={p} />
        </div>
        <Downloads frame={frame} p={p} />
      </div>
      {report.problem === null ? null : (
        <div class="note bad">
          <Icon frame={frame} name="st-failed" />
          <div>
            <b class="b">
              {report.bytes === null ? 'This report was not kept.' : 'This report could not be read.'}
            </b>
            <p>{report.problem}</p>
          </div>
        </div>
      )}
      {digest === null || report.problem !== null ? null : tests === null ? (
        <FindingPart frame={frame} p={p} digest={digest} />
      ) : (
        <TestPart frame={frame} p={p} digest={digest} />
      )}
    </>,
  )
}

function Sub({ frame, p }: Props) {
  const { execution, report, producer } = p
  const words = report.digest === null || report.problem !== null ? null : reportWords([report.digest])
  return (
    <p class="sub">
      {words === null ? '' : `${capital(plainWords(words))}. `}
      Written by{' '}
      <a class="u" href={`/executions/${execution}?stage=${encodeURIComponent(report.stage)}`}>
        {report.stage}
      </a>
      {producer === null ? '' : ` with ${producer}`} at {clock(p.keptAt, frame.timezone)}, format{' '}
      {FORMAT_WORDS[report.format]}
      {report.bytes === null ? '.' : `, ${bytes(report.bytes)}.`}
    </p>
  )
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function Downloads({ frame, p }: Props) {
  const { execution, report, tests } = p
  if (report.bytes === null) return null
  const base = `/api/v1${reportsAddress(execution, report.name)}`
  const isRead = report.digest !== null && report.problem === null
  return (
    <div class="row">
      <a class="btn" href={`${base}/document`} download="">
        <Icon frame={frame} name="ui-download" />
        Original
      </a>
      {!isRead || tests !== null ? null : (
        <>
          <a class="btn" href={`${base}/findings.sarif`} download="">
            <Icon frame={frame} name="ui-download" />
            SARIF
          </a>
          <a class="btn" href={`${base}/findings.csv`} download="">
            <Icon frame={frame} name="ui-download" />
            CSV
          </a>
        </>
      )}
    </div>
  )
}

function FindingPart({ frame, p, digest }: Props & { readonly digest: ReportDigest }) {
  const { filter, open, gate } = p
  return (
    <>
      {gate === null ? null : (
        <div class={gate.passed ? 'note' : 'note bad'}>
          <Icon frame={frame} name={gate.passed ? 'st-succeeded' : 'st-failed'} />
          <div>
            <b class="b">{gate.passed ? 'The quality gate passed.' : 'The quality gate failed.'}</b>
            <ul class="problems">
              {gate.conditions
                .filter((condition) => !condition.passed)
                .map((condition) => (
                  <li>
                    <code>{condition.metric}</code> is {condition.actual ?? 'unknown'}
                    {condition.threshold === null ? '' : `, asked is ${condition.threshold}`}.
                  </li>
                ))}
            </ul>
          </div>
        </div>
      )}
      <dl class="pan kpis six">
        {SEVERITIES.slice(0, 4).map((severity) => (
          <div>
            <dt>{SEVERITY_WORDS[severity]}</dt>
            <dd>{count(digest.counts[severity])}</dd>
          </div>
        ))}
        <div>
          <dt>New</dt>
          <dd>
            {count(digest.fresh)}
            <small>{sinceWords(p.base)}</small>
          </dd>
        </div>
        <div>
          <dt>Fixed</dt>
          <dd>
            {count(digest.fixed)}
            <small>{sinceWords(p.base)}</small>
          </dd>
        </div>
      </dl>
      <form class="filters" action={reportsAddress(p.execution, p.report.name)} aria-label="Filters">
        <label class="find">
          <Icon frame={frame} name="ui-search" />
          <span class="vh">Finding, package or path</span>
          <input name="q" value={filter.q ?? ''} placeholder="Finding, package, path" data-find="" />
        </label>
        <Kept filter={filter} />
        <nav class="seg" aria-label="Show">
          {FINDING_SETS.filter((set) => set !== 'ignored' || digest.ignored > 0).map((set) => (
            <a href={addressOf(p, { show: set })} aria-current={filter.show === set ? 'true' : undefined}>
              {SET_WORDS[set]} {count(sizeOf(digest, set))}
            </a>
          ))}
        </nav>
        <nav class="seg" aria-label="Severity">
          <a
            href={addressOf(p, { severities: [] })}
            aria-current={filter.severities.length === 0 ? 'true' : undefined}
          >
            Any
          </a>
          {SEVERITIES.filter((severity) => digest.counts[severity] > 0).map((severity) => (
            <a
              href={addressOf(p, { severities: [severity] })}
              aria-current={filter.severities.includes(severity) ? 'true' : undefined}
            >
              {SEVERITY_WORDS[severity]}
            </a>
          ))}
        </nav>
      </form>
      {open === null ? null : <FindingPanel frame={frame} p={p} finding={open} back={addressOf(p, {})} />}
      <FindingTable frame={frame} p={p} addressOf={(finding) => `${addressOf(p, { finding })}#finding`} />
      <Pager frame={frame} p={p} shown={counted(p.findings.length, 'finding')} />
    </>
  )
}

function TestPart({ frame, p, digest }: Props & { readonly digest: ReportDigest }) {
  const { tests, filter } = p
  if (tests === null || digest.tests === null) return null
  return (
    <>
      <TestKpis totals={digest.tests} base={p.base} />
      <form class="filters" action={reportsAddress(p.execution, p.report.name)} aria-label="Filters">
        <label class="find">
          <Icon frame={frame} name="ui-search" />
          <span class="vh">Test or suite</span>
          <input name="q" value={filter.q ?? ''} placeholder="Test, suite" data-find="" />
        </label>
        <Kept filter={filter} />
        <OutcomeFilter p={p} totals={digest.tests} addressOf={(outcomes) => addressOf(p, { outcomes })} />
      </form>
      <TestTable frame={frame} p={p} lines={tests.lines} />
      <Pager frame={frame} p={p} shown={counted(tests.lines.length, 'test')} />
      <div class="half">
        <Flaky unsteady={tests.unsteady} />
        <Slowest slowest={tests.slowest} />
      </div>
    </>
  )
}

const SET_WORDS: Readonly<Record<FindingSet, string>> = {
  all: 'All',
  new: 'New',
  known: 'Known',
  fixed: 'Fixed',
  ignored: 'Ignored',
}

function sizeOf({ counts, fresh, fixed, ignored }: ReportDigest, set: FindingSet): number {
  const there = SEVERITIES.reduce((sum, severity) => sum + counts[severity], 0)
  const sizes = { all: there + fixed + ignored, new: fresh, known: there - fresh, fixed, ignored }
  return sizes[set]
}

function sinceWords(base: string | null): string {
  return base === null ? 'nothing before' : `since ${base.slice(base.lastIndexOf('-') + 1)}`
}

/** What a search of a text leaves as it is. */
function Kept({ filter }: { filter: ReportFilter }) {
  return (
    <>
      {filter.show === 'all' ? null : <input type="hidden" name="show" value={filter.show} />}
      {filter.severities.map((one) => (
        <input type="hidden" name="severity" value={one} />
      ))}
      {filter.outcomes.map((one) => (
        <input type="hidden" name="outcome" value={one} />
      ))}
    </>
  )
}

interface Change extends Partial<ReportFilter> {
  readonly finding?: string
  readonly cursor?: string
}

/** The same page with another filter, from its beginning. */
function addressOf({ execution, report, filter }: ReportProps, change: Change): string {
  const { show, severities, outcomes, q } = { ...filter, ...change }
  const query = new URLSearchParams()
  if (show !== 'all') query.set('show', show)
  for (const one of severities as readonly Severity[]) query.append('severity', one)
  for (const one of outcomes) query.append('outcome', one)
  if (q !== null) query.set('q', q)
  if (change.cursor !== undefined) query.set('cursor', change.cursor)
  if (change.finding !== undefined) query.set('finding', change.finding)
  const address = reportsAddress(execution, report.name)
  return query.size === 0 ? address : `${address}?${query}`
}

function Pager({ frame, p, shown }: Props & { readonly shown: string }) {
  return (
    <nav class="pager" aria-label="Pages">
      <span>{shown}</span>
      <span class="gap" />
      {p.later ? (
        <a class="btn sm" href={addressOf(p, {})}>
          <Icon frame={frame} name="ui-left" />
          First
        </a>
      ) : null}
      {p.next === null ? null : (
        <a class="btn sm" rel="next" href={addressOf(p, { cursor: p.next })}>
          Next
          <Icon frame={frame} name="ui-right" />
        </a>
      )}
    </nav>
  )
}
