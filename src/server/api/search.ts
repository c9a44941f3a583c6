import { API_BASE } from '../../contract/endpoint.ts'
import type { FoundLogWire, HitWire, SearchEndWire, SearchedWire } from '../../contract/search.ts'
import { frame } from '../../contract/sse.ts'
import type { FoundLog, Hit, Question } from '../../search/question.ts'
import type { Total } from '../../store/history.ts'
import type { Asked, Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { filterOf } from '../historyList.ts'
import { readCursor, type Sum } from '../search/cursor.ts'
import type { Searches } from '../search/searches.ts'
import { type SearchWriting, searchSource } from '../search/source.ts'
import type { Streams } from '../streams.ts'
import { createWaiting, type Waiting } from '../waiting.ts'
import { executionWire, time } from '../wire.ts'

/** Whoever waits for one answer gets it by then, and an address to go on at. */
const ANSWER_MS = 2_000
/** A stream shows what it finds meanwhile; longer, and the next one goes on. */
const STREAM_MS = 60_000

/** Search across all logs, as one answer or as it is found. */
export function searchHandlers(
  deps: ServerDeps,
  streams: Streams,
  searches: Searches,
): Pick<Handlers, 'search'> {
  const { store } = deps

  async function page(asked: Asked<'search'>, question: Question) {
    const { c, visitor, query } = asked
    const from = readCursor(query.before ?? null)
    const bounds = { lines: query.limit, ms: ANSWER_MS }
    const hits = await searches.hits(question, from)
    const search = searches.begin(visitor.person.name, question, from, bounds)
    const { found, sum, ended, cursor } = await searches.collect(search, c.req.raw.signal)
    const waiting = createWaiting(deps)
    return {
      hits: hits.map((hit) => hitWire(deps, hit, waiting)),
      items: found.map((log) => foundWire(deps, log, waiting)),
      searched: searchedWire(sum, store.history.total(question.filter)),
      ended,
      next: nextAddress(asked, cursor),
    }
  }

  function stream(asked: Asked<'search'>, question: Question): Response {
    const { c, visitor, query } = asked
    const last = c.req.header('last-event-id') ?? ''
    const from = readCursor(last === '' ? (query.before ?? null) : last)
    const bounds = { lines: query.limit, ms: STREAM_MS }
    const search = searches.begin(visitor.person.name, question, from, bounds)
    const hits = () => searches.hits(question, from)
    const source = searchSource(search, hits, asEvents(deps, asked, question), deps.world)
    return streams.respond(c, source, 'events')
  }

  return {
    search: (asked) => {
      const { q, as, stage, before: _, limit: __, ...given } = asked.query
      const question = { q, as, stage: stage ?? null, filter: filterOf(deps, given) }
      const isStream = (asked.c.req.header('accept') ?? '').includes('text/event-stream')
      return isStream ? stream(asked, question) : page(asked, question)
    },
  }
}

function asEvents(deps: ServerDeps, asked: Asked<'search'>, { filter }: Question): SearchWriting {
  const total = () => deps.store.history.total(filter)
  const message = (event: string, data: object, cursor: string | null) =>
    frame({ event, data: JSON.stringify(data), ...(cursor === null ? {} : { id: cursor }) })
  return {
    hits: (hits) =>
      message('hits', { hits: hits.map((hit) => hitWire(deps, hit, createWaiting(deps))) }, null),
    found: ({ found, cursor }) => {
      const waiting = createWaiting(deps)
      return message('found', { items: found.map((log) => foundWire(deps, log, waiting)) }, cursor)
    },
    progress: ({ sum, cursor }) => message('progress', { searched: searchedWire(sum, total()) }, cursor),
    end: ({ ended, problem, sum, cursor }) => {
      const searched = searchedWire(sum, total())
      const data: SearchEndWire = { ended, problem, searched, next: nextAddress(asked, cursor) }
      return message('end', data, cursor)
    },
  }
}

function hitWire(deps: ServerDeps, { kind, executions, more }: Hit, waiting: Waiting): HitWire {
  return { kind, executions: executions.map((row) => executionWire(deps, row, waiting)), more }
}

function foundWire(deps: ServerDeps, log: FoundLog, waiting: Waiting): FoundLogWire {
  const { execution, stage, ordinal, lines, more } = log
  return {
    execution: executionWire(deps, execution, waiting),
    ...{ stage, ordinal, more },
    lines: lines.map(({ at, spans, ...line }) => ({
      ...line,
      at: time(at),
      spans: spans.map(([from, until]): [number, number] => [from, until]),
    })),
  }
}

function searchedWire(sum: Sum, of: Total): SearchedWire {
  return { ...sum, of: { ...of } }
}

/** The same question, further on. */
function nextAddress({ c }: Asked<'search'>, cursor: string | null): string | null {
  if (cursor === null) return null
  const query = new URL(c.req.url).searchParams
  query.set('before', cursor)
  return `${API_BASE}/search?${query}`
}
