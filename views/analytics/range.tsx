import { DAY_RANGES, MONTHS_MAX, type Range, rangeText } from '../../src/domain/trend.ts'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { analyticsAddress, type Place } from './query.ts'
import { rangeWords } from './words.ts'

/** What is looked at: whose deployments, and how far back. All of it stands in the address. */
export function Controls(p: {
  frame: Frame
  place: Place
  environments: readonly string[]
  /** The one that is told of, chosen or not. */
  environment: string | null
}) {
  return (
    <>
      {p.environment === null ? null : <EnvironmentMenu {...p} environment={p.environment} />}
      <RangeMenu frame={p.frame} place={p.place} />
    </>
  )
}

function EnvironmentMenu(p: {
  frame: Frame
  place: Place
  environments: readonly string[]
  environment: string
}) {
  return (
    <div class="fl">
      <details class="menu" name="filter">
        <summary>
          DORA for <b class="b ink">{p.environment}</b>
          <Icon frame={p.frame} name="ui-down" />
        </summary>
        <nav class="drop" aria-label="DORA for">
          {p.environments.map((environment) => (
            <a
              href={analyticsAddress({ ...p.place, environment })}
              aria-current={environment === p.environment ? 'true' : undefined}
            >
              {environment}
            </a>
          ))}
        </nav>
      </details>
    </div>
  )
}

const MONTHS: readonly Range[] = Array.from({ length: MONTHS_MAX }, (_, index) => ({
  period: 'month',
  count: index + 1,
}))

function RangeMenu(p: { frame: Frame; place: Place }) {
  const { frame, place } = p
  const isHere = (range: Range) => rangeText(range) === rangeText(place.range)
  const link = (range: Range) => (
    <a href={analyticsAddress({ ...place, range })} aria-current={isHere(range) ? 'true' : undefined}>
      {rangeWords(range)}
    </a>
  )
  const inMonths = place.range.period === 'month'
  return (
    <nav class="seg opens" aria-label="Range">
      {DAY_RANGES.map((count) => link({ period: 'day', count }))}
      <details class="menu" name="filter" aria-current={inMonths ? 'true' : undefined}>
        <summary>
          {inMonths ? rangeWords(place.range) : 'Months'}
          <Icon frame={frame} name="ui-down" />
        </summary>
        <div class="drop">{MONTHS.map(link)}</div>
      </details>
    </nav>
  )
}
