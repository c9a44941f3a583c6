import type { Analytics } from '../../src/domain/analytics.ts'
import { count, percent } from '../words.ts'
import { LINES, type Line } from './lines.ts'
import { countedAddress } from './query.ts'

/** A line for each status, drawn by the script out of the table below; and the legend, which is there without it. */
export function Chart(p: { analytics: Analytics }) {
  const { range, timezone } = p.analytics
  return (
    <section class="pan">
      <header>
        <h2>Executions per {range.period}</h2>
        <span class="gap q no-s scripted">Select a point to list its executions · {timezone}</span>
      </header>
      <div class="chart">
        {/* Everything in it stands in the table, too, with a link for each point. */}
        <div class="plot" data-plot="" aria-hidden="true">
          <p>Succeeded</p>
          <div data-pane="succeeded" />
          <p>The other ten</p>
          <div data-pane="others" />
          <div class="tip" data-tip="" hidden />
        </div>
        <Legend analytics={p.analytics} />
      </div>
    </section>
  )
}

function Legend(p: { analytics: Analytics }) {
  const { workflow, days, trend } = p.analytics
  return (
    <table class="tb legend">
      <caption class="vh">Total per status</caption>
      <tbody>
        {LINES.map((line) => {
          const total = trend.totals[line.status]
          return (
            <tr>
              <th scope="row">
                <span class="row">
                  <button
                    type="button"
                    class="swatch"
                    data-line={line.status}
                    aria-pressed="true"
                    aria-label={`Line of ${line.word}`}
                    disabled={total === 0}
                  >
                    <Swatch line={line} />
                  </button>
                  <a href={countedAddress(workflow, days, [line.status])}>{line.word}</a>
                </span>
              </th>
              <td class={total === 0 ? 'n q' : 'n'}>{count(total)}</td>
              <td class="n q">{percent(total / trend.total)}</td>
            </tr>
          )
        })}
        <tr>
          <th scope="row" class="b">
            <a href={countedAddress(workflow, days)}>Total</a>
          </th>
          <td class="n b">{count(trend.total)}</td>
          <td />
        </tr>
      </tbody>
    </table>
  )
}

function Swatch(p: { line: Line }) {
  const { hue, dash, marker, drawn } = p.line
  return (
    <svg width="36" height="12" viewBox="-18 -6 36 12" aria-hidden="true">
      <path
        class={`no s-${hue}`}
        stroke-width="1.5"
        stroke-dasharray={dash.length === 0 ? undefined : dash.join(' ')}
        d="M-18 0h36"
      />
      <path class={drawn === 'filled' ? `f-${hue}` : `no s-${hue}`} stroke-width="1.5" d={marker} />
    </svg>
  )
}
