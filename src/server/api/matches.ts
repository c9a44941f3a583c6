import type { LogLine } from '../../domain/transcript.ts'
import type { ExecutionRow, StageRow } from '../../store/tables.ts'
import type { Asked, Handlers } from '../api.ts'
import { logOf } from '../baseline.ts'
import type { ServerDeps } from '../context.ts'
import type { Finder } from '../finder.ts'
import { findExecution, findStage } from '../lookup.ts'
import { linesAt, type Search, search, spansIn } from '../matches.ts'
import { lineWire } from '../wire.ts'

type Operations = 'searchStageLog' | 'searchExecutionLog' | 'getStageLogGroups'
type Parts = Pick<ServerDeps, 'store'> & { readonly finder: Finder }

/** Characters of one answer; it ends earlier where lines are long, and says where to go on. */
const JSON_CHARS_MAX = 4 * 1024 * 1024

/** What is found in logs. */
export function matchHandlers({ store }: ServerDeps, finder: Finder): Pick<Handlers, Operations> {
  const parts = { store, finder }
  return {
    searchStageLog: (asked) => stageMatches(parts, asked),
    searchExecutionLog: (asked) => executionMatches(parts, asked),
    getStageLogGroups: async (asked) => {
      const stage = findStage(store, findExecution(store, asked.params.id), asked.params.stage)
      return { groups: [...(await finder.groups(logOf(stage), signalOf(asked)))] }
    },
  }
}

async function stageMatches(parts: Parts, asked: Asked<'searchStageLog'>) {
  const { store } = parts
  const { params, query } = asked
  const row = findExecution(store, params.id)
  const stage = findStage(store, row, params.stage)
  const wanted = searchOf(query)
  const { log, lines, complete, since } = await search(parts, row, stage, wanted, signalOf(asked))
  const { from, before, limit } = query
  const numbers = before === undefined ? lines.from(from, limit) : lines.before(before, limit)
  const found = linesAt(store, log, numbers, JSON_CHARS_MAX)
  const spans = spansIn(wanted)
  const last = found.at(-1)
  const more = last !== undefined && lines.from(last.number + 1, 1).length > 0
  return {
    ...{ stage: stage.id, ordinal: stage.ordinal, total: lines.lines, count: lines.count, complete },
    since: nameOf(parts, since),
    first: found[0] === undefined ? 0 : lines.rank(found[0].number) + 1,
    lines: found.map((line) => ({ ...matchWire(line, spans), ...(query.texts ? {} : { text: null }) })),
    next: more ? nextAddress(asked, String(last.number + 1)) : null,
  }
}

async function executionMatches(parts: Parts, asked: Asked<'searchExecutionLog'>) {
  const { store } = parts
  const { query } = asked
  const row = findExecution(store, asked.params.id)
  const [ordinal = 0, line = 1] = query.from.split(':').map(Number)
  const wanted = searchOf(query)
  const spans = spansIn(wanted)
  const found: (LogLine & { readonly stage: StageRow })[] = []
  const sum = { count: 0, complete: true, since: null as string | null }
  let more = false
  for (const stage of store.stages.list(row.id)) {
    const { log, lines, complete, since } = await search(parts, row, stage, wanted, signalOf(asked))
    sum.count += lines.count
    sum.complete &&= complete
    sum.since = nameOf(parts, since) ?? sum.since
    if (stage.ordinal < ordinal) continue
    const left = query.limit - found.length
    const numbers = lines.from(stage.ordinal === ordinal ? line : 1, left + 1)
    more ||= numbers.length > left
    const read = linesAt(store, log, numbers.slice(0, left), JSON_CHARS_MAX)
    found.push(...read.map((one) => ({ ...one, stage })))
  }
  const last = found.at(-1)
  return {
    ...sum,
    lines: found.map((one) => ({
      ...matchWire(one, spans),
      ...{ stage: one.stage.id, ordinal: one.stage.ordinal },
    })),
    next: more && last !== undefined ? nextAddress(asked, `${last.stage.ordinal}:${last.number + 1}`) : null,
  }
}

function searchOf({ as, q }: { readonly as: Search['as']; readonly q?: string | undefined }): Search {
  return { as, q: q ?? '' }
}

function nameOf({ store }: Parts, row: ExecutionRow | null): string | null {
  return row === null ? null : store.executions.displayId(row.id)
}

function matchWire(line: LogLine, spans: (text: string) => (readonly [number, number])[]) {
  return {
    ...lineWire(line),
    spans: spans(line.text).map(([from, until]): [number, number] => [from, until]),
  }
}

/** Whoever has left waits for no answer. */
function signalOf({ c }: Pick<Asked<'searchStageLog'>, 'c'>): AbortSignal {
  return c.req.raw.signal
}

/** The same question, further on. */
function nextAddress({ c }: Pick<Asked<'searchStageLog'>, 'c'>, from: string): string {
  const { pathname, searchParams } = new URL(c.req.url)
  searchParams.delete('before')
  searchParams.set('from', from)
  return `${pathname}?${searchParams}`
}
