import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Finding } from '../src/domain/fault.ts'
import type { Severity } from '../src/domain/finding.ts'
import { isFinal, STATUS_WORDS, type StageStatus, type Status } from '../src/domain/status.ts'
import type { ExecutionLine, Frame, VisitorLine } from './model.ts'
import { stripMarkup } from './strip.ts'
import { ago, duration, instant, STAGE_HUES, STATUS_HUES } from './words.ts'

type Glyph =
  | `st-${Status | StageStatus | 'none'}`
  | `sev-${Severity}`
  | `ui-${'fix' | 'search' | 'down' | 'right' | 'left' | 'up' | 'arrow' | 'user' | 'hook' | 'clock' | 'branch' | 'tag' | 'pull' | 'download' | 'link' | 'menu' | 'close' | 'plus' | 'more' | 'wrap' | 'full' | 'rerun' | 'doc' | 'help' | 'lock'}`

/** An icon of the cached sheet. It is always beside its word, so readers skip it. */
export function Icon(p: { frame: Frame; name: Glyph; class?: string }) {
  return (
    <svg class={p.class === undefined ? 'i' : `i ${p.class}`} aria-hidden="true">
      <use href={`${p.frame.assets.icons}#${p.name}`} />
    </svg>
  )
}

/** A status by shape, word and hue. `big` stands beside a title. */
export function Badge(p: { frame: Frame; status: Status; big?: 'big' }) {
  const hue = STATUS_HUES[p.status]
  return (
    <span class={`st ${hue} ${p.big ?? ''}`}>
      <StatusIcon frame={p.frame} status={p.status} />
      <span>{STATUS_WORDS[p.status]}</span>
    </span>
  )
}

export function StatusIcon(p: { frame: Frame; status: Status }) {
  const turns = p.status === 'running' ? ' spin' : ''
  return <Icon frame={p.frame} name={`st-${p.status}`} class={STATUS_HUES[p.status] + turns} />
}

export function StageIcon(p: { frame: Frame; status: StageStatus }) {
  const turns = p.status === 'running' ? ' spin' : ''
  return <Icon frame={p.frame} name={`st-${p.status}`} class={STAGE_HUES[p.status] + turns} />
}

/** “11 m ago”, with the instant in the instance's zone as its title. */
export function Ago(p: { frame: Frame; at: number; class?: string }) {
  const { now, timezone } = p.frame
  return (
    <time
      class={p.class}
      datetime={new Date(p.at).toISOString()}
      title={instant(p.at, timezone)}
      data-ago={p.at}
    >
      {ago(p.at, now, timezone)}
    </time>
  )
}

/** How long it has worked; a running one counts on in the browser. */
export function Took(p: { frame: Frame; of: ExecutionLine }) {
  const { startedAt, finishedAt, triggeredAt, status } = p.of
  const from = startedAt ?? triggeredAt
  if (isFinal(status) || finishedAt !== null) return <>{duration((finishedAt ?? from) - from)}</>
  return <span data-since={from}>{duration(p.frame.now - from)}</span>
}

export function Strip(p: { marks: string }) {
  return raw(stripMarkup(p.marks))
}

/** The hidden field that shows a form came from our page. */
export function Csrf(p: { visitor: VisitorLine | null }) {
  return p.visitor === null ? null : <input type="hidden" name="csrf" value={p.visitor.csrf} />
}

/** The problem of one field, tied to it by `aria-describedby`. */
export function Problem(p: { frame: Frame; id: string; children: Child }) {
  return (
    <p class="prob" id={p.id}>
      <Icon frame={p.frame} name="st-failed" />
      <span>{p.children}</span>
    </p>
  )
}

/** What is wrong with a whole form, before everything else. */
export function Findings(p: { frame: Frame; lead: string; findings: readonly Finding[] }) {
  if (p.findings.length === 0) return null
  return (
    <div class="note bad" id="problems" role="alert" tabindex={-1}>
      <Icon frame={p.frame} name="st-failed" />
      <div>
        <b class="b">{p.lead}</b>
        <ul class="problems">
          {p.findings.map((finding) => (
            <li>
              {finding.path === '' ? null : (
                <>
                  <code>{finding.path}</code>
                  {finding.line === null ? ': ' : ', '}
                </>
              )}
              {finding.line === null ? null : (
                <>
                  <a class="u" href={`#y${finding.line}`}>
                    line {finding.line}
                  </a>
                  {': '}
                </>
              )}
              {finding.message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

/** What a list of problems hinders. */
export function leadWords(findings: readonly Finding[], stops: 'update' | 'execution' = 'update'): string {
  const hindered = stops === 'update' ? 'the update' : 'an execution'
  return findings.length === 1
    ? `1 problem stops ${hindered}.`
    : `${findings.length} problems stop ${hindered}.`
}

/** The findings of one field by its name. */
export function findingOf(findings: readonly Finding[], path: string): string | null {
  return findings.find((finding) => finding.path === path)?.message ?? null
}
