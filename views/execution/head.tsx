import { isFinal, type Status } from '../../src/domain/status.ts'
import type { Frame } from '../model.ts'
import { Badge, Icon, Took } from '../parts.tsx'
import { clock, roughly, shortSha, TRIGGER_WORDS } from '../words.ts'
import { type ExecutionProps, openGate } from './model.ts'
import { canResume } from './rerun.tsx'

interface Props {
  readonly frame: Frame
  readonly p: ExecutionProps
}

/** Name, status and the sentence of how it came about. */
export function Head(props: Props) {
  const { frame, p } = props
  const { execution } = p
  return (
    <div id="head">
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/executions">Executions</a>
        <span aria-hidden="true">/</span>
        <a href={`/executions?workflow=${execution.workflow}`}>{execution.workflow}</a>
      </nav>
      <div class="head">
        <div>
          <div class="row wraps" role="status">
            <h1 class="nw">{execution.id}</h1>
            <Badge frame={frame} status={execution.status} big="big" />
          </div>
          {execution.title === null ? null : (
            <p class="sub">
              <span class="ink">{execution.title}</span>
            </p>
          )}
          <Story frame={frame} p={p} />
          <Pushed p={p} />
          <Why frame={frame} p={p} />
        </div>
        <div class="row no-s">
          <More frame={frame} p={p} />
          <Rerun frame={frame} p={p} />
          <Terminate frame={frame} p={p} />
        </div>
      </div>
    </div>
  )
}

/** What it pushed, by its digest: whoever copies it gets that very image. */
function Pushed({ p }: { p: ExecutionProps }) {
  if (p.image === null) return null
  return (
    <p class="sub q">
      {'Pushed '}
      <code class="q2">{p.image.reference}</code>
    </p>
  )
}

/** Why it waits, or what was said when its end was asked for. */
function Why(props: Props) {
  const { frame, p } = props
  const { status, reason, waitingFor } = p.execution
  const ends = status === 'terminating' || status === 'terminated'
  const words = waitingFor ?? (ends ? reason : null)
  if (words === null) return null
  return (
    <p class="sub why">
      <Icon frame={frame} name={waitingFor === null ? 'st-terminating' : 'ui-clock'} />
      {words}
    </p>
  )
}

function Story(props: Props) {
  const { frame, p } = props
  const { execution } = p
  return (
    <p class="sub q by-line">
      {TRIGGER_WORDS[execution.trigger]} by{' '}
      <a class="u q2" href={`/executions?by=${encodeURIComponent(execution.triggeredBy)}`}>
        {execution.triggeredBy}
      </a>
      <Commit p={p} />
      {' · '}
      <When {...props} />
      <span class="b q2">
        <Took frame={frame} of={execution} />
      </span>
      <About p={p} />
      {` · ${execution.engine} · `}
      <a class="u q2" href={`/workflows/${execution.workflow}?version=${execution.version}`}>
        version {execution.version}
      </a>
      {p.rerunOf === null ? null : (
        <>
          {p.redeploys === null ? ' · re-run of ' : ' · redeploys '}
          <a class="u q2" href={`/executions/${p.rerunOf}`}>
            {p.rerunOf}
          </a>
          {p.redeploys === null ? null : ` to ${p.redeploys}`}
        </>
      )}
      {p.rerunAs === null ? null : (
        <>
          {' · run again as '}
          <a class="u q2" href={`/executions/${p.rerunAs}`}>
            {p.rerunAs}
          </a>
        </>
      )}
    </p>
  )
}

/** “ of about 6 m”, while it runs and has run before. */
function About(props: { p: ExecutionProps }) {
  const { execution, usualMs } = props.p
  return usualMs === null || execution.status !== 'running' ? null : (
    <span>{` of about ${roughly(usualMs)}`}</span>
  )
}

/** “ on main at a1b2c3d” */
function Commit(props: { p: ExecutionProps }) {
  const { branch, tag, sha, workflow } = props.p.execution
  const ref = branch ?? tag
  return (
    <>
      {ref === null ? null : (
        <>
          {' on '}
          <a class="u q2" href={`/executions?branch=${encodeURIComponent(ref)}&workflow=${workflow}`}>
            {ref}
          </a>
        </>
      )}
      {sha === null ? null : (
        <>
          {' at '}
          <span class="m q2" title={sha}>
            {shortSha(sha)}
          </span>
        </>
      )}
    </>
  )
}

function When(props: Props) {
  const { finishedAt, triggeredAt } = props.p.execution
  const at = finishedAt ?? triggeredAt
  const told = clock(at, props.frame.timezone)
  return (
    <time datetime={new Date(at).toISOString()}>
      {finishedAt === null ? `triggered ${told} · ` : `ended ${told} after `}
    </time>
  )
}

/** Whether asking for its end can still mean something. */
export function canEnd(status: Status): boolean {
  return !isFinal(status) && status !== 'terminating'
}

function Terminate(props: Props) {
  const { frame, p } = props
  if (!canEnd(p.execution.status) || p.terminateRefusal !== null) return null
  return (
    <a class="btn bad" href={`/executions/${p.execution.id}/terminate`} data-dialog="terminate" data-key="X">
      <Icon frame={frame} name="st-terminating" />
      Terminate
    </a>
  )
}

/** All of it again, and, where something can be taken over, from where it stopped. */
function Rerun(props: Props) {
  const { frame, p } = props
  if (p.rerun === null) return null
  const from = canResume(p) ? p.rerun.from : null
  const base = `/executions/${p.execution.id}/rerun`
  return (
    <>
      <a class="btn" href={base} data-dialog="rerun" data-key={from === null ? 'R' : undefined}>
        <Icon frame={frame} name="ui-rerun" />
        Re-run
      </a>
      {from === null ? null : (
        <a class="btn pri" href={`${base}?from=failed`} data-dialog="rerun-failed" data-key="R">
          <Icon frame={frame} name="ui-rerun" />
          Re-run from {from}
        </a>
      )}
    </>
  )
}

/** Where one goes from here. */
function More(props: Props) {
  const { frame, p } = props
  const { execution, neighbours, baseline } = p
  return (
    <details class="menu">
      <summary class="sq" aria-label="More">
        <Icon frame={frame} name="ui-more" />
      </summary>
      <nav class="drop" aria-label="More of this execution">
        {baseline === null ? null : (
          <a href={`/executions/${execution.id}/compare/${baseline.id}`}>Compare with {baseline.id}</a>
        )}
        {p.deployed.map((environment) => (
          <a href={`/executions/${execution.id}/redeploy?environment=${environment}`}>
            Redeploy to {environment}
          </a>
        ))}
        <a href={`/executions/${execution.id}/log`}>All stages in one log</a>
        <a href={`/workflows/${execution.workflow}`}>Run the newest version</a>
        {neighbours.older === null ? null : (
          <a href={`/executions/${neighbours.older}`} data-key="[">
            Previous: {neighbours.older}
          </a>
        )}
        {neighbours.newer === null ? null : (
          <a href={`/executions/${neighbours.newer}`} data-key="]">
            Next: {neighbours.newer}
          </a>
        )}
      </nav>
    </details>
  )
}

/** What a thumb must reach on a phone. */
export function ActionBar(props: Props) {
  const { p } = props
  const ends = canEnd(p.execution.status) && p.terminateRefusal === null
  const some = ends || p.rerun !== null || openGate(p) !== null
  return (
    <section class={some ? 'bot' : 'bot none'} id="bar" aria-label="Actions">
      {p.rerun === null ? (
        <a class="btn" href="#stages">
          Stages
        </a>
      ) : null}
      {openGate(p) === null ? null : (
        <a class="btn pri" href="#gate">
          Decide
        </a>
      )}
      <Rerun {...props} />
      <Terminate {...props} />
    </section>
  )
}
