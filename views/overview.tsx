import { STATUS_WORDS } from '../src/domain/status.ts'
import { page } from './layout.tsx'
import type { ExecutionLine, Frame } from './model.ts'
import { Ago, StatusIcon, Strip, Took } from './parts.tsx'
import { type PipelineLine, PipelineName, Rate, SOUNDINGS_MAX, Soundings } from './soundings.tsx'
import { GateItem, type WaitingGate } from './waiting.tsx'
import { counted, roughly } from './words.ts'

/** What is under way, and how long it usually takes; null where nothing of it ever succeeded. */
type RunningLine = ExecutionLine & { readonly usualMs: number | null }

interface OverviewProps {
  readonly waiting: readonly WaitingGate[]
  readonly running: readonly RunningLine[]
  readonly wrong: readonly ExecutionLine[]
  readonly pipelines: readonly PipelineLine[]
  readonly since: number
}

/** The answer first: what waits for you, what runs, what went wrong. */
export function overviewPage(frame: Frame, p: OverviewProps): string {
  const nothing = p.pipelines.length === 0
  return page(
    frame,
    { title: 'Overview', live: { stream: `since=${p.since}`, parts: null }, name: 'overview' },
    nothing ? (
      <FirstSteps frame={frame} />
    ) : (
      <>
        <div class="head">
          <div>
            <h1>Overview</h1>
            <p class="sub">{summary(p)}</p>
          </div>
          <p class="live" role="status">
            Live
          </p>
        </div>
        <div class="two">
          <div class="stack">
            <Waiting frame={frame} gates={p.waiting} />
            <Running frame={frame} rows={p.running} />
            <Wrong frame={frame} rows={p.wrong} />
          </div>
          <div class="stack">
            <Pipelines frame={frame} pipelines={p.pipelines} />
          </div>
        </div>
      </>
    ),
  )
}

function summary(p: OverviewProps): string {
  const gates =
    p.waiting.length === 0
      ? 'Nothing waits for you'
      : `${counted(p.waiting.length, 'gate')} ${p.waiting.length === 1 ? 'waits' : 'wait'} for you`
  const under = `${counted(p.running.length, 'execution')} ${p.running.length === 1 ? 'is' : 'are'} under way`
  return `${gates}, ${under}, ${p.wrong.length} went wrong lately.`
}

/** The longest waiting; all of them stand at /approvals. */
const GATES_MAX = 5

function Waiting(p: { frame: Frame; gates: readonly WaitingGate[] }) {
  return (
    <section class="pan">
      <header>
        <h2>Waiting for you</h2>
        {p.gates.length === 0 ? null : <span class="num call">{p.gates.length}</span>}
        <a class="gap q2" href="/approvals">
          All approvals
        </a>
      </header>
      {p.gates.length === 0 ? <p class="inset none q2">Nothing waits for you.</p> : null}
      {p.gates.slice(0, GATES_MAX).map((gate) => (
        <GateItem frame={p.frame} gate={gate} />
      ))}
    </section>
  )
}

function Running(p: { frame: Frame; rows: readonly RunningLine[] }) {
  const { frame } = p
  return (
    <section class="pan">
      <header>
        <h2>Running now</h2>
        {p.rows.length === 0 ? null : <span class="num">{p.rows.length}</span>}
        <a class="gap q2" href="/executions">
          All executions
        </a>
      </header>
      {p.rows.length === 0 ? <p class="inset none q2">Nothing runs just now.</p> : null}
      {p.rows.map((row) => (
        <div class="item" data-row="">
          <StatusIcon frame={frame} status={row.status} />
          <a class="b nw" href={`/executions/${row.id}`}>
            <span class="vh">{STATUS_WORDS[row.status]}: </span>
            {row.id}
          </a>
          <span class="cut q2">{row.waitingFor ?? row.title ?? ''}</span>
          <Strip marks={row.strip} />
          <span class="end nw n">
            <Took frame={frame} of={row} />
            {row.usualMs === null || row.status !== 'running' ? null : (
              <span class="q no-s">{` of about ${roughly(row.usualMs)}`}</span>
            )}
          </span>
        </div>
      ))}
    </section>
  )
}

function Wrong(p: { frame: Frame; rows: readonly ExecutionLine[] }) {
  const { frame } = p
  return (
    <section class="pan">
      <header>
        <h2>Went wrong lately</h2>
        {p.rows.length === 0 ? null : <span class="num">{p.rows.length}</span>}
        <a class="gap q2" href="/executions?status=failed,error,approval-rejected,termination-failed">
          All of them
        </a>
      </header>
      {p.rows.length === 0 ? <p class="inset none q2">Nothing went wrong lately.</p> : null}
      {p.rows.map((row) => (
        <div class="item fx" data-row="">
          <StatusIcon frame={frame} status={row.status} />
          <a class="b nw" href={`/executions/${row.id}`}>
            <span class="vh">{STATUS_WORDS[row.status]}: </span>
            {row.id}
          </a>
          <Strip marks={row.strip} />
          <span class="cut q2">{row.reason ?? row.title ?? ''}</span>
          <Ago frame={frame} at={row.finishedAt ?? row.triggeredAt} class="end q nw n" />
        </div>
      ))}
    </section>
  )
}

function Pipelines(p: { frame: Frame; pipelines: readonly PipelineLine[] }) {
  const { frame } = p
  return (
    <section class="pan">
      <header>
        <h2>Pipelines</h2>
        <span class="gap q">last {SOUNDINGS_MAX}, success, median</span>
      </header>
      <table class="tb pl">
        <caption class="vh">Pipelines with their last executions</caption>
        <thead class="vh">
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Last executions</th>
            <th scope="col">Success, median</th>
          </tr>
        </thead>
        <tbody>
          {p.pipelines.map((one) => (
            <tr data-row="">
              <th scope="row">
                <PipelineName frame={frame} of={one} />
              </th>
              <td>
                <Soundings of={one} />
              </td>
              <td class="n nw">
                <Rate of={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** An empty instance teaches. */
function FirstSteps(p: { frame: Frame }) {
  return (
    <div class="alone wide top0">
      <div>
        <h1>No execution yet</h1>
        <p class="q2 lede">
          Three steps to the first one. Nothing else needs to be installed; stages run on this machine.
        </p>
        <ol class="how pan card">
          <li>
            <div>
              <b class="b">Describe a workflow</b>
              <p class="q2">
                Or{' '}
                <a class="u" href="/workflows/new">
                  write it in the browser
                </a>
                .
              </p>
              <code class="cmd">periplus apply storefront.yaml</code>
            </div>
          </li>
          <li>
            <div>
              <b class="b">Run it</b>
              <code class="cmd">periplus run storefront --wait</code>
            </div>
          </li>
          <li>
            <div>
              <b class="b">Watch it here</b>
              <p class="q2">Its stages, its log and its gates appear at {p.frame.host} as they happen.</p>
            </div>
          </li>
        </ol>
        <p class="hint">
          Want to look around first? <code>periplus demo</code> runs a small project in a throw-away
          directory.
        </p>
      </div>
    </div>
  )
}
