import { type Person, reaches } from './actor.ts'
import type { DeployStep, Environment } from './definition.ts'
import type { GateRule } from './plan.ts'

/**
 * The gate before a deploy, or null. The environment decides; a workflow may only tighten: add a gate, name approvers
 * where the environment names none, raise the quorum, shorten the time to decide. A deployment gate does not expire.
 */
export function gateOf(environment: Environment, step: DeployStep): GateRule | null {
  if (!environment.manual && !step.manual) return null
  const approvers = environment.approvers.length > 0 ? environment.approvers : step.approvers
  const approval = approvers.length > 0
  return {
    kind: approval ? 'approval' : 'deployment',
    environment: environment.name,
    approvers,
    quorum: approval ? Math.max(environment.quorum, step.quorum ?? 1) : 1,
    selfApproval: environment.selfApproval,
    expiresMs: approval ? sooner(environment.expiresMs, step.expiresMs) : null,
  }
}

function sooner(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}

/** Whoever asks to open or reject a gate, and what was decided at it before. */
export interface Asked {
  readonly person: Person
  /** Name of whoever triggered the execution. */
  readonly triggeredBy: string
  /** Names of those who have decided at this gate already. */
  readonly decided: readonly string[]
}

/** Why a person may not approve or reject at an approval gate, or trigger a deployment gate: a sentence; null where they may. */
export function mayDecide(rule: GateRule, asked: Asked): string | null {
  const { person, triggeredBy, decided } = asked
  const { environment } = rule
  if (rule.kind === 'deployment') {
    return person.local || reaches(person.role, 'executor')
      ? null
      : `${person.name} is a ${person.role}; to trigger the deploy to ${environment} one must be an executor.`
  }
  if (person.local)
    return `local-admin cannot approve or reject. Sign in as one of the approvers of ${environment}.`
  if (!rule.approvers.includes(person.name)) {
    return `${person.name} is no approver of ${environment}. Its approvers are ${rule.approvers.join(', ')}.`
  }
  if (!rule.selfApproval && person.name === triggeredBy) {
    return `${person.name} triggered this execution, and ${environment} needs another person’s decision.`
  }
  if (decided.includes(person.name)) return `${person.name} has decided about ${environment} already.`
  return null
}

/** How many more approvals a gate takes after these. */
export function approvalsMissing(rule: GateRule, approvals: number): number {
  return Math.max(0, rule.quorum - approvals)
}
