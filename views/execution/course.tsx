import { PHASE_WORDS, PHASES, type Phase } from '../../src/domain/status.ts'
import { STRIP_MARKS, type StripMark } from '../../src/domain/strip.ts'
import type { Frame, StageLine } from '../model.ts'
import { Icon, Strip } from '../parts.tsx'
import { duration, type Hue } from '../words.ts'
import { type ExecutionProps, stageMs } from './model.ts'

type Look = {
  readonly icon: Parameters<typeof Icon>[0]['name']
  readonly hue: Hue
  readonly state: 'done' | 'now' | 'ahead'
}

const LOOKS: Readonly<Record<StripMark, Look>> = {
  s: { icon: 'st-succeeded', hue: 'ok', state: 'done' },
  f: { icon: 'st-failed', hue: 'bad', state: 'now' },
  e: { icon: 'st-error', hue: 'fault', state: 'now' },
  r: { icon: 'st-running', hue: 'run', state: 'now' },
  p: { icon: 'st-pending', hue: 'still', state: 'now' },
  w: { icon: 'st-waiting', hue: 'still', state: 'ahead' },
  a: { icon: 'st-approval-pending', hue: 'call', state: 'now' },
  d: { icon: 'st-deployment-pending', hue: 'call', state: 'now' },
  j: { icon: 'st-approval-rejected', hue: 'bad', state: 'now' },
  k: { icon: 'st-skipped', hue: 'still', state: 'ahead' },
  t: { icon: 'st-terminated', hue: 'still', state: 'now' },
  '-': { icon: 'st-none', hue: 'still', state: 'ahead' },
}

/** The nine phases on their course line; on a phone the strip and a sentence. */
export function Course(props: { frame: Frame; p: ExecutionProps }) {
  const { frame, p } = props
  const marks = PHASES.map((_, i) => markAt(p.execution.strip, i))
  const here = marks.findIndex((mark) => LOOKS[mark].state === 'now')
  return (
    <div id="course">
      <ol class="track" aria-label="Phases">
        {PHASES.map((phase, i) => (
          <PhaseMark
            frame={frame}
            phase={phase}
            mark={marks[i] ?? '-'}
            here={i === here ? 'here' : 'elsewhere'}
            stages={p.stages.filter((stage) => stage.phase === phase)}
          />
        ))}
      </ol>
      <div class="only-s phase-s">
        <Strip marks={p.execution.strip} />
        <span>{whereWords(here)}</span>
      </div>
    </div>
  )
}

function markAt(strip: string, i: number): StripMark {
  const mark = strip[i]
  return mark !== undefined && mark in STRIP_MARKS ? (mark as StripMark) : '-'
}

const ORDINALS = ['1st', '2nd', '3rd', '4th', '5th', '6th', '7th', '8th', '9th']

function whereWords(here: number): string {
  const phase = PHASES[here]
  return phase === undefined ? 'All phases done' : `${PHASE_WORDS[phase]}, ${ORDINALS[here]} of 9 phases`
}

function PhaseMark(props: {
  frame: Frame
  phase: Phase
  mark: StripMark
  here: 'here' | 'elsewhere'
  stages: readonly StageLine[]
}) {
  const { frame, phase, mark, here, stages } = props
  const look = LOOKS[mark]
  const place = look.state === 'ahead' ? (mark === '-' ? 'nil todo' : 'todo') : here === 'here' ? 'cur0' : ''
  return (
    <li class={place} aria-current={here === 'here' ? 'step' : undefined}>
      <Icon frame={frame} name={look.icon} class={mark === 'r' ? `${look.hue} spin` : look.hue} />
      <span class="vh">{STRIP_MARKS[mark]}: </span>
      <b>{PHASE_WORDS[phase]}</b>
      <span class="q">{phaseWords(frame, phase, mark, stages)}</span>
    </li>
  )
}

/** Under a phase: how long it took, or what it will do. */
function phaseWords(frame: Frame, phase: Phase, mark: StripMark, stages: readonly StageLine[]): string {
  if (mark === '-' || stages.length === 0) return mark === '-' ? 'not configured' : STRIP_MARKS[mark]
  const worked = stages.map((stage) => stageMs(stage, frame.now)).filter((ms) => ms !== null)
  if (mark === 'a' || mark === 'd' || mark === 'j') {
    const deployed = stages.filter((stage) => stage.status === 'succeeded' && stage.id.startsWith('deploy.'))
    const all = stages.filter((stage) => stage.id.startsWith('deploy.'))
    return `${deployed.length} of ${all.length} deployed`
  }
  const [taken] = stages.flatMap((stage) => stage.takenFrom ?? [])
  if (taken !== undefined && worked.length === 0) return `from ${taken}`
  if (worked.length > 0) return duration(worked.reduce((sum, ms) => sum + ms, 0))
  if (mark === 's') return 'succeeded'
  const things = stages.filter((stage) => !stage.id.startsWith('verify.')).length
  return thingWords(phase, things)
}

function thingWords(phase: Phase, n: number): string {
  const one = phase === 'deploy' ? 'environment' : phase === 'build' || phase === 'source' ? 'stage' : 'tool'
  return `${n} ${one}${n === 1 ? '' : 's'}`
}
