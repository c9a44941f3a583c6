import { type LogSection, wholeLogPage } from '../../../views/log/whole.tsx'
import { Fault } from '../../domain/fault.ts'
import type { LineSet } from '../../domain/lineset.ts'
import type { LogPlace } from '../../search/question.ts'
import type { ExecutionRow, StageRow } from '../../store/tables.ts'
import { logOf } from '../baseline.ts'
import { linesAt, type Search, search, spansIn } from '../matches.ts'
import { executionLine } from './lines.ts'
import { type LogDeps, readQuery } from './log.ts'
import { type Visit, wanted } from './visit.ts'

/** Lines of one window: some screens, and few enough for any of them. */
const WINDOW_LINES = 500
/** Characters of one window; it has fewer lines where they are long. */
const CHARS_MAX = 256 * 1024

/** Lines of one stage that may be shown: all of them, or those that are looked for. */
interface Chapter {
  readonly stage: StageRow
  readonly log: LogPlace
  readonly count: number
  /** Null where all are. */
  readonly lines: LineSet | null
}

/** All stages' logs, or what is found in them, from one page to the next. */
export function wholeLog(deps: LogDeps) {
  return async (visit: Visit): Promise<Response> => {
    const { c, frame } = visit
    const row = wanted(deps, c)
    const { find, q } = readQuery(c)
    const asked: Search = { as: find === 'regex' ? 'regex' : 'text', q: find === null ? '' : q }
    const { chapters, problem } = await chaptersOf(deps, row, asked, c.req.raw.signal)
    const total = chapters.reduce((sum, chapter) => sum + chapter.count, 0)
    const at = Math.min(Math.max(0, Number(c.req.query('skip')) || 0), total)
    const { sections, shown } = sectionsFrom(deps, chapters, at)
    const address = (skip: number) => {
      const query = new URL(c.req.url).searchParams
      query.set('skip', String(skip))
      return `${c.req.path}?${query}`
    }
    return c.html(
      wholeLogPage(frame, {
        ...{ execution: executionLine(deps, row), sections, total, q: asked.q, problem },
        as: asked.as === 'regex' ? 'regex' : 'text',
        spansIn: asked.q === '' || problem !== null ? () => [] : spansIn(asked),
        previous: at === 0 ? null : address(Math.max(0, at - WINDOW_LINES)),
        next: at + shown < total ? address(at + shown) : null,
      }),
    )
  }
}

async function chaptersOf(deps: LogDeps, row: ExecutionRow, asked: Search, signal: AbortSignal) {
  const { store } = deps
  const stages = store.stages.list(row.id)
  try {
    const chapters: Chapter[] = []
    for (const stage of stages) {
      const log = logOf(stage)
      const lines = asked.q === '' ? null : (await search(deps, row, stage, asked, signal)).lines
      const count = lines?.count ?? store.logs.info(log.executionId, log.stage).lines
      chapters.push({ stage, log, count, lines })
    }
    return { chapters, problem: null }
  } catch (error) {
    if (error instanceof Fault && error.kind === 'invalid') return { chapters: [], problem: error.message }
    throw error
  }
}

function sectionsFrom({ store }: LogDeps, chapters: readonly Chapter[], skip: number) {
  const sections: LogSection[] = []
  let before = 0
  let shown = 0
  let chars = 0
  for (const { stage, log, count, lines } of chapters) {
    const first = Math.max(0, skip - before)
    before += count
    const room = Math.min(WINDOW_LINES - shown, count - first)
    if (room <= 0 || chars >= CHARS_MAX) continue
    const numbers =
      lines === null
        ? Array.from({ length: room }, (_, i) => first + i + 1)
        : lines.from(1, first + room).slice(first)
    const read = linesAt(store, log, numbers, CHARS_MAX - chars)
    shown += read.length
    chars += read.reduce((sum, line) => sum + line.text.length, 0)
    const execution = store.executions.displayId(log.executionId)
    sections.push({ stage: stage.id, execution, lines: read, total: count })
  }
  return { sections, shown }
}
