import { NO_ARGO_SETTINGS, type VariableValue, type Workflow } from '../domain/definition.ts'
import type { Plan, PlannedSegment, PlannedStage } from '../domain/plan.ts'
import { keptFor } from '../domain/rerun.ts'
import type { SegmentOrder, StageOrder } from '../engine/engine.ts'
import type { ExecutionRow, SegmentRow } from '../store/tables.ts'
import type { Parts } from './parts.ts'
import { secretValue } from './secrets.ts'

/** An order and the secret values that stand in it. */
export interface Ordered {
  readonly order: SegmentOrder
  readonly secrets: readonly string[]
}

/** All that an engine needs for a segment, secrets resolved; what a restarted engine needs is in it too. */
export function orderOf(parts: Parts, row: ExecutionRow, segment: SegmentRow): Ordered {
  const { plan, workflow } = subject(parts, row)
  const planned = plan.segments[segment.number]
  if (planned === undefined || row.planHash === null || row.sha === null)
    throw new Error(`Segment ${segment.handle} is not in the plan of its execution.`)
  const id = parts.store.executions.displayId(row.id)
  const secrets: string[] = []
  const common = variablesOf(parts, row, id, workflow)
  const stages = stagesOf(plan, planned).map((stage) => stageOrder(parts, stage, common, secrets))
  const order: SegmentOrder = {
    handle: segment.handle,
    planHash: row.planHash,
    execution: { uid: row.uid, id, workflow: workflow.name },
    segment: segment.number,
    source: { url: workflow.source.url, sha: row.sha, branch: row.branch, tag: row.tag, credential: null },
    environment: planned.environment,
    argo: NO_ARGO_SETTINGS,
    stages,
    artifactsFrom: artifactsFrom(parts, row, plan, planned),
    logBytesMax: parts.options.logBytesMax,
    graceMs: parts.options.graceMs,
  }
  return { order, secrets }
}

function subject({ store }: Parts, row: ExecutionRow): { plan: Plan; workflow: Workflow } {
  const text = row.planHash === null ? null : store.executions.plan(row.planHash)
  const version = store.workflows.version(row.workflowId, row.version)
  if (text === null || version === null) throw new Error(`Execution ${row.uid} has no plan.`)
  return { plan: JSON.parse(text), workflow: version.definition }
}

function stagesOf(plan: Plan, segment: PlannedSegment): PlannedStage[] {
  return plan.stages.filter((stage) => stage.segment === segment.number)
}

function stageOrder(
  parts: Parts,
  stage: PlannedStage,
  common: Readonly<Record<string, string>>,
  secrets: string[],
): StageOrder {
  if (stage.kind === 'validation') throw new Error('The validation is run by no engine.')
  const own = Object.entries(stage.env).map(([name, value]) => [name, plain(parts, value, secrets)])
  return {
    ordinal: stage.ordinal,
    id: stage.id,
    kind: stage.kind,
    run: stage.run,
    image: null,
    resources: null,
    env: {
      ...Object.fromEntries(own),
      ...common,
      PERIPLUS_STAGE: stage.id,
      ...(stage.environment === null ? {} : { PERIPLUS_ENVIRONMENT: stage.environment }),
    },
    secrets: Object.entries(stage.env).flatMap(([name, value]) => (typeof value === 'string' ? [] : [name])),
    timeoutMs: stage.timeoutMs,
    retries: stage.retries,
    continueOnFailure: stage.continueOnFailure,
    asRoot: stage.asRoot,
    artifacts: stage.artifacts,
  }
}

function plain(parts: Parts, value: VariableValue, secrets: string[]): string {
  if (typeof value === 'string') return value
  const secret = secretValue(parts, value.secret)
  secrets.push(secret)
  return secret
}

/** What every script is told of its execution. */
function variablesOf(
  parts: Parts,
  row: ExecutionRow,
  id: string,
  workflow: Workflow,
): Record<string, string> {
  return {
    PERIPLUS_EXECUTION_ID: id,
    PERIPLUS_UID: row.uid,
    PERIPLUS_WORKFLOW: workflow.name,
    PERIPLUS_TRIGGER: row.trigger,
    PERIPLUS_TRIGGERED_BY: row.triggeredBy,
    PERIPLUS_GIT_SHA: row.sha ?? '',
    PERIPLUS_GIT_BRANCH: row.branch ?? '',
    PERIPLUS_GIT_TAG: row.tag ?? '',
    ...outputsOf(parts, row),
  }
}

/** Outputs of earlier segments: `version` of `build` is PERIPLUS_OUTPUT_BUILD_VERSION. */
function outputsOf({ store }: Parts, row: ExecutionRow): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const stage of store.stages.list(row.id)) {
    if (stage.outputs === null) continue
    const outputs: Readonly<Record<string, string>> = JSON.parse(stage.outputs)
    for (const [key, value] of Object.entries(outputs)) variables[outputName(stage.id, key)] = value
  }
  return variables
}

function outputName(stage: string, key: string): string {
  return `PERIPLUS_OUTPUT_${stage}_${key}`.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase()
}

/** Earlier segments of the same engine that keep something, of this execution or of those that it goes on from. */
function artifactsFrom({ store }: Parts, row: ExecutionRow, plan: Plan, segment: PlannedSegment): string[] {
  return keptFor(plan, segment).map((kept) => {
    const ran = store.segments.ran(row.id, kept)
    if (ran === null) throw new Error(`Segment ${kept.number} of execution ${row.uid} was run nowhere.`)
    return ran.handle
  })
}
