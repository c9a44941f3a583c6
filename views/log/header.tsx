import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'
import { count, counted } from '../words.ts'
import { type LogWindow, logHref, type Times, viewText } from './model.ts'
import type { LogProps } from './panel.tsx'

/** What the log is of, what is looked for in it, and how it is looked at. Every button is a link that needs no script. */
export function LogHeader(p: LogProps) {
  const { frame, window } = p
  const own = `/executions/${window.execution}/stages/${window.stage}`
  return (
    <header>
      <h2 class="m">
        <a href={own}>{p.title}</a>
      </h2>
      <span class="q no-s nw" data-log-count="">
        {counted(window.total, 'line')}
      </span>
      <Elsewhere window={window} />
      <Kind frame={frame} window={window} />
      <Find frame={frame} window={window} />
      <Steps frame={frame} window={window} />
      <View frame={frame} window={window} />
      <Downloads frame={frame} window={window} own={own} />
      {window.page.path === own ? null : (
        <a class="sq no-s" href={own} aria-label={`${window.stage} alone`}>
          <Icon frame={frame} name="ui-full" />
        </a>
      )}
    </header>
  )
}

interface Props {
  readonly frame: Frame
  readonly window: LogWindow
}

/** Whose log it is, where a re-run took the stage over. */
function Elsewhere({ window }: { window: LogWindow }) {
  const home = `/executions/${window.execution}`
  const { path, stage } = window.page
  if (path === home || path.startsWith(`${home}/`)) return null
  return (
    <a class="u q2 nw" href={stage === null ? home : `${home}?stage=${encodeURIComponent(stage)}`}>
      from {window.execution}
    </a>
  )
}

const KINDS = { errors: 'Errors', new: 'New' } as const

/** What is looked for that nobody typed, and how to look for nothing again. */
function Kind({ frame, window }: Props) {
  const { find } = window.query
  if (find !== 'errors' && find !== 'new') return null
  const since = window.found?.since ?? null
  const words = find === 'new' && since !== null ? `New since ${since}` : KINDS[find]
  return (
    <span class="fl on gap" data-find-kind="">
      <b>{words}</b>
      <span class="nw" role="status" data-find-count="">
        {foundWords(window)}
      </span>
      <a
        class="x"
        href={logHref(window, { find: null })}
        aria-label={`Stop looking for ${words.toLowerCase()}`}
      >
        <Icon frame={frame} name="ui-close" />
      </a>
    </span>
  )
}

function Find({ frame, window }: Props) {
  const { query, page } = window
  const typed = query.find === 'text' || query.find === 'regex'
  return (
    <search class="gap">
      <form class="find" action={page.path}>
        <Kept window={window} />
        {viewText(query) === '' ? null : <input type="hidden" name="view" value={viewText(query)} />}
        <Icon frame={frame} name="ui-search" />
        <label class="vh" for="find">
          Search this log
        </label>
        <input
          id="find"
          name="q"
          type="search"
          maxlength={200}
          value={typed ? query.q : ''}
          placeholder="Search this log"
          autocomplete="off"
          data-find=""
        />
        {query.find === 'errors' || query.find === 'new' ? null : (
          <span class="nw q" role="status" data-find-count="">
            {foundWords(window)}
          </span>
        )}
        <label class="re" title="Regular expression">
          <input type="checkbox" name="regex" value="on" checked={query.find === 'regex'} />
          <span aria-hidden="true">.*</span>
          <span class="vh">Regular expression</span>
        </label>
      </form>
    </search>
  )
}

/** “2 of 5”; the browser says the same when it goes on by itself. */
function foundWords({ found, query }: LogWindow): string {
  if (found === null || found.problem !== null) return ''
  if (found.count === 0) return 'none'
  return query.lines === 'only' ? count(found.count) : `${count(found.index)} of ${count(found.count)}`
}

function Steps({ frame, window }: Props) {
  const { found, query } = window
  const shown = found !== null && found.count > 0 && query.lines === 'all'
  // Where nothing is looked for, the next error is what a key leads to.
  const change = query.find === null ? ({ find: 'errors' } as const) : {}
  return (
    <span class="row" data-find-steps="" hidden={!shown}>
      <a
        class="sq"
        href={logHref(window, { ...change, line: found?.previous ?? null })}
        aria-label="Previous match"
        data-log-step="-1"
      >
        <Icon frame={frame} name="ui-up" />
      </a>
      <a
        class="sq"
        href={logHref(window, { ...change, line: found?.next ?? null })}
        aria-label="Next match"
        data-log-step="1"
      >
        <Icon frame={frame} name="ui-down" />
      </a>
    </span>
  )
}

const NEXT_TIMES: Readonly<Record<Times, Times>> = { absolute: 'relative', relative: 'off', off: 'absolute' }

/** How lines are shown. Without a script each button loads the same window again. */
function View({ frame, window }: Props) {
  const { query, page, lines, total } = window
  const { times, wrap } = query
  const first = lines.at(-1)?.number === total ? undefined : lines[0]?.number
  return (
    <form class="row no-s" action={page.path}>
      <Kept window={window} />
      {query.find === 'errors' || query.find === 'new' ? (
        <input type="hidden" name="find" value={query.find} />
      ) : null}
      {query.find === 'text' || query.find === 'regex' ? (
        <input type="hidden" name="q" value={query.q} />
      ) : null}
      {query.find === 'regex' ? <input type="hidden" name="regex" value="on" /> : null}
      {query.lines === 'only' ? <input type="hidden" name="lines" value="only" /> : null}
      {first === undefined ? null : <input type="hidden" name="from" value={first} />}
      <button
        class="sq btn flat"
        type="submit"
        name="view"
        value={viewText({ times, wrap: wrap === 'wrap' ? 'cut' : 'wrap' })}
        aria-pressed={wrap === 'wrap' ? 'true' : 'false'}
        aria-label="Wrap lines"
        data-log-toggle="wrap"
      >
        <Icon frame={frame} name="ui-wrap" />
      </button>
      <button
        class="sq btn flat"
        type="submit"
        name="view"
        value={viewText({ times: NEXT_TIMES[times], wrap })}
        aria-pressed={times === 'off' ? 'false' : 'true'}
        aria-label={`Times: ${times}`}
        title={`Times: ${times}`}
        data-log-toggle="times"
      >
        <Icon frame={frame} name="ui-clock" />
      </button>
    </form>
  )
}

/** What every form of the panel carries along: where it is. */
export function Kept({ window }: { window: LogWindow }) {
  const { stage } = window.page
  return stage === null ? null : <input type="hidden" name="stage" value={stage} />
}

function Downloads({ frame, window, own }: Props & { own: string }) {
  const { execution, stage } = window
  return (
    <details class="menu">
      <summary class="sq" aria-label="Download">
        <Icon frame={frame} name="ui-download" />
      </summary>
      <div class="drop">
        <a href={`${own}/log.txt`} download={`${execution}.${stage}.txt`}>
          Text with times
        </a>
        <a href={`${own}/log.raw`} download={`${execution}.${stage}.log`}>
          Raw, as it was written
        </a>
        <a href={`/executions/${execution}/log.txt`} download={`${execution}.txt`}>
          All stages, text with times
        </a>
        <a href={`/executions/${execution}/logs.tar`} download={`${execution}-logs.tar`}>
          All stages, raw, a file each
        </a>
      </div>
    </details>
  )
}
