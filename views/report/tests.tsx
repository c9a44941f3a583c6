import { TEST_OUTCOMES, type TestOutcome } from '../../src/domain/finding.ts'
import type { TestTotals } from '../../src/domain/report.ts'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { count, duration } from '../words.ts'
import type { ReportProps, TestLine } from './model.ts'
import { OUTCOME_WORDS } from './words.ts'

/** How many tests ended how. */
export function TestKpis({ totals, base }: { totals: TestTotals; base: string | null }) {
  const since = base === null ? 'nothing before' : `since ${base.slice(base.lastIndexOf('-') + 1)}`
  return (
    <dl class="pan kpis six">
      {TEST_OUTCOMES.map((outcome) => (
        <div>
          <dt>{OUTCOME_WORDS[outcome]}</dt>
          <dd>{count(totals[outcome])}</dd>
        </div>
      ))}
      <div>
        <dt>Newly failing</dt>
        <dd>
          {count(totals.fresh)}
          <small>{since}</small>
        </dd>
      </div>
      <div>
        <dt>Mended</dt>
        <dd>
          {count(totals.fixed)}
          <small>{since}</small>
        </dd>
      </div>
    </dl>
  )
}

export function OutcomeFilter(props: {
  p: ReportProps
  totals: TestTotals
  addressOf: (outcomes: readonly TestOutcome[]) => string
}) {
  const { totals } = props
  const { outcomes } = props.p.filter
  const all = TEST_OUTCOMES.reduce((sum, outcome) => sum + totals[outcome], 0)
  return (
    <nav class="seg" aria-label="Outcome">
      <a href={props.addressOf([])} aria-current={outcomes.length === 0 ? 'true' : undefined}>
        All {count(all)}
      </a>
      {TEST_OUTCOMES.filter((outcome) => totals[outcome] > 0).map((outcome) => (
        <a href={props.addressOf([outcome])} aria-current={outcomes.includes(outcome) ? 'true' : undefined}>
          {OUTCOME_WORDS[outcome]} {count(totals[outcome])}
        </a>
      ))}
    </nav>
  )
}

const ICONS = {
  failed: ['st-failed', 'bad'],
  error: ['st-error', 'fault'],
  skipped: ['st-skipped', 'still'],
  passed: ['st-succeeded', 'ok'],
} as const

/** Tests, those that failed first. */
export function TestTable(props: { frame: Frame; p: ReportProps; lines: readonly TestLine[] }) {
  if (props.lines.length === 0)
    return (
      <div class="pan empty">
        <h2>{props.p.filter.q === null ? 'No tests were run' : 'No test is like that'}</h2>
      </div>
    )
  return (
    <div class="pan">
      <table class="tb fix cards">
        <caption class="vh">Tests, those that failed first</caption>
        <colgroup>
          <col width="112" />
          <col />
          <col />
          <col width="96" />
          <col width="110" />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col">Test</th>
            <th scope="col">Suite</th>
            <th scope="col" class="n">
              Duration
            </th>
            <th scope="col">Standing</th>
          </tr>
        </thead>
        <tbody>
          {props.lines.map((test) => (
            <tr>
              <td class="c-st">
                <Outcome frame={props.frame} outcome={test.outcome} />
              </td>
              <th scope="row" class="c-id cut" title={test.name}>
                {test.message === null ? test.name : <Told test={test} />}
              </th>
              <td class="c-ti cut q2" title={test.suite}>
                {test.suite}
              </td>
              <td class="n nw no-s">{test.durationMs === null ? '–' : duration(test.durationMs)}</td>
              <td class="c-at nw">
                <Standing test={test} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A test whose failure has words; they open below its name. */
function Told({ test }: { test: TestLine }) {
  return (
    <details class="told">
      <summary class="u">{test.name}</summary>
      <pre class="m">{test.message}</pre>
    </details>
  )
}

function Outcome({ frame, outcome }: { frame: Frame; outcome: TestOutcome }) {
  const [icon, hue] = ICONS[outcome]
  return (
    <span class={`st ${hue}`}>
      <Icon frame={frame} name={icon} class={hue} />
      <span>{OUTCOME_WORDS[outcome]}</span>
    </span>
  )
}

function Standing({ test }: { test: TestLine }) {
  if (test.standing === 'new') return <span class="tagn">new</span>
  if (test.standing === 'fixed') return <span class="q2">mended</span>
  if (test.retried) return <span class="q2">tried again</span>
  return <span class="q2">{test.standing === 'known' ? 'still failing' : ''}</span>
}

/** Tests that fail now and then. */
export function Flaky({
  unsteady,
}: {
  unsteady: readonly { readonly suite: string; readonly name: string }[]
}) {
  return (
    <section class="pan" aria-labelledby="flaky">
      <header>
        <h2 id="flaky">Flaky</h2>
      </header>
      {unsteady.length === 0 ? (
        <p class="inset q2 same">No test both fails and passes in the last runs of this branch.</p>
      ) : (
        <ul class="reps inset">
          {unsteady.map(({ suite, name }) => (
            <li>
              <span class="cut" title={name}>
                {name}
              </span>
              <span class="q2 n cut">{suite}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

export function Slowest({ slowest }: { slowest: readonly TestLine[] }) {
  return (
    <section class="pan" aria-labelledby="slowest">
      <header>
        <h2 id="slowest">Slowest</h2>
      </header>
      {slowest.length === 0 ? (
        <p class="inset q2 same">The report does not say how long its tests took.</p>
      ) : (
        <ul class="reps inset">
          {slowest.map(({ name, durationMs }) => (
            <li>
              <span class="cut" title={name}>
                {name}
              </span>
              <span class="q2 n">{duration(durationMs ?? 0)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
