import { type Actor, type Person, reaches } from '../domain/actor.ts'
import type { AuditAction } from '../domain/audit.ts'
import { Fault, type FaultKind } from '../domain/fault.ts'
import { approvalsMissing, mayDecide } from '../domain/gate.ts'
import type { Happening } from '../domain/machine.ts'
import type { GateRule } from '../domain/plan.ts'
import { STATUS_WORDS } from '../domain/status.ts'
import { ruleOf } from '../store/gates.ts'
import type { DecisionRow, ExecutionRow, GateRow } from '../store/tables.ts'
import { apply, type Circumstances } from './apply.ts'
import { type Desk, executionOf } from './desk.ts'
import { type Confirmation, olderThere } from './older.ts'

/** A wish that cannot be granted; audited, then thrown. */
export interface Refusal {
  readonly kind: FaultKind
  readonly sentence: string
}

type Answer = ExecutionRow | Refusal

/** Asks for the confirmation that is missing; null where none is. */
export function unconfirmed(older: string | null, confirmation: Confirmation): Refusal | null {
  if (older === null || confirmation === 'confirmed') return null
  const sentence = `${older} Confirm that it shall go back to it (confirm: true, --confirm), or leave what is there.`
  return { kind: 'conflict', sentence }
}

/** What a person says at a gate. */
interface Say {
  readonly environment: string
  readonly person: Person
  readonly comment: string | null
  readonly confirmation: Confirmation
}

export function approve(desk: Desk, id: number, say: Say) {
  const { environment } = say
  return atGate(desk, id, 'approve', say, (gate, rule) => {
    const approvals = desk.store.gates.decisionsAt(gate).length + 1
    const complete = approvalsMissing(rule, approvals) === 0
    const detail = { environment, approvals, quorum: rule.quorum }
    return { event: { type: 'gate.opened', environment, complete }, verdict: 'approved', detail }
  })
}

export function reject(desk: Desk, id: number, environment: string, person: Person, comment: string) {
  // Whatever is rejected replaces nothing.
  return atGate(desk, id, 'reject', { environment, person, comment, confirmation: 'confirmed' }, () => {
    return { event: { type: 'gate.rejected', environment }, verdict: 'rejected', detail: { environment } }
  })
}

export function deploy(desk: Desk, id: number, say: Say) {
  const { environment } = say
  return atGate(desk, id, 'deploy', say, () => {
    const event = { type: 'gate.opened', environment, complete: true } as const
    return { event, verdict: 'triggered', detail: { environment } }
  })
}

export function terminate(desk: Desk, id: number, actor: Actor, reason: string | null) {
  return wish(desk, id, 'terminate', actor, () => {
    if (actor.kind === 'person' && !reaches(actor.role, 'executor'))
      return executorsOnly(actor, 'Terminating')
    return carry(desk, id, { type: 'termination.requested' }, { actor, reason })
  })
}

/**
 * One transaction for the wish and its row in the audit log; a refusal is thrown when that row is safe. `remark` is what
 * readers of the audit log should know of what was done.
 */
export function wish(
  desk: Desk,
  id: number,
  action: AuditAction,
  actor: Actor,
  work: () => Answer,
  remark: (row: ExecutionRow) => string | null = () => null,
): ExecutionRow {
  const answer = desk.store.transaction(() => {
    const known = remark(executionOf(desk, id))
    const result = work()
    desk.store.audit.append({
      at: desk.world.now(),
      actor: actor.name,
      action,
      subject: desk.store.executions.displayId(id),
      outcome: 'sentence' in result ? 'refused' : 'done',
      detail: 'sentence' in result ? result.sentence : known,
    })
    return result
  })
  if ('sentence' in answer) throw new Fault(answer.kind, answer.sentence)
  return answer
}

/** Hands the event to the machine; its refusal names the present status. */
function carry(desk: Desk, id: number, event: Happening, around: Circumstances): Answer {
  const outcome = apply(desk, id, event, around)
  if (outcome.accepted) return outcome.row
  const name = desk.store.executions.displayId(id)
  const word = STATUS_WORDS[outcome.row.status]
  const sentence =
    outcome.row.finishedAt === null
      ? `Execution ${name} is ${word}; that cannot be done now.`
      : `Execution ${name} has ended (${word}); nothing about it can be changed any more.`
  return { kind: 'conflict', sentence }
}

type GateAction = 'approve' | 'reject' | 'deploy'

/** What each action is done at. */
const GATE_OF: Record<GateAction, GateRule['kind']> = {
  approve: 'approval',
  reject: 'approval',
  deploy: 'deployment',
}

interface Verdict {
  readonly event: Happening
  readonly verdict: DecisionRow['verdict']
  readonly detail: Readonly<Record<string, unknown>>
}

/** One decision of one person at one gate: written beside what the machine makes of it. */
function atGate(
  desk: Desk,
  id: number,
  action: GateAction,
  say: Say,
  decided: (gate: GateRow, rule: GateRule) => Verdict,
) {
  const { environment, person, comment } = say
  const older = action === 'reject' ? () => null : (row: ExecutionRow) => olderThere(desk, row, environment)
  const work = () => {
    const row = executionOf(desk, id)
    const gate = desk.store.gates.one(id, environment)
    const refusal = gateRefusal(desk, row, gate, action, say) ?? unconfirmed(older(row), say.confirmation)
    if (refusal !== null || gate === null) return refusal ?? notThere(desk, row, environment)
    const { event, verdict, detail } = decided(gate, ruleOf(gate))
    desk.store.gates.decide({
      executionId: id,
      environment,
      person: person.name,
      verdict,
      comment,
      at: desk.world.now(),
    })
    return carry(desk, id, event, { actor: person, reason: comment, detail })
  }
  return wish(desk, id, action, person, work, older)
}

/** Why this person may not do this at this gate now; null where they may. */
function gateRefusal(
  desk: Desk,
  row: ExecutionRow,
  gate: GateRow | null,
  action: GateAction,
  ask: Say,
): Refusal | null {
  if (gate === null) return notThere(desk, row, ask.environment)
  if (gate.state !== 'open') return { kind: 'conflict', sentence: stood(desk, gate, gate.state, row) }
  const rule = ruleOf(gate)
  if (rule.kind !== GATE_OF[action]) {
    const instead = rule.kind === 'deployment' ? 'triggered, not approved' : 'approved, not triggered'
    return { kind: 'conflict', sentence: `The gate of ${ask.environment} is one that is ${instead}.` }
  }
  const decided = desk.store.gates.decisionsAt(gate).map((decision) => decision.person)
  const sentence = mayDecide(rule, { person: ask.person, triggeredBy: row.triggeredBy, decided })
  if (sentence === null) return null
  return { kind: decided.includes(ask.person.name) ? 'conflict' : 'forbidden', sentence }
}

function notThere(desk: Desk, row: ExecutionRow, environment: string): Refusal {
  const name = desk.store.executions.displayId(row.id)
  const sentence = `Execution ${name} is ${STATUS_WORDS[row.status]} and does not wait at the gate of ${environment}.`
  return { kind: 'conflict', sentence }
}

const GATE_WORDS: Record<Exclude<GateRow['state'], 'open'>, string> = {
  passed: 'was opened',
  rejected: 'was rejected',
  expired: 'expired',
  terminated: 'was closed by a termination',
}

/** “The gate of production was rejected by bob; execution storefront-12 is Approval Rejected.” */
function stood(desk: Desk, gate: GateRow, state: keyof typeof GATE_WORDS, row: ExecutionRow): string {
  const last = desk.store.gates.decisionsAt(gate).at(-1)
  const by = last === undefined || state === 'expired' || state === 'terminated' ? '' : ` by ${last.person}`
  const name = desk.store.executions.displayId(row.id)
  return `The gate of ${gate.environment} ${GATE_WORDS[state]}${by}; execution ${name} is ${STATUS_WORDS[row.status]}.`
}

function executorsOnly(person: Person, what: string): Refusal {
  return {
    kind: 'forbidden',
    sentence: `${what} needs the role executor; ${person.name} is a ${person.role}.`,
  }
}
