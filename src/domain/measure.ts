/** What is measured beside the counts by status. The first six are lengths of time; the others are only counted. */
export const MEASURE_KINDS = [
  // How long the segments of an execution that succeeded ran, without queue and gates.
  'duration',
  // How long a segment waited for its turn and its engine.
  'queue',
  // How long people took to open a gate or to reject it.
  'gate',
  // From the trigger to the end of a deployment, by environment.
  'deployment',
  // How long a deployment ran that failed, by environment.
  'failed-deployment',
  // From the first deployment that failed to the next that succeeded, by environment.
  'restoration',
  // A stage whose own verdict was no, by stage.
  'failed-stage',
  // One of those that passed on the same commit after all, by stage.
  'flaky-stage',
] as const
export type MeasureKind = (typeof MEASURE_KINDS)[number]

/** One thing that was measured, when an event completed it. */
export interface Sample {
  readonly kind: MeasureKind
  /** The environment or the stage it speaks of; '' for the execution itself. */
  readonly subject: string
  readonly ms: number
}

/** Lengths that share their leading bits, counted together. */
export interface LengthClass {
  readonly classMs: number
  readonly count: number
  readonly sumMs: number
}

/** Four leading bits: a class is nowhere wider than an eighth of its lengths. */
const CLASSES_AN_OCTAVE = 8

/** The least length of the class that a length belongs to. */
export function classOf(ms: number): number {
  let width = 1
  while (ms >= 2 * CLASSES_AN_OCTAVE * width) width *= 2
  return ms - (ms % width)
}

/** How lengths are spread: half of them are at most `p50Ms`, nineteen in twenty at most `p95Ms`. */
export interface Spread {
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
}

/** The spread of lengths in classes, each class told by its mean; null where there is none. */
export function spreadOf(classes: Iterable<LengthClass>): Spread | null {
  const merged = new Map<number, LengthClass>()
  for (const { classMs, count, sumMs } of classes) {
    const known = merged.get(classMs)
    merged.set(classMs, { classMs, count: count + (known?.count ?? 0), sumMs: sumMs + (known?.sumMs ?? 0) })
  }
  const sorted = [...merged.values()].sort((a, b) => a.classMs - b.classMs)
  const count = sorted.reduce((sum, one) => sum + one.count, 0)
  if (count === 0) return null
  return { count, p50Ms: meanAt(sorted, rankOf(50, count)), p95Ms: meanAt(sorted, rankOf(95, count)) }
}

/** The spread of lengths that are all known. */
export function spreadOfLengths(lengths: readonly number[]): Spread | null {
  return spreadOf(lengths.map((ms) => ({ classMs: ms, count: 1, sumMs: ms })))
}

/** The first place, from 1, at which so many of a hundred are reached. */
function rankOf(percent: number, count: number): number {
  return Math.max(1, Math.ceil((percent * count) / 100))
}

function meanAt(sorted: readonly LengthClass[], rank: number): number {
  let seen = 0
  for (const { count, sumMs } of sorted) {
    seen += count
    if (seen >= rank) return Math.round(sumMs / count)
  }
  return 0
}

/** How a stage ended in one of the executions of a commit. */
export interface Outcome {
  readonly executionId: number
  /** The trigger day of its execution. */
  readonly day: string
  readonly status: 'succeeded' | 'failed'
}

/**
 * The failures that one outcome shows to be flaky, by their days: all of the same stage and commit, and no later
 * execution had passed before. Whichever of the two was told first, each failure is shown once.
 */
export function shownFlaky(outcomes: readonly Outcome[], executionId: number): readonly string[] {
  const passedAfter = (failure: Outcome) =>
    outcomes.some(
      (other) =>
        other.status === 'succeeded' &&
        other.executionId > failure.executionId &&
        other.executionId !== executionId,
    )
  const own = outcomes.find((outcome) => outcome.executionId === executionId)
  if (own === undefined) return []
  if (own.status === 'failed') return passedAfter(own) ? [own.day] : []
  return outcomes
    .filter((one) => one.status === 'failed' && one.executionId < executionId && !passedAfter(one))
    .map((one) => one.day)
}
