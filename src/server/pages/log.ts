import {
  type LogFound,
  type LogFresh,
  type LogQuery,
  type LogWindow,
  PLAIN_QUERY,
  readView,
} from '../../../views/log/model.ts'
import { logPage } from '../../../views/log/page.tsx'
import { WINDOW_LINES } from '../../../views/log/panel.tsx'
import { Fault } from '../../domain/fault.ts'
import type { LineSet } from '../../domain/lineset.ts'
import { isFinal } from '../../domain/status.ts'
import type { ExecutionRow, StageRow } from '../../store/tables.ts'
import { lastGood, logOf } from '../baseline.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import type { Finder } from '../finder.ts'
import { findStage } from '../lookup.ts'
import { linesAt, search, spansIn } from '../matches.ts'
import { executionLine, stageLine } from './lines.ts'
import { type Visit, wanted } from './visit.ts'

export type LogDeps = ServerDeps & { readonly finder: Finder }

/** One stage's log on a page of its own. */
export function logPages(deps: LogDeps) {
  return {
    stage: async (visit: Visit) => {
      const { c, frame } = visit
      const row = wanted(deps, c)
      const stage = findStage(deps.store, row, c.req.param('stage') ?? '')
      const path = `/executions/${deps.store.executions.displayId(row.id)}/stages/${stage.id}`
      return c.html(
        logPage(frame, {
          execution: executionLine(deps, row),
          stage: stageLine(deps, stage),
          log: await logWindow(deps, visit, row, stage, { path, stage: null }, 'with its lines'),
          since: deps.store.events.last(),
        }),
      )
    },
  }
}

/** Together with the log it is compared with; longer ones are gone through only when somebody asks. */
const AT_ONCE_LINES_MAX = 100_000
/** Runs of new lines that a page marks. */
const RUNS_MAX = 200
/** Characters of a list of matches. */
const CHARS_MAX = 128 * 1024

/** The window of a stage's log that an address asks for, with what is found in it. */
export async function logWindow(
  deps: LogDeps,
  { c }: Visit,
  row: ExecutionRow,
  stage: StageRow,
  page: LogWindow['page'],
  lines: 'with its lines' | 'without lines',
): Promise<LogWindow> {
  const { store, finder } = deps
  const log = logOf(stage)
  const { lines: total, sealedAt } = store.logs.info(log.executionId, log.stage)
  const query = readQuery(c)
  const signal = c.req.raw.signal
  const bare = lines === 'without lines'
  const looked = bare ? null : await lookFor(deps, row, stage, query, askedLine(c), signal)
  const ran = store.stages.one(log.executionId, log.stage)
  const short = total <= AT_ONCE_LINES_MAX
  const failed = stage.status === 'failed' || stage.status === 'error'
  return {
    execution: store.executions.displayId(log.executionId),
    stage: stage.id,
    lines: bare
      ? []
      : (looked?.listed ??
        store.logs.window(log.executionId, log.stage, firstLine(c, total, looked), WINDOW_LINES)),
    total,
    sealed: sealedAt !== null || isFinal(row.status),
    startedAt: ran?.startedAt ?? null,
    page,
    query,
    found: looked?.found ?? null,
    groups: short && !bare ? await finder.groups(log, signal) : null,
    fresh: failed ? await freshLines(deps, row, stage, total, signal) : null,
    firstError:
      failed && short
        ? ((await finder.find(log, { as: 'errors' }, signal)).lines.from(1, 1)[0] ?? null)
        : null,
  }
}

/** The log of an execution that has no stage yet. */
export function emptyLog(execution: string, page: LogWindow['page']): LogWindow {
  return {
    ...{ execution, stage: 'validation', lines: [], total: 0, sealed: false, startedAt: null, page },
    ...{ query: PLAIN_QUERY, found: null, groups: [], fresh: null, firstError: null },
  }
}

interface Looked {
  readonly found: LogFound
  /** The lines themselves, where only those are shown. */
  readonly listed: LogWindow['lines'] | null
}

async function lookFor(
  deps: LogDeps,
  row: ExecutionRow,
  stage: StageRow,
  query: LogQuery,
  at: { readonly line: number | null; readonly from: number | null },
  signal: AbortSignal,
): Promise<Looked | null> {
  if (query.find === null) return null
  const asked = { as: query.find, q: query.q }
  try {
    const matches = await search(deps, row, stage, asked, signal)
    const since = matches.since === null ? null : deps.store.executions.displayId(matches.since.id)
    const common = { count: matches.lines.count, since, problem: null, spansIn: spansIn(asked) }
    return query.lines === 'only'
      ? list(deps, matches, common, at.from ?? at.line ?? 1)
      : { found: { ...common, ...stepsFrom(matches.lines, at.line ?? 1) }, listed: null }
  } catch (error) {
    if (!(error instanceof Fault) || (error.kind !== 'invalid' && error.kind !== 'limited')) throw error
    return { found: { ...NOTHING, problem: error.message }, listed: null }
  }
}

const NOTHING: LogFound = {
  ...{ count: 0, index: 0, line: null, previous: null, next: null, since: null, problem: null },
  spansIn: () => [],
}

/** The match at a line or the first after it, and those beside it; behind the last comes the first. */
function stepsFrom(lines: LineSet, at: number): Pick<LogFound, 'index' | 'line' | 'previous' | 'next'> {
  const line = lines.from(at, 1)[0] ?? lines.from(1, 1)[0] ?? null
  if (line === null) return { index: 0, line, previous: null, next: null }
  return {
    index: lines.rank(line) + 1,
    line,
    previous: lines.before(line, 1)[0] ?? lines.before(lines.lines + 1, 1)[0] ?? null,
    next: lines.from(line + 1, 1)[0] ?? lines.from(1, 1)[0] ?? null,
  }
}

/** Matches from a line on, and where the windows beside them begin. */
function list(
  { store }: LogDeps,
  { log, lines }: Awaited<ReturnType<typeof search>>,
  common: Pick<LogFound, 'count' | 'since' | 'problem' | 'spansIn'>,
  from: number,
): Looked {
  const listed = linesAt(store, log, lines.from(from, WINDOW_LINES), CHARS_MAX)
  const [first, last] = [listed[0]?.number, listed.at(-1)?.number]
  return {
    found: {
      ...common,
      index: first === undefined ? 0 : lines.rank(first) + 1,
      line: null,
      previous: first === undefined ? null : (lines.before(first, WINDOW_LINES)[0] ?? null),
      next: last === undefined ? null : (lines.from(last + 1, 1)[0] ?? null),
    },
    listed,
  }
}

async function freshLines(
  deps: LogDeps,
  row: ExecutionRow,
  stage: StageRow,
  total: number,
  signal: AbortSignal,
): Promise<LogFresh | null> {
  const earlier = lastGood(deps.store, row, stage)
  if (earlier === null || total === 0) return null
  const since = deps.store.executions.displayId(earlier.execution.id)
  const { lines: known } = deps.store.logs.info(earlier.log.executionId, earlier.log.stage)
  if (total + known > AT_ONCE_LINES_MAX) return { since, count: null, runs: [] }
  const { lines } = await deps.finder.find(logOf(stage), { as: 'new', since: earlier.log }, signal)
  return { since, count: lines.count, runs: lines.runs(RUNS_MAX) }
}

/** What an address asks a log for. */
export function readQuery(c: Ctx): LogQuery {
  const q = (c.req.query('q') ?? '').slice(0, QUERY_CHARS_MAX)
  const kind = c.req.query('find')
  const typed = c.req.query('regex') === undefined ? 'text' : 'regex'
  return {
    find: q !== '' ? typed : kind === 'errors' || kind === 'new' ? kind : null,
    q,
    lines: c.req.query('lines') === 'only' ? 'only' : 'all',
    ...readView(c.req.query('view') ?? ''),
  }
}

/** As much as the API takes. */
const QUERY_CHARS_MAX = 200
/** Half of a window stands above the line that was asked for. */
const ABOVE = WINDOW_LINES / 2

function askedLine(c: Ctx): { readonly line: number | null; readonly from: number | null } {
  return { line: lineNumber(c.req.query('line')), from: lineNumber(c.req.query('from')) }
}

/** The first line of the window: `from` says it, a line or a match is to stand in its middle; otherwise its end is shown. */
function firstLine(c: Ctx, total: number, looked: Looked | null): number {
  const { line, from } = askedLine(c)
  if (from !== null) return from
  const middle = looked?.found.line ?? line
  return Math.max(1, middle === null ? total - WINDOW_LINES + 1 : middle - ABOVE)
}

function lineNumber(text: string | undefined): number | null {
  const digits = (text ?? '').replaceAll(',', '')
  return /^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : null
}
