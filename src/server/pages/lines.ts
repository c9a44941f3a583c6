import type { EventLine, ExecutionLine, GateLine, StageLine } from '../../../views/model.ts'
import type { Person } from '../../domain/actor.ts'
import { type HistoryFilter, NO_FILTER } from '../../domain/filter.ts'
import { shippedBy } from '../../domain/redeploy.ts'
import { isFinal } from '../../domain/status.ts'
import { ruleOf } from '../../store/gates.ts'
import type { HistoryRow } from '../../store/historyRows.ts'
import type { EventRow, ExecutionRow, GateRow, StageRow } from '../../store/tables.ts'
import type { ServerDeps } from '../context.ts'
import { replacement } from '../replacement.ts'
import { digestsOf } from '../reports.ts'
import { refusalAt } from './visit.ts'

/** Rows as the pages want them. */

/** One execution, looked up by itself. */
export function executionLine(deps: ServerDeps, row: ExecutionRow): ExecutionLine {
  const id = deps.store.executions.displayId(row.id)
  return line(deps, row, id.slice(0, id.lastIndexOf('-')))
}

/** One row of a list. */
export function historyLine(deps: ServerDeps, row: HistoryRow): ExecutionLine {
  return line(deps, row, row.slug)
}

function line({ ledger }: ServerDeps, row: Omit<HistoryRow, 'slug'>, workflow: string): ExecutionLine {
  return {
    id: `${workflow}-${row.number}`,
    workflow,
    version: row.version,
    status: row.status,
    reason: row.reason,
    waitingFor: isFinal(row.status) ? null : ledger.waitingFor(row.id),
    trigger: row.trigger,
    triggeredBy: row.triggeredBy,
    triggeredAt: row.triggeredAt,
    branch: row.branch,
    tag: row.tag,
    sha: row.sha,
    title: row.title,
    author: row.author,
    engine: row.engine,
    strip: row.strip,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    reports: [...digestsOf(row).values()],
  }
}

/** Everything but what is given. */
export function filterFor(some: Partial<HistoryFilter>): HistoryFilter {
  return { ...NO_FILTER, ...some }
}

/** The newest executions of one workflow. */
export function executionsOf(deps: ServerDeps, workflow: string, limit: number): ExecutionLine[] {
  const { rows } = deps.store.history.page(filterFor({ workflow }), null, limit)
  return rows.map((row) => historyLine(deps, row))
}

export function stageLine({ store }: Pick<ServerDeps, 'store'>, row: StageRow): StageLine {
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
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    takenFrom: row.takenFrom === null ? null : store.executions.displayId(row.takenFrom),
  }
}

export function gateLine(deps: ServerDeps, gate: GateRow, person: Person): GateLine {
  const { store, ledger } = deps
  const rule = ruleOf(gate)
  return {
    environment: gate.environment,
    kind: rule.kind,
    state: gate.state,
    approvers: rule.approvers,
    quorum: rule.quorum,
    askedAt: gate.askedAt,
    expiresAt: gate.expiresAt,
    decisions: store.gates
      .decisionsAt(gate)
      .map(({ person: by, verdict, comment, at }) => ({ person: by, verdict, comment, at })),
    refusal: refusalAt(deps, gate, person),
    older: gate.state === 'open' ? ledger.olderThere(gate.executionId, gate.environment) : null,
    replaces: gate.state === 'open' ? replaced(deps, gate) : null,
    digest: gate.state === 'open' ? shippedBy(store.stages.list(gate.executionId)).digest : null,
  }
}

/** Commits that a card holds; a comparison lists all that are known. */
const COMMITS_MAX = 10

function replaced({ store }: ServerDeps, gate: GateRow): GateLine['replaces'] {
  const row = store.executions.byId(gate.executionId)
  const found = row === null ? null : replacement(store, row, gate.environment)
  if (found === null) return null
  const { present, between, commits: direction } = found
  return {
    ...{ id: store.executions.displayId(present.executionId), at: present.deployedAt },
    ...{ total: between.length, direction },
    commits: between.slice(0, COMMITS_MAX).map(({ sha, title, author, execution }) => ({
      ...{ sha, title, author, at: execution.triggeredAt },
      execution: store.executions.displayId(execution.id),
    })),
  }
}

export function eventLine(row: EventRow): EventLine {
  const detail: unknown = row.detail === null ? null : JSON.parse(row.detail)
  // What a person wrote at a gate is kept as the reason, and shown as their words.
  const decided = row.actorKind === 'person' && row.type.startsWith('gate.')
  return {
    id: row.id,
    at: row.at,
    type: row.type,
    actor: row.actor,
    from: row.fromStatus,
    to: row.toStatus,
    stage: row.stage,
    reason: decided ? null : row.reason,
    environment: textOf(detail, 'environment'),
    comment: decided ? row.reason : null,
  }
}

function textOf(detail: unknown, key: string): string | null {
  const value: unknown = Reflect.get(Object(detail), key)
  return typeof value === 'string' && value !== '' ? value : null
}
