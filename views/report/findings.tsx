import type { Severity } from '../../src/domain/finding.ts'
import type { Frame } from '../model.ts'
import { Csrf, Icon } from '../parts.tsx'
import { instant } from '../words.ts'
import type { FindingLine, OpenFinding, ReportProps } from './model.ts'
import { reportsAddress, SEVERITY_WORDS } from './words.ts'

/** Findings, the worst first; on a phone each row becomes a card. */
export function FindingTable(props: {
  frame: Frame
  p: ReportProps
  addressOf: (fingerprint: string) => string
}) {
  const { frame, p } = props
  if (p.findings.length === 0)
    return (
      <div class="pan empty">
        <h2>{p.report.digest !== null && isEmpty(p) ? 'Nothing was found' : 'No finding is like that'}</h2>
      </div>
    )
  const hasPackages = p.findings.some((finding) => finding.package !== null)
  return (
    <div class="pan">
      <table class="tb fix cards rep">
        <caption class="vh">Findings, the worst first</caption>
        <colgroup>
          <col width="112" />
          <col />
          {hasPackages ? (
            <>
              <col width="150" />
              <col width="100" />
              <col width="110" />
            </>
          ) : null}
          <col />
          <col width="150" />
          <col width="96" />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">Finding</th>
            {hasPackages ? (
              <>
                <th scope="col">Package</th>
                <th scope="col">Installed</th>
                <th scope="col">Fixed in</th>
              </>
            ) : null}
            <th scope="col">Where</th>
            <th scope="col">First seen</th>
            <th scope="col">
              {p.base === null ? 'Standing' : `Against ${p.base.slice(p.base.lastIndexOf('-') + 1)}`}
            </th>
          </tr>
        </thead>
        <tbody>
          {p.findings.map((finding) => (
            <tr class={finding.standing === 'fixed' || finding.ignored ? 'gone' : undefined}>
              <td class="c-st">
                <Sev frame={frame} severity={finding.severity} />
              </td>
              <th scope="row" class="c-id cut">
                <a class="lead" href={props.addressOf(finding.fingerprint)} title={finding.message}>
                  {finding.rule}
                </a>
              </th>
              {hasPackages ? (
                <>
                  <td class="c-ti cut">
                    {finding.package ?? ''}
                    <span class="only-s inl q">
                      {finding.version ?? ''} → {finding.fixedIn ?? '–'}
                    </span>
                  </td>
                  <td class="cut no-s">{finding.version ?? ''}</td>
                  <td class="cut no-s">{finding.fixedIn ?? <span class="q">no fix yet</span>}</td>
                </>
              ) : null}
              <td class={`m q2 cut ${hasPackages ? 'no-s' : 'c-ti'}`} title={placeOf(finding)}>
                {placeOf(finding)}
              </td>
              <td class="cut no-s">
                {finding.since === null ? '' : <a href={`/executions/${finding.since}`}>{finding.since}</a>}
              </td>
              <td class="c-at nw">
                <Standing finding={finding} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function isEmpty({ filter }: ReportProps): boolean {
  return filter.q === null && filter.show === 'all' && filter.severities.length === 0
}

function placeOf({ file, line }: FindingLine): string {
  if (file === null) return ''
  return line === null ? file : `${file}:${line}`
}

function Sev(p: { frame: Frame; severity: Severity }) {
  return (
    <span class={p.severity === 'critical' ? 'sev max' : 'sev'}>
      <Icon frame={p.frame} name={`sev-${p.severity}`} />
      <span>{SEVERITY_WORDS[p.severity]}</span>
    </span>
  )
}

function Standing({ finding }: { finding: FindingLine }) {
  if (finding.ignored) return <span class="q2">ignored</span>
  if (finding.standing === 'new') return <span class="tagn">new</span>
  return <span class="q2">{finding.standing}</span>
}

/** One finding with all its words, and what can be done about it. */
export function FindingPanel(props: { frame: Frame; p: ReportProps; finding: OpenFinding; back: string }) {
  const { frame, p, finding } = props
  const place = placeOf(finding)
  return (
    <section class="pan card" id="finding" aria-labelledby="finding-title">
      <header class="row">
        <Sev frame={frame} severity={finding.severity} />
        <h2 id="finding-title">{finding.rule}</h2>
        <a class="gap u q2" href={props.back}>
          Close
        </a>
      </header>
      <p>{finding.message}</p>
      <p class="q2">
        {place === '' ? '' : <span class="m">{place}</span>}
        {finding.package === null ? '' : ` ${finding.package} ${finding.version ?? ''}`}
        {finding.fixedIn === null ? '' : `, fixed in ${finding.fixedIn}`}
        {finding.since === null ? '' : `, first seen in ${finding.since}`}
      </p>
      {finding.link === null ? null : (
        <p>
          <a class="u" href={finding.link} rel="noreferrer nofollow" target="_blank">
            {finding.link}
          </a>
        </p>
      )}
      <Ignoring frame={frame} p={p} finding={finding} />
    </section>
  )
}

function Ignoring({ frame, p, finding }: { frame: Frame; p: ReportProps; finding: OpenFinding }) {
  const { ignore } = finding
  const action = `${reportsAddress(p.execution, p.report.name)}/ignores`
  if (ignore !== null)
    return (
      <>
        <p class="q2">
          Ignored by {ignore.by} since {instant(ignore.at, frame.timezone)}
          {ignore.expiresAt === null ? '' : `, until ${instant(ignore.expiresAt, frame.timezone)}`}:{' '}
          {ignore.reason}
        </p>
        {finding.mayIgnore ? (
          <form method="post" action={action}>
            <Csrf visitor={frame.visitor} />
            <input type="hidden" name="fingerprint" value={finding.fingerprint} />
            <button type="submit" class="btn" name="wish" value="count">
              Count it again
            </button>
          </form>
        ) : null}
      </>
    )
  if (!finding.mayIgnore || finding.standing === 'fixed') return null
  return (
    <details>
      <summary class="u">Ignore it in {p.workflow}</summary>
      <form class="ignore" method="post" action={action}>
        <Csrf visitor={frame.visitor} />
        <input type="hidden" name="fingerprint" value={finding.fingerprint} />
        <label for="reason">Why it may be ignored</label>
        <input class="in" id="reason" name="reason" required maxlength={500} autocomplete="off" />
        <label for="days">How long</label>
        <select class="in" id="days" name="days">
          <option value="30">30 days</option>
          <option value="90" selected>
            90 days
          </option>
          <option value="365">a year</option>
          <option value="">for ever</option>
        </select>
        <button type="submit" class="btn" name="wish" value="ignore">
          Ignore
        </button>
      </form>
    </details>
  )
}
