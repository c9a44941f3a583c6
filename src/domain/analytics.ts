import type { Spread } from './measure.ts'
import type { Days, Range, Trend } from './trend.ts'

/** What the analytics say of one pipeline, or of all, over a range. Everything counts on its execution's trigger day. */
export interface Analytics {
  readonly range: Range
  readonly days: Days
  /** The days begin and end in it. */
  readonly timezone: string
  /** A slug; null is all pipelines together. */
  readonly workflow: string | null
  readonly trend: Trend
  /** In the same number of periods before these. */
  readonly successRateBefore: number | null
  /** How long executions that succeeded ran, without queue and gates; in all, and in each period. */
  readonly duration: Spread | null
  readonly durations: readonly (Spread | null)[]
  /** How long segments waited for their turn and their engine. */
  readonly queue: Spread | null
  /** How long people took to decide at gates. */
  readonly gate: Spread | null
  /** Null where nothing is deployed anywhere. */
  readonly delivery: Delivery | null
  readonly stageTimes: StageTimes
  /** The stages that failed, or passed on the same commit after they had: the most often first. */
  readonly failing: readonly FailingStage[]
}

/** DORA's four, of one environment. */
export interface Delivery {
  readonly environment: string
  /** From the trigger to the end of the deployment; it counts the deployments. */
  readonly lead: Spread | null
  readonly perDay: number
  /** Deployments that began and failed. */
  readonly failed: number
  /** Of all that began and came to an end of their own; null where none did. */
  readonly failureRate: number | null
  /** From the first failed deployment to the next that succeeded. */
  readonly restoration: Spread | null
}

/** How long stages took where they succeeded, from some of the executions where there are many. */
export interface StageTimes {
  /** How many were looked at, evenly spread over the range, of how many. */
  readonly executions: number
  readonly of: number
  /** The slowest first. */
  readonly stages: readonly StageTime[]
}

export interface StageTime {
  readonly stage: string
  readonly now: Spread
  /** In the same number of periods before; null where it did not succeed then. */
  readonly before: Spread | null
  /** How often it failed: all of it, whatever was looked at. */
  readonly failed: number
}

export interface FailingStage {
  readonly workflow: string
  readonly stage: string
  readonly failed: number
  /** How often it failed and passed on the same commit after all. */
  readonly flaky: number
}
