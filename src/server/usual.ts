import type { Store } from '../store/store.ts'
import type { ExecutionRow } from '../store/tables.ts'
import { ranFor } from './comparison.ts'

/** As many successes tell what is usual; an odd number has a middle. */
const SUCCESSES = 11

/** How long a workflow's stages, and the whole of it, take where all goes well: the middle of the last successes. */
export interface Usual {
  /** By stage id. */
  readonly stages: ReadonlyMap<string, number>
  /** Null where nothing ever succeeded. */
  readonly whole: number | null
}

export function usual(store: Store, row: ExecutionRow): Usual {
  const successes = store.executions.successes(row.workflowId, row.id, SUCCESSES)
  const times = new Map<string, number[]>()
  for (const success of successes) {
    for (const { id, startedAt, finishedAt } of store.stages.list(success.id)) {
      if (startedAt === null || finishedAt === null) continue
      times.set(id, [...(times.get(id) ?? []), finishedAt - startedAt])
    }
  }
  const whole = successes.filter((one) => one.fromStage === null).flatMap((one) => ranFor(one) ?? [])
  return {
    stages: new Map([...times].map(([id, all]) => [id, middle(all) ?? 0])),
    whole: middle(whole),
  }
}

/** The upper of the two in the middle, where there are two. */
export function middle(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
}
