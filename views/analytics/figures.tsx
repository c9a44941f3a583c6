import type { Analytics, Delivery } from '../../src/domain/analytics.ts'
import type { Spread } from '../../src/domain/measure.ts'
import { count, counted, duration, percent } from '../words.ts'
import { rangeWords } from './words.ts'

interface Figure {
  readonly word: string
  readonly value: string
  readonly hint: string
}

/** Eight numbers, before everything else on a wide screen. */
export function Figures(p: { analytics: Analytics }) {
  return (
    <dl class="pan kpis">
      {figuresOf(p.analytics).map(({ word, value, hint }) => (
        <div>
          <dt>{word}</dt>
          <dd>{value}</dd>
          <dd>
            <small>{hint}</small>
          </dd>
        </div>
      ))}
    </dl>
  )
}

function figuresOf(p: Analytics): readonly Figure[] {
  return [
    {
      word: 'Success rate',
      value: p.trend.successRate === null ? '–' : percent(p.trend.successRate),
      hint: change(p.trend.successRate, p.successRateBefore),
    },
    { word: 'Duration, median', ...median(p.duration, p95) },
    { word: 'In queue, median', ...median(p.queue, p95) },
    {
      word: 'Gate wait, median',
      ...median(p.gate, (gate) => `p95 ${duration(gate.p95Ms)} · ${gates(gate)}`),
    },
    ...dora(p),
  ]
}

function p95({ p95Ms }: Spread): string {
  return `p95 ${duration(p95Ms)}`
}

function gates(gate: Spread): string {
  return counted(gate.count, 'gate')
}

function median(spread: Spread | null, hint: (spread: Spread) => string) {
  return spread === null
    ? { value: '–', hint: 'none in this range' }
    : { value: duration(spread.p50Ms), hint: hint(spread) }
}

/** “1.2 points up”, against as many periods before these. */
function change(now: number | null, before: number | null): string {
  if (now === null) return 'none has ended'
  if (before === null) return 'none before'
  const points = Math.round((now - before) * 1000) / 10
  if (points === 0) return 'as before'
  const size = Math.abs(points).toFixed(1)
  return `${size} ${size === '1.0' ? 'point' : 'points'} ${points > 0 ? 'up' : 'down'}`
}

function dora({ delivery, range }: Analytics): readonly Figure[] {
  if (delivery === null)
    return ['Deployments', 'Lead time', 'Failed changes', 'Time to restore'].map((word) => ({
      word,
      value: '–',
      hint: 'DORA · nothing is deployed',
    }))
  const { lead, failed, failureRate, restoration } = delivery
  const deployments = lead?.count ?? 0
  return [
    {
      word: 'Deployments',
      value: deployments === 0 ? '–' : frequency(delivery),
      hint: `DORA · ${count(deployments)} in ${rangeWords(range)}`,
    },
    { word: 'Lead time', ...median(lead, () => 'DORA · median') },
    {
      word: 'Failed changes',
      value: failureRate === null ? '–' : percent(failureRate),
      hint: `DORA · ${count(failed)} of ${count(deployments + failed)}`,
    },
    { word: 'Time to restore', ...median(restoration, () => 'DORA · median') },
  ]
}

const A_WEEK = 7
const A_MONTH = 30

/** In the largest unit that a person counts on: “1.4 a day”, “2.1 a week”. */
function frequency({ perDay }: Delivery): string {
  if (perDay >= 1) return `${perDay.toFixed(1)} a day`
  if (perDay * A_WEEK >= 1) return `${(perDay * A_WEEK).toFixed(1)} a week`
  return `${(perDay * A_MONTH).toFixed(1)} a month`
}
