import type { GateRule } from '../domain/plan.ts'
import type { Db } from './database.ts'
import type { DecisionRow, GateRow } from './tables.ts'

const GATE = `execution_id AS executionId, environment, segment, rule, state, asked_at AS askedAt,
  expires_at AS expiresAt, closed_at AS closedAt`
const DECISION = 'execution_id AS executionId, environment, person, verdict, comment, at'

/** Gates that executions have come to, and what people decided at them. */
export function createGates({ sqlite }: Db) {
  const open = sqlite.query(
    `INSERT INTO gates (execution_id, environment, segment, rule, state, asked_at, expires_at)
     VALUES (?, ?, ?, ?, 'open', ?, ?)`,
  )
  const close = sqlite.query(
    "UPDATE gates SET state = ?, closed_at = ? WHERE execution_id = ? AND environment = ? AND state = 'open'",
  )
  const one = sqlite.query<GateRow, [number, string]>(
    `SELECT ${GATE} FROM gates WHERE execution_id = ? AND environment = ?`,
  )
  const list = sqlite.query<GateRow, [number]>(
    `SELECT ${GATE} FROM gates WHERE execution_id = ? ORDER BY segment`,
  )
  const waiting = sqlite.query<GateRow, [number]>(
    `SELECT ${GATE} FROM gates WHERE state = 'open' ORDER BY asked_at LIMIT ?`,
  )
  const expired = sqlite.query<GateRow, [number]>(
    `SELECT ${GATE} FROM gates WHERE state = 'open' AND expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at`,
  )
  const nextExpiry = sqlite.query<{ at: number | null }, []>(
    "SELECT min(expires_at) AS at FROM gates WHERE state = 'open' AND expires_at IS NOT NULL",
  )
  const decide = sqlite.query(
    `INSERT INTO decisions (execution_id, environment, person, verdict, comment, at) VALUES (?, ?, ?, ?, ?, ?)`,
  )
  const decisions = sqlite.query<DecisionRow, [number]>(
    `SELECT ${DECISION} FROM decisions WHERE execution_id = ? ORDER BY at, person`,
  )

  return {
    open: (
      row: Pick<GateRow, 'executionId' | 'environment' | 'segment' | 'rule' | 'askedAt' | 'expiresAt'>,
    ): void =>
      void open.run(row.executionId, row.environment, row.segment, row.rule, row.askedAt, row.expiresAt),
    close: (executionId: number, environment: string, state: GateRow['state'], at: number): void =>
      void close.run(state, at, executionId, environment),
    one: (executionId: number, environment: string) => one.get(executionId, environment),
    list: (executionId: number) => list.all(executionId),
    /** Gates that wait for somebody, the longest first. */
    waiting: (limit: number) => waiting.all(limit),
    expired: (now: number) => expired.all(now),
    /** When the next open gate expires. */
    nextExpiry: () => nextExpiry.get()?.at ?? null,
    decide: (row: DecisionRow): void =>
      void decide.run(row.executionId, row.environment, row.person, row.verdict, row.comment, row.at),
    decisions: (executionId: number) => decisions.all(executionId),
    decisionsAt: ({ executionId, environment }: Pick<GateRow, 'executionId' | 'environment'>) =>
      decisions.all(executionId).filter((decision) => decision.environment === environment),
  }
}

/** A gate's rule as it stood when the execution was planned: the ledger wrote it, from nothing else. */
export function ruleOf(gate: Pick<GateRow, 'rule'>): GateRule {
  return JSON.parse(gate.rule) as GateRule
}
