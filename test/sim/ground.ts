import type {
  Engine,
  Handle,
  Health,
  News,
  Offsets,
  SegmentOrder,
  Sighting,
  StageOrder,
} from '../../src/engine/engine.ts'
import { Refused } from '../../src/engine/engine.ts'
import { NO_REPORT, unkept } from '../../src/engine/reports.ts'
import type { Behaviour } from '../engine/conformance.ts'
import type { Clock } from './clock.ts'

/** What a simulated stage does: the conformance suite's behaviours, and those of the workload. */
export type SimBehaviour =
  | Behaviour
  /** Writes so many lines over so long, and ends with this code; a deaf one does not hear that it is to end. */
  | {
      readonly does: 'works'
      readonly lines: number
      readonly ms: number
      readonly exit: number
      readonly deaf?: boolean
      /** Ends well in every so many executions of its workflow alone, with 1 in all others. */
      readonly wellEvery?: number
      /** Hands on, as `by`, the handle of the segment that it is part of. */
      readonly hands?: boolean
      /** Leaves the report that `leftBy` has. */
      readonly leaves?: boolean
    }
  /** Its segment can never be taken. */
  | { readonly does: 'refused' }

/** The report of a simulated stage: some findings stay from execution to execution, others come and go. */
export const LEFT = 'out.sarif'
export function leftBy(execution: string, secret: string): string {
  const number = Number(/\d+$/.exec(execution)?.[0])
  const rules = ['always', `of ${number}`, number % 2 === 0 ? 'even' : 'odd']
  const results = rules.map((ruleId) => ({
    ruleId,
    level: 'error',
    message: { text: `${ruleId} ${secret}` },
  }))
  return JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'sim' } }, results }] })
}

/** What is true of a segment, whatever anybody wrote down of it. */
export interface Known {
  readonly order: SegmentOrder
  readonly ended: boolean
  /** `succeeded`, `failed`, `killed`, `segment.lost`; `nothing` as long as it is none of these. */
  readonly outcome: string
  /** The lines of one of its stages, in their order, for each time that it was run: once, unless somebody meddled. */
  written(ordinal: number): string[][]
}

/** A segment as its engine knows it: what a crash of the server does not touch. */
export interface SimSegment extends Known {
  readonly story: News[]
  readonly changed: Set<() => void>
  /** Somebody asked for its end, or killed it. */
  killed: boolean
  readonly kill: AbortController
  readonly proceed: Set<number>
  /** What stands in its workspace. */
  readonly files: Map<string, string>
  ended: boolean
}

/** How long a checkout takes. */
const CHECKOUT_MS = 200

/**
 * The ground that a simulated engine stands on: its segments, which run on while the server is away.
 * Reachable or not, honest always; lies and delays are the wire's.
 */
export class Ground implements Engine {
  readonly name
  readonly clock: Clock
  readonly segments = new Map<Handle, SimSegment>()
  /** How often each handle was ever started: at most once, whatever happened. */
  readonly starts = new Map<Handle, number>()
  /** Every segment there ever was, also after its release; and the executions it refused. */
  readonly history = new Map<Handle, SimSegment>()
  readonly refused = new Set<string>()
  reachable = true
  /** Told before a segment starts. */
  onStart: (order: SegmentOrder) => void = () => {}

  constructor(name: Engine['name'], clock: Clock) {
    this.name = name
    this.clock = clock
  }

  async submit(order: SegmentOrder): Promise<void> {
    const known = this.segments.get(order.handle)
    if (known !== undefined) {
      if (known.order.planHash !== order.planHash) throw new Refused(`${order.handle} bears another plan.`)
      return
    }
    if (order.stages.some((stage) => behaviourOf(stage).does === 'refused')) {
      this.refused.add(order.execution.uid)
      throw new Refused('The engine refuses this order.')
    }
    this.onStart(order)
    this.starts.set(order.handle, (this.starts.get(order.handle) ?? 0) + 1)
    const story: News[] = []
    const segment: SimSegment = {
      order,
      story,
      get outcome() {
        return outcomeOf(story)
      },
      written: (ordinal) => [linesOf(story, ordinal)],
      changed: new Set(),
      killed: false,
      kill: new AbortController(),
      proceed: new Set(),
      files: new Map(),
      ended: false,
    }
    this.segments.set(order.handle, segment)
    this.history.set(order.handle, segment)
    void this.#run(segment)
  }

  async look(handle: Handle): Promise<Sighting> {
    const segment = this.segments.get(handle)
    if (segment === undefined) return 'absent'
    return segment.ended ? 'ended' : 'running'
  }

  async *follow(handle: Handle, from: Offsets, signal: AbortSignal): AsyncGenerator<News> {
    const segment = this.segments.get(handle)
    if (segment === undefined) {
      yield { type: 'segment.lost', how: 'gone', reason: 'The engine has never heard of it.' }
      return
    }
    for (let at = 0; !signal.aborted; at += 1) {
      while (at >= segment.story.length && !signal.aborted) await this.#change(segment, signal)
      const news = segment.story[at]
      if (news === undefined) return
      if (!('cursor' in news) || Number(news.cursor) > Number(from[news.stage] ?? 0)) yield news
      if (news.type === 'segment.finished' || news.type === 'segment.lost') return
    }
  }

  async terminate(handle: Handle): Promise<void> {
    const segment = this.segments.get(handle)
    if (segment === undefined || segment.ended || segment.killed) return
    const now = current(segment)
    if (now !== null && 'deaf' in now && now.deaf === true) return
    segment.killed = true
    const stubborn = now?.does === 'ignores-term'
    this.clock.after(stubborn ? segment.order.graceMs : 1, () => segment.kill.abort())
  }

  async release(handle: Handle): Promise<void> {
    this.segments.delete(handle)
  }

  async check(): Promise<Health> {
    return { reachable: true, reason: null, tools: ['git', 'sh'], warnings: [] }
  }

  /** Somebody else ends it, with the pod or by SIGKILL. */
  kill(handle: Handle): void {
    const segment = this.segments.get(handle)
    if (segment === undefined || segment.ended) return
    segment.killed = true
    segment.kill.abort()
  }

  /** Whoever could have said how it ends is gone. */
  lose(handle: Handle): void {
    const segment = this.segments.get(handle)
    if (segment === undefined || segment.ended) return
    this.#tell(segment, { type: 'segment.lost', how: 'gone', reason: 'Its supervisor is gone.' })
    segment.kill.abort()
  }

  #tell(segment: SimSegment, news: News): void {
    if (segment.ended) return
    segment.story.push(news)
    if (news.type === 'segment.finished' || news.type === 'segment.lost') segment.ended = true
    for (const wake of [...segment.changed]) wake()
  }

  #change(segment: SimSegment, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        segment.changed.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      segment.changed.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  async #run(segment: SimSegment): Promise<void> {
    const tell = (news: News) => this.#tell(segment, news)
    await this.#pass(segment, 50)
    tell({ type: 'segment.started', at: this.clock.now() })
    let failed = false
    for (const stage of segment.order.stages) {
      if (failed || segment.killed) {
        tell(finish(stage, 'skipped', null, null, this.clock.now()))
        continue
      }
      failed = !(await this.#stage(segment, stage)) && !stage.continueOnFailure
    }
    const at = this.clock.now()
    if (segment.killed)
      tell({ type: 'segment.finished', verdict: 'error', killed: true, reason: 'It was killed.', at })
    else if (failed)
      tell({ type: 'segment.finished', verdict: 'failed', killed: false, reason: 'A stage failed.', at })
    else tell({ type: 'segment.finished', verdict: 'succeeded', killed: false, reason: null, at })
  }

  async #stage(segment: SimSegment, stage: StageOrder): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      const { clock } = this
      this.#tell(segment, { type: 'stage.started', stage: stage.ordinal, attempt, at: clock.now() })
      const outcome = await this.#timed(segment, stage, attempt)
      if (outcome === 'killed' || segment.killed) {
        this.#tell(segment, finish(stage, 'terminated', 137, null, clock.now()))
        return false
      }
      if (outcome === 0 || outcome === 'late' || attempt > stage.retries) this.#report(segment, stage)
      if (outcome === 'late') {
        this.#tell(
          segment,
          finish(stage, 'failed', 137, `Timed out after ${stage.timeoutMs} ms.`, clock.now()),
        )
        return false
      }
      if (outcome === 0 || attempt > stage.retries) {
        const status = outcome === 0 ? 'succeeded' : 'failed'
        const reason = outcome === 0 ? null : `Exit code ${outcome}.`
        this.#tell(segment, finish(stage, status, outcome, reason, clock.now()))
        return outcome === 0
      }
    }
  }

  /** A stage's exit code, unless its time is up first. */
  async #timed(segment: SimSegment, stage: StageOrder, attempt: number): Promise<number | 'killed' | 'late'> {
    const work = this.#behave(segment, stage, attempt)
    if (stage.timeoutMs === null) return work
    return Promise.race([work, this.clock.sleep(stage.timeoutMs).then(() => 'late' as const)])
  }

  async #behave(segment: SimSegment, stage: StageOrder, attempt: number): Promise<number | 'killed'> {
    const behaviour = behaviourOf(stage)
    const write = (...lines: string[]) => this.#write(segment, stage, lines)
    switch (behaviour.does) {
      case 'ends':
        for (let at = 0; at < behaviour.lines.length; at += 1000)
          write(...behaviour.lines.slice(at, at + 1000))
        return (await this.#pass(segment, 10)) ? behaviour.exit : 'killed'
      case 'fails-first':
        return (await this.#pass(segment, 10)) ? (attempt <= behaviour.attempts ? 1 : 0) : 'killed'
      case 'waits':
        write('ready')
        while (!segment.proceed.has(stage.ordinal)) if (!(await this.#pass(segment, 100))) return 'killed'
        write('done')
        return 0
      case 'ignores-term':
        write('ready')
        while (await this.#pass(segment, 1000));
        return 'killed'
      case 'hands-on':
        this.#tell(segment, { type: 'outputs', stage: stage.ordinal, outputs: behaviour.outputs })
        return (await this.#pass(segment, 10)) ? 0 : 'killed'
      case 'leaves':
        if (!(await this.#pass(segment, 10))) return 'killed'
        for (const [path, text] of Object.entries(behaviour.files)) segment.files.set(path, text)
        return behaviour.exit
      case 'works':
        return this.#work(segment, stage, behaviour)
      case 'refused':
        return 1
      default:
        return behaviour satisfies never
    }
  }

  async #work(
    segment: SimSegment,
    stage: StageOrder,
    { lines, ms, exit, wellEvery = 1, hands, leaves }: Extract<SimBehaviour, { does: 'works' }>,
  ): Promise<number | 'killed'> {
    for (let line = 1; line <= lines; line += 1) {
      this.#write(segment, stage, [`${segment.order.handle} ${stage.id} ${line} ${stage.env['TOKEN'] ?? ''}`])
      if (!(await this.#pass(segment, ms / lines))) return 'killed'
    }
    if (leaves === true) segment.files.set(LEFT, leftBy(segment.order.execution.id, stage.env['TOKEN'] ?? ''))
    if (hands === true)
      this.#tell(segment, { type: 'outputs', stage: stage.ordinal, outputs: { by: segment.order.handle } })
    if (stage.kind === 'checkout')
      this.#tell(segment, {
        type: 'outputs',
        stage: stage.ordinal,
        outputs: { title: 'A change', author: 'carol' },
      })
    const number = Number(/\d+$/.exec(segment.order.execution.id)?.[0])
    return number % wellEvery === 0 ? exit : 1
  }

  #write(segment: SimSegment, stage: StageOrder, texts: readonly string[]): void {
    if (texts.length === 0) return
    const at = this.clock.now()
    const lines = texts.map((text) => ({ at, text }))
    const cursor = cursorAfter(segment, stage, texts.length)
    this.#tell(segment, { type: 'lines', stage: stage.ordinal, lines, cursor })
  }

  /** Collects what a stage was to leave. */
  #report(segment: SimSegment, stage: StageOrder): void {
    for (const { name, path } of stage.reports) {
      const text = segment.files.get(path)
      const news = { type: 'report', stage: stage.ordinal, name } as const
      if (text !== undefined) {
        this.#tell(segment, { ...news, content: { body: Buffer.from(text), packing: 'none' } })
        continue
      }
      const mark = { at: this.clock.now(), text: unkept(path, NO_REPORT) }
      const cursor = cursorAfter(segment, stage, 1)
      this.#tell(segment, { type: 'mark', stage: stage.ordinal, ...mark, cursor })
      this.#tell(segment, { ...news, content: { problem: NO_REPORT } })
    }
  }

  /** Lets time pass; false where the segment was killed meanwhile. */
  async #pass(segment: SimSegment, ms: number): Promise<boolean> {
    await this.clock.sleep(ms, segment.kill.signal).catch(() => undefined)
    return !segment.kill.signal.aborted
  }
}

/** The cursor behind so many lines more of a stage's log. */
function cursorAfter({ story }: SimSegment, stage: StageOrder, lines: number): string {
  const before = story.findLast((news) => 'cursor' in news && news.stage === stage.ordinal)
  return String(lines + (before !== undefined && 'cursor' in before ? Number(before.cursor) : 0))
}

function outcomeOf(story: readonly News[]): string {
  const last = story.at(-1)
  if (last?.type === 'segment.finished') return last.killed ? 'killed' : last.verdict
  return last?.type === 'segment.lost' ? last.type : 'nothing'
}

function linesOf(story: readonly News[], ordinal: number): string[] {
  return story.flatMap((news) =>
    news.type === 'lines' && news.stage === ordinal ? news.lines.map((line) => line.text) : [],
  )
}

function behaviourOf(stage: Pick<StageOrder, 'run'>): SimBehaviour {
  return stage.run === null ? { does: 'works', lines: 2, ms: CHECKOUT_MS, exit: 0 } : JSON.parse(stage.run)
}

/** What the running stage of a segment does; null between stages. */
function current(segment: SimSegment): SimBehaviour | null {
  const last = segment.story.findLast(
    (news) => news.type === 'stage.started' || news.type === 'stage.finished',
  )
  if (last?.type !== 'stage.started') return null
  const stage = segment.order.stages.find((one) => one.ordinal === last.stage)
  return stage === undefined ? null : behaviourOf(stage)
}

function finish(
  stage: StageOrder,
  status: Extract<News, { type: 'stage.finished' }>['status'],
  exitCode: number | null,
  reason: string | null,
  at: number,
): News {
  return { type: 'stage.finished', stage: stage.ordinal, status, exitCode, reason, at }
}
