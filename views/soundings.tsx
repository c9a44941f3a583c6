import type { ExecutionLine, Frame } from './model.ts'
import { Ago, StatusIcon } from './parts.tsx'
import { counted, duration } from './words.ts'

/** One of a pipeline's last executions: how it ended, and how long it took. */
export interface Sounding {
  readonly id: string
  readonly well: boolean
  readonly ms: number
}

/** A pipeline as lists show it. */
export interface PipelineLine {
  readonly slug: string
  readonly executions: number
  /** The newest one, whatever it does; null where it has not run yet. */
  readonly last: ExecutionLine | null
  /** The last that succeeded or went wrong, oldest first. */
  readonly soundings: readonly Sounding[]
  /** The middle of the successes among them; null where there is none. */
  readonly usualMs: number | null
}

/** Bars of a sparkline. */
export const SOUNDINGS_MAX = 24

const PITCH = 5.5
const WATERLINE = 20
const ABOVE = 18
const BELOW = 10
const LEAST = 2

/** A bar each: above the waterline as long as a success took, below it what went wrong. */
export function Soundings({ of }: { of: PipelineLine }) {
  const { soundings } = of
  const well = soundings.filter((one) => one.well)
  const longest = Math.max(1, ...well.map((one) => one.ms))
  const words =
    soundings.length === 0
      ? 'Nothing has ended yet'
      : `${well.length} of the last ${counted(soundings.length, 'execution')} succeeded`
  const first = SOUNDINGS_MAX - soundings.length
  return (
    <svg class="spark" viewBox="0 0 132 32" preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      <path class="no s-q" d={`M0 ${WATERLINE + 0.5}h132`} />
      {soundings.map((one, i) => {
        const height = one.well ? Math.max(LEAST, (one.ms / longest) * ABOVE) : BELOW
        return (
          <rect
            class={one.well ? 'f-q' : 'f-bad'}
            x={(first + i) * PITCH}
            y={(one.well ? WATERLINE - height : WATERLINE + 1).toFixed(1)}
            width="4"
            height={height.toFixed(1)}
          />
        )
      })}
    </svg>
  )
}

/** How many of the last succeeded, and how long that usually takes. */
export function Rate({ of }: { of: PipelineLine }) {
  const { soundings, usualMs } = of
  const well = soundings.filter((one) => one.well).length
  return (
    <>
      {soundings.length === 0 ? '–' : `${Math.round((100 * well) / soundings.length)} %`}
      <br />
      <span class="q">{usualMs === null ? '–' : duration(usualMs)}</span>
    </>
  )
}

/** A pipeline's name, with the status of its newest execution. */
export function PipelineName(p: { frame: Frame; of: PipelineLine }) {
  const { frame, of } = p
  return (
    <a class="st lead" href={`/pipelines/${of.slug}`}>
      {of.last === null ? null : <StatusIcon frame={frame} status={of.last.status} />}
      {of.slug}
    </a>
  )
}

/** The newest execution, and when it was. */
export function Newest(p: { frame: Frame; of: PipelineLine }) {
  const { last } = p.of
  if (last === null) return <span class="q">not run yet</span>
  return (
    <>
      <a class="u" href={`/executions/${last.id}`}>
        {last.id}
      </a>{' '}
      <Ago frame={p.frame} at={last.triggeredAt} class="q nw" />
    </>
  )
}
