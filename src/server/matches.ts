import { Fault } from '../domain/fault.ts'
import { readable } from '../domain/line.ts'
import { LineSet } from '../domain/lineset.ts'
import type { MatchSpan } from '../domain/matcher.ts'
import type { LogLine } from '../domain/transcript.ts'
import type { LogPlace } from '../search/question.ts'
import type { Store } from '../store/store.ts'
import type { ExecutionRow, StageRow } from '../store/tables.ts'
import { lastGood, logOf } from './baseline.ts'
import { type Finder, matcherOf, type Wanted } from './finder.ts'

/** What somebody looks for in a log, as an address has it. */
export interface Search {
  readonly as: Wanted['as']
  readonly q: string
}

/** What was found in one stage's log. */
export interface Matches {
  readonly log: LogPlace
  readonly lines: LineSet
  readonly complete: boolean
  /** What was compared with, where new lines were asked for; null where there is no success to compare with. */
  readonly since: ExecutionRow | null
}

/** Looks for lines in a stage's log. A Fault where the expression is not understood. */
export async function search(
  { store, finder }: { readonly store: Store; readonly finder: Finder },
  row: ExecutionRow,
  stage: StageRow,
  { as, q }: Search,
  signal: AbortSignal,
): Promise<Matches> {
  const log = logOf(stage)
  if (as !== 'new') {
    const wanted: Wanted = as === 'errors' ? { as } : { as, q: asked(as, q) }
    const { lines, complete } = await finder.find(log, wanted, signal)
    return { log, lines, complete, since: null }
  }
  const earlier = lastGood(store, row, stage)
  if (earlier === null) return { log, lines: new LineSet(0), complete: true, since: null }
  const { lines, complete } = await finder.find(log, { as, since: earlier.log }, signal)
  return { log, lines, complete, since: earlier.execution }
}

function asked(as: 'text' | 'regex', q: string): string {
  if (q !== '') return q
  throw new Fault('invalid', `query.q: say what ${as === 'text' ? 'text' : 'expression'} to look for.`)
}

/** Where the words that are looked for stand in a line; nowhere where lines are wanted for other reasons. */
export function spansIn({ as, q }: Search): (text: string) => MatchSpan[] {
  if (as === 'new' || as === 'errors') return () => []
  const matcher = matcherOf({ as, q })
  return (text) => matcher.spans(readable(text))
}

/** Lines that stand as near to one another are read at once. */
const NEAR_LINES = 2_000

/** The lines of these numbers, in rising order, as many as hold so many characters. */
export function linesAt(
  store: Store,
  { executionId, stage }: LogPlace,
  numbers: readonly number[],
  charsMax: number,
): LogLine[] {
  const wanted = new Set(numbers)
  const lines: LogLine[] = []
  let chars = 0
  for (let i = 0; i < numbers.length && chars < charsMax; ) {
    const from = numbers[i] ?? 0
    let end = i
    while ((numbers[end + 1] ?? Number.POSITIVE_INFINITY) < from + NEAR_LINES) end += 1
    const window = store.logs.window(executionId, stage, from, (numbers[end] ?? from) - from + 1)
    for (const line of window) {
      if (!wanted.has(line.number) || chars >= charsMax) continue
      lines.push(line)
      chars += line.text.length
    }
    i = end + 1
  }
  return lines
}
