import type { ExecutionRow, SegmentRow } from '../../src/store/tables.ts'
import { environment, ledgerGround, person, workflow } from './ground.ts'

/** One thing that a measure counts. */
export interface Fact {
  readonly workflowId: number
  readonly day: string
  readonly kind: string
  readonly subject: string
  readonly ms: number
}

type Ending = 'succeeded' | 'failed' | 'retried'

interface StageFact extends Pick<Fact, 'workflowId' | 'day'> {
  readonly id: number
  readonly stage: string
  readonly ending: Ending
}

const WORKFLOWS = ['shop', 'docs', 'plain']

/** Does with a ledger what chance says, and keeps a book of its own on what it saw happen. */
export class Book {
  readonly g = ledgerGround({ localMaxRunning: 3, timezone: 'Europe/Athens' })
  readonly #facts: Fact[] = []
  readonly #stages: StageFact[] = []
  readonly #brokenSince = new Map<string, number>()

  constructor() {
    this.g.save(
      environment('dev'),
      environment('production', { manual: true, approvers: ['alice'] }),
      workflow('shop', { deploy: [{ environment: 'dev' }, { environment: 'production' }] }),
      workflow('docs', { deploy: [{ environment: 'production' }] }),
      workflow('plain'),
    )
  }

  /** One step: `action` and `pick` say what is done to which execution after so long. */
  step(action: number, pick: number, ms: number): void {
    const { g } = this
    g.pass(ms)
    const open = this.#open()
    const row = open[pick % Math.max(1, open.length)]
    if (row === undefined || action < 3) {
      g.trigger(WORKFLOWS[pick % WORKFLOWS.length] ?? '')
      return
    }
    const segment = g.store.segments.one(row.id, row.atSegment)
    if (row.planHash === null) g.prepare(row.id)
    else if (row.status === 'approval-pending') this.#decide(row, action)
    else if (action === 3) g.ledger.terminate(row.id, person('dave'), null)
    else if (segment?.startedAt == null) this.#begin(row, segment)
    else this.#finish(row, segment, action < 6 ? 'failed' : action === 6 ? 'retried' : 'succeeded')
  }

  /** All of it; a failure is flaky that the same stage of a later execution belies, for all are of one commit. */
  facts(): readonly Fact[] {
    const passedLater = (failure: StageFact) =>
      this.#stages.some(
        (other) =>
          other.workflowId === failure.workflowId &&
          other.stage === failure.stage &&
          other.id > failure.id &&
          other.ending !== 'failed',
      )
    const flaky = this.#stages.filter((one) =>
      one.ending === 'failed' ? passedLater(one) : one.ending === 'retried',
    )
    return [
      ...this.#facts,
      ...flaky.map(({ workflowId, day, stage }) => ({
        workflowId,
        day,
        kind: 'flaky-stage',
        subject: stage,
        ms: 0,
      })),
    ]
  }

  /** Where deployments fail, and since when. */
  broken(): readonly object[] {
    return [...this.#brokenSince].sort().map(([key, since]) => {
      const [workflowId, environment] = key.split(' ')
      return { workflowId: Number(workflowId), environment, since }
    })
  }

  #decide(row: ExecutionRow, action: number): void {
    const { ledger, store } = this.g
    const { askedAt = 0 } = store.gates.one(row.id, 'production') ?? {}
    if (action === 3) ledger.terminate(row.id, person('dave'), null)
    else if (action === 4) ledger.reject(row.id, 'production', person('alice'), 'no')
    else ledger.approve(row.id, 'production', person('alice'), null)
    if (action !== 3) this.#note(row, 'gate', '', this.g.now() - askedAt)
  }

  #begin(row: ExecutionRow, segment: SegmentRow | null): void {
    if (this.g.begin(row.id)) this.#note(row, 'queue', '', this.g.now() - (segment?.queuedAt ?? 0))
  }

  #finish(row: ExecutionRow, segment: SegmentRow, ending: Ending): void {
    const { ledger, store, now } = this.g
    const status = ending === 'failed' ? 'failed' : 'succeeded'
    for (const { ordinal, id: stage } of store.stages
      .list(row.id)
      .filter((one) => one.segment === row.atSegment)) {
      const attempt = ending === 'retried' ? 2 : 1
      ledger.stageNews(row.id, ordinal, { type: 'started', attempt, at: now() })
      ledger.stageNews(row.id, ordinal, { type: 'finished', status, reason: null, exitCode: 0, at: now() })
      this.#stages.push({ id: row.id, workflowId: row.workflowId, day: row.day, stage, ending })
      if (status === 'failed') this.#note(row, 'failed-stage', stage, 0)
    }
    const event = { type: 'segment.finished', segment: row.atSegment, verdict: status } as const
    ledger.news(
      row.id,
      { ...event, killed: false, reason: null },
      { actor: { kind: 'engine', name: 'local' } },
    )
    if (store.executions.byId(row.id)?.status === 'succeeded') this.#note(row, 'duration', '', this.#ran(row))
    if (segment.environment !== null) this.#deployed(row, segment, segment.environment, status)
  }

  #deployed(row: ExecutionRow, segment: SegmentRow, environment: string, status: string): void {
    const now = this.g.now()
    const key = `${row.workflowId} ${environment}`
    const since = this.#brokenSince.get(key)
    if (status === 'failed') {
      this.#note(row, 'failed-deployment', environment, now - (segment.startedAt ?? 0))
      this.#brokenSince.set(key, since ?? now)
      return
    }
    this.#note(row, 'deployment', environment, now - row.triggeredAt)
    if (since !== undefined) this.#note(row, 'restoration', environment, now - since)
    this.#brokenSince.delete(key)
  }

  #ran({ id }: ExecutionRow): number {
    return this.g.store.segments
      .list(id)
      .reduce((sum, { startedAt, endedAt }) => sum + (endedAt ?? 0) - (startedAt ?? 0), 0)
  }

  #note({ workflowId, day }: ExecutionRow, kind: string, subject: string, ms: number): void {
    this.#facts.push({ workflowId, day, kind, subject, ms })
  }

  #open(): ExecutionRow[] {
    const { state, executions } = this.g.store
    return state.sqlite
      .query<{ id: number }, []>('SELECT id FROM executions WHERE finished_at IS NULL ORDER BY id')
      .all()
      .flatMap(({ id }) => executions.byId(id) ?? [])
  }
}
