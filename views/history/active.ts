import { countOf, type HistoryFilter, type LastDays } from '../../src/domain/filter.ts'
import { STATUS_WORDS } from '../../src/domain/status.ts'
import { TRIGGER_WORDS } from '../words.ts'
import type { FilterKey } from './query.ts'

/** One filter of a list, as a reader knows it. */
interface Known {
  readonly word: string
  /** What it is called in an address. */
  readonly keys: readonly FilterKey[]
  /** What it says; null while it is off. */
  readonly value: (filter: HistoryFilter) => string | null
}

/** Every filter there is, in the order of the page. */
export const FILTERS = {
  q: { word: 'Search', keys: ['q'], value: ({ q }) => q },
  status: { word: 'Status', keys: ['status'], value: statusWords },
  workflow: { word: 'Workflow', keys: ['workflow'], value: ({ workflow }) => workflow },
  branch: { word: 'Branch', keys: ['branch'], value: ({ branch }) => branch },
  trigger: {
    word: 'Trigger',
    keys: ['trigger'],
    value: ({ trigger }) => (trigger === null ? null : TRIGGER_WORDS[trigger]),
  },
  by: { word: 'User', keys: ['by'], value: ({ by }) => by },
  environment: { word: 'Environment', keys: ['environment'], value: ({ environment }) => environment },
  range: { word: 'Range', keys: ['range', 'from', 'to'], value: rangeWords },
} as const satisfies Readonly<Record<string, Known>>

export type FilterName = keyof typeof FILTERS

/** Those that are on, with what they say. */
export function active(filter: HistoryFilter) {
  return Object.values(FILTERS).flatMap(({ word, keys, value }) => {
    const said = value(filter)
    return said === null ? [] : [{ word, keys, value: said }]
  })
}

export function lastDaysWords(range: LastDays): string {
  return `last ${countOf(range)} days`
}

function statusWords({ statuses }: HistoryFilter): string | null {
  if (statuses.length === 0) return null
  if (statuses.length > 2) return `${statuses.length} statuses`
  return statuses.map((status) => STATUS_WORDS[status]).join(', ')
}

function rangeWords({ range, from, to }: HistoryFilter): string | null {
  if (range !== null) return lastDaysWords(range)
  if (from === null && to === null) return null
  if (from === null) return `until ${to}`
  return to === null ? `since ${from}` : `${from} to ${to}`
}
