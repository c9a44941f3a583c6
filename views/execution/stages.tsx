import { isFinal } from '../../src/domain/status.ts'
import type { Frame, StageLine } from '../model.ts'
import { Icon, StageIcon } from '../parts.tsx'
import { clock, duration, minuteOfDay, STAGE_WORDS } from '../words.ts'
import { type ExecutionProps, openGate, stageMs } from './model.ts'

const BAR_WIDTH = 112
const BAR_LEAST = 1.5

interface Span {
  readonly from: number
  readonly until: number
}

/** The stages in order, each with its place on the time scale; dashed rules are borders of segments. */
export function Stages(props: { frame: Frame; p: ExecutionProps }) {
  const { frame, p } = props
  const span = spanOf(p, frame.now)
  const ended = p.stages.filter((stage) => stage.finishedAt !== null).length
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
            execution={p.execution.id}
            stage={stage}
            span={span}
            shown={stage.id === p.log.stage ? 'shown' : 'other'}
            gate={gate !== null && stage.id === `deploy.${gate.environment}` ? gate.kind : null}
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

function spanOf(p: ExecutionProps, now: number): Span | null {
  const begun = p.stages.flatMap((stage) => (stage.startedAt === null ? [] : [stage.startedAt]))
  if (begun.length === 0) return null
  const ends = p.stages.flatMap((stage) => (stage.finishedAt === null ? [] : [stage.finishedAt]))
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

function Stage(props: {
  frame: Frame
  execution: string
  stage: StageLine
  span: Span | null
  shown: 'shown' | 'other'
  gate: 'approval' | 'deployment' | null
}) {
  const { frame, execution, stage, span, shown, gate } = props
  const ms = stageMs(stage, frame.now)
  return (
    <li>
      <a
        href={`/executions/${execution}?stage=${encodeURIComponent(stage.id)}`}
        aria-current={shown === 'shown' ? 'true' : undefined}
        title={stage.reason ?? undefined}
        data-row=""
      >
        {gate === null ? (
          <StageIcon frame={frame} status={stage.status} />
        ) : (
          <Icon frame={frame} name={`st-${gate}-pending`} class="call" />
        )}
        <span class="cut">
          <span class="vh">{gate === null ? STAGE_WORDS[stage.status] : 'Gate before it'}: </span>
          <StageName id={stage.id} />
        </span>
        {span === null || stage.startedAt === null || ms === null ? (
          <span />
        ) : (
          <Bar span={span} stage={stage} from={stage.startedAt} ms={ms} />
        )}
        <span class="n">
          {gate !== null ? (
            'gate'
          ) : stage.startedAt === null || ms === null ? null : stage.status === 'running' ? (
            <span data-since={stage.startedAt}>{duration(ms)}</span>
          ) : (
            duration(ms)
          )}
        </span>
      </a>
    </li>
  )
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

function Bar(props: { span: Span; stage: StageLine; from: number; ms: number }) {
  const { span, stage, from, ms } = props
  const scale = BAR_WIDTH / (span.until - span.from)
  const width = Math.min(BAR_WIDTH, Math.max(BAR_LEAST, ms * scale))
  const x = Math.min(BAR_WIDTH - width, (from - span.from) * scale)
  return (
    <svg class="gantt" viewBox={`0 0 ${BAR_WIDTH} 12`} preserveAspectRatio="none" aria-hidden="true">
      <rect
        class={BAR_HUES[stage.status] ?? 'f-q'}
        x={x.toFixed(1)}
        y="3"
        width={width.toFixed(1)}
        height="6"
      />
    </svg>
  )
}
