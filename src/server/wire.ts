import type {
  EventWire,
  ExecutionDetailWire,
  ExecutionWire,
  GateWire,
  LogLineWire,
  StageWire,
} from '../contract/schemas.ts'
import { pushedImage } from '../domain/image/pushed.ts'
import type { LogLine } from '../domain/transcript.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { ruleOf } from '../store/gates.ts'
import type { HistoryRow } from '../store/historyRows.ts'
import type { Store } from '../store/store.ts'
import type { DecisionRow, EventRow, ExecutionRow, GateRow, StageRow } from '../store/tables.ts'
import { createWaiting, type Waiting } from './waiting.ts'

/** Rows as the contract has them. Nothing is checked here: tests hold every answer to its schema. */

interface Reads {
  readonly store: Store
  readonly ledger: Ledger
}

/** A row of a list, which brings its workflow's slug along, or one that was read by itself. */
type Row = Omit<HistoryRow, 'slug'> & { readonly slug?: string }

export function executionWire(
  reads: Reads,
  row: Row,
  waiting: Waiting = createWaiting(reads),
): ExecutionWire {
  const { store } = reads
  const id = row.slug === undefined ? store.executions.displayId(row.id) : `${row.slug}-${row.number}`
  return {
    id,
    uid: row.uid,
    workflow: id.slice(0, id.lastIndexOf('-')),
    number: row.number,
    version: row.version,
    status: row.status,
    reason: row.reason,
    waitingFor: waiting(row),
    trigger: row.trigger,
    triggeredBy: row.triggeredBy,
    triggeredAt: time(row.triggeredAt),
    branch: row.branch,
    tag: row.tag,
    sha: row.sha,
    title: row.title,
    author: row.author,
    engine: row.engine,
    strip: row.strip,
    startedAt: timeOrNull(row.startedAt),
    finishedAt: timeOrNull(row.finishedAt),
    redeploys: row.redeploys,
    rerunOf: row.rerunOf === null ? null : store.executions.displayId(row.rerunOf),
  }
}

export function executionDetailWire(reads: Reads, row: ExecutionRow): ExecutionDetailWire {
  const { store } = reads
  const decisions = store.gates.decisions(row.id)
  const logs = store.logs.infos(row.id)
  const stages = store.stages.list(row.id)
  return {
    ...executionWire(reads, row),
    stages: stages.map((stage) => stageWire(reads, stage, logs.get(stage.ordinal)?.lines ?? 0)),
    gates: store.gates.list(row.id).map((gate) => gateWire(gate, decisions)),
    image: pushedImage(stages),
  }
}

function stageWire({ store }: Reads, row: StageRow, lines: number): StageWire {
  return {
    ordinal: row.ordinal,
    id: row.id,
    phase: row.phase,
    segment: row.segment,
    environment: row.environment,
    status: row.status,
    reason: row.reason,
    exitCode: row.exitCode,
    attempt: row.attempt,
    startedAt: timeOrNull(row.startedAt),
    finishedAt: timeOrNull(row.finishedAt),
    lines,
    takenFrom: row.takenFrom === null ? null : store.executions.displayId(row.takenFrom),
  }
}

function gateWire(row: GateRow, decisions: readonly DecisionRow[]): GateWire {
  const rule = ruleOf(row)
  return {
    environment: row.environment,
    segment: row.segment,
    kind: rule.kind,
    state: row.state,
    approvers: [...rule.approvers],
    quorum: rule.quorum,
    selfApproval: rule.selfApproval,
    askedAt: time(row.askedAt),
    expiresAt: timeOrNull(row.expiresAt),
    closedAt: timeOrNull(row.closedAt),
    decisions: decisions
      .filter((decision) => decision.environment === row.environment)
      .map(({ person, verdict, comment, at }) => ({ person, verdict, comment, at: time(at) })),
  }
}

export function eventWire(row: EventRow, execution: string): EventWire {
  return {
    id: row.id,
    execution,
    at: time(row.at),
    type: row.type,
    actor: { kind: row.actorKind, name: row.actor },
    from: row.fromStatus,
    to: row.toStatus,
    stage: row.stage,
    reason: row.reason,
    detail: row.detail === null ? null : JSON.parse(row.detail),
  }
}

export function lineWire({ number, at, text, kind }: LogLine): LogLineWire {
  return { number, at: time(at), text, kind }
}

export function time(ms: number): string {
  return new Date(ms).toISOString()
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms)
}
