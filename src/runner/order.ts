import { type GitCredential, type RegistryCredential, registryFile, secretsOf } from '../domain/credential.ts'
import type { VariableValue, Workflow } from '../domain/definition.ts'
import { pushedImage } from '../domain/image/pushed.ts'
import type { Plan, PlannedSegment, PlannedStage } from '../domain/plan.ts'
import { keptFor } from '../domain/rerun.ts'
import type { SegmentOrder, StageOrder } from '../engine/engine.ts'
import type { ExecutionRow, SegmentRow } from '../store/tables.ts'
import type { Parts } from './parts.ts'
import { credentialOf, registryOf, secretValue } from './secrets.ts'

/** An order and the secret values that stand in it. */
export interface Ordered {
  readonly order: SegmentOrder
  readonly secrets: readonly string[]
}

/** What a segment's order is made of. */
export interface OrderParts {
  readonly handle: string
  readonly planHash: string
  readonly plan: Plan
  readonly segment: PlannedSegment
  readonly workflow: Pick<Workflow, 'name' | 'source'>
  readonly credential: GitCredential | null
  readonly execution: Pick<ExecutionRow, 'uid' | 'branch' | 'tag'> & {
    readonly id: string
    readonly sha: string
    readonly trigger: string
    readonly triggeredBy: string
  }
  /** Variables with what earlier segments handed on. */
  readonly outputs: Readonly<Record<string, string>>
  readonly artifactsFrom: readonly string[]
  readonly logBytesMax: number
  readonly graceMs: number
  /** The value of a secret. */
  readonly secret: (name: string) => string
  /** What a registry asks for. */
  readonly registry: (name: string) => RegistryCredential
}

/** All that an engine needs for a segment, secrets resolved; what a restarted engine needs is in it too. */
export function orderOf(
  parts: Pick<Parts, 'store' | 'keys' | 'options'>,
  row: ExecutionRow,
  segment: SegmentRow,
): Ordered {
  const { store, options } = parts
  const plan = row.planHash === null ? null : store.executions.plan(row.planHash)
  const version = store.workflows.version(row.workflowId, row.version)
  if (plan === null || version === null) throw new Error(`Execution ${row.uid} has no plan.`)
  const planned = plan.segments[segment.number]
  if (planned === undefined || row.planHash === null || row.sha === null)
    throw new Error(`Segment ${segment.handle} is not in the plan of its execution.`)
  const credential = credentialOf(parts, version.definition.source.credential)
  const secrets: string[] = [...secretsOf(credential)]
  const order = makeOrder({
    handle: segment.handle,
    planHash: row.planHash,
    plan,
    segment: planned,
    workflow: version.definition,
    credential,
    execution: { ...row, id: store.executions.displayId(row.id), sha: row.sha },
    outputs: outputsOf(parts, row),
    artifactsFrom: artifactsFrom(parts, row, plan, planned),
    logBytesMax: options.logBytesMax,
    graceMs: options.graceMs,
    secret: (name) => {
      const value = secretValue(parts, name)
      secrets.push(value)
      return value
    },
    registry: (name) => {
      const registry = registryOf(parts, name)
      secrets.push(...secretsOf(registry))
      return registry
    },
  })
  return { order, secrets }
}

/** An order from all that stands in it, wherever that comes from. */
export function makeOrder(parts: OrderParts): SegmentOrder {
  const { plan, segment, workflow, execution } = parts
  const { uid, id, sha, branch, tag } = execution
  return {
    handle: parts.handle,
    planHash: parts.planHash,
    execution: { uid, id, workflow: workflow.name },
    segment: segment.number,
    source: { url: workflow.source.url, sha, branch, tag, credential: parts.credential },
    environment: segment.environment,
    argo: segment.argo,
    stages: plan.stages
      .filter((stage) => stage.segment === segment.number)
      .map((stage) => stageOrder(parts, stage)),
    artifactsFrom: parts.artifactsFrom,
    logBytesMax: parts.logBytesMax,
    graceMs: parts.graceMs,
  }
}

function stageOrder(parts: OrderParts, stage: PlannedStage): StageOrder {
  if (stage.kind === 'validation') throw new Error('The validation is run by no engine.')
  const own = Object.entries(stage.env).map(([name, value]) => [name, plain(value, parts)])
  const registry = stage.registry === null ? null : parts.registry(stage.registry)
  return {
    ordinal: stage.ordinal,
    id: stage.id,
    kind: stage.kind,
    run: runOf(stage, parts.plan),
    image: stage.image,
    resources: stage.resources,
    env: {
      ...Object.fromEntries(own),
      ...variablesOf(parts),
      PERIPLUS_STAGE: stage.id,
      ...(stage.environment === null ? {} : { PERIPLUS_ENVIRONMENT: stage.environment }),
      ...(registry === null ? {} : registryVariables(registry)),
    },
    secrets: Object.entries(stage.env).flatMap(([name, value]) => (typeof value === 'string' ? [] : [name])),
    files: {
      ...(registry === null ? {} : { [REGISTRY_FILE]: registryFile(registry) }),
      ...Object.fromEntries(
        Object.entries(stage.files).map(([name, { secret }]) => [name, parts.secret(secret)]),
      ),
    },
    timeoutMs: stage.timeoutMs,
    retries: stage.retries,
    continueOnFailure: stage.continueOnFailure,
    asRoot: stage.asRoot,
    artifacts: stage.artifacts,
    reports: stage.reports,
  }
}

/** Docker reads no other, and all others read it where they are told to. */
const REGISTRY_FILE = 'config.json'

function registryVariables({ address, plainHttp }: RegistryCredential): Readonly<Record<string, string>> {
  return { PERIPLUS_REGISTRY: address, ...(plainHttp ? { PERIPLUS_REGISTRY_PLAIN: '1' } : {}) }
}

/** What follows the push in its own segment was ordered before anybody knew the digest: it reads what the push left. */
function runOf({ run, segment, ordinal }: PlannedStage, { stages }: Plan): string | null {
  const isAfter = stages.some(
    (other) => other.kind === 'push' && other.segment === segment && other.ordinal < ordinal,
  )
  return run !== null && isAfter ? `. "$PERIPLUS_IMAGE_ARCHIVE.env"; ${run}` : run
}

function plain(value: VariableValue, { secret }: OrderParts): string {
  return typeof value === 'string' ? value : secret(value.secret)
}

/** What every script is told of its execution. */
function variablesOf({ workflow, execution, outputs }: OrderParts): Readonly<Record<string, string>> {
  return {
    PERIPLUS_EXECUTION_ID: execution.id,
    PERIPLUS_UID: execution.uid,
    PERIPLUS_WORKFLOW: workflow.name,
    PERIPLUS_TRIGGER: execution.trigger,
    PERIPLUS_TRIGGERED_BY: execution.triggeredBy,
    PERIPLUS_GIT_SHA: execution.sha,
    PERIPLUS_GIT_BRANCH: execution.branch ?? '',
    PERIPLUS_GIT_TAG: execution.tag ?? '',
    ...outputs,
  }
}

/** Outputs of earlier segments: `version` of `build` is PERIPLUS_OUTPUT_BUILD_VERSION. What was pushed has names of its own. */
function outputsOf({ store }: Pick<Parts, 'store'>, row: ExecutionRow): Record<string, string> {
  const stages = store.stages.list(row.id)
  const image = pushedImage(stages)
  const variables: Record<string, string> =
    image === null ? {} : { PERIPLUS_IMAGE: image.reference, PERIPLUS_IMAGE_DIGEST: image.digest }
  for (const stage of stages) {
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
function artifactsFrom(
  { store }: Pick<Parts, 'store'>,
  row: ExecutionRow,
  plan: Plan,
  segment: PlannedSegment,
): string[] {
  return keptFor(plan, segment).map((kept) => {
    const ran = store.segments.ran(row.id, kept)
    if (ran === null) throw new Error(`Segment ${kept.number} of execution ${row.uid} was run nowhere.`)
    return ran.handle
  })
}
