import {
  type ComparedStage,
  type Pace,
  paceOf,
  paired,
  pairOutputs,
  pairStages,
  type StagePair,
  type ValuePair,
} from '../domain/comparison.ts'
import { type DiffLine, diff } from '../domain/diff.ts'
import { Fault } from '../domain/fault.ts'
import type { Store } from '../store/store.ts'
import type { ExecutionRow, StageRow } from '../store/tables.ts'
import { type Commit, commitsSince, lastSuccess } from './baseline.ts'
import { findExecution } from './lookup.ts'

/** What differs between two executions of a workflow, as JSON and pages tell it. */
export interface Comparison {
  /** The other one, most often the earlier. */
  readonly before: ExecutionRow
  readonly after: ExecutionRow
  readonly pace: Pace | null
  /** All lines of both versions; empty where it is one version. */
  readonly definition: readonly DiffLine[]
  readonly commits: readonly Commit[]
  readonly stages: readonly StagePair[]
  readonly outputs: readonly ValuePair[]
  readonly environments: readonly DeployedPair[]
}

interface Deployed {
  readonly environment: string
  readonly at: number
  readonly by: string
}

interface DeployedPair {
  readonly name: string
  readonly before: Deployed | null
  readonly after: Deployed | null
}

/** Compares an execution with another of its workflow, by default with the last success before it. */
export function comparison(store: Store, after: ExecutionRow, other: string | null): Comparison {
  const before = otherOf(store, after, other)
  const [old, young] = [stagesOf(store, before), stagesOf(store, after)]
  const text = (row: ExecutionRow) => store.workflows.version(row.workflowId, row.version)?.text ?? ''
  const [earlier, later] = before.id < after.id ? [before, after] : [after, before]
  return {
    before,
    after,
    // A re-run that begins in the middle is no slower or faster than one that runs everything.
    pace:
      before.fromStage === null && after.fromStage === null ? paceOf(ranFor(before), ranFor(after)) : null,
    definition: before.version === after.version ? [] : diff(text(before), text(after)),
    commits: commitsSince(store, later, earlier),
    stages: pairStages(old, young),
    outputs: pairOutputs(old, young),
    environments: paired(deployedBy(store, before), deployedBy(store, after), (one) => one.environment).map(
      ([one, two]) => ({ name: (two ?? one)?.environment ?? '', before: one, after: two }),
    ),
  }
}

function otherOf(store: Store, row: ExecutionRow, other: string | null): ExecutionRow {
  const name = store.executions.displayId(row.id)
  if (other === null) {
    const success = lastSuccess(store, row)
    if (success !== null) return success
    throw new Fault(
      'not_found',
      `Nothing of this workflow succeeded before ${name}. Name another execution to compare it with.`,
    )
  }
  const found = findExecution(store, other)
  if (found.workflowId === row.workflowId) return found
  throw new Fault(
    'invalid',
    `${store.executions.displayId(found.id)} and ${name} are of two workflows; only executions of one can be compared.`,
  )
}

/** From its first segment to its end; gates included, for that is how long people waited. */
export function ranFor({
  startedAt,
  finishedAt,
}: Pick<ExecutionRow, 'startedAt' | 'finishedAt'>): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt - startedAt
}

function stagesOf(store: Store, row: ExecutionRow): ComparedStage[] {
  return store.stages.list(row.id).map((stage) => ({
    id: stage.id,
    phase: stage.phase,
    status: stage.status,
    ms: stageTime(stage),
    takenFrom: stage.takenFrom === null ? null : store.executions.displayId(stage.takenFrom),
    outputs: ownOutputs(row, stage),
  }))
}

/** Without what every checkout says of the commit, which is compared by itself. */
function ownOutputs({ title, author }: ExecutionRow, { outputs }: StageRow): Record<string, string> {
  const all: Readonly<Record<string, string>> = outputs === null ? {} : JSON.parse(outputs)
  const said: Readonly<Record<string, string | null>> = { title, author }
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => said[key] !== value))
}

function stageTime({ startedAt, finishedAt }: StageRow): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt - startedAt
}

function deployedBy(store: Store, row: ExecutionRow): Deployed[] {
  return store.deployments
    .ofExecution(row.id)
    .map(({ environment, deployedAt, deployedBy: by }) => ({ environment, at: deployedAt, by }))
}
