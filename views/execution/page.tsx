import { isFinal, STATUS_WORDS } from '../../src/domain/status.ts'
import { Part } from '../fragment.tsx'
import { page } from '../layout.tsx'
import { LogPanel } from '../log/panel.tsx'
import type { Frame } from '../model.ts'
import { ReportsCard } from '../report/list.tsx'
import { Cards } from './cards.tsx'
import { Course } from './course.tsx'
import { ActionBar, Head } from './head.tsx'
import { type ExecutionProps, openGate } from './model.ts'
import { RerunDialogs } from './rerun.tsx'
import { Since } from './since.tsx'
import { Stages } from './stages.tsx'
import { TerminateDialog } from './terminate.tsx'
import { Trail } from './trail.tsx'

/** One execution: what is asked of a person or why it failed, then its stages and a live log, then its audit trail. */
export function executionPage(frame: Frame, p: ExecutionProps): string {
  const { execution, log } = p
  const kept = p.chosenBy === 'reader' ? `?stage=${encodeURIComponent(log.stage)}` : ''
  return page(
    frame,
    {
      title: titleOf(p),
      live:
        isFinal(execution.status) && log.sealed
          ? null
          : { stream: stream(p), parts: `/executions/${execution.id}/parts${kept}` },
      name: 'execution',
      bar: <ActionBar frame={frame} p={p} />,
    },
    <>
      <Shown p={p} />
      <Head frame={frame} p={p} />
      <Course frame={frame} p={p} />
      <div class="exec">
        <div class="stack side">
          <Stages frame={frame} p={p} />
          <ReportsCard frame={frame} id={execution.id} reports={p.reports} />
          <Since frame={frame} p={p} />
        </div>
        <div class="stack">
          <Cards frame={frame} p={p} />
          <LogPanel
            frame={frame}
            window={log}
            title={log.stage}
            follow={log.sealed ? 'no' : 'yes'}
            empty={emptyWords(p)}
          />
        </div>
      </div>
      <Trail frame={frame} p={p} />
      <TerminateDialog frame={frame} p={p} />
      <div id="again">
        <RerunDialogs frame={frame} p={p} />
      </div>
    </>,
  )
}

/** What of the page has changed, as fragments that know their places. The log is not among them: it streams. */
export function executionParts(frame: Frame, p: ExecutionProps): string {
  return (
    <>
      <Part id="head">
        <Head frame={frame} p={p} />
      </Part>
      <Part id="course">
        <Course frame={frame} p={p} />
      </Part>
      <Part id="stages">
        <Stages frame={frame} p={p} />
      </Part>
      <Part id="cards">
        <Cards frame={frame} p={p} />
      </Part>
      <Part id="trail">
        <Trail frame={frame} p={p} />
      </Part>
      <Part id="reports">
        <ReportsCard frame={frame} id={p.execution.id} reports={p.reports} />
      </Part>
      <Part id="since">
        <Since frame={frame} p={p} />
      </Part>
      <Part id="again">
        <div id="again">
          <RerunDialogs frame={frame} p={p} />
        </div>
      </Part>
      <Part id="bar">
        <ActionBar frame={frame} p={p} />
      </Part>
      <Part id="shown">
        <Shown p={p} />
      </Part>
    </>
  ).toString()
}

function titleOf({ execution }: ExecutionProps): string {
  return `${execution.id}, ${STATUS_WORDS[execution.status].toLowerCase()}`
}

/** Which stage this page would show now, so that a reader who follows is taken to the stage that runs. */
function Shown(p: { p: ExecutionProps }) {
  return <div id="shown" hidden data-title={`${titleOf(p.p)} · Periplus`} data-stage={p.p.log.stage} />
}

/** What the page's one stream is asked for: this execution's events, and the lines that follow those shown. */
function stream(p: ExecutionProps): string {
  const query = new URLSearchParams({ execution: p.execution.id, since: String(p.since) })
  // A stage that is not planned yet has no log to follow.
  if (!p.log.sealed && p.stages.some((stage) => stage.id === p.log.stage)) {
    query.set('stage', p.log.stage)
    query.set('from', String(p.log.total + 1))
  }
  return query.toString()
}

function emptyWords(p: ExecutionProps): string {
  if (p.log.query.find !== null && p.log.query.lines === 'only') return 'No line is like that.'
  if (p.log.sealed) return 'This stage wrote nothing.'
  if (openGate(p) !== null) return 'Its lines appear here once the gate is passed.'
  return p.execution.waitingFor ?? 'Its lines appear here as soon as they are written.'
}
