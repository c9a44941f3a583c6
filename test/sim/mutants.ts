/** A deliberate breakage of the real code: what stands there, and the lie put in its place. */
export interface Mutant {
  readonly name: string
  /** The first story that is known to show it. */
  readonly seed: number
  readonly file: string
  readonly find: string
  readonly put: string
}

/** Each of these was, or could have been, a mistake of ours. The simulation must notice every one. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a submit whose answer was lost counts as refused',
    seed: 2,
    file: 'src/runner/submit.ts',
    find: 'if (!(error instanceof Refused)) throw error',
    put: 'if (!(error instanceof Error)) throw error',
  },
  {
    name: 'a termination is confirmed without a look',
    seed: 1,
    file: 'src/runner/terminate.ts',
    find: 'if (segment === null) return confirm(parts, row)',
    put: 'if (parts !== null) return confirm(parts, row)',
  },
  {
    name: 'one look that finds nothing is proof enough',
    seed: 1,
    file: 'src/runner/absence.ts',
    find: 'if (since === undefined || now - since < SECOND_LOOK_MS)',
    put: 'if (now < 0)',
  },
  {
    name: 'a queued submit outlives the request to terminate',
    seed: 1,
    file: 'src/ledger/apply.ts',
    find: "if (effect.kind === 'release') continue",
    put: "if (effect.kind === 'release' || effect.kind === 'submit') continue",
  },
  {
    name: 'one approval opens every gate',
    seed: 7,
    file: 'src/ledger/wishes.ts',
    find: 'const complete = approvalsMissing(rule, approvals) === 0',
    put: 'const complete = approvalsMissing(rule, approvals) >= 0',
  },
  {
    name: 'nobody asks who approves',
    seed: 2,
    file: 'src/ledger/wishes.ts',
    find: 'if (sentence === null) return null',
    put: 'if (sentence === null || decided.length >= 0) return null',
  },
  {
    name: 'two deploys may go to one environment',
    seed: 2,
    file: 'src/ledger/slots.ts',
    find: 'if (environment !== null && this.#environments.has(environment))',
    put: 'if (environment === this.#occupancy)',
  },
  {
    name: 'this machine takes one segment too many',
    seed: 7,
    file: 'src/ledger/slots.ts',
    find: 'this.#localOpen >= this.#occupancy.localMax',
    put: 'this.#localOpen > this.#occupancy.localMax',
  },
  {
    name: 'a slot is given back when the end is asked for, not when it is seen',
    seed: 12,
    file: 'src/ledger/apply.ts',
    find: '...(isFinal(step.status) || AT_GATE.has(step.status) ? { holdsSlot: 0 } : {}),',
    put: "...(isFinal(step.status) || AT_GATE.has(step.status) || step.status === 'terminating' ? { holdsSlot: 0 } : {}),",
  },
  {
    name: 'an engine is followed from the beginning again',
    seed: 1,
    file: 'src/runner/follow.ts',
    find: 'this.#offsets = parts.store.logs.cursors(row.id)',
    put: 'this.#offsets = {}',
  },
  {
    name: 'a stage finishes before its log is sealed',
    seed: 1,
    file: 'src/runner/follow.ts',
    find: 'store.logs.seal(executionId, news.stage, world.now())',
    put: 'void world',
  },
  {
    name: 'lines said twice are stored twice',
    seed: 1,
    file: 'src/runner/logs.ts',
    find: 'if (cursor === (before?.cursor ?? this.#cursorOf(stage)) || this.#sealed.has(stage)) return',
    put: 'if (this.#sealed.has(stage)) return',
  },
  {
    name: 'lines are stored with their secrets',
    seed: 1,
    file: 'src/runner/logs.ts',
    find: "text: texts[index] ?? ''",
    put: 'text: line.text',
  },
  {
    name: 'an attempt is not written down before the call',
    seed: 1,
    file: 'src/ledger/work.ts',
    find: 'store.segments.attempt(row.id, effect.segment, world.now())',
    put: 'world.now()',
  },
  {
    name: 'a segment is followed before its submit is known to have arrived',
    seed: 1,
    file: 'src/store/segments.ts',
    find: "AND f.kind = 'submit' AND f.state = 'done') AS submitted",
    put: "AND f.kind = 'submit' AND f.attempts > 0) AS submitted",
  },
  {
    name: 'what somebody killed counts as its own failure',
    seed: 5,
    file: 'src/domain/machine.ts',
    find: "if (e.killed) return end(p, 'error',",
    put: "if (e.killed) return end(p, 'failed',",
  },
  {
    name: 'a deadline is struck, and the killed segment counts as killed by somebody',
    seed: 1,
    file: 'src/domain/machine.ts',
    find: 'if (p.timedOut && (e.killed ||',
    put: 'if (p.timedOut && e.killed && p.at < 0 && (e.killed ||',
  },
  {
    name: 'an end by itself counts as terminated once somebody asked',
    seed: 6,
    file: 'src/domain/machine.ts',
    find: "const ownEnd = !e.killed && (e.verdict !== 'succeeded' || isLast(p))",
    put: 'const ownEnd = e.killed && isLast(p) && p.at < 0',
  },
  {
    name: 'gates never expire',
    seed: 4,
    file: 'src/ledger/ledger.ts',
    find: 'desk.store.gates.expired(now)',
    put: 'desk.store.gates.expired(0)',
  },
  {
    name: 'a leftover is released while it runs',
    seed: 1,
    file: 'src/runner/release.ts',
    find: "if (sighting === 'running') {",
    put: "if (sighting === 'absent') {",
  },
  {
    name: 'a segment is let go while its execution waits at a gate',
    seed: 7,
    file: 'src/store/effects.ts',
    find: 'ON e.id = later.id WHERE e.finished_at IS NULL)`',
    put: 'ON e.id = later.id WHERE e.finished_at IS NULL AND e.rerun_of IS NOT NULL)`',
  },
  {
    name: 'counters forget where an execution came from',
    seed: 1,
    file: 'src/ledger/apply.ts',
    find: 'desk.store.trends.count(row.workflowId, row.day, row.status, step.status)',
    put: "desk.store.trends.count(row.workflowId, row.day, row.status === 'terminating' ? null : row.status, step.status)",
  },
  {
    name: 'a start that is told again is measured again',
    seed: 1,
    file: 'src/ledger/apply.ts',
    find: 'if (isKnown(desk, before, event))',
    put: 'if (isKnown(desk, before, event) && before.id < 0)',
  },
  {
    name: 'a deployment that the platform broke is no failed change',
    seed: 20,
    file: 'src/ledger/measure.ts',
    find: "(step.status !== 'failed' && step.status !== 'error')",
    put: "step.status !== 'failed'",
  },
  {
    name: 'every later pass shows a failure to be flaky again',
    seed: 10,
    file: 'src/domain/measure.ts',
    find: '&& !passedAfter(one))',
    put: ')',
  },
  {
    name: 'an outage begins anew with each failure',
    seed: 6,
    file: 'src/store/measures.ts',
    find: 'VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    put: 'VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET since = excluded.since',
  },
]
