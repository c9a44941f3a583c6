import { Fault } from '../../domain/fault.ts'
import type { News, Offsets } from '../engine.ts'
import { Inbox } from './inbox.ts'
import type { ArgoWorkflow, Pod } from './kube.ts'
import { canRead, Lookout, type Stage, TURN_MS } from './lookout.ts'
import { type Act, nonceOf, type Outline } from './names.ts'
import { areElsewhere, hadNode } from './nodes.ts'
import { defaced, isSegment, outlineOf } from './outline.ts'
import { type Position, readPosition } from './position.ts'
import { pump, type Reading } from './pump.ts'
import { Reel } from './reel.ts'
import { containerState, isEnding, isOver } from './scene.ts'
import { type Ending, ofCause, ofMark, ofPod, SUCCEEDED, TERMINATED } from './verdict.ts'
import { argoSays } from './words.ts'

/** A stage was told to end, and nothing says why: the cluster gets this long to explain it. */
const CAUSE_MS = 15_000

const UNREACHED = 'It was not reached.'
const NEVER_READ = 'The pod was gone before its log could be read.'
const NOT_READ = 'The end of this log could not be read any more.'
const ROTATED = 'The log was rotated before it could be read.'
const GONE = 'Its Workflow was deleted by somebody.'
const REPLACED = 'The pod was replaced by another one: its stages run a second time.'

/** How an act ended, when, and how much of its stage's log was told. */
type Outcome = Ending & { readonly at: number; readonly told: number }

interface Beginning {
  /** Whether the stage begins with this act. */
  readonly opens: boolean
  /** How much of the stage's log earlier acts have told. */
  readonly told: number
  /** How far it was told before this story began. */
  readonly place: Position | null
}

/** Tells a segment's story from what the cluster shows, until its end was told or the signal fires. */
export async function* tell(stage: Stage, from: Offsets, signal: AbortSignal): AsyncGenerator<News> {
  const story = new Story(stage, from, signal)
  const unlisten = stage.listen(() => story.changed())
  try {
    yield* story.tell()
  } finally {
    unlisten()
    story.close()
  }
}

/**
 * A segment's containers run one after another, each waiting for the one before it: so their logs are read one after
 * another, each to its end mark, with an eye on the pod all the while.
 */
class Story {
  readonly #stage: Stage
  readonly #lookout: Lookout
  readonly #from: ReadonlyMap<number, Position>
  readonly #signal: AbortSignal
  readonly #over = new AbortController()
  #inbox: Inbox<Reading>

  constructor(stage: Stage, from: Offsets, signal: AbortSignal) {
    this.#stage = stage
    this.#lookout = new Lookout(stage)
    this.#signal = signal
    const read = Object.entries(from).map(([ordinal, text]) => [Number(ordinal), readPosition(text)] as const)
    this.#from = new Map(
      read.flatMap(([ordinal, place]) => (place === null ? [] : [[ordinal, place] as const])),
    )
    this.#inbox = new Inbox(this.#over.signal)
    signal.addEventListener('abort', this.close, { once: true })
    if (signal.aborted) this.close()
  }

  changed(): void {
    this.#inbox.ring()
  }

  readonly close = (): void => {
    this.#over.abort()
    this.#signal.removeEventListener('abort', this.close)
  }

  async *tell(): AsyncGenerator<News> {
    const workflow = await this.#find()
    if (this.#signal.aborted) return
    if (workflow === null) {
      yield lost(`The cluster has no Workflow ${this.#stage.handle}.`)
      return
    }
    const outline = outlineOf(workflow)
    if (outline === null && isSegment(workflow))
      throw new Fault('engine_unreachable', defaced(this.#stage.handle))
    if (outline === null || this.#isAnother(workflow, outline)) {
      yield lost('Another Workflow has taken its name.')
      return
    }
    this.#lookout.outline = outline
    yield* this.#tellAll()
  }

  async #find(): Promise<ArgoWorkflow | null> {
    for (;;) {
      const found = await this.#lookout.find()
      if (found !== undefined || this.#signal.aborted) return found ?? null
      await this.#inbox.take(TURN_MS, this.#stage.world)
    }
  }

  /** Lines of this segment were stored from a Workflow of this name that was another object. */
  #isAnother({ metadata }: ArgoWorkflow, { acts }: Outline): boolean {
    return acts.some(({ stage }) => (this.#from.get(stage)?.workflow ?? metadata.uid) !== metadata.uid)
  }

  async *#tellAll(): AsyncGenerator<News> {
    const { acts } = this.#lookout.outline
    let failure: { readonly act: Act; readonly outcome: Outcome } | null = null
    let told = 0
    for (const [index, act] of acts.entries()) {
      if (failure !== null) {
        if (failure.act.stage !== act.stage) yield this.#skipped(act, failure.outcome)
        continue
      }
      const opens = acts[index - 1]?.stage !== act.stage
      const place = this.#from.get(act.stage) ?? null
      const outcome = yield* this.#act(act, { opens, told: opens ? 0 : told, place })
      if (outcome === null) return
      told = outcome.told
      const passed = outcome.status === 'succeeded' || (outcome.status === 'failed' && act.passes)
      if (passed && acts[index + 1]?.stage === act.stage) continue
      yield finish(act, outcome)
      if (!passed) failure = { act, outcome }
    }
    yield* this.#conclude(failure)
  }

  /** Tells what one container did, from where its log stands; null where the signal fired. */
  async *#act(act: Act, beginning: Beginning): AsyncGenerator<News, Outcome | null> {
    const { place } = beginning
    // A place in a later container of the same stage: this one was told to its end.
    if (place !== null && this.#isBefore(act, place.container))
      return { ...SUCCEEDED, at: this.#stage.world.now(), told: place.told }
    const run = new AbortController()
    const end = () => run.abort()
    this.#over.signal.addEventListener('abort', end, { once: true })
    this.#inbox = new Inbox(run.signal)
    if (this.#over.signal.aborted) end()
    try {
      const outcome = yield* this.#watch(act, beginning, run.signal)
      if (outcome !== 'replaced') return outcome
    } finally {
      end()
      this.#over.signal.removeEventListener('abort', end)
      this.#inbox = new Inbox(this.#over.signal)
    }
    const { world } = this.#stage
    const cursor = `replaced ${this.#lookout.pod?.metadata.uid}`
    yield { type: 'mark', stage: act.stage, at: world.now(), text: REPLACED, cursor }
    return yield* this.#act(act, { ...beginning, place: null })
  }

  #isBefore(act: Act, container: string): boolean {
    const { acts } = this.#lookout.outline
    return acts.indexOf(act) < acts.findIndex((other) => other.container === container)
  }

  async *#watch(
    act: Act,
    beginning: Beginning,
    signal: AbortSignal,
  ): AsyncGenerator<News, Outcome | 'replaced' | null> {
    const { world } = this.#stage
    const lookout = this.#lookout
    let reel: Reel | null = null
    let over: Extract<Reading, { is: 'over' }> | null = null
    let unread: string | null = null
    for (;;) {
      const { pod } = lookout.scene
      if (pod !== null && this.#isReplacement(pod, beginning.place)) return 'replaced'
      if (reel === null && pod !== null && canRead(pod, act)) reel = this.#open(act, pod, beginning, signal)
      const reading = await this.#inbox.take(TURN_MS, world)
      if (this.#signal.aborted) return null
      lookout.heedTrouble()
      if (reading?.is === 'lines' && reel !== null) {
        yield* this.#read(reel, reading)
        if (reel.end !== null) return yield* this.#ended(act, reel)
        continue
      }
      if (reading?.is === 'over') over = reading
      if (reading?.is === 'trouble') unread = reading.reason
      yield* lookout.look(act, unread)
      if (reel === null ? await this.#isHopeless(act) : over !== null)
        return yield* this.#broken(act, reel, over)
    }
  }

  /** Nothing was read of it, and nothing ever will be. */
  async #isHopeless(act: Act): Promise<boolean> {
    if (!(await this.#lookout.isGone())) return false
    const { pod } = this.#lookout.scene
    return pod === null || !canRead(pod, act)
  }

  /** The pod that was seen, or whose lines were stored, is gone, and another one is there. */
  #isReplacement(pod: Pod, place: Position | null): boolean {
    const before = this.#lookout.pod?.metadata.uid ?? place?.pod ?? pod.metadata.uid
    this.#lookout.pod = pod
    return before !== pod.metadata.uid
  }

  /** Begins to read the container's log. */
  #open(act: Act, pod: Pod, { opens, told, place }: Beginning, signal: AbortSignal): Reel {
    const { handle, cluster, streams, world } = this.#stage
    const { outline, scene } = this.#lookout
    const from = place?.pod === pod.metadata.uid && place?.container === act.container ? place : null
    const state = () => {
      const now = this.#lookout.scene.pod
      if (now === null || now.metadata.uid !== pod.metadata.uid) return 'gone'
      const ended = containerState(now, act.container).is === 'ended' || isOver(now, outline.acts)
      return ended ? 'ended' : 'open'
    }
    const source = {
      cluster,
      streams,
      world,
      pod: pod.metadata.name,
      container: act.container,
      state,
    } as const
    void pump(source, from, this.#inbox, signal)
    return new Reel({
      ...{ act, from, told, opens },
      nonce: nonceOf(handle),
      workflow: scene.workflow?.metadata.uid ?? '',
      pod: pod.metadata.uid ?? '',
      logBytesMax: outline.logBytesMax,
    })
  }

  *#read(reel: Reel, { lines, missed }: Extract<Reading, { is: 'lines' }>): Generator<News> {
    const at = lines[0]?.at ?? this.#stage.world.now()
    yield* this.#lookout.begin(at)
    if (missed) yield* reel.lost(at, ROTATED)
    yield* reel.take(lines)
  }

  /** The wrapper said how it ended. */
  async *#ended(act: Act, reel: Reel): AsyncGenerator<News, Outcome | null> {
    const { end, told } = reel
    if (end === null) throw new Error('A reel was closed that has no end.')
    const around = { at: end.at, told }
    yield* reel.close(end.at)
    if (end.says === 'end' && !end.told) return { ...ofMark(act, end, reel.reason), ...around }
    const cause = (await this.#cause()) ?? TOLD_TO_END
    // What a deadline ends is told when it has ended.
    if (this.#signal.aborted || (cause.status === 'failed' && !(await this.#untilGone()))) return null
    return { ...cause, ...(end.says === 'skipped' ? { status: 'skipped' } : {}), ...around }
  }

  /** Why it was told to end: what the watches have heard by now, or hear soon. */
  async #cause(): Promise<Ending | null> {
    const { world } = this.#stage
    const until = world.now() + CAUSE_MS
    for (;;) {
      const cause = ofCause(this.#lookout.scene, this.#lookout.outline.acts)
      if (cause !== null || this.#signal.aborted || world.now() >= until) return cause
      await this.#inbox.take(until - world.now(), world)
    }
  }

  /** It ended, and its wrapper had no chance to say how; or it never began. */
  async *#broken(
    act: Act,
    reel: Reel | null,
    over: Extract<Reading, { is: 'over' }> | null,
  ): AsyncGenerator<News, Outcome | null> {
    const { acts } = this.#lookout.outline
    if (isUnexplained(this.#lookout.scene.pod, act)) await this.#cause()
    if (this.#signal.aborted) return null
    const at = this.#stage.world.now()
    const ending = ofPod(this.#lookout.scene, act, acts) ?? this.#unknown()
    if (reel === null) {
      const { workflow, pod } = this.#lookout.scene
      const wasGone = pod === null && workflow !== null && hadNode(workflow)
      if (wasGone || ending.status === 'succeeded' || ending.status === 'failed')
        yield { type: 'gap', stage: act.stage, at, lines: null, reason: NEVER_READ, cursor: 'never read' }
      return { ...ending, at, told: 0 }
    }
    yield* reel.close(at)
    const ran = reel.told > 0 || hasRun(this.#lookout.pod, act)
    if (ran && (over?.whole === false || ending.status === 'succeeded')) yield* reel.lost(at, NOT_READ)
    return { ...ending, at, told: reel.told }
  }

  #unknown(): Ending {
    const { workflow } = this.#lookout.scene
    if (workflow === null) return { status: 'error', exitCode: null, reason: GONE, killed: true }
    const message = workflow.status?.message ?? ''
    const silence = areElsewhere(workflow)
      ? 'Argo keeps what it knows in a database of its own, and the pod does not say why.'
      : 'nobody says why.'
    const reason = `It could not be run: ${message === '' ? silence : argoSays(message)}`
    return { status: 'error', exitCode: null, reason, killed: false }
  }

  #skipped(act: Act, { killed }: Outcome): News {
    const reason = killed ? TERMINATED : UNREACHED
    const at = this.#stage.world.now()
    return { type: 'stage.finished', stage: act.stage, status: 'skipped', exitCode: null, reason, at }
  }

  /** The segment's own end: at once where it came by itself, otherwise when nothing of it runs any more. */
  async *#conclude(failure: { readonly act: Act; readonly outcome: Outcome } | null): AsyncGenerator<News> {
    const { world } = this.#stage
    const { outcome = null, act = null } = failure ?? {}
    const verdict = outcome === null ? 'succeeded' : outcome.status === 'failed' ? 'failed' : 'error'
    if (outcome?.killed === true && !(await this.#untilGone())) return
    const { workflow } = this.#lookout.scene
    const isDeleted = workflow === null || workflow.metadata.deletionTimestamp !== undefined
    if (outcome?.killed === true && isDeleted && (workflow === null || !isEnding(workflow))) yield lost(GONE)
    else
      yield {
        type: 'segment.finished',
        verdict,
        killed: outcome?.killed ?? false,
        reason: act === null || outcome === null ? null : reasonOf(act, outcome),
        at: outcome?.at ?? world.now(),
      }
  }

  /** False where the signal fired first. */
  async #untilGone(): Promise<boolean> {
    while (!(await this.#lookout.isGone())) {
      await this.#inbox.take(TURN_MS, this.#stage.world)
      if (this.#signal.aborted) return false
      this.#lookout.heedTrouble()
      await this.#lookout.interfere()
    }
    return true
  }
}

const TOLD_TO_END: Ending = {
  status: 'error',
  exitCode: null,
  reason: 'Its container was told to end; nobody says why.',
  killed: true,
}

function lost(reason: string): News {
  return { type: 'segment.lost', how: 'gone', reason }
}

function finish(act: Act, { status, exitCode, reason, at }: Outcome): News {
  return { type: 'stage.finished', stage: act.stage, status, exitCode, reason, at }
}

function reasonOf({ id }: Act, { status, reason, killed }: Outcome): string | null {
  if (killed) return reason
  return status === 'failed' ? `Stage ${id} failed. ${reason ?? ''}` : `Stage ${id}: ${reason ?? 'error.'}`
}

function hasRun(pod: Pod | null, { container }: Act): boolean {
  const { is } = containerState(pod, container)
  return is === 'running' || is === 'ended'
}

/** It ended by a signal that somebody sent, and who that was may be known in a moment. */
function isUnexplained(pod: Pod | null, { container }: Act): boolean {
  const state = containerState(pod, container)
  if (state.is !== 'ended' || state.how.reason === 'OOMKilled') return false
  return state.how.exitCode === 137 || state.how.exitCode === 143
}
