import type { Actor, Person } from '../domain/actor.ts'
import type { Happening } from '../domain/machine.ts'
import type { Plan } from '../domain/plan.ts'
import type { Store } from '../store/store.ts'
import type { ExecutionRow } from '../store/tables.ts'
import type { World } from '../world.ts'
import { apply, type Circumstances, type Outcome } from './apply.ts'
import { type Desk, executionOf, type LedgerOptions } from './desk.ts'
import type { Feed } from './feed.ts'
import { type Confirmation, olderThere } from './older.ts'
import { admit, mayAdmit, waitingFor } from './queue.ts'
import { reported } from './reports.ts'
import {
  type Redeployment,
  type RerunFrom,
  type Resumption,
  redeploy,
  redeployment,
  rerun,
  resumption,
  unresumable,
} from './rerun.ts'
import { applyStageNews, type StageNews } from './stages.ts'
import { type TriggerRequest, trigger } from './trigger.ts'
import { approve, deploy, reject, terminate } from './wishes.ts'
import {
  type Attempt,
  attempt,
  leftover,
  type Preparation,
  postpone,
  prepared,
  released,
  submitted,
  waits,
} from './work.ts'

export type { LedgerOptions } from './desk.ts'
export type { TriggerRequest } from './trigger.ts'

/** The one door through which an execution changes. Everything here is one transaction each, or joins the caller's. */
export interface Ledger {
  /** Begins an execution. A Fault where the workflow, the version or the ref cannot be run, or the person may not. */
  trigger(request: TriggerRequest): ExecutionRow
  /**
   * Begins an execution of the same version and commit as one that has ended. A Fault, audited, where it has not, or what
   * it kept for the stages to come is gone.
   */
  rerun(id: number, from: RerunFrom, actor: Actor): ExecutionRow
  /**
   * Begins an execution that deploys to one environment again what an earlier one brought there. A Fault, audited, where
   * that is going on, or what it needs is gone.
   */
  redeploy(id: number, environment: string, actor: Actor, confirmation: Confirmation): ExecutionRow
  /**
   * Counts one approval; opens the gate at its quorum. A refused wish is a Fault and is audited; so is one to deploy what
   * is older than what stands there, unless it is confirmed.
   */
  approve(
    id: number,
    environment: string,
    person: Person,
    comment: string | null,
    confirmation?: Confirmation,
  ): ExecutionRow
  reject(id: number, environment: string, person: Person, comment: string): ExecutionRow
  /** Opens a deployment gate. */
  deploy(
    id: number,
    environment: string,
    person: Person,
    comment: string | null,
    confirmation?: Confirmation,
  ): ExecutionRow
  terminate(id: number, actor: Actor, reason: string | null): ExecutionRow
  /** Where a re-run would go on from where an execution stopped; null where that is its start. */
  resumption(id: number): Resumption | null
  /** Whether an execution could be deployed to an environment again, and from which stage on. */
  redeployment(id: number, environment: string): Redeployment
  /** That it is older than what stands in an environment, in a sentence; null where it is not. */
  olderThere(id: number, environment: string): string | null
  /** Why it waits, in a sentence, as things stand now; null where it does not wait. */
  waitingFor(id: number): string | null

  /** For the runner: what an engine, a preparation or the clock has to say. Refused news is logged and changes nothing. */
  news(id: number, event: Happening, around: Circumstances): boolean
  stageNews(id: number, ordinal: number, news: StageNews): boolean
  /** Its reports were read, or their findings count otherwise now. */
  reported(id: number): void
  /** Why a re-run cannot begin where it should, as things are and with this plan; null where it can. */
  unresumable(id: number, plan: Plan): string | null
  /** The plan, its hash and the pinned commit; in Terminating it is kept and leaves nothing to do. */
  prepared(id: number, effectId: number, preparation: Preparation): boolean
  /** Before each call of an engine: null where the effect is not to be performed any more. */
  attempt(effectId: number, pins: Uint8Array | null): Attempt | null
  submitted(id: number, segment: number): void
  released(effectId: number): void
  /** A segment of a final execution was found alive and is being ended: audited. */
  leftover(id: number, handle: string): void
  /** Nobody knows, or it is not time yet: to be tried again at `dueAt`; `reason` is shown where an execution waits for it. */
  postpone(effectId: number, dueAt: number, reason: string | null): void
  waits(id: number, reason: string | null): void
  /** What the passing of time brings: gates expire, deadlines strike, a disk has room again. */
  tick(): void
}

export function createLedger(store: Store, world: World, feed: Feed, options: LedgerOptions): Ledger {
  const desk: Desk = { store, world, feed, options }
  return {
    trigger: (request) => trigger(desk, request),
    rerun: (id, from, actor) => rerun(desk, id, from, actor),
    resumption: (id) => resumption(desk, executionOf(desk, id)),
    redeploy: (id, environment, actor, confirmation) => redeploy(desk, id, environment, actor, confirmation),
    redeployment: (id, environment) => redeployment(desk, executionOf(desk, id), environment),
    olderThere: (id, environment) => olderThere(desk, executionOf(desk, id), environment),
    approve: (id, environment, person, comment, confirmation = 'unconfirmed') =>
      approve(desk, id, { environment, person, comment, confirmation }),
    reject: (id, environment, person, comment) => reject(desk, id, environment, person, comment),
    deploy: (id, environment, person, comment, confirmation = 'unconfirmed') =>
      deploy(desk, id, { environment, person, comment, confirmation }),
    terminate: (id, actor, reason) => terminate(desk, id, actor, reason),
    waitingFor: (id) => waitingFor(desk, id),
    news: (id, event, around) => news(desk, id, event, around),
    stageNews: (id, ordinal, told) => applyStageNews(desk, id, ordinal, told),
    reported: (id) => reported(desk, id),
    unresumable: (id, plan) => unresumable(desk, id, plan),
    prepared: (id, effectId, preparation) => prepared(desk, id, effectId, preparation),
    attempt: (effectId, pins) => attempt(desk, effectId, pins),
    submitted: (id, segment) => submitted(desk, id, segment),
    released: (effectId) => released(desk, effectId),
    leftover: (id, handle) => leftover(desk, id, handle),
    postpone: (effectId, dueAt, reason) => postpone(desk, effectId, dueAt, reason),
    waits: (id, reason) => waits(desk, id, reason),
    tick: () => tick(desk),
  }
}

function news(desk: Desk, id: number, event: Happening, around: Circumstances): boolean {
  const outcome: Outcome = apply(desk, id, event, around)
  if (!outcome.accepted)
    desk.world.log.warn('News was refused and changes nothing.', {
      execution: outcome.row.uid,
      news: event.type,
      status: outcome.row.status,
      why: outcome.why,
    })
  return outcome.accepted
}

function tick(desk: Desk): void {
  const now = desk.world.now()
  const actor: Actor = { kind: 'system', name: 'clock' }
  for (const gate of desk.store.gates.expired(now))
    news(desk, gate.executionId, { type: 'gate.expired', environment: gate.environment }, { actor })
  for (const id of desk.store.executions.overdue(now)) news(desk, id, { type: 'timeout.passed' }, { actor })
  if (mayAdmit(desk)) desk.store.transaction(() => admit(desk))
}
