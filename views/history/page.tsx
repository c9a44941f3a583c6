import { raw } from 'hono/html'
import { EXPORT_ROWS_MAX, type HistoryFilter } from '../../src/domain/filter.ts'
import { STATUS_WORDS, type Status } from '../../src/domain/status.ts'
import { Part } from '../fragment.tsx'
import { page } from '../layout.tsx'
import type { ExecutionLine, Frame, Total } from '../model.ts'
import { Ago, Icon, StatusIcon } from '../parts.tsx'
import { count, counted } from '../words.ts'
import { active, FILTERS, lastDaysWords } from './active.ts'
import { type Choices, Filters } from './filters.tsx'
import { listAddress, queryOf } from './query.ts'
import { executionRow } from './row.ts'
import { SaveView, type ViewLine, Views } from './saved.tsx'
import { ExecutionTable } from './table.tsx'

export interface HistoryProps {
  readonly filter: HistoryFilter
  readonly choices: Choices
  readonly views: readonly ViewLine[]
  readonly rows: readonly ExecutionLine[]
  /** Cursors of the pages before and after; null at the ends. */
  readonly newer: string | null
  readonly older: string | null
  /** True on a page that a cursor led to: new rows do not belong on it. */
  readonly place: 'newest' | 'later'
  readonly total: Total
  /** Of every execution there is. */
  readonly kept: Total
  /** `exact` where the reader asked for the whole list to be counted. */
  readonly counting: 'known' | 'exact'
  readonly counts: Readonly<Record<Status, Total>>
  /** The newest event this page knows. */
  readonly since: number
}

/** All executions, newest first. */
export function historyPage(frame: Frame, p: HistoryProps): string {
  const query = queryOf(p.filter)
  const stream = new URLSearchParams({ since: String(p.since) })
  if (p.filter.workflow !== null) stream.set('workflow', p.filter.workflow)
  if (p.counting === 'exact') query.set('total', 'exact')
  if (p.place === 'newest') query.set('newest', p.rows[0]?.id ?? '')
  return page(
    frame,
    {
      title: 'Executions',
      live: { stream: stream.toString(), parts: `/executions/parts?${query}` },
      name: 'history',
    },
    <>
      <div class="head">
        <div>
          <h1>Executions</h1>
          <TotalWords frame={frame} p={p} />
        </div>
        <div class="row">
          <p class="live" role="status">
            Live
          </p>
          <Views frame={frame} filter={p.filter} views={p.views} />
          <SaveView frame={frame} filter={p.filter} />
          <Export frame={frame} p={p} />
        </div>
      </div>
      <Filters frame={frame} filter={p.filter} choices={p.choices} />
      <div class="pan">
        <Tally frame={frame} p={p} />
        <Fresh frame={frame} filter={p.filter} fresh={0} />
        {p.rows.length === 0 ? (
          <Nothing frame={frame} p={p} />
        ) : (
          <ExecutionTable frame={frame} rows={p.rows} caption="Executions, newest first" />
        )}
      </div>
      <Pager frame={frame} p={p} />
    </>,
  )
}

interface HistoryParts {
  readonly filter: HistoryFilter
  readonly rows: readonly ExecutionLine[]
  /** How many would stand above the first row of the reader's page. */
  readonly fresh: number
  readonly total: Total
  readonly kept: Total
  readonly counting: 'known' | 'exact'
  readonly counts: Readonly<Record<Status, Total>>
}

/** What changed on a reader's page: its rows in their places, the tally, and how many wait above. */
export function historyParts(frame: Frame, p: HistoryParts): string {
  return (
    <>
      <Part id="tally">
        <Tally frame={frame} p={p} />
      </Part>
      {p.counting === 'exact' ? null : (
        <Part id="total">
          <TotalWords frame={frame} p={p} />
        </Part>
      )}
      <Part id="fresh">
        <Fresh frame={frame} filter={p.filter} fresh={p.fresh} />
      </Part>
      {p.rows.map((row) => (
        <Part id={`x-${row.id}`}>{raw(executionRow(frame, row))}</Part>
      ))}
    </>
  ).toString()
}

function TotalWords(p: { frame: Frame; p: Pick<HistoryProps, 'total' | 'kept' | 'filter' | 'counting'> }) {
  const { total, filter, counting } = p.p
  return (
    <p class="sub" id="total">
      {total.exact ? counted(total.count, 'execution') : `${totalWords(total)} executions`}
      {amongWords(p.p)}
      {counting === 'exact' ? (
        <>
          , counted <Ago frame={p.frame} at={p.frame.now} />
        </>
      ) : null}
      {total.exact ? null : (
        <>
          {' · '}
          <a class="u" href={listAddress(filter, [], { total: 'exact' })}>
            Count them all
          </a>
        </>
      )}
    </p>
  )
}

/** What the number before it is: everything kept, or a part of it. */
function amongWords({ filter, total, kept }: Pick<HistoryProps, 'filter' | 'total' | 'kept'>): string {
  const [first, ...others] = active(filter)
  if (first === undefined) return ' kept'
  const of = total.exact && kept.exact ? `, of ${count(kept.count)} kept` : ''
  if (filter.range !== null && others.length === 0) return ` in the ${lastDaysWords(filter.range)}${of}`
  if (first.word === FILTERS.range.word) return ` in range${of}`
  return `${total.exact && total.count === 1 ? ' matches' : ' match'}${of}`
}

/** The list as a file, for spreadsheets and for programs. */
function Export(p: { frame: Frame; p: HistoryProps }) {
  const { total, filter } = p.p
  const address = (format: string) => {
    const query = queryOf(filter)
    query.set('format', format)
    return `/api/v1/executions/export?${query}`
  }
  return (
    <details class="menu">
      <summary class="btn">
        <Icon frame={p.frame} name="ui-download" />
        Export
      </summary>
      <div class="drop">
        <p class="q2">
          {total.exact && total.count <= EXPORT_ROWS_MAX
            ? `${counted(total.count, 'execution')}, newest first.`
            : `The newest ${count(EXPORT_ROWS_MAX)} at most. A range of days leads to older ones.`}
        </p>
        <a class="btn" href={address('csv')} download="">
          CSV, for spreadsheets
        </a>
        <a class="btn" href={address('ndjson')} download="">
          NDJSON, for programs
        </a>
      </div>
    </details>
  )
}

/** Exact, or “1,000+” where nobody counted on. */
function totalWords(total: Total): string {
  return total.exact ? count(total.count) : `${count(total.count)}+`
}

/** The order of the tally: what moves, what waits for a person, what is final. */
const TALLY: readonly Status[] = [
  'running',
  'pending',
  'approval-pending',
  'deployment-pending',
  'succeeded',
  'failed',
  'error',
  'approval-rejected',
  'terminated',
  'terminating',
  'termination-failed',
]

function Tally(p: { frame: Frame; p: Pick<HistoryProps, 'filter' | 'counts'> }) {
  const { filter, counts } = p.p
  return (
    <nav class="tally" id="tally" aria-label="Totals by status">
      {TALLY.map((status) => (
        <a
          href={listAddress({ ...filter, statuses: [status] })}
          aria-current={filter.statuses.length === 1 && filter.statuses[0] === status ? 'true' : undefined}
        >
          <b>
            <StatusIcon frame={p.frame} status={status} />
            {totalWords(counts[status])}
          </b>
          {STATUS_WORDS[status]}
        </a>
      ))}
    </nav>
  )
}

/** Beyond this the pill says so: nobody counts on. */
export const FRESH_MAX = 99

function Fresh(p: { frame: Frame; filter: HistoryFilter; fresh: number }) {
  return (
    <div class="fresh" id="fresh" role="status">
      {p.fresh === 0 ? null : (
        <a class="btn sm" href={listAddress(p.filter)}>
          <Icon frame={p.frame} name="ui-up" />
          {p.fresh > FRESH_MAX ? `${FRESH_MAX}+ new` : `${p.fresh} new`}
        </a>
      )}
    </div>
  )
}

function Nothing(p: { frame: Frame; p: HistoryProps }) {
  const { filter } = p.p
  const filters = active(filter)
  if (filters.length > 0) {
    return (
      <div class="empty">
        <h2>No execution matches</h2>
        <p class="q2">Take a filter off, or look at all of them.</p>
        <ul class="row offs">
          {filters.map(({ word, keys, value }) => (
            <li>
              <a class="btn sm" href={listAddress(filter, keys)}>
                <Icon frame={p.frame} name="ui-close" />
                <span class="cut">
                  <span class="vh">Remove the filter </span>
                  {word}: {value}
                </span>
              </a>
            </li>
          ))}
        </ul>
        <a class="btn" href="/executions">
          All executions
        </a>
      </div>
    )
  }
  return (
    <div class="empty">
      <h2>No execution yet</h2>
      <p class="q2">
        <a class="u" href="/workflows/new">
          Write a workflow
        </a>{' '}
        or apply one, and run it:
      </p>
      <code class="cmd">periplus apply storefront.yaml</code>
      <code class="cmd">periplus run storefront --wait</code>
    </div>
  )
}

function Pager(p: { frame: Frame; p: HistoryProps }) {
  const { filter, rows, newer, older, total } = p.p
  return (
    <nav class="pager" aria-label="Pages">
      <span>
        {p.p.place === 'newest' ? 'Newest ' : ''}
        {rows.length} of {totalWords(total)}
      </span>
      <span class="gap q no-s">Times in {p.frame.timezone}</span>
      {newer === null ? null : (
        <a class="btn sm" rel="prev" href={listAddress(filter, [], { after: newer })}>
          <Icon frame={p.frame} name="ui-left" />
          Newer
        </a>
      )}
      {older === null ? null : (
        <a class="btn sm" rel="next" href={listAddress(filter, [], { before: older })}>
          Older
          <Icon frame={p.frame} name="ui-right" />
        </a>
      )}
    </nav>
  )
}
