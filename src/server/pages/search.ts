import { foundLog } from '../../../views/search/found.ts'
import {
  type Outcome,
  type SearchQuery,
  type FoundLog as Shown,
  type Hit as ShownHit,
  searchAddress,
} from '../../../views/search/model.ts'
import { restOf, searchPage } from '../../../views/search/page.tsx'
import { outcomeWords } from '../../../views/search/words.ts'
import { frame as message } from '../../contract/sse.ts'
import { FAULTS, Fault } from '../../domain/fault.ts'
import type { FoundLog, Question } from '../../search/question.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { BEGINNING, readCursor, type Spot, type Sum } from '../search/cursor.ts'
import { isPartOf, type Searches } from '../search/searches.ts'
import { type End, type SearchWriting, searchSource } from '../search/source.ts'
import type { Streams } from '../streams.ts'
import { isUntidy, readFilter } from './filter.ts'
import { historyLine } from './lines.ts'
import type { Visit } from './visit.ts'

/** Lines of one page; a link shows further ones. */
const PAGE_LINES = 200
/** A page comes with what is found at once; where scripts run, the rest follows by itself. */
const FIRST_MS = 150
/** Who follows the link to go on has no script, and rather waits than clicks. */
const ON_MS = 2_000
/** Of a page's stream; after it a link goes on. */
const STREAM_MS = 60_000
/** As much as the API takes. */
const TEXT_CHARS_MAX = 200

/** Search across all logs, and what follows on its page. */
export function searchPages(deps: ServerDeps, streams: Streams, searches: Searches) {
  const { store, world } = deps
  return {
    show: async (visit: Visit) => {
      const { c, frame } = visit
      const query = readQuery(deps, c)
      if (isUntidy(c)) return c.redirect(searchAddress(query), 302)
      const choices = {
        workflows: store.workflows.list().map(({ slug }) => slug),
        environments: store.environments.list().map(({ slug }) => slug),
      }
      if (query.q === '')
        return c.html(searchPage(frame, { query, choices, hits: [], found: [], outcome: null }))
      const { status, ...answer } = await answerOf(deps, searches, visit, query)
      return c.html(searchPage(frame, { query, choices, ...answer }), status)
    },

    stream: (visit: Visit) => {
      const { c, visitor } = visit
      const query = readQuery(deps, c)
      const last = c.req.header('last-event-id') ?? ''
      const from = readCursor(last === '' ? (c.req.query('before') ?? null) : last)
      const bounds = { lines: leftAfter(from.sum), ms: STREAM_MS }
      const search = searches.begin(visitor.person.name, questionOf(query), from, bounds)
      const source = searchSource(search, async () => [], asMarkup(deps, visit, query, from), world)
      return streams.respond(c, source, 'events')
    },
  }
}

/** What is found at once, or why nothing can be looked for. */
async function answerOf(
  deps: ServerDeps,
  searches: Searches,
  { c, visitor }: Visit,
  query: SearchQuery,
): Promise<{ hits: ShownHit[]; found: Shown[]; outcome: Outcome; status: 200 | 422 | 429 }> {
  const { store } = deps
  const total = store.history.total(query.filter)
  try {
    const question = questionOf(query)
    const from = readCursor(c.req.query('before') ?? null)
    const bounds = { lines: leftAfter(from.sum), ms: from.place === null ? FIRST_MS : ON_MS }
    const hits = await searches.hits(question, from)
    const search = searches.begin(visitor.person.name, question, from, bounds)
    const step = await searches.collect(search, c.req.raw.signal)
    return {
      hits: hits.map(({ executions, ...hit }) => ({
        ...hit,
        executions: executions.map((row) => historyLine(deps, row)),
      })),
      found: step.found.map((log) => shownLog(deps, log)),
      outcome: { ...step, problem: null, progress: { ...step.sum, of: total } },
      status: 200,
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { status } = FAULTS[error.kind]
    if (status !== 422 && status !== 429) throw error
    const end: End = { ended: 'problem', problem: error.message, sum: BEGINNING.sum, cursor: null }
    return { hits: [], found: [], outcome: { ...end, progress: { ...end.sum, of: total } }, status }
  }
}

/** The same pieces of the page as the page itself comes with, each as the data of a message. */
function asMarkup(deps: ServerDeps, { frame }: Visit, query: SearchQuery, from: Spot): SearchWriting {
  const { place } = from
  let above =
    place === null || place.shown === 0 ? null : { execution: { id: place.execution }, ordinal: place.stage }
  const outcomeAt = (end: Omit<End, 'ended'> & Pick<Outcome, 'ended'>): Outcome => {
    return { ...end, progress: { ...end.sum, of: deps.store.history.total(query.filter) } }
  }
  return {
    hits: () => '',
    found: ({ found, cursor }) => {
      const parts = found.map((log) => {
        const part = above !== null && isPartOf(above, log) ? 'goes on' : 'with its head'
        above = log
        return foundLog(frame, query, shownLog(deps, log), part)
      })
      return event('found', parts.join(''), cursor)
    },
    progress: ({ sum, cursor }) =>
      event('progress', outcomeWords(outcomeAt({ ended: null, problem: null, sum, cursor })), cursor),
    end: (end) => {
      const outcome = outcomeAt(end)
      return event('end', [outcomeWords(outcome), restOf(frame, query, outcome)], end.cursor)
    },
  }
}

function event(name: string, data: string | readonly string[], cursor: string | null): string {
  return message({ event: name, data: JSON.stringify(data), ...(cursor === null ? {} : { id: cursor }) })
}

function shownLog(deps: ServerDeps, { execution, stage, lines, more }: FoundLog): Shown {
  return { execution: historyLine(deps, execution), stage, lines, more }
}

/** Lines that the page still has room for. */
function leftAfter({ lines }: Sum): number {
  return PAGE_LINES - (lines % PAGE_LINES)
}

function readQuery(deps: ServerDeps, c: Ctx): SearchQuery {
  return {
    q: (c.req.query('q') ?? '').slice(0, TEXT_CHARS_MAX),
    as: c.req.query('regex') === undefined ? 'text' : 'regex',
    filter: { ...readFilter(deps, c), q: null },
    stage: c.req.query('stage')?.trim() || null,
  }
}

function questionOf({ q, as, filter, stage }: SearchQuery): Question {
  return { q, as, filter, stage }
}
