import { raw } from 'hono/html'
import type { Frame, LogWindow } from '../model.ts'
import { Icon } from '../parts.tsx'
import { counted } from '../words.ts'
import { LONG_LINES, logRow } from './row.ts'

/** How many lines a page comes with, and how many the browser asks for at once. */
export const WINDOW_LINES = 200

interface LogProps {
  readonly frame: Frame
  readonly execution: string
  readonly window: LogWindow
  /** True where the reader should see lines as they come. */
  readonly follow: 'yes' | 'no'
  /** What the panel says where there is no line. */
  readonly empty: string
  /** The heading's level: a page of its own has the stage as its h1 already. */
  readonly title: string
}

/** The log of one stage: a window of lines that works by itself, and grows into the whole log where scripts run. */
export function LogPanel(p: LogProps) {
  const { frame, window } = p
  const base = `/executions/${p.execution}/stages/${window.stage}`
  return (
    <section class="pan log" id="log" aria-label={`Log of ${window.stage}`}>
      <LogHeader {...p} base={base} />
      <Lines {...p} />
      <button class="btn sm pill" type="button" data-log-new="" hidden>
        <Icon frame={frame} name="ui-down" />
        <span />
      </button>
      <noscript>
        <Windows window={window} base={base} />
      </noscript>
      <footer>
        <button class="btn sm scripted" type="button" data-log-follow="" aria-pressed="false">
          <Icon frame={frame} name="ui-down" />
          <span>Follow</span>
        </button>
        <button class="btn sm flat scripted" type="button" data-log-end="">
          Go to end
        </button>
        <span data-log-rate="" />
        <a class="gap u no-s" href={`${base}/log.txt`}>
          Plain text
        </a>
      </footer>
    </section>
  )
}

function LogHeader(p: LogProps & { base: string }) {
  const { frame, execution, window, base } = p
  return (
    <header>
      <h2 class="m">
        <a href={base}>{p.title}</a>
      </h2>
      <span class="q" data-log-count="">
        {counted(window.total, 'line')}
      </span>
      <form class="goto gap no-s" action={base}>
        <label class="vh" for="line">
          Go to line
        </label>
        <input
          class="in"
          id="line"
          name="line"
          inputmode="numeric"
          pattern="[0-9,]+"
          placeholder="Go to line"
        />
      </form>
      <span class="row scripted no-s">
        <ToggleButton frame={frame} what="wrap" label="Wrap lines" />
        <ToggleButton frame={frame} what="times" label="Times" />
      </span>
      <details class="menu">
        <summary class="sq" aria-label="Download">
          <Icon frame={frame} name="ui-download" />
        </summary>
        <div class="drop">
          <a href={`${base}/log.txt`} download={`${execution}.${window.stage}.txt`}>
            Text with times
          </a>
          <a href={`${base}/log.raw`} download={`${execution}.${window.stage}.log`}>
            Raw, as it was written
          </a>
        </div>
      </details>
    </header>
  )
}

function Lines(p: LogProps) {
  const { window } = p
  return (
    <div
      class={window.total >= LONG_LINES ? 'lines long' : 'lines'}
      role="log"
      aria-live="off"
      aria-label={`Lines of ${window.stage}`}
      tabindex={0}
      data-execution={p.execution}
      data-stage={window.stage}
      data-total={window.total}
      data-open={window.sealed ? undefined : ''}
      data-follow={p.follow === 'yes' ? '' : undefined}
    >
      {window.lines.length === 0 ? <p class="none">{p.empty}</p> : null}
      {raw(window.lines.map((line) => logRow(line, p.frame.timezone)).join(''))}
    </div>
  )
}

/** Without a script the log is read a window at a time. */
function Windows(p: { window: LogWindow; base: string }) {
  const first = p.window.lines[0]?.number ?? 1
  const last = p.window.lines.at(-1)?.number ?? 0
  return (
    <nav class="windows" aria-label="Windows of the log">
      {first > 1 ? (
        <a class="btn sm" href={`${p.base}?from=${Math.max(1, first - WINDOW_LINES)}`}>
          Previous {WINDOW_LINES} lines
        </a>
      ) : null}
      {last < p.window.total ? (
        <a class="btn sm" href={`${p.base}?from=${last + 1}`}>
          Next {WINDOW_LINES} lines
        </a>
      ) : null}
    </nav>
  )
}

function ToggleButton(p: { frame: Frame; what: 'wrap' | 'times'; label: string }) {
  return (
    <button
      class="sq btn flat"
      type="button"
      data-log-toggle={p.what}
      aria-label={p.label}
      aria-pressed={p.what === 'times' ? 'true' : 'false'}
    >
      <Icon frame={p.frame} name={p.what === 'wrap' ? 'ui-wrap' : 'ui-clock'} />
    </button>
  )
}
