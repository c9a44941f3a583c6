import type { HistoryFilter } from '../../src/domain/filter.ts'
import { type FilterKey, queryOf } from '../history/query.ts'
import type { ExecutionLine, Total } from '../model.ts'

/** What somebody looks for, as the address has it. */
export interface SearchQuery {
  readonly q: string
  readonly as: 'text' | 'regex'
  readonly filter: HistoryFilter
  readonly stage: string | null
}

/** A line that matches, or one beside it. */
export interface FoundLine {
  readonly number: number
  readonly kind: 'line' | 'gap' | 'mark'
  readonly text: string
  readonly matches: boolean
  readonly spans: readonly (readonly [from: number, until: number])[]
}

/** What was found in one stage's log. */
export interface FoundLog {
  readonly execution: ExecutionLine
  readonly stage: string
  readonly lines: readonly FoundLine[]
  /** The next line that matches; null where no more were found. */
  readonly more: number | null
}

export interface Hit {
  readonly kind: 'id' | 'commit' | 'title' | 'branch' | 'person'
  readonly executions: readonly ExecutionLine[]
  readonly more: boolean
}

/** How far a search has come. */
export interface Progress {
  readonly executions: number
  readonly logs: number
  readonly bytes: number
  /** Lines that match. */
  readonly lines: number
  /** Executions there are to search. */
  readonly of: Total
}

/** How a search stands. */
export interface Outcome {
  /** Null while it goes on. */
  readonly ended: 'all' | 'lines' | 'time' | 'problem' | null
  readonly problem: string | null
  readonly progress: Progress
  /** Where it goes on; null where nothing is left. */
  readonly cursor: string | null
}

/** The query of the search's address, without the filters that are named. */
export function searchParams(
  { q, as, filter, stage }: SearchQuery,
  except: readonly (FilterKey | 'stage')[] = [],
): URLSearchParams {
  const params = new URLSearchParams()
  if (q !== '') params.set('q', q)
  if (as === 'regex') params.set('regex', 'on')
  if (stage !== null && !except.includes('stage')) params.set('stage', stage)
  const filters = except.filter((one) => one !== 'stage')
  for (const [name, value] of queryOf(filter, [...filters, 'q'])) params.set(name, value)
  return params
}

/** The address of the search, further on where a cursor is given. */
export function searchAddress(query: SearchQuery, cursor: string | null = null): string {
  const params = searchParams(query)
  if (cursor !== null) params.set('before', cursor)
  return params.size === 0 ? '/search' : `/search?${params}`
}
