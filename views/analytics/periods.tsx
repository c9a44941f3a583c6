import type { Analytics } from '../../src/domain/analytics.ts'
import type { Status } from '../../src/domain/status.ts'
import { daysOf } from '../../src/domain/trend.ts'
import { count, duration } from '../words.ts'
import { LINES, type Line } from './lines.ts'
import { countedAddress, csvAddress, type Place } from './query.ts'
import { periodWords } from './words.ts'

/** These stand there even where nothing came to them: whoever compares two ranges finds the same columns. */
const ALWAYS: ReadonlySet<Status> = new Set([
  'succeeded',
  'failed',
  'error',
  'approval-rejected',
  'terminated',
])

/** Narrow columns need a word of one line. */
const SHORT: Partial<Record<Status, string>> = { 'approval-rejected': 'Rejected' }

/** The chart's twin: every number in words, and each a link to the executions that it counts. The newest stands first. */
export function Periods(p: { analytics: Analytics; place: Place }) {
  const { analytics, place } = p
  const { trend, range } = analytics
  const lines = LINES.filter(({ status }) => ALWAYS.has(status) || trend.totals[status] > 0)
  return (
    <section class="pan">
      <header>
        <h2>By {range.period}</h2>
        <a class="gap q2 u" href={csvAddress(place)} download="">
          CSV
        </a>
      </header>
      <div class="scroll">
        <table class="tb tight" data-periods="">
          <caption class="vh">
            Executions per {range.period} by status, and how long those that succeeded ran
          </caption>
          <thead>
            <tr>
              <th scope="col">{range.period === 'day' ? 'Day' : 'Month'}</th>
              <th scope="col" class="n">
                Total
              </th>
              {lines.map(({ status, word }) => (
                <th scope="col" class="n" data-status={status}>
                  {SHORT[status] ?? word}
                </th>
              ))}
              <th scope="col" class="n">
                p50
              </th>
              <th scope="col" class="n">
                p95
              </th>
            </tr>
          </thead>
          <tbody>
            {trend.periods
              .map((_, at) => <PeriodRow analytics={analytics} lines={lines} at={at} />)
              .reverse()}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function PeriodRow(p: { analytics: Analytics; lines: readonly Line[]; at: number }) {
  const { at, lines } = p
  const { trend, workflow, durations } = p.analytics
  const period = trend.periods[at] ?? ''
  const days = daysOf(period)
  const took = durations[at] ?? null
  return (
    <tr>
      <th scope="row" title={periodWords(period, 'long')}>
        {periodWords(period, 'short')}
      </th>
      <td class="n b">
        <Counted n={trend.sums[at] ?? 0} href={countedAddress(workflow, days)} />
      </td>
      {lines.map(({ status }) => (
        <td class="n">
          <Counted n={trend.counts[status][at] ?? 0} href={countedAddress(workflow, days, [status])} />
        </td>
      ))}
      <td class="n nw q2">{took === null ? '' : duration(took.p50Ms)}</td>
      <td class="n nw q2">{took === null ? '' : duration(took.p95Ms)}</td>
    </tr>
  )
}

function Counted(p: { n: number; href: string }) {
  return p.n === 0 ? <span class="q">0</span> : <a href={p.href}>{count(p.n)}</a>
}
