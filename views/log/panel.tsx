import { raw } from 'hono/html'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { counted } from '../words.ts'
import { LogFooter } from './footer.tsx'
import { LogHeader } from './header.tsx'
import { type LogWindow, logHref } from './model.ts'
import { groupWords, LONG_LINES, logRow } from './row.ts'

/** How many lines a page comes with, and how many the browser asks for at once. */
export const WINDOW_LINES = 200

export interface LogProps {
  readonly frame: Frame
  readonly window: LogWindow
  /** True where the reader should see lines as they come. */
  readonly follow: 'yes' | 'no'
  /** What the panel says where there is no line. */
  readonly empty: string
  readonly title: string
}

/** The log of one stage: a window of lines that works by itself, and grows into the whole log where scripts run. */
export function LogPanel(p: LogProps) {
  const { frame, window } = p
  return (
    <section class="pan log" id="log" aria-label={`Log of ${window.stage}`}>
      <LogHeader {...p} />
      {window.found?.problem == null ? null : (
        <p class="prob" role="alert">
          <Icon frame={frame} name="st-failed" />
          <span>{window.found.problem}</span>
        </p>
      )}
      <Lines {...p} />
      <button class="btn sm pill" type="button" data-log-new="" hidden>
        <Icon frame={frame} name="ui-down" />
        <span />
      </button>
      {isOnly(window) ? (
        <Windows window={window} />
      ) : (
        <noscript>
          <Windows window={window} />
        </noscript>
      )}
      <LogFooter {...p} />
    </section>
  )
}

/** Whether only the lines that are looked for are shown: then it is a list of them, page by page. */
export function isOnly({ query }: LogWindow): boolean {
  return query.find !== null && query.lines === 'only'
}

function Lines(p: LogProps) {
  const { window } = p
  const { query, total } = window
  const looks = [
    'lines',
    total >= LONG_LINES ? 'long' : '',
    query.wrap === 'wrap' ? 'wrap' : '',
    query.times === 'off' ? 'notimes' : '',
  ]
  return (
    <div
      class={looks.filter((look) => look !== '').join(' ')}
      role="log"
      aria-live="off"
      aria-label={`Lines of ${window.stage}`}
      tabindex={0}
      data-execution={window.execution}
      data-stage={window.stage}
      data-total={total}
      data-started={window.startedAt ?? undefined}
      data-groups={window.groups?.map(({ from, until, ms }) => `${from}-${until ?? ''}-${ms}`).join(' ')}
      data-fresh={window.fresh?.runs.map((run) => run.join('-')).join(' ')}
      data-error={window.firstError ?? undefined}
      data-only={isOnly(window) ? '' : undefined}
      data-open={window.sealed ? undefined : ''}
      data-follow={p.follow === 'yes' ? '' : undefined}
    >
      {window.lines.length === 0 ? <p class="none">{p.empty}</p> : null}
      {raw(rows(p))}
    </div>
  )
}

function rows({ frame, window }: LogProps): string {
  const { query, found, groups, fresh, firstError, startedAt, total } = window
  const clock = { times: query.times, timezone: frame.timezone, startedAt }
  const noted = new Map(groups?.map((group) => [group.from, groupWords(group, total)]))
  const isFresh = (line: number) =>
    fresh?.runs.some(([from, until]) => from <= line && line <= until) === true
  return window.lines
    .map((line) => {
      const looks = [
        isFresh(line.number) ? 'new' : '',
        line.number === firstError ? 'err' : '',
        line.number === found?.line && !isOnly(window) ? 'hit' : '',
      ]
      const spans = found === null || line.kind !== 'line' ? [] : found.spansIn(line.text)
      const href = isOnly(window) ? logHref(window, { lines: 'all', line: line.number }) : null
      return logRow(line, { clock, looks, spans, note: noted.get(line.number) ?? null, href })
    })
    .join('')
}

/** Without a script the log is read a window at a time. */
function Windows(p: { window: LogWindow }) {
  const { window } = p
  const first = window.lines[0]?.number ?? 1
  const last = window.lines.at(-1)?.number ?? 0
  const what = isOnly(window) ? 'of them' : 'lines'
  return (
    <nav class="windows" aria-label="Windows of the log">
      {first > 1 && !isOnly(window) ? (
        <a class="btn sm" href={logHref(window, { from: Math.max(1, first - WINDOW_LINES) })}>
          Previous {WINDOW_LINES} {what}
        </a>
      ) : null}
      {isOnly(window) && (window.found?.previous ?? 0) > 0 ? (
        <a class="btn sm" href={logHref(window, { from: window.found?.previous ?? 1 })}>
          Previous {WINDOW_LINES} {what}
        </a>
      ) : null}
      {(isOnly(window) ? window.found?.next !== null : last < window.total) ? (
        <a class="btn sm" href={logHref(window, { from: last + 1 })}>
          Next {WINDOW_LINES} {what}
        </a>
      ) : null}
      {isOnly(window) ? <span class="q gap">{counted(window.found?.count ?? 0, 'line')}</span> : null}
    </nav>
  )
}
