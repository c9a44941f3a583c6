import { AUDIT_ACTIONS, AUDIT_WORDS } from '../../src/domain/audit.ts'
import type { Frame } from '../model.ts'
import { Ago, Icon } from '../parts.tsx'
import { settingsPage } from './frame.tsx'

export interface AuditLine {
  readonly id: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly outcome: 'done' | 'refused'
  readonly detail: string | null
}

/** The filter as it stands in the address. */
export type AuditQuery = Readonly<Record<'actor' | 'action' | 'object' | 'outcome' | 'from' | 'to', string>>

interface AuditProps {
  readonly entries: readonly AuditLine[]
  readonly query: AuditQuery
  /** Whether older ones were skipped to; and where the next older page begins. */
  readonly place: 'newest' | 'older'
  readonly before: number | null
  /** Why the question cannot be answered. */
  readonly problem: string | null
}

/** Who did what, newest first. */
export function auditPage(frame: Frame, p: AuditProps): string {
  return settingsPage(
    frame,
    {
      title: 'Audit log',
      name: 'audit',
      sub: 'Everything that changed something here, and what was refused. Nothing in it is ever changed.',
      actions: (
        <>
          <Export frame={frame} query={p.query} format="csv" word="CSV" />
          <Export frame={frame} query={p.query} format="ndjson" word="JSON lines" />
        </>
      ),
    },
    <>
      <Filters query={p.query} problem={p.problem} />
      <section class="pan" aria-label="Entries">
        {p.entries.length === 0 ? (
          <p class="none q2">Nothing matches.</p>
        ) : (
          <Entries frame={frame} entries={p.entries} query={p.query} />
        )}
      </section>
      <Pager frame={frame} p={p} />
    </>,
  )
}

function Export(p: { frame: Frame; query: AuditQuery; format: 'csv' | 'ndjson'; word: string }) {
  return (
    <a class="btn" href={`/api/v1/audit/export${search(p.query, { format: p.format })}`} download="">
      <Icon frame={p.frame} name="ui-download" />
      {p.word}
    </a>
  )
}

function Filters(p: { query: AuditQuery; problem: string | null }) {
  const { query } = p
  const text = (name: keyof AuditQuery, word: string, type: 'text' | 'date', placeholder?: string) => (
    <label>
      <span class="l">{word}</span>
      <input
        class="in"
        type={type}
        name={name}
        value={query[name]}
        placeholder={placeholder}
        autocomplete="off"
      />
    </label>
  )
  return (
    <form class="pan narrow" action="/settings/audit" aria-label="Filters">
      {text('actor', 'Who', 'text', 'alice')}
      <label>
        <span class="l">What</span>
        <select class="in" name="action">
          <option value="">All</option>
          {AUDIT_ACTIONS.map((action) => (
            <option value={action} selected={action === query.action}>
              {action}
            </option>
          ))}
        </select>
      </label>
      {text('object', 'Object', 'text', 'secret:npm-token')}
      <label>
        <span class="l">Outcome</span>
        <select class="in" name="outcome">
          <option value="">All</option>
          {['done', 'refused'].map((outcome) => (
            <option value={outcome} selected={outcome === query.outcome}>
              {outcome}
            </option>
          ))}
        </select>
      </label>
      {text('from', 'From', 'date')}
      {text('to', 'To', 'date')}
      <div class="row">
        <button type="submit" class="btn">
          Show
        </button>
        {search(query) === '' ? null : (
          <a class="btn flat" href="/settings/audit">
            All
          </a>
        )}
      </div>
      {p.problem === null ? null : (
        <p class="prob" role="alert">
          {p.problem}
        </p>
      )}
    </form>
  )
}

function Entries(p: { frame: Frame; entries: readonly AuditLine[]; query: AuditQuery }) {
  return (
    <div class="scroll">
      <table class="tb rows audit">
        <caption class="vh">Entries of the audit log, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Outcome</th>
            <th scope="col">Detail</th>
          </tr>
        </thead>
        <tbody>
          {p.entries.map((entry) => (
            <tr>
              <td class="q nw c-at">
                <Ago frame={p.frame} at={entry.at} />
              </td>
              <th scope="row" class="lead">
                <a href={`/settings/audit${search(p.query, { actor: entry.actor })}`}>{entry.actor}</a>
              </th>
              <td class="c-ti">
                <span class="q2">{wordsOf(entry.action)}</span>{' '}
                <a class="u" href={`/settings/audit${search(p.query, { object: entry.object })}`}>
                  {entry.object}
                </a>
              </td>
              <td class={entry.outcome === 'done' ? 'no-s' : undefined}>
                {entry.outcome === 'done' ? <span class="q">done</span> : <b class="b">refused</b>}
              </td>
              <td class="q2 detail">{entry.detail ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What a newer program wrote is said as it stands. */
function wordsOf(action: string): string {
  return AUDIT_ACTIONS.some((known) => known === action)
    ? AUDIT_WORDS[action as keyof typeof AUDIT_WORDS]
    : action
}

function Pager(p: { frame: Frame; p: AuditProps }) {
  const { query, place, before } = p.p
  return (
    <nav class="pager" aria-label="Pages">
      <span class="q">Times in {p.frame.timezone}</span>
      <span class="gap" />
      {place === 'newest' ? null : (
        <a class="btn sm" href={`/settings/audit${search(query)}`}>
          Newest
        </a>
      )}
      {before === null ? null : (
        <a class="btn sm" rel="next" href={`/settings/audit${search(query, { before: String(before) })}`}>
          Older
          <Icon frame={p.frame} name="ui-right" />
        </a>
      )}
    </nav>
  )
}

/** The query of an address, without what says nothing. */
function search(query: AuditQuery, more: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries({ ...query, ...more }).filter(([, value]) => value !== '')
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
