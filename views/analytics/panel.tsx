import type { Analytics } from '../../src/domain/analytics.ts'
import { Chart } from './chart.tsx'
import { Figures } from './figures.tsx'
import { Periods } from './periods.tsx'
import { analyticsAddress, type Place } from './query.ts'
import { Failing, StageTimes } from './stages.tsx'
import { rangeWords } from './words.ts'

/** Figures, chart, and the tables: the same across pipelines and in a pipeline's tab. */
export function Panel(p: { analytics: Analytics; place: Place }) {
  const { analytics, place } = p
  if (analytics.trend.total === 0) return <Nothing place={place} />
  return (
    <>
      <Figures analytics={analytics} />
      <Chart analytics={analytics} />
      <div class="duo">
        <Periods analytics={analytics} place={place} />
        <div class="stack">
          <StageTimes analytics={analytics} />
          <Failing analytics={analytics} />
          <Method analytics={analytics} />
        </div>
      </div>
    </>
  )
}

function Nothing(p: { place: Place }) {
  const { place } = p
  return (
    <div class="pan empty">
      <h2>No execution in the last {rangeWords(place.range)}</h2>
      <p class="q2">Nothing was triggered, so there is nothing to count.</p>
      <a class="btn" href={analyticsAddress({ ...place, range: { period: 'month', count: 12 } })}>
        Look back 12 months
      </a>
      {place.workflow === null ? null : <code class="cmd">periplus run {place.workflow} --wait</code>}
    </div>
  )
}

/** Whoever acts on a number may know what it counts. */
function Method(p: { analytics: Analytics }) {
  const rows: readonly (readonly [string, string])[] = [
    [
      'Days',
      `Everything counts on the day its execution was triggered, in ${p.analytics.timezone}, under its present status.`,
    ],
    ['Success rate', 'Succeeded ÷ (Succeeded + Failed + Error).'],
    ['Duration', 'How long the segments of executions that succeeded ran, without queue and gates.'],
    ['In queue', 'From a segment’s turn being asked for to its start.'],
    ['Gate wait', 'From an open gate to the decision; expired and terminated ones are left out.'],
    [
      'Lead time',
      'From the trigger to the end of the deployment. When the commit was written is not known here.',
    ],
    ['Failed changes', 'Deployments, verify included, that began and ended as Failed or Error.'],
    ['Time to restore', 'From the first failed deployment of a pipeline to its next that succeeded.'],
    ['Flaky', 'A stage failed, and a later attempt or execution of the same commit passed it.'],
    ['Precision', 'Counts are exact. p50 and p95 may be off by a few hundredths, by an eighth at worst.'],
  ]
  return (
    <section class="pan">
      <header>
        <h2>How these are counted</h2>
      </header>
      <dl class="facts method">
        {rows.map(([word, meaning]) => (
          <>
            <dt>{word}</dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
    </section>
  )
}
