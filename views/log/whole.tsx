import { raw } from 'hono/html'
import { isFinal } from '../../src/domain/status.ts'
import { page } from '../layout.tsx'
import type { ExecutionLine, Frame, LogLine } from '../model.ts'
import { Badge, Icon } from '../parts.tsx'
import { counted } from '../words.ts'
import { logRow } from './row.ts'

/** Lines of one stage that stand in a window of all logs. */
export interface LogSection {
  readonly stage: string
  /** The execution that ran it. */
  readonly execution: string
  readonly lines: readonly LogLine[]
  /** Lines of the stage in all, or those of them that are looked for. */
  readonly total: number
}

export interface WholeLogProps {
  readonly execution: ExecutionLine
  readonly sections: readonly LogSection[]
  readonly total: number
  readonly q: string
  readonly as: 'text' | 'regex'
  /** Why nothing could be looked for. */
  readonly problem: string | null
  readonly spansIn: (text: string) => readonly (readonly [number, number])[]
  /** Addresses of the windows beside this one. */
  readonly previous: string | null
  readonly next: string | null
}

/** All stages' logs one after another, or the lines of all of them that are looked for; page by page, without a script. */
export function wholeLogPage(frame: Frame, p: WholeLogProps): string {
  const { execution } = p
  const live = isFinal(execution.status) ? null : { stream: `execution=${execution.id}`, parts: null }
  return page(
    frame,
    { title: `All logs of ${execution.id}`, live, name: 'logs' },
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/executions">Executions</a>
        <span aria-hidden="true">/</span>
        <a href={`/executions/${execution.id}`}>{execution.id}</a>
      </nav>
      <div class="head">
        <div class="row wraps" role="status">
          <h1 class="nw">All logs of {execution.id}</h1>
          <Badge frame={frame} status={execution.status} big="big" />
        </div>
      </div>
      <section class="pan log" id="log" aria-label={`All logs of ${execution.id}`}>
        <Header frame={frame} p={p} />
        {p.problem === null ? null : (
          <p class="prob" role="alert">
            <Icon frame={frame} name="st-failed" />
            <span>{p.problem}</span>
          </p>
        )}
        <section class="lines wrap" tabindex={0} aria-label="Lines of all stages" data-only="">
          {p.sections.length === 0 ? (
            <p class="none">{p.q === '' ? 'Nothing was written yet.' : 'No line is like that.'}</p>
          ) : null}
          {p.sections.map((section) => (
            <Section frame={frame} p={p} section={section} />
          ))}
        </section>
        <Windows p={p} />
      </section>
    </>,
  )
}

interface Props {
  readonly frame: Frame
  readonly p: WholeLogProps
}

function Header({ frame, p }: Props) {
  const { id } = p.execution
  return (
    <header>
      <span class="q nw">{counted(p.total, p.q === '' ? 'line' : 'matching line')}</span>
      <search class="gap">
        <form class="find" action={`/executions/${id}/log`}>
          <Icon frame={frame} name="ui-search" />
          <label class="vh" for="find">
            Search all stages
          </label>
          <input
            id="find"
            name="q"
            type="search"
            maxlength={200}
            value={p.q}
            placeholder="Search all stages"
            autocomplete="off"
            data-find=""
          />
          <label class="re" title="Regular expression">
            <input type="checkbox" name="regex" value="on" checked={p.as === 'regex'} />
            <span aria-hidden="true">.*</span>
            <span class="vh">Regular expression</span>
          </label>
        </form>
      </search>
      <details class="menu">
        <summary class="sq" aria-label="Download">
          <Icon frame={frame} name="ui-download" />
        </summary>
        <div class="drop">
          <a href={`/executions/${id}/log.txt`} download={`${id}.txt`}>
            Text with times
          </a>
          <a href={`/executions/${id}/logs.tar`} download={`${id}-logs.tar`}>
            Raw, a file each
          </a>
        </div>
      </details>
    </header>
  )
}

function Section({ frame, p, section }: Props & { section: LogSection }) {
  const { stage, execution, lines, total } = section
  const clock = { times: 'absolute', timezone: frame.timezone, startedAt: null } as const
  const search =
    p.q === '' ? '' : `${new URLSearchParams({ q: p.q, ...(p.as === 'regex' ? { regex: 'on' } : {}) })}&`
  const own = `/executions/${execution}/stages/${stage}`
  return (
    <>
      <h2 class="m stage-head" id={stage}>
        <a href={own}>{stage}</a>
        <span class="q">
          {counted(total, 'line')}
          {execution === p.execution.id ? '' : `, from ${execution}`}
        </span>
      </h2>
      {raw(
        lines
          .map((line) =>
            logRow(line, {
              ...{ clock, looks: [], note: null },
              spans: line.kind === 'line' ? p.spansIn(line.text) : [],
              href: `${own}?${search}line=${line.number}`,
            }),
          )
          // Numbers begin anew with each stage, and ids must not.
          .join('')
          .replaceAll(/ id="L\d+"/g, ''),
      )}
    </>
  )
}

function Windows({ p }: { p: WholeLogProps }) {
  if (p.previous === null && p.next === null) return null
  return (
    <nav class="windows" aria-label="Windows of the logs">
      {p.previous === null ? null : (
        <a class="btn sm" href={p.previous}>
          Previous lines
        </a>
      )}
      {p.next === null ? null : (
        <a class="btn sm" href={p.next}>
          Next lines
        </a>
      )}
    </nav>
  )
}
