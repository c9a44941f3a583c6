import { isFinal } from '../../src/domain/status.ts'
import type { Frame, GateLine, StageLine } from '../model.ts'
import { Icon, StageIcon } from '../parts.tsx'
import { clock, duration, minuteOfDay, STAGE_WORDS } from '../words.ts'
import { type ExecutionProps, openGate, stageMs, type WaitLine } from './model.ts'

const BAR_WIDTH = 112
const BAR_LEAST = 1.5
/** A tick nearer to the beginning of its bar says nothing. */
const TICK_LEAST = 6

interface Span {
  readonly from: number
  readonly until: number
}

/** The stages in order, each with its place on the time scale; dashed rules are borders of segments. */
export function Stages(props: { frame: Frame; p: ExecutionProps }) {
  const { frame, p } = props
  const span = spanOf(p, frame.now)
  const ended = p.stages.filter((stage) => stage.finishedAt !== null && stage.status !== 'skipped').length
  const gate = openGate(p)
  return (
    <section class="pan" id="stages" aria-label="Stages">
      <header>
        <h2>Stages</h2>
        <span class="gap q">
          {ended} of {p.stages.length}
        </span>
      </header>
      {span === null ? null : <Axis frame={frame} span={span} />}
      <ol class="stages">
        {p.stages.flatMap((stage, i) => [
          isBorder(p.stages[i - 1], stage) ? <li class="cutline" /> : null,
          <Stage
            frame={frame}
            p={p}
            stage={stage}
            span={span}
            gate={gate !== null && stage.id === `deploy.${gate.environment}` ? gate : null}
          />,
        ])}
      </ol>
    </section>
  )
}

function isBorder(before: StageLine | undefined, stage: StageLine): boolean {
  return (
    before !== undefined &&
    before.segment !== null &&
    stage.segment !== null &&
    before.segment !== stage.segment
  )
}

/** From what happened first to what happens now. What was taken over happened elsewhere. */
function spanOf(p: ExecutionProps, now: number): Span | null {
  const begun = [
    ...p.stages.flatMap((stage) => (stage.startedAt === null ? [] : [stage.startedAt])),
    ...p.waits.map((wait) => wait.from),
  ]
  if (begun.length === 0) return null
  const ends = [
    ...p.stages.flatMap((stage) =>
      stage.startedAt === null || stage.finishedAt === null ? [] : [stage.finishedAt],
    ),
    ...p.waits.flatMap((wait) => (wait.until === null ? [] : [wait.until])),
  ]
  const until = isFinal(p.execution.status) ? Math.max(...ends, ...begun) : Math.max(now, ...ends)
  const from = Math.min(...begun)
  return { from, until: Math.max(until, from + 1) }
}

/** Below this both ends of the axis could read the same in minutes. */
const SHORT_MS = 5 * 60 * 1000

const BLOCKS = [0, 1, 2, 3, 4, 5, 6, 7]

function Axis(props: { frame: Frame; span: Span }) {
  const { frame, span } = props
  const words = span.until - span.from < SHORT_MS ? clock : minuteOfDay
  return (
    <div class="axis">
      <span />
      <span />
      <div class="ax">
        <span>{words(span.from, frame.timezone)}</span>
        <span>{words(span.until, frame.timezone)}</span>
        <svg viewBox="0 0 112 5" preserveAspectRatio="none" aria-hidden="true">
          {BLOCKS.map((i) =>
            i % 2 === 0 ? (
              <rect x={i * 14} width="14" height="5" class="f-q" />
            ) : (
              <rect x={i * 14 + 0.5} y=".5" width="14" height="4" class="no s-q" />
            ),
          )}
        </svg>
      </div>
      <span />
    </div>
  )
}

interface StageProps {
  readonly frame: Frame
  readonly p: ExecutionProps
  readonly stage: StageLine
  readonly span: Span | null
  /** The gate that it waits behind just now. */
  readonly gate: GateLine | null
}

function Stage(props: StageProps) {
  const { frame, p, stage, gate } = props
  const waited = p.waits.filter((wait) => wait.stage === stage.ordinal)
  return (
    <li>
      <a
        href={`/executions/${p.execution.id}?stage=${encodeURIComponent(stage.id)}`}
        aria-current={stage.id === p.log.stage ? 'true' : undefined}
        title={titleOf(frame, stage, waited)}
        data-row=""
      >
        {gate === null ? (
          <StageIcon frame={frame} status={stage.status} />
        ) : (
          <Icon frame={frame} name={`st-${gate.kind}-pending`} class="call" />
        )}
        <span class="cut">
          <span class="vh">{gate === null ? STAGE_WORDS[stage.status] : 'Gate before it'}: </span>
          <StageName id={stage.id} />
          <span class="vh">{waited.map((wait) => `, ${waitWords(frame, wait)}`).join('')}</span>
        </span>
        <Bar {...props} waited={waited} />
        <Length {...props} />
      </a>
    </li>
  )
}

const WAITED_FOR = { gate: 'at its gate', queue: 'in the queue', engine: 'for the engine' } as const

/** “waited 14 m 02 s at its gate” */
function waitWords(frame: Frame, { why, from, until }: WaitLine): string {
  return `${until === null ? 'waits' : 'waited'} ${duration((until ?? frame.now) - from)} ${WAITED_FOR[why]}`
}

function titleOf(frame: Frame, stage: StageLine, waited: readonly WaitLine[]): string | undefined {
  const words = [stage.reason, ...waited.map((wait) => `${waitWords(frame, wait)}.`)]
  return words.filter((one) => one !== null).join(' ') || undefined
}

/** How long it took, has taken, or its gate has waited. */
function Length({ frame, p, stage, gate }: StageProps) {
  const ms = stageMs(stage, frame.now)
  if (gate !== null)
    return (
      <span class="n" data-since={gate.askedAt}>
        {duration(frame.now - gate.askedAt)}
      </span>
    )
  if (stage.takenFrom !== null) return <span class="n q cut">{shortId(stage.takenFrom, p)}</span>
  if (stage.startedAt === null || ms === null) return <span class="n" />
  return stage.status === 'running' ? (
    <span class="n" data-since={stage.startedAt}>
      {duration(ms)}
    </span>
  ) : (
    <span class="n">{duration(ms)}</span>
  )
}

/** “from 12”: the workflow is the page's own. */
function shortId(id: string, { execution }: ExecutionProps): string {
  return `from ${id.slice(execution.workflow.length + 1)}`
}

/** `pre-build.unit-tests` is shown as “pre-build / unit-tests”. */
function StageName(props: { id: string }) {
  const dot = props.id.indexOf('.')
  if (dot < 0) return <>{props.id}</>
  return (
    <>
      <span class="q">{props.id.slice(0, dot)} / </span>
      {props.id.slice(dot + 1)}
    </>
  )
}

const BAR_HUES: Partial<Record<StageLine['status'], string>> = {
  running: 'f-run',
  failed: 'f-bad',
  error: 'f-fault',
  terminated: 'f-still',
}

/** What it waited for as a thin line, its work as a bar, and a tick where its work is usually done. */
function Bar(props: StageProps & { waited: readonly WaitLine[] }) {
  const { frame, p, stage, span, waited } = props
  const ms = stageMs(stage, frame.now)
  const worked = stage.startedAt !== null && ms !== null
  if (span === null || (!worked && waited.length === 0)) return <span />
  const scale = BAR_WIDTH / (span.until - span.from)
  const at = (time: number) => Math.min(BAR_WIDTH, Math.max(0, (time - span.from) * scale))
  const width = worked ? Math.min(BAR_WIDTH, Math.max(BAR_LEAST, ms * scale)) : 0
  const x = worked ? Math.min(BAR_WIDTH - width, at(stage.startedAt)) : 0
  const usual = worked ? p.usual.get(stage.id) : undefined
  const tick = usual === undefined || usual * scale < TICK_LEAST ? null : x + usual * scale
  return (
    <svg class="gantt" viewBox={`0 0 ${BAR_WIDTH} 12`} preserveAspectRatio="none" aria-hidden="true">
      {waited.map((wait) => (
        <rect
          class={wait.why === 'gate' ? 'f-call' : 'f-q'}
          x={at(wait.from).toFixed(1)}
          y="5.5"
          width={Math.max(1, at(wait.until ?? frame.now) - at(wait.from)).toFixed(1)}
          height="1"
        />
      ))}
      {worked ? (
        <rect
          class={BAR_HUES[stage.status] ?? 'f-q'}
          x={x.toFixed(1)}
          y="3"
          width={width.toFixed(1)}
          height="6"
        />
      ) : null}
      {tick === null || tick > BAR_WIDTH - 1 ? null : (
        <rect class="f-ink" x={tick.toFixed(1)} y="1" width="1" height="10" />
      )}
    </svg>
  )
}
