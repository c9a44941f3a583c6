import { type Actor, reaches } from '../domain/actor.ts'
import type { GitRef, TriggerKind, Workflow } from '../domain/definition.ts'
import { Fault } from '../domain/fault.ts'
import { stepsOf } from '../domain/redeploy.ts'
import { chooseRef } from '../domain/ref.ts'
import { strip } from '../domain/strip.ts'
import { dayOf } from '../domain/trend.ts'
import type { ExecutionRow } from '../store/tables.ts'
import { type Desk, executionOf, record } from './desk.ts'

export interface TriggerRequest {
  /** The workflow's slug. */
  readonly workflow: string
  /** The newest where none is named. */
  readonly version?: number
  /** What the workflow's own source names where none is given. */
  readonly ref?: GitRef
  readonly trigger: TriggerKind
  readonly actor: Actor
  /** An earlier execution of the same workflow: its version and, where it came so far as to pin one, its commit. */
  readonly rerunOf?: number
  /** Ordinal of the first stage that a re-run has to run; null or none runs everything. */
  readonly fromStage?: number | null
  /** The environment that a redeploy goes to, and to no other. */
  readonly redeploys?: string
}

/** Begins an execution: its row, Pending, and the effect `prepare`, in one commit. */
export function trigger(desk: Desk, request: TriggerRequest): ExecutionRow {
  mayTrigger(request)
  return desk.store.transaction(() => {
    const { store, world, options } = desk
    const { workflow, version, commit, again } = subject(desk, request)
    const definition = version.definition
    requireActive(desk, definition, request.redeploys)
    // Lists are ordered by id and cut by day: a clock that was set back must not date an execution before its elders.
    const now = Math.max(world.now(), store.executions.latestTrigger())
    const id = store.executions.insert({
      uid: world.id(),
      workflowId: workflow.id,
      number: store.workflows.nextNumber(workflow.id),
      version: version.number,
      trigger: request.trigger,
      triggeredBy: request.actor.name,
      triggeredAt: now,
      day: dayOf(now, options.timezone),
      ...{ branch: commit.branch, tag: commit.tag, sha: commit.sha },
      ...{ title: again?.title ?? null, author: again?.author ?? null },
      engine: definition.engine ?? options.engine,
      strip: strip([{ phase: 'validation', status: 'pending' }], 'pending'),
      concurrencyGroup: definition.concurrency?.group ?? null,
      concurrencyLimit: definition.concurrency?.limit ?? null,
      timeoutMs: definition.timeoutMs,
      rerunOf: request.rerunOf ?? null,
      fromStage: request.fromStage ?? null,
      redeploys: request.redeploys ?? null,
    })
    begin(desk, id, workflow.id, request, now)
    return executionOf(desk, id)
  })
}

function begin(desk: Desk, id: number, workflowId: number, request: TriggerRequest, now: number): void {
  const { store } = desk
  const row = executionOf(desk, id)
  store.stages.insert({
    executionId: id,
    ordinal: 0,
    id: 'validation',
    phase: 'validation',
    segment: null,
    environment: null,
    status: 'pending',
    reason: null,
    finishedAt: null,
  })
  store.effects.insert({
    executionId: id,
    kind: 'prepare',
    segment: null,
    state: 'due',
    dueAt: now,
    createdAt: now,
  })
  store.trends.count(workflowId, row.day, null, 'pending')
  const reason = request.rerunOf === undefined ? null : againWords(desk, row)
  record(desk, { executionId: id, at: now, type: 'triggered', actor: request.actor, to: 'pending', reason })
  store.audit.append({
    at: now,
    actor: request.actor.name,
    action: 'trigger',
    subject: store.executions.displayId(id),
    outcome: 'done',
    detail: null,
  })
}

/** “Re-run of storefront-7.” */
function againWords({ store }: Desk, { rerunOf, redeploys }: ExecutionRow): string {
  const name = store.executions.displayId(rerunOf ?? 0)
  return redeploys === null ? `Re-run of ${name}.` : `Redeploys ${name} to ${redeploys}.`
}

function mayTrigger({ actor, workflow }: TriggerRequest): void {
  if (actor.kind === 'person' && !reaches(actor.role, 'executor'))
    throw new Fault(
      'forbidden',
      `Running ${workflow} needs the role executor; ${actor.name} is a ${actor.role}.`,
    )
}

/** Which version of which workflow, and which commit. */
function subject(desk: Desk, request: TriggerRequest) {
  const { store } = desk
  const workflow = store.workflows.bySlug(request.workflow)
  if (workflow === null) throw new Fault('not_found', `There is no workflow named ${request.workflow}.`)
  const again = request.rerunOf === undefined ? null : executionOf(desk, request.rerunOf)
  if (again !== null && again.workflowId !== workflow.id)
    throw new Fault(
      'invalid',
      `Execution ${store.executions.displayId(again.id)} is not one of ${request.workflow}.`,
    )
  const number = request.version ?? again?.version ?? workflow.version
  const version = store.workflows.version(workflow.id, number)
  if (version === null) throw new Fault('not_found', `Workflow ${request.workflow} has no version ${number}.`)
  const commit = again ?? commitOf(chooseRef(version.definition.source.ref, request.ref ?? null))
  return { workflow, version, commit, again }
}

function commitOf(ref: GitRef): Pick<ExecutionRow, 'branch' | 'tag' | 'sha'> {
  return {
    branch: ref.kind === 'branch' ? ref.name : null,
    tag: ref.kind === 'tag' ? ref.name : null,
    sha: ref.kind === 'sha' ? ref.sha : null,
  }
}

/** Refused here, so that nobody waits for a deploy that cannot come; what changes later, the preparation finds. */
function requireActive({ store }: Desk, definition: Workflow, alone?: string): void {
  for (const { environment } of stepsOf(definition, alone ?? null)) {
    if (store.environments.bySlug(environment)?.active === 0)
      throw new Fault(
        'conflict',
        `Environment ${environment} is not active, so ${definition.name} cannot be deployed to it. Activate it, or leave it out of the workflow.`,
      )
  }
}
