import { type LogFresh, logHref, PLAIN_QUERY } from '../log/model.ts'
import type { Frame, GateLine, StageLine } from '../model.ts'
import { Ago, Csrf, Icon } from '../parts.tsx'
import { count, counted, duration, instant, list, shortDigest, shortSha } from '../words.ts'
import { Change } from './change.tsx'
import { type ExecutionProps, failedStage, openGate } from './model.ts'
import { Older } from './older.tsx'

interface Props {
  readonly frame: Frame
  readonly p: ExecutionProps
}

/** What comes before all else: the gate that waits for a person, or why it went wrong. */
export function Cards(props: Props) {
  const gate = openGate(props.p)
  return (
    <div id="cards" class="stack">
      {gate === null ? (
        <Summary {...props} />
      ) : (
        <>
          <GateCard {...props} gate={gate} />
          <Change frame={props.frame} id={props.p.execution.id} gate={gate} />
        </>
      )}
    </div>
  )
}

function Summary(props: Props) {
  const { p } = props
  const { execution } = p
  const wrong =
    execution.status === 'failed' || execution.status === 'error' || execution.status === 'termination-failed'
  if (execution.status === 'approval-rejected') return <Rejection {...props} />
  if (!wrong) return null
  const stage = failedStage(p)
  const tone = execution.status === 'failed' ? 'sum' : 'sum fault-card'
  const title = summaryTitle(props, stage?.id ?? null, stage?.exitCode ?? null)
  const why = whyWords(props, stage)
  return (
    <section class={`pan card ${tone}`} aria-labelledby="wrong">
      <h2 id="wrong">{title}</h2>
      {why === null ? null : <p class="q2">{why}</p>}
      {stage === null ? null : <Evidence p={p} stage={stage} />}
    </section>
  )
}

/** Why, unless the title has said it: an exit code says nothing twice. */
function whyWords({ p }: Props, stage: StageLine | null): string | null {
  const why = p.execution.reason ?? stage?.reason ?? null
  const known = stage !== null && stage.exitCode !== null && stage.exitCode !== 0
  return known && why !== null && /^(?:Stage \S+ failed\. )?Exit code \d+\.$/.test(why) ? null : why
}

/** Where to look: the first line that looks like an error, and what the last success did not say. */
function Evidence({ p, stage }: { p: ExecutionProps; stage: StageLine }) {
  const { execution, log } = p
  if (log.stage !== stage.id)
    return (
      <p class="q2">
        <a class="u" href={`/executions/${execution.id}?stage=${encodeURIComponent(stage.id)}`}>
          The log of {stage.id}
        </a>
        .
      </p>
    )
  const { fresh, firstError } = log
  if (fresh === null && firstError === null) return null
  return (
    <p class="q2">
      {firstError === null ? null : (
        <>
          First error at{' '}
          <a class="u" href={logHref(log, { ...PLAIN_QUERY, find: 'errors', line: firstError })}>
            line {count(firstError)}
          </a>
          .{' '}
        </>
      )}
      {fresh === null ? null : <FreshWords p={p} fresh={fresh} />}
    </p>
  )
}

/** “6 lines are new since the last success, storefront-515, 4 commits ago.” */
function FreshWords({ p, fresh }: { p: ExecutionProps; fresh: LogFresh }) {
  const { log, baseline } = p
  const commits = baseline?.id === fresh.since ? baseline.commits.length : 0
  const since = (
    <a class="u" href={`/executions/${fresh.since}?stage=${encodeURIComponent(log.stage)}`}>
      {fresh.since}
    </a>
  )
  const ago = commits === 0 ? '.' : `, ${counted(commits, 'commit')} ago.`
  if (fresh.count === 0)
    return (
      <>
        No line is new since the last success, {since}
        {ago}
      </>
    )
  const words = fresh.count === null ? 'What is new' : counted(fresh.count, 'line')
  return (
    <>
      <a class="u" href={logHref(log, { ...PLAIN_QUERY, find: 'new', lines: 'only' })}>
        {words}
      </a>
      {fresh.count === null ? ' ' : fresh.count === 1 ? ' is new ' : ' are new '}
      since the last success, {since}
      {ago}
    </>
  )
}

function summaryTitle(props: Props, stage: string | null, exitCode: number | null): string {
  const { status } = props.p.execution
  if (status === 'termination-failed') return 'It could not be terminated and may still run'
  if (stage === null) return status === 'error' ? 'The platform failed' : 'It failed'
  if (stage === 'validation') return 'The workflow is not valid'
  if (exitCode !== null && exitCode !== 0) return `${stage} ended with exit code ${exitCode}`
  return status === 'error' ? `The platform failed in ${stage}` : `${stage} failed`
}

function Rejection(props: Props) {
  const { frame, p } = props
  const gate = p.gates.find((one) => one.state === 'rejected' || one.state === 'expired')
  const decision = gate?.decisions.find((one) => one.verdict === 'rejected')
  return (
    <section class="pan card sum" aria-labelledby="wrong">
      <h2 id="wrong">
        {gate === undefined
          ? 'The approval was rejected'
          : `The deployment to ${gate.environment} was rejected`}
      </h2>
      {decision === undefined ? (
        <p class="q2">{p.execution.reason ?? 'Nobody decided in time.'}</p>
      ) : (
        <p class="q2">
          By {decision.person}, <Ago frame={frame} at={decision.at} />
          {decision.comment === null ? '.' : `: “${decision.comment}”`}
        </p>
      )}
    </section>
  )
}

/** The gate: what would be deployed where, who may decide, who has, and the two buttons that name their object. */
function GateCard(props: Props & { gate: GateLine }) {
  const { frame, p, gate } = props
  return (
    <section class="pan card ask" id="gate" aria-labelledby="gate-title">
      <div class="half">
        <div class="stack">
          <div>
            <h2 id="gate-title">
              {gate.kind === 'approval'
                ? gate.refusal === null
                  ? `${capital(gate.environment)} waits for your decision`
                  : `${capital(gate.environment)} waits for a decision`
                : `${capital(gate.environment)} waits to be deployed`}
            </h2>
            <p class="q2">
              Asked <Ago frame={frame} at={gate.askedAt} />.
              {gate.expiresAt === null
                ? null
                : ` Becomes Approval Rejected on ${instant(gate.expiresAt, frame.timezone)} if nobody decides, in ${duration(gate.expiresAt - frame.now)}.`}
            </p>
          </div>
          <GateFacts {...props} />
        </div>
        {gate.refusal === null ? (
          <GateForm frame={frame} id={p.execution.id} gate={gate} />
        ) : (
          <p class="note">
            <Icon frame={frame} name="ui-lock" />
            <span>{gate.refusal}</span>
          </p>
        )}
      </div>
    </section>
  )
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

function GateFacts(props: Props & { gate: GateLine }) {
  const { frame, p, gate } = props
  const { execution } = p
  return (
    <dl class="facts">
      <dt>Deploys</dt>
      <dd>
        {execution.id}
        {execution.sha === null ? null : (
          <>
            {' at '}
            <span class="m">{shortSha(execution.sha)}</span>
          </>
        )}
        , version {execution.version}
        {gate.digest === null ? null : (
          <>
            {', image '}
            <span class="m" title={gate.digest}>
              {shortDigest(gate.digest)}
            </span>
          </>
        )}
      </dd>
      {p.image === null ? null : (
        <>
          <dt>Image</dt>
          <dd class="m">{p.image.reference}</dd>
        </>
      )}
      <dt>Replaces</dt>
      <dd>
        {gate.replaces === null ? (
          'nothing yet'
        ) : (
          <>
            <a class="u" href={`/executions/${gate.replaces.id}`}>
              {gate.replaces.id}
            </a>
            , there for {duration(frame.now - gate.replaces.at)}
          </>
        )}
      </dd>
      {gate.kind === 'deployment' ? null : (
        <>
          <dt>Approvers</dt>
          <dd>
            {list(gate.approvers)}; {gate.quorum === 1 ? 'one is enough' : `${gate.quorum} are needed`}
          </dd>
        </>
      )}
      <Decisions frame={frame} gate={gate} />
    </dl>
  )
}

/** Who has decided so far, where more than one must. */
function Decisions(props: { frame: Frame; gate: GateLine }) {
  const { decisions } = props.gate
  if (decisions.length === 0) return null
  return (
    <>
      <dt>Decided</dt>
      <dd>
        {decisions.map((one) => (
          <p>
            {one.person} {one.verdict} <Ago frame={props.frame} at={one.at} />
            {one.comment === null ? '' : `: “${one.comment}”`}
          </p>
        ))}
      </dd>
    </>
  )
}

function GateForm(props: { frame: Frame; id: string; gate: GateLine }) {
  const { frame, id, gate } = props
  const base = `/executions/${id}`
  return (
    <form
      class="stack"
      method="post"
      action={gate.kind === 'approval' ? `${base}/approval` : `${base}/deployment`}
    >
      <Csrf visitor={frame.visitor} />
      <input type="hidden" name="environment" value={gate.environment} />
      <div>
        <label class="l" for="comment">
          Comment
        </label>
        <textarea
          class="in"
          id="comment"
          name="comment"
          rows={4}
          maxlength={2000}
          placeholder={
            gate.kind === 'approval' ? 'Optional for approval, asked for with a rejection' : 'Optional'
          }
        />
        <p class="hint">Stored with your name and the time, and shown to everyone.</p>
      </div>
      <Older frame={frame} why={gate.older} />
      <div class="row wraps">
        <button type="submit" class="btn pri">
          {gate.kind === 'approval'
            ? `Approve and deploy to ${gate.environment}`
            : `Deploy to ${gate.environment}`}
        </button>
        {gate.kind === 'approval' ? (
          <button type="submit" class="btn" formaction={`${base}/rejection`} formnovalidate>
            Reject
          </button>
        ) : null}
      </div>
    </form>
  )
}
