import type { Plan, PlannedSegment } from '../../src/domain/plan.ts'
import { isFinal, type Status } from '../../src/domain/status.ts'
import type { SegmentOrder } from '../../src/engine/engine.ts'
import type { Store } from '../../src/store/store.ts'
import type { ExecutionRow, SegmentRow } from '../../src/store/tables.ts'
import type { ArgoGround } from './argoground.ts'
import type { Ground } from './ground.ts'
import { LEGAL } from './legal.ts'

/** Looks over the store's shoulder after every commit, and over the engines' before every start. */
export class Watch {
  readonly violations: string[] = []
  readonly coverage = new Map<string, number>()
  readonly #grounds: readonly (Ground | ArgoGround)[]
  readonly #localMax: number
  #lastEvent = 0
  readonly #status = new Map<number, Status>()

  constructor(grounds: readonly (Ground | ArgoGround)[], localMax: number) {
    this.#grounds = grounds
    this.#localMax = localMax
  }

  count(what: string): void {
    this.coverage.set(what, (this.coverage.get(what) ?? 0) + 1)
    if (what.startsWith('error: ')) this.#unless(false, what)
  }

  expect(holds: boolean, sentence: string): void {
    this.#unless(holds, sentence)
  }

  #unless(holds: boolean, sentence: string): void {
    if (!holds && this.violations.length < 20) this.violations.push(sentence)
  }

  committed(store: Store): void {
    for (;;) {
      const events = store.events.since(this.#lastEvent, 1000)
      if (events.length > 0) this.#slots(store)
      for (const event of events) {
        this.#lastEvent = event.id
        this.count(`event: ${event.type}`)
        if (event.reason?.startsWith('Superseded by') === true) this.count('superseded')
        if (event.type === 'segment.lost')
          this.count(`lost: ${event.actorKind === 'engine' ? 'gone' : 'unknown'}`)
        if (event.type === 'prepared' && event.toStatus !== null) this.count('rerun: at a gate')
        if (event.toStatus !== null) this.#moved(store, event.executionId, event.fromStatus, event.toStatus)
        if (event.type === 'stage.finished') this.#sealed(store, event.executionId, event.stage ?? '')
      }
      if (events.length < 1000) return
    }
  }

  #slots(store: Store): void {
    this.#unless(
      store.segments.openOn('local') <= this.#localMax,
      'More local segments are open than there are slots.',
    )
    const doubled = store.state.sqlite
      .query<{ environment: string }, []>(
        "SELECT environment FROM segments WHERE state = 'open' AND environment IS NOT NULL GROUP BY environment HAVING count(*) > 1",
      )
      .all()
    for (const { environment } of doubled) this.#unless(false, `Two deploys to ${environment} at once.`)
    const full = store.state.sqlite
      .query<{ name: string }, []>(
        `SELECT concurrency_group AS name FROM executions WHERE holds_slot = 1
         GROUP BY concurrency_group HAVING count(*) > min(concurrency_limit)`,
      )
      .all()
    for (const { name } of full) this.#unless(false, `Group ${name} is over its limit.`)
  }

  #moved(store: Store, id: number, from: Status | null, to: Status): void {
    const before = this.#status.get(id) ?? null
    this.#unless(before === from, `Execution ${id} went to ${to} from ${from}, but it was ${before}.`)
    if (from !== null) this.#unless(LEGAL[from].includes(to), `Execution ${id} went from ${from} to ${to}.`)
    this.#status.set(id, to)
    this.count(`status: ${to}`)
    if (isFinal(to)) this.#ended(store, id, to)
  }

  #ended(store: Store, id: number, to: Status): void {
    const uid = store.executions.byId(id)?.uid ?? ''
    const unsure = store.events
      .list(id)
      .some((event) => event.type === 'segment.lost' && event.actorKind === 'system')
    for (const ground of this.#grounds)
      for (const segment of ground.segments.values())
        if (segment.order.execution.uid === uid)
          this.#unless(
            segment.ended || unsure,
            `Execution ${id} is ${to} while ${segment.order.handle} runs.`,
          )
    for (const stage of store.stages.list(id)) {
      this.#unless(
        stage.finishedAt !== null,
        `Execution ${id} is ${to}, its stage ${stage.id} ${stage.status}.`,
      )
      const log = store.logs.info(id, stage.ordinal)
      this.#unless(
        log.lines === 0 || log.sealedAt !== null,
        `Execution ${id} is ${to}, its log of ${stage.id} open.`,
      )
    }
    this.#unless(store.pins.get(id) === null, `Execution ${id} is ${to} and its secrets are still pinned.`)
  }

  #sealed(store: Store, id: number, stageId: string): void {
    const stage = store.stages.list(id).find((one) => one.id === stageId)
    if (stage === undefined || stage.status === 'skipped') return
    const log = store.logs.info(id, stage.ordinal)
    this.#unless(
      log.lines === 0 || log.sealedAt !== null,
      `${stageId} of ${id} finished before its log was sealed.`,
    )
  }

  /** Nothing is handed over behind a closed gate, out of order, or after an end was asked for. */
  starting(store: Store, order: SegmentOrder): void {
    const row = store.state.sqlite
      .query<{ id: number; status: Status }, [string]>('SELECT id, status FROM executions WHERE uid = ?')
      .get(order.execution.uid)
    this.#unless(row !== null, `${order.handle} is of no execution.`)
    if (row === null) return
    this.count('segment started')
    this.#unless(!isFinal(row.status), `${order.handle} was started although its execution is ${row.status}.`)
    this.#room(store, order)
    const segment = store.segments.one(row.id, order.segment)
    this.#unless(
      segment?.attemptedAt != null,
      `${order.handle} was started before its attempt was written down.`,
    )
    for (const earlier of store.segments.list(row.id))
      if (earlier.number < order.segment)
        this.#unless(
          earlier.state === 'ended',
          `${order.handle} was started before ${earlier.handle} had ended.`,
        )
    this.#goesOn(store, order)
    const gate = store.gates.list(row.id).find((one) => one.segment === order.segment)
    const wanted =
      gate !== undefined || order.stages.some((stage) => GATED.has(stage.env['PERIPLUS_ENVIRONMENT'] ?? ''))
    if (wanted) this.#gate(store, row.id, order, gate?.environment ?? null)
  }

  /** Whatever comes before a segment was done well, here or in an execution that this one runs again, and is at hand. */
  #goesOn(store: Store, order: SegmentOrder): void {
    const row = rowOf(store, order)
    const plan: Plan | null = store.executions.plan(row?.planHash ?? '')
    this.#unless(plan !== null, `${order.handle} is of no plan.`)
    if (row === null || plan === null) return
    const kept: string[] = []
    for (const earlier of plan.segments.slice(0, order.segment)) {
      const ran = ranAt(store, row, earlier.number)
      const handle = ran?.handle ?? 'nothing'
      if (ran !== null && ran.executionId !== row.id) this.count('rerun: taken over')
      const ground = this.#grounds.find((one) => one.name === earlier.engine)
      this.#unless(
        ground?.history.get(handle)?.outcome === 'succeeded',
        `${order.handle} goes on from ${handle}, which did not succeed.`,
      )
      this.#handsOn(plan, earlier, order, handle)
      const keeps = earlier.stages.some((ordinal) => (plan.stages[ordinal]?.artifacts.length ?? 0) > 0)
      if (!keeps || earlier.engine !== plan.segments[order.segment]?.engine) continue
      this.#unless(
        ground?.segments.has(handle) === true,
        `${order.handle} wants what ${handle} kept and was let go.`,
      )
      kept.push(handle)
    }
    this.#unless(
      kept.join() === order.artifactsFrom.join(),
      `${order.handle} takes up ${order.artifactsFrom}, not ${kept}.`,
    )
  }

  #handsOn(plan: Plan, earlier: PlannedSegment, order: SegmentOrder, handle: string): void {
    const hands = earlier.stages.some(
      (ordinal) => plan.stages[ordinal]?.run?.includes('"hands":true') === true,
    )
    for (const stage of hands ? order.stages : [])
      this.#unless(
        stage.env['PERIPLUS_OUTPUT_BUILD_BY'] === handle,
        `${order.handle} was not handed what ${handle} handed on.`,
      )
  }

  /** What runs in truth keeps to the limits, whatever the tables say. Segments given up as lost are out of our hands. */
  #room(store: Store, order: SegmentOrder): void {
    const running = this.#grounds.flatMap((ground) =>
      [...ground.segments.values()]
        .filter((segment) => !segment.ended)
        .map((segment) => ({ ground, row: rowOf(store, segment.order) })),
    )
    const own = rowOf(store, order)
    const others = running.filter(
      ({ row }) => row !== null && row.finishedAt === null && row.uid !== own?.uid,
    )
    const local = others.filter(({ ground }) => ground.name === 'local').length
    const onLocal = own !== null && store.segments.one(own.id, order.segment)?.engine === 'local'
    this.#unless(!onLocal || local < this.#localMax, `${order.handle} is one too many on this machine.`)
    const group = others.filter(({ row }) => row?.concurrencyGroup === own?.concurrencyGroup).length
    const limit = own?.concurrencyGroup == null ? Number.POSITIVE_INFINITY : (own.concurrencyLimit ?? 1)
    this.#unless(group < limit, `${order.handle} is one too many of group ${own?.concurrencyGroup}.`)
  }

  #gate(store: Store, id: number, order: SegmentOrder, environment: string | null): void {
    const gate = environment === null ? null : store.gates.one(id, environment)
    this.#unless(
      gate?.state === 'passed',
      `${order.handle} was started while its gate was ${gate?.state ?? 'missing'}.`,
    )
    if (gate === null) return
    const rule = JSON.parse(gate.rule)
    const row = store.executions.byId(id)
    const good = store.gates
      .decisions(id)
      .filter((decision) => decision.environment === environment && decision.verdict !== 'rejected')
      .filter((decision) => rule.kind === 'deployment' || rule.approvers.includes(decision.person))
      .filter((decision) => rule.selfApproval || decision.person !== row?.triggeredBy)
    this.#unless(
      good.length >= rule.quorum,
      `${order.handle} was started with ${good.length} of ${rule.quorum} approvals.`,
    )
  }

  /** Later segments may take up what earlier ones kept. */
  releasing(store: Store, handle: string): void {
    const row = store.state.sqlite
      .query<{ status: Status }, [string]>(
        'SELECT status FROM executions e JOIN segments s ON s.execution_id = e.id WHERE s.handle = ?',
      )
      .get(handle)
    this.#unless(
      row !== null && isFinal(row.status),
      `${handle} was released while its execution was ${row?.status}.`,
    )
  }

  submitting(store: Store, handle: string): void {
    const row = store.state.sqlite
      .query<{ status: Status }, [string]>(
        'SELECT status FROM executions e JOIN segments s ON s.execution_id = e.id WHERE s.handle = ?',
      )
      .get(handle)
    const open = row?.status === 'pending' || row?.status === 'running'
    this.#unless(open, `${handle} was submitted while its execution was ${row?.status}.`)
  }
}

/** Where a segment of an execution was run: there, or in the nearest of those that it runs again. */
function ranAt(store: Store, row: ExecutionRow, number: number): SegmentRow | null {
  for (let at: ExecutionRow | null = row; at !== null; ) {
    const own = store.segments.one(at.id, number)
    if (own !== null) return own
    at = at.rerunOf === null ? null : store.executions.byId(at.rerunOf)
  }
  return null
}

function rowOf(store: Store, order: SegmentOrder): ExecutionRow | null {
  const found = store.state.sqlite
    .query<{ id: number }, [string]>('SELECT id FROM executions WHERE uid = ?')
    .get(order.execution.uid)
  return found === null ? null : store.executions.byId(found.id)
}

/** Environments of the workload that nothing may reach but through a gate. */
const GATED: ReadonlySet<string> = new Set(['staging', 'production', 'limited'])
