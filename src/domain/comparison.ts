import { type DiffLine, diff } from './diff.ts'
import type { Phase, StageStatus } from './status.ts'

/** One stage of one execution, as far as two are compared. */
export interface ComparedStage {
  readonly id: string
  readonly phase: Phase
  readonly status: StageStatus
  /** How long it ran; null where it did not, or still does. */
  readonly ms: number | null
  /** Where it was taken over from: its time is that execution's. */
  readonly takenFrom: string | null
  readonly outputs: Readonly<Record<string, string>>
}

export type Pace = 'slower' | 'faster' | 'alike'

/** A stage in both executions; null where one of them has no such stage. */
export interface StagePair {
  readonly id: string
  readonly phase: Phase
  readonly before: ComparedStage | null
  readonly after: ComparedStage | null
  /** Null where one of them did not run it to its end. */
  readonly pace: Pace | null
}

/** One value in both; null where it was not there. */
export interface ValuePair {
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

/** Below both of these a difference is noise: a tenth of the time, and half a second. */
const SHARE_LEAST = 0.1
const MS_LEAST = 500

/** Whether something took longer than before, by more than times vary. */
export function paceOf(before: number | null, after: number | null): Pace | null {
  if (before === null || after === null) return null
  const least = Math.max(MS_LEAST, before * SHARE_LEAST)
  if (Math.abs(after - before) < least) return 'alike'
  return after > before ? 'slower' : 'faster'
}

/** The stages of both in the order of the later one; what only the earlier one has stands where it stood. */
export function pairStages(before: readonly ComparedStage[], after: readonly ComparedStage[]): StagePair[] {
  return paired(before, after, (stage) => stage.id).map(([one, other]) => {
    const either = other ?? one
    if (either === null) throw new Error('A pair has at least one stage.')
    return {
      ...{ id: either.id, phase: either.phase, before: one, after: other },
      pace: paceOf(timeOf(one), timeOf(other)),
    }
  })
}

/** What was taken over was not run, so its time says nothing about this execution. */
function timeOf(stage: ComparedStage | null): number | null {
  return stage === null || stage.takenFrom !== null ? null : stage.ms
}

/** What the stages handed on, `build.version` and so on. */
export function pairOutputs(before: readonly ComparedStage[], after: readonly ComparedStage[]): ValuePair[] {
  const named = (stages: readonly ComparedStage[]) =>
    stages.flatMap((stage) =>
      Object.entries(stage.outputs).map(([key, value]) => ({ name: `${stage.id}.${key}`, value })),
    )
  return paired(named(before), named(after), (one) => one.name).map(([one, other]) => ({
    name: (other ?? one)?.name ?? '',
    before: one?.value ?? null,
    after: other?.value ?? null,
  }))
}

/** Equal things side by side, in the order of the second list; what only the first has stands behind what it followed. */
export function paired<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string,
): (readonly [T | null, T | null])[] {
  const old = new Map(before.map((one) => [nameOf(one), one]))
  const young = new Map(after.map((one) => [nameOf(one), one]))
  // The two orders as two texts of names: their difference is the order of both.
  const lines = diff([...old.keys()].join('\n'), [...young.keys()].join('\n'))
  const names = new Set(lines.map((line: DiffLine) => line.text))
  return [...names].map((name) => [old.get(name) ?? null, young.get(name) ?? null] as const)
}
