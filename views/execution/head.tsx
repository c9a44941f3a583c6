import { isFinal, type Status } from '../../src/domain/status.ts'
import type { Frame } from '../model.ts'
import { Badge, Icon, Took } from '../parts.tsx'
import { clock, shortSha, TRIGGER_WORDS } from '../words.ts'
import { type ExecutionProps, openGate } from './model.ts'

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
          <Why frame={frame} p={p} />
        </div>
        <div class="row no-s">
          <Terminate frame={frame} p={p} />
        </div>
      </div>
    </div>
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
      {` · ${execution.engine} · `}
      <a class="u q2" href={`/workflows/${execution.workflow}?version=${execution.version}`}>
        version {execution.version}
      </a>
      {p.rerunOf === null ? null : (
        <>
          {' · re-run of '}
          <a class="u q2" href={`/executions/${p.rerunOf}`}>
            {p.rerunOf}
          </a>
        </>
      )}
    </p>
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

/** What a thumb must reach on a phone. */
export function ActionBar(props: Props) {
  const { p } = props
  const ends = canEnd(p.execution.status) && p.terminateRefusal === null
  return (
    <section class={ends || openGate(p) !== null ? 'bot' : 'bot none'} id="bar" aria-label="Actions">
      <a class="btn" href="#stages">
        Stages
      </a>
      {openGate(p) === null ? null : (
        <a class="btn pri" href="#gate">
          Decide
        </a>
      )}
      <Terminate {...props} />
    </section>
  )
}
