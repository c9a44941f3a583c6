import type { Analytics, FailingStage, StageTime } from '../../src/domain/analytics.ts'
import { count, counted, duration } from '../words.ts'
import { theRange } from './words.ts'

/** The slowest stages, beside how long they took before. */
export function StageTimes(p: { analytics: Analytics }) {
  const { stageTimes, range } = p.analytics
  const { executions, of, stages } = stageTimes
  return (
    <section class="pan">
      <header>
        <h2>Where the time goes</h2>
        <span class="gap q">against {theRange(range)} before</span>
      </header>
      {stages.length === 0 ? <p class="inset none q2">No stage succeeded in this range.</p> : null}
      {stages.length === 0 ? null : (
        <table class="tb">
          <caption class="vh">Stages by how long they take where they succeed, the slowest first</caption>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col" class="n">
                p50
              </th>
              <th scope="col" class="n">
                p95
              </th>
              <th scope="col" class="n">
                Change
              </th>
              <th scope="col" class="n no-s">
                Failed
              </th>
            </tr>
          </thead>
          <tbody>
            {stages.map((one) => (
              <tr>
                <th scope="row" class="stage">
                  {one.stage}
                </th>
                <td class="n nw">{duration(one.now.p50Ms)}</td>
                <td class="n nw">{duration(one.now.p95Ms)}</td>
                <Change of={one} />
                <td class="n no-s">{one.failed === 0 ? <span class="q">0</span> : count(one.failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {executions === of ? null : (
        <p class="foot-note q">
          p50 and p95 are those of {counted(executions, 'execution')}, evenly spread over the {count(of)} of
          this range; failures are counted in all of them.
        </p>
      )}
    </section>
  )
}

/** A median that moved by a tenth and by a second at least is worth a look. */
const NOTABLE = 0.1
const SECOND_MS = 1_000

function Change(p: { of: StageTime }) {
  const { now, before } = p.of
  if (before === null) return <td class="n q2">new</td>
  const by = now.p50Ms - before.p50Ms
  const size = Math.abs(by)
  const words = size < SECOND_MS ? '0 s' : `${by > 0 ? '+' : '−'} ${duration(size)}`
  const slower = by >= SECOND_MS && by >= NOTABLE * before.p50Ms
  return <td class={slower ? 'n nw b' : 'n nw q2'}>{slower ? `slower · ${words}` : words}</td>
}

/** What fails, and what fails without a fault of the commit. */
export function Failing(p: { analytics: Analytics }) {
  const { failing, workflow } = p.analytics
  return (
    <section class="pan">
      <header>
        <h2>Fails most</h2>
        <span class="gap q no-s">flaky: passed on the same commit after all</span>
      </header>
      {failing.length === 0 ? <p class="inset none q2">No stage failed in this range.</p> : null}
      {failing.length === 0 ? null : (
        <table class="tb">
          <caption class="vh">Stages that failed or were flaky, the most often first</caption>
          <thead>
            <tr>
              {workflow === null ? <th scope="col">Pipeline</th> : null}
              <th scope="col">Stage</th>
              <th scope="col" class="n">
                Failed
              </th>
              <th scope="col" class="n">
                Flaky
              </th>
            </tr>
          </thead>
          <tbody>
            {failing.map((one) => (
              <FailingRow analytics={p.analytics} one={one} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function FailingRow(p: { analytics: Analytics; one: FailingStage }) {
  const { workflow, stage, failed, flaky } = p.one
  return (
    <tr>
      {p.analytics.workflow === null ? (
        <td>
          <a href={`/pipelines/${workflow}?tab=analytics`}>{workflow}</a>
        </td>
      ) : null}
      <th scope="row" class="stage">
        {stage}
      </th>
      <td class="n">{failed === 0 ? <span class="q">0</span> : count(failed)}</td>
      <td class="n">{flaky === 0 ? <span class="q">0</span> : count(flaky)}</td>
    </tr>
  )
}
