import { raw } from 'hono/html'
import { lettersOf } from '../../src/domain/matcher.ts'
import { STATUS_WORDS } from '../../src/domain/status.ts'
import type { Choices } from '../history/filters.tsx'
import { listAddress } from '../history/query.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Ago, Icon, StatusIcon, Strip } from '../parts.tsx'
import { SearchForm } from './form.tsx'
import { foundLog } from './found.ts'
import {
  type FoundLog,
  type Hit,
  type Outcome,
  type SearchQuery,
  searchAddress,
  searchParams,
} from './model.ts'
import { outcomeWords } from './words.ts'

interface SearchProps {
  readonly query: SearchQuery
  readonly choices: Choices
  readonly hits: readonly Hit[]
  readonly found: readonly FoundLog[]
  /** Null where nothing is looked for yet. */
  readonly outcome: Outcome | null
}

/** Search across all logs. It comes with what was found at once; the browser, or a link, goes on. */
export function searchPage(frame: Frame, p: SearchProps): string {
  const { query, outcome, hits } = p
  return page(
    frame,
    { title: query.q === '' ? 'Search' : `${query.q} · Search`, live: null, name: 'search' },
    <>
      <div class="head">
        <div>
          <h1>Search</h1>
          <p class="sub">Every line of every log, the newest execution first.</p>
        </div>
      </div>
      <SearchForm frame={frame} query={query} choices={p.choices} problem={outcome?.problem ?? null} />
      {hits.length === 0 ? null : <Hits frame={frame} hits={hits} query={query} />}
      {outcome === null || outcome.ended === 'problem' ? (
        <About />
      ) : (
        <Lines frame={frame} p={p} outcome={outcome} />
      )}
    </>,
  )
}

const KINDS: Readonly<Record<Hit['kind'], (q: string) => string>> = {
  id: () => 'Of that id',
  commit: (q) => `Commit ${q} …`,
  title: (q) => `“${q}” in the title`,
  branch: (q) => `Branch ${q}`,
  person: (q) => `Triggered by ${q}`,
}

/** Executions that the text itself names. */
function Hits(p: { frame: Frame; hits: readonly Hit[]; query: SearchQuery }) {
  const { frame, query } = p
  return (
    <section class="pan hits" aria-label="Executions">
      {p.hits.map(({ kind, executions, more }) => (
        <>
          <header>
            <h2 class="cut">{KINDS[kind](query.q.trim())}</h2>
            {more ? (
              <a class="gap q2 nw" href={historyAddress(query, kind)}>
                All of them
              </a>
            ) : null}
          </header>
          {executions.map((e) => (
            <div class="item fx" data-row="">
              <StatusIcon frame={frame} status={e.status} />
              <a class="b nw" href={`/executions/${e.id}`}>
                <span class="vh">{STATUS_WORDS[e.status]}: </span>
                {e.id}
              </a>
              <Strip marks={e.strip} />
              <span class="cut q2">{e.title ?? e.reason ?? ''}</span>
              <Ago frame={frame} at={e.triggeredAt} class="end q nw n" />
            </div>
          ))}
        </>
      ))}
    </section>
  )
}

/** The list of all executions that are meant. */
function historyAddress({ q, filter }: SearchQuery, kind: Hit['kind']): string {
  const text = q.trim()
  if (kind === 'branch') return listAddress({ ...filter, branch: text })
  return listAddress(kind === 'person' ? { ...filter, by: text } : { ...filter, q: text })
}

function Lines(p: { frame: Frame; p: SearchProps; outcome: Outcome }) {
  const { frame, outcome } = p
  const { query, found } = p.p
  const goesOn = outcome.ended === 'time'
  return (
    <section class="pan found" aria-labelledby="lines">
      <header>
        <h2 id="lines">Lines</h2>
        <p class="q2 cut" id="progress">
          {outcomeWords(outcome)}
        </p>
      </header>
      <div
        id="found"
        data-search={goesOn ? searchParams(query).toString() : undefined}
        data-before={goesOn ? (outcome.cursor ?? undefined) : undefined}
      >
        {raw(found.map((log) => foundLog(frame, query, log, 'with its head')).join(''))}
      </div>
      <div id="rest" role="status">
        {raw(restOf(frame, query, outcome))}
      </div>
    </section>
  )
}

/** What stands below the last line: how to go on, or that nothing was found. */
export function restOf(frame: Frame, query: SearchQuery, outcome: Outcome): string {
  const { ended, cursor, progress, problem } = outcome
  return (
    <>
      {ended === 'problem' ? (
        <p class="prob">
          <Icon frame={frame} name="st-failed" />
          <span>{problem}</span>
        </p>
      ) : null}
      {ended === 'all' && progress.lines === 0 ? <Nothing query={query} /> : null}
      {cursor === null ? null : (
        <a class="btn" rel="next" href={searchAddress(query, cursor)}>
          <Icon frame={frame} name="ui-down" />
          {ended === 'lines' ? 'Further lines' : 'Continue from here'}
        </a>
      )}
    </>
  ).toString()
}

function Nothing(p: { query: SearchQuery }) {
  return (
    <div class="empty">
      <h3>No line matches</h3>
      {lettersOf(p.query.q, p.query.as) === 'exact' ? (
        <p class="q2">Capital and small letters are told apart, because you wrote a capital.</p>
      ) : null}
      <p class="q2">Take a filter off, or look for less of it. Logs that retention took are not searched.</p>
    </div>
  )
}

/** What the box takes, and what it does not look at. */
function About() {
  return (
    <dl class="pan facts about">
      <dt>In logs</dt>
      <dd>
        Every line, of stages that run too, as it is read: without colours, and with secrets masked. Capital
        and small letters are the same, unless you write a capital.
      </dd>
      <dt>Besides</dt>
      <dd>
        An execution’s id, the beginning of a commit, words of its title, its branch, and who triggered it,
        the last two as they are written.
      </dd>
      <dt>Not searched</dt>
      <dd>Reports, definitions, comments, the audit log, and what Periplus itself says in a log.</dd>
      <dt>In a terminal</dt>
      <dd>
        <code class="cmd">periplus search "connection refused" --status failed</code>
      </dd>
    </dl>
  )
}
