import type { Person } from '../../src/domain/actor.ts'
import { Fault } from '../../src/domain/fault.ts'
import { openDatabases, type Store, storeOver } from '../../src/store/store.ts'
import { monotonicUlid } from '../../src/world.ts'
import { ArgoGround } from './argoground.ts'
import { Chance } from './chance.ts'
import { Clock, settled } from './clock.ts'
import { Ground } from './ground.ts'
import { Crash, KEYS, SimProcess, type Weather } from './process.ts'
import { verify } from './verify.ts'
import { Watch } from './watch.ts'
import { load, setClosing, WORKFLOW_NAMES } from './workload.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 5, 22, 0, 0)
/** Faults and people, so long; then calm, in which all must come to rest. */
const STORM_MS = 60 * MINUTE
const CALM_MS = 150 * MINUTE
const RELEASE_MS = 30 * MINUTE
const EXECUTIONS = 18
/** Ten times what a story takes. */
const STEPS_MAX = 40_000

/** What a simulation tells of itself. */
export interface Result {
  readonly violations: readonly string[]
  readonly coverage: ReadonlyMap<string, number>
}

/** What the engines know to be true of an execution. */
export interface Truth {
  /** How its segments ended, in order. */
  readonly ends: readonly string[]
  readonly running: number
  readonly killedOutside: boolean
  readonly lost: boolean
  readonly refused: boolean
}

/** One simulated hour with all its faults, and what is left of it. */
export class Story {
  readonly #chance: Chance
  readonly #clock = new Clock(START)
  readonly #grounds: { local: Ground; argo: ArgoGround }
  readonly #watch: Watch
  readonly #weather: Weather
  readonly #databases
  readonly #options
  readonly #id: () => string
  readonly #outside = new Set<string>()
  /** A story has a few workflows that run often, so that they meet each other. */
  readonly #favourites: readonly string[]
  /** What was asked of each re-run, where its answer arrived. */
  readonly reruns = new Map<number, 'start' | 'failed'>()
  #diskFree = Number.POSITIVE_INFINITY
  /** Edits definitions; no server's life hangs on it. */
  readonly #admin: Store
  #process: SimProcess

  constructor(seed: number) {
    const chance = new Chance(seed)
    this.#chance = chance
    this.#id = monotonicUlid(
      () => this.#clock.now(),
      () => chance.bytes(10),
    )
    this.#grounds = { local: new Ground('local', this.#clock), argo: new ArgoGround(this.#clock) }
    this.#favourites = [
      ...WORKFLOW_NAMES,
      ...Array.from({ length: 4 }, () => chance.pick(WORKFLOW_NAMES)).flatMap((name) =>
        Array.from({ length: 6 }, () => name),
      ),
    ]
    const localMaxRunning = chance.between(2, 5)
    this.#options = {
      engine: chance.pick(['local', 'argo'] as const),
      localMaxRunning,
      releaseAfterMs: RELEASE_MS,
      unreachableLimitMs: chance.oneIn(2) ? 3 * MINUTE : null,
      graceMs: 10_000,
      diskFree: () => this.#diskFree,
    }
    this.#watch = new Watch(Object.values(this.#grounds), localMaxRunning)
    this.#weather = {
      crash: chance.pick([0, 100, 400, 1_500]),
      wire: chance.pick([0, 4, 12]),
      news: chance.pick([0, 8, 30]),
      git: chance.pick([0, 3]),
    }
    this.#databases = openDatabases({ dir: ':memory:', now: () => this.#clock.now(), id: this.#id })
    for (const ground of Object.values(this.#grounds))
      ground.onStart = (order) => this.#watch.starting(this.store, order)
    this.#admin = storeOver(this.#databases)
    load(this.#admin, KEYS.seal)
    this.#process = this.#boot()
  }

  get store(): Store {
    return this.#process.store
  }

  readonly expect = (holds: boolean, sentence: string): void => this.#watch.expect(holds, sentence)
  readonly count = (what: string): void => this.#watch.count(what)

  async run(): Promise<Result> {
    this.#plan()
    await this.#until(START + STORM_MS)
    this.#calm()
    await this.#until(START + STORM_MS + CALM_MS)
    if (this.#watch.violations.length > 0) return this.#result()
    if (this.#process.dead) throw new Error('A process died in calm weather.')
    verify(this)
    return this.#result()
  }

  #result(): Result {
    this.#databases.close()
    const { violations, coverage } = this.#watch
    return { violations, coverage }
  }

  #boot(): SimProcess {
    return new SimProcess({
      clock: this.#clock,
      chance: this.#chance,
      weather: this.#weather,
      databases: this.#databases,
      ...this.#grounds,
      options: this.#options,
      id: this.#id,
      committed: (store) => this.#watch.committed(store),
      submitting: (store, handle) => this.#watch.submitting(store, handle),
      releasing: (store, handle) => this.#watch.releasing(store, handle),
      late: (_store, handle) => this.#impatient(handle),
      count: (what) => this.#watch.count(what),
    })
  }

  /** Time passes; a dead server is started again after a while. */
  async #until(end: number): Promise<void> {
    let starting = false
    let steps = 0
    for (await settled(); this.#clock.step(end); await settled()) {
      steps += 1
      if (this.#watch.violations.length > 0) return
      if (steps > STEPS_MAX) return void this.#watch.expect(false, 'The server never comes to rest.')
      if (!this.#process.dead || starting) continue
      starting = true
      this.#clock.after(this.#chance.between(1, 90_000), () => {
        starting = false
        this.#process = this.#boot()
      })
    }
  }

  /** Everything that will happen in the storm, but for what the weather does. */
  #plan(): void {
    const at = (act: () => void) => this.#clock.after(this.#chance.between(0, STORM_MS - MINUTE), act)
    for (let i = 0; i < EXECUTIONS; i += 1) at(() => this.#trigger())
    for (let i = 0; i < EXECUTIONS * 3; i += 1) at(() => this.#act())
    for (let i = 0; i < EXECUTIONS; i += 1) at(() => this.#rerun())
    for (let i = 0; i < 5; i += 1) at(() => this.#spell())
    for (let i = 0; i < 3; i += 1) at(() => this.#harm())
    for (let i = 0; i < 5; i += 1) at(() => this.#shake())
    if (this.#chance.oneIn(3)) at(() => this.#twin())
    at(() => setClosing(this.#admin, false))
    if (this.#chance.oneIn(3)) at(() => this.#fillDisk())
  }

  #calm(): void {
    this.#weather.crash = 0
    this.#weather.wire = 0
    this.#weather.news = 0
    this.#weather.git = 0
    this.#diskFree = Number.POSITIVE_INFINITY
    for (const ground of Object.values(this.#grounds)) ground.reachable = true
    if (this.#process.dead) this.#process = this.#boot()
    this.#clock.after(5 * MINUTE, () => this.#unstick())
    this.#clock.after(30 * MINUTE, () => this.#unstick())
  }

  /** What never ends by itself is ended by hand; what failed to terminate is asked again. */
  #unstick(): void {
    for (const ground of Object.values(this.#grounds))
      for (const [handle, segment] of ground.segments)
        if (!segment.ended && segment.order.execution.workflow === 'stubborn')
          this.#killOutside(ground, handle)
  }

  #spell(): void {
    const ground = this.#chance.pick(Object.values(this.#grounds))
    ground.reachable = false
    this.#clock.after(this.#chance.between(1_000, 8 * MINUTE), () => {
      ground.reachable = true
    })
  }

  #fillDisk(): void {
    this.#diskFree = 1_000_000
    this.#clock.after(this.#chance.between(MINUTE, 10 * MINUTE), () => {
      this.#diskFree = Number.POSITIVE_INFINITY
    })
  }

  /** A pod is deleted, a supervisor vanishes. */
  #harm(): void {
    const ground = this.#chance.pick(Object.values(this.#grounds))
    const handle = this.#running(ground)
    if (handle === null) return
    if (this.#chance.oneIn(2)) {
      this.#killOutside(ground, handle)
      return
    }
    this.count('harm: lost')
    ground.lose(handle)
  }

  /** What a cluster does to those who live in it. */
  #shake(): void {
    const { argo } = this.#grounds
    const { controller, kubelet, api } = argo.standIn
    const handle = this.#running(argo)
    const what = this.#chance.pick([
      'compact',
      'controller',
      'kubelet',
      'evict',
      'oom',
      'usurp',
      'unlabel',
    ] as const)
    this.count(`shake: ${what}`)
    if (what === 'compact') api.history.compact()
    if (what === 'kubelet') kubelet.restart()
    if (what === 'controller') {
      controller.down()
      this.#clock.after(this.#chance.between(10_000, 5 * MINUTE), () => controller.up())
    }
    if (handle === null) return
    if (what === 'oom') argo.exhaust(handle)
    if (what === 'usurp') argo.usurp(handle)
    if (what === 'unlabel') argo.unlabel(handle)
    if (what !== 'evict') return
    this.#outside.add(handle)
    argo.evict(handle)
  }

  /** Somebody starts a second server over the same data; it notices a little later, and ends. */
  #twin(): void {
    this.count('twin')
    const twin = this.#boot()
    this.#clock.after(this.#chance.between(1_000, 10 * MINUTE), () => twin.dead || twin.die())
  }

  #running(ground: Ground | ArgoGround): string | null {
    const running = [...ground.segments].filter(([, segment]) => !segment.ended).map(([handle]) => handle)
    return running.length === 0 ? null : this.#chance.pick(running)
  }

  #killOutside(ground: Ground | ArgoGround, handle: string): void {
    this.count('harm: killed')
    this.#outside.add(handle)
    ground.kill(handle)
  }

  #trigger(): void {
    this.#wish('trigger', () => {
      const workflow = this.#chance.pick(this.#favourites)
      this.#process.ledger.trigger({ workflow, trigger: 'manual', actor: this.#somebody() })
      // People who push push again.
      if (this.#chance.oneIn(2))
        this.#clock.after(this.#chance.between(1, 30_000), () => this.#again(workflow))
    })
  }

  /** Somebody loses patience while a submit is on its way. */
  #impatient(handle: string): void {
    if (this.#chance.oneIn(2)) return
    this.#clock.after(this.#chance.between(1, 2_000), () => {
      const found = this.store.state.sqlite
        .query<{ id: number }, [string]>('SELECT execution_id AS id FROM segments WHERE handle = ?')
        .get(handle)
      if (found !== null) this.#wish('act', () => this.#process.ledger.terminate(found.id, ALICE, 'too slow'))
    })
  }

  #again(workflow: string): void {
    this.#wish('trigger', () => {
      this.#process.ledger.trigger({ workflow, trigger: 'api', actor: this.#somebody() })
      this.count('trigger: again')
    })
  }

  /** Somebody runs something again, mostly what did not end well and mostly from there. */
  #rerun(): void {
    const ended = this.store.state.sqlite
      .query<{ id: number }, []>(
        "SELECT id FROM executions WHERE (finished_at > 0 AND status <> 'succeeded') OR id % 6 = 0 ORDER BY id DESC LIMIT 24",
      )
      .all()
    if (ended.length === 0) return
    const { id } = this.#chance.pick(ended)
    const from = this.#chance.oneIn(4) ? 'start' : 'failed'
    this.#wish('rerun', () => {
      try {
        this.reruns.set(this.#process.ledger.rerun(id, from, this.#somebody()).id, from)
      } catch (error) {
        if (error instanceof Fault && error.message.includes('is not there any more'))
          this.count('rerun: let go')
        throw error
      }
    })
  }

  /** Somebody does something to some execution, sensible or not. */
  #act(): void {
    const all = this.store.state.sqlite
      .query<{ id: number; status: string }, []>(
        'SELECT id, status FROM executions ORDER BY id DESC LIMIT 12',
      )
      .all()
    const alive = all.filter((row) => row.status !== 'succeeded' && row.status !== 'error')
    if (alive.length === 0) return
    const gated = alive.filter(
      (row) => row.status === 'approval-pending' || row.status === 'deployment-pending',
    )
    const { id } = this.#chance.pick(gated.length > 0 && this.#chance.oneIn(2) ? gated : alive)
    const waiting = this.store.gates.list(id).find((gate) => gate.state === 'open')
    const environment = this.#chance.oneIn(6) ? 'dev' : (waiting?.environment ?? 'production')
    const { ledger } = this.#process
    const person = this.#somebody()
    const choice = this.#chance.between(1, 16)
    const act = () => {
      if (choice <= 2) return ledger.terminate(id, person, 'enough')
      if (choice === 3 || waiting === undefined) return ledger.deploy(id, environment, person, null)
      if (choice === 4 || choice === 5) return ledger.reject(id, environment, person, 'no')
      if (waiting.environment === 'staging') return ledger.deploy(id, environment, person, null)
      return ledger.approve(id, environment, person, 'fine')
    }
    this.#wish('act', act)
    if (this.#chance.oneIn(4)) this.#wish('double-click', act)
  }

  #somebody(): Person {
    const name = this.#chance.pick(['alice', 'bob', 'carol', 'dave', 'eve', 'local-admin'])
    const local = name === 'local-admin'
    return { kind: 'person', name, role: local ? 'admin' : name === 'eve' ? 'viewer' : 'executor', local }
  }

  /** People meet a dead server, a fault, or success; anything else is a fault of ours. */
  #wish(what: string, work: () => void): void {
    if (this.#process.dead) return
    try {
      work()
      this.count(`${what}: done`)
    } catch (error) {
      if (error instanceof Crash) return
      if (error instanceof Fault && error.kind !== 'internal') this.count(`${what}: ${error.kind}`)
      else this.expect(false, `${what} threw ${error instanceof Error ? error.stack : error}`)
    }
  }

  starts(): [string, number][] {
    return Object.values(this.#grounds).flatMap((ground) => [...ground.starts])
  }

  /** Everything that runs on in the engines. */
  running(): string[] {
    return Object.values(this.#grounds).flatMap((ground) =>
      [...ground.history].filter(([, segment]) => !segment.ended).map(([handle]) => handle),
    )
  }

  now(): number {
    return this.#clock.now()
  }

  knows(handle: string): boolean {
    return Object.values(this.#grounds).some((ground) => ground.segments.has(handle))
  }

  truth(uid: string): Truth {
    const segments = Object.values(this.#grounds)
      .flatMap((ground) => [...ground.history.values()])
      .filter((segment) => segment.order.execution.uid === uid)
      .sort((a, b) => a.order.segment - b.order.segment)
    const ends = segments.map(({ outcome }) => outcome)
    return {
      ends,
      running: segments.filter((segment) => !segment.ended).length,
      killedOutside: segments.some((segment) => this.#outside.has(segment.order.handle)),
      lost: ends.includes('segment.lost'),
      refused: Object.values(this.#grounds).some((ground) => ground.refused.has(uid)),
    }
  }

  /** What a stage wrote, in all; null where the engine never had it. */
  written(uid: string, segment: number | null, ordinal: number): string[][] | null {
    const handle = `p-${uid.toLowerCase()}-${segment}`
    const found = Object.values(this.#grounds)
      .map((ground) => ground.history.get(handle))
      .find((one) => one !== undefined)
    if (segment === null || found === undefined) return null
    return found.written(ordinal)
  }
}

/** Tells the story of one seed. */
export function simulate(seed: number): Promise<Result> {
  return new Story(seed).run()
}

const ALICE: Person = { kind: 'person', name: 'alice', role: 'executor', local: false }
