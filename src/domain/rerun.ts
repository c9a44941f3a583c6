import type { Plan, PlannedSegment, PlannedStage } from './plan.ts'
import type { StageStatus } from './status.ts'

/** A stage of the execution that is run again, as it ended there. */
interface EndedStage {
  readonly ordinal: number
  readonly segment: number | null
  readonly status: StageStatus
}

/** The first stage of the segment that an execution stopped at or before; null where that is its very beginning. */
export function stoppedAt(plan: Plan | null, at: number): PlannedStage | null {
  const first = at === 0 ? undefined : plan?.segments[at]?.stages[0]
  return first === undefined ? null : (plan?.stages[first] ?? null)
}

/** Where a plan begins that takes over what an earlier execution did before a stage, and the ordinals it takes over. */
export interface Takeover {
  /** Number of the first segment that is run. */
  readonly from: number
  readonly stages: ReadonlySet<number>
}

/**
 * Whole segments are taken over, never parts of one: the first that holds a stage which the earlier execution did not
 * carry through is where the re-run begins, for environments may have changed meanwhile and cut the plan elsewhere.
 */
export function takeover(plan: Plan, fromStage: number | null, earlier: readonly EndedStage[]): Takeover {
  const done = new Set(
    earlier
      .filter((stage) => stage.ordinal < (fromStage ?? 0) && wasRun(stage))
      .map((stage) => stage.ordinal),
  )
  const found = plan.segments.findIndex(({ stages }) => !stages.every((ordinal) => done.has(ordinal)))
  const from = found < 0 ? plan.segments.length : found
  return { from, stages: new Set(plan.segments.slice(0, from).flatMap(({ stages }) => stages)) }
}

/** One that failed and was allowed to is as good as done: its segment went on. */
function wasRun({ segment, status }: EndedStage): boolean {
  return segment !== null && (status === 'succeeded' || status === 'failed')
}

/** The segments before one whose kept files are laid into its workspace: those of the same engine that keep some. */
export function keptFor(plan: Plan, segment: Pick<PlannedSegment, 'number' | 'engine'>): PlannedSegment[] {
  return plan.segments.filter(
    ({ number, engine, stages }) =>
      number < segment.number &&
      engine === segment.engine &&
      stages.some((ordinal) => (plan.stages[ordinal]?.artifacts.length ?? 0) > 0),
  )
}

/** The segments before `from` whose kept files are still needed by what is run from there on. */
export function keptBefore(plan: Plan, from: number): PlannedSegment[] {
  const needed = plan.segments.slice(from).flatMap((segment) => keptFor(plan, segment))
  return [...new Set(needed)].filter(({ number }) => number < from)
}
