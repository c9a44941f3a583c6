import { STATUS_WORDS } from '../src/domain/status.ts'
import { page } from './layout.tsx'
import type { ExecutionLine, Frame } from './model.ts'
import { Ago, StatusIcon, Strip, Took } from './parts.tsx'
import { GateItem, type WaitingGate } from './waiting.tsx'
import { counted } from './words.ts'

/** One pipeline's last days, from the counters. */
export interface PipelineLine {
  readonly slug: string
  readonly last: ExecutionLine | null
  /** Oldest first: what succeeded stands above the waterline, what went wrong below. */
  readonly days: readonly { readonly day: string; readonly well: number; readonly wrong: number }[]
}

interface OverviewProps {
  readonly waiting: readonly WaitingGate[]
  readonly running: readonly ExecutionLine[]
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

function Running(p: { frame: Frame; rows: readonly ExecutionLine[] }) {
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
          All that went wrong
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
        <span class="gap q">last 24 days</span>
      </header>
      <table class="tb pl">
        <caption class="vh">Pipelines with their last 24 days</caption>
        <thead class="vh">
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Executions a day</th>
            <th scope="col">Succeeded</th>
          </tr>
        </thead>
        <tbody>
          {p.pipelines.map((one) => (
            <tr data-row="">
              <th scope="row">
                <a class="st lead" href={`/pipelines/${one.slug}`}>
                  {one.last === null ? null : <StatusIcon frame={frame} status={one.last.status} />}
                  {one.slug}
                </a>
              </th>
              <td>
                <Soundings days={one.days} />
              </td>
              <td class="n nw">
                {rate(one)}
                <br />
                <span class="q">
                  {one.last === null ? 'not run yet' : <Ago frame={frame} at={one.last.triggeredAt} />}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function rate(p: PipelineLine): string {
  const well = p.days.reduce((sum, day) => sum + day.well, 0)
  const wrong = p.days.reduce((sum, day) => sum + day.wrong, 0)
  return well + wrong === 0 ? '–' : `${Math.round((100 * well) / (well + wrong))} %`
}

const PITCH = 5.5
const WATERLINE = 20
const ABOVE = 18
const BELOW = 10

/** Success above the waterline, the rest below, a bar a day. */
function Soundings(p: { days: PipelineLine['days'] }) {
  const most = Math.max(1, ...p.days.map((day) => Math.max(day.well, day.wrong)))
  const well = p.days.reduce((sum, day) => sum + day.well, 0)
  const wrong = p.days.reduce((sum, day) => sum + day.wrong, 0)
  const words = `${well} succeeded and ${wrong} went wrong in ${p.days.length} days`
  return (
    <svg class="spark" viewBox="0 0 132 32" role="img" aria-label={words}>
      <title>{words}</title>
      <path class="no s-q" d={`M0 ${WATERLINE + 0.5}h132`} />
      {p.days.map((day, i) => {
        const up = (day.well / most) * ABOVE
        const down = (day.wrong / most) * BELOW
        return (
          <>
            {up === 0 ? null : (
              <rect
                class="f-q"
                x={i * PITCH}
                y={(WATERLINE - Math.max(2, up)).toFixed(1)}
                width="4"
                height={Math.max(2, up).toFixed(1)}
              />
            )}
            {down === 0 ? null : (
              <rect
                class="f-bad"
                x={i * PITCH}
                y={WATERLINE + 1}
                width="4"
                height={Math.max(2, down).toFixed(1)}
              />
            )}
          </>
        )
      })}
    </svg>
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
