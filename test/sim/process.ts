import { type EngineName, type GitRef, NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import { Fault } from '../../src/domain/fault.ts'
import { createArgoEngine } from '../../src/engine/argo/argo.ts'
import type { Cluster } from '../../src/engine/argo/cluster.ts'
import type { Engine, Handle, News, Offsets } from '../../src/engine/engine.ts'
import type { Keys } from '../../src/keys/keys.ts'
import { createFeed } from '../../src/ledger/feed.ts'
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts'
import type { Git } from '../../src/outside/git.ts'
import { createRunner } from '../../src/runner/runner.ts'
import type { Db } from '../../src/store/database.ts'
import { type Databases, type Store, storeOver } from '../../src/store/store.ts'
import type { LogFields, World } from '../../src/world.ts'
import { directReader } from '../report/direct.ts'
import { type ArgoGround, SITE } from './argoground.ts'
import type { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import type { Ground } from './ground.ts'

/** How often things go wrong: one in so many; 0 is never. */
export interface Weather {
  crash: number
  /** An engine's call: not delivered, its answer lost, delivered late, never answered. */
  wire: number
  /** A story that breaks off, or says something twice. */
  news: number
  git: number
}

/** Thrown where a process has died inside a synchronous commit; nothing that it still does can reach anything. */
export class Crash extends Error {}

export interface Options {
  /** Of workflows and environments that name none. */
  readonly engine: EngineName
  readonly localMaxRunning: number
  readonly releaseAfterMs: number
  readonly unreachableLimitMs: number | null
  readonly graceMs: number
  readonly diskFree: () => number
}

/** How long the client of a cluster waits for an answer. */
const CALL_MS = 30_000

/** Far more often than any moment's work asks for the time. */
const ASKED_MAX = 5_000

interface Surroundings {
  readonly clock: Clock
  readonly chance: Chance
  readonly weather: Weather
  readonly databases: Databases
  readonly local: Ground
  readonly argo: ArgoGround
  readonly options: Options
  readonly id: () => string
  /** After each commit of state.db. */
  readonly committed: (store: Store) => void
  /** Before a segment is handed over. */
  readonly submitting: (store: Store, handle: Handle) => void
  readonly releasing: (store: Store, handle: Handle) => void
  /** A submit is under way that nobody has heard of. */
  readonly late: (store: Store, handle: Handle) => void
  readonly count: (what: string) => void
}

/**
 * One life of the server: the real store, ledger and runner, whose every door can be the last it goes through. A crash
 * is a promise that never resolves and doors that stay shut, never an exception that the dead could catch and act upon.
 */
export class SimProcess {
  readonly #around: Surroundings
  readonly ledger: Ledger
  readonly store: Store
  dead = false
  /** Over when it dies: its connections are cut. */
  readonly #life = new AbortController()

  constructor(around: Surroundings) {
    this.#around = around
    const world = this.#world()
    const { databases, options } = around
    this.store = storeOver({ ...databases, state: this.#db(databases.state), logs: this.#db(databases.logs) })
    const feed = createFeed(world.log)
    this.ledger = createLedger(this.store, world, feed, {
      engine: options.engine,
      timezone: 'UTC',
      localMaxRunning: options.localMaxRunning,
      releaseAfterMs: options.releaseAfterMs,
      freeBytes: options.diskFree,
      freeBytesMin: 1024 ** 3,
    })
    const engines = new Map<EngineName, Engine>([
      ['local', this.#wire(around.local)],
      ['argo', this.#argo(around.argo, world)],
    ])
    const runner = createRunner({
      store: this.store,
      ledger: this.ledger,
      feed,
      engines,
      git: this.#git(),
      reader: directReader((work) => this.#door(work)),
      keys: KEYS,
      world,
      options: {
        engine: options.engine,
        argo: { ...NO_ARGO_SETTINGS, image: 'busybox:1.37' },
        allowFile: false,
        logBytesMax: 1_000_000,
        graceMs: options.graceMs,
        unreachableLimitMs: options.unreachableLimitMs,
        releaseAfterMs: options.releaseAfterMs,
        pollMs: 600_000,
        recompress: false,
      },
    })
    runner.start()
  }

  die(): void {
    this.dead = true
    this.#life.abort()
    this.#around.count('crash')
  }

  /** Every await of the process ends here: it goes on, it dies now, or it was dead already. */
  async #door<T>(work: Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown }
    try {
      outcome = { value: await work }
    } catch (error) {
      outcome = { error }
    }
    if (!this.dead && this.#around.chance.oneIn(this.#around.weather.crash)) this.die()
    if (this.dead) return new Promise(() => {})
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  #world(): World {
    const { clock, chance, id, count } = this.#around
    const say = (level: string) => (message: string, fields?: LogFields) => {
      if (!this.dead) count(`${level}: ${message} ${fields?.['error'] ?? ''}`.trim())
    }
    return {
      now: () => this.#now(),
      id,
      random: () => chance.next(),
      sleep: (ms, signal) => this.#door(clock.sleep(ms, signal)),
      log: { info: say('info'), warn: say('warn'), error: say('error') },
    }
  }

  /** A server that never lets go of a moment would never let go of a processor. */
  #now(): number {
    const { clock, count } = this.#around
    if (clock.asked() > ASKED_MAX && !this.dead) {
      count('error: The server goes round and round in one moment.')
      this.die()
    }
    if (this.dead) throw new Crash('dead')
    return clock.now()
  }

  /** Commits may be the last thing that happens, or the first thing that does not. */
  #db(db: Db): Db {
    const { chance, weather } = this.#around
    let depth = 0
    const transaction = <T>(work: () => T): T => {
      if (this.dead) throw new Crash('dead')
      if (depth > 0) return db.transaction(work)
      depth += 1
      try {
        return db.transaction(() => {
          db.afterCommit(() => this.#dieAfter(db))
          const result = work()
          if (chance.oneIn(weather.crash * 4)) {
            this.die()
            throw new Crash('before a commit')
          }
          return result
        })
      } finally {
        depth -= 1
      }
    }
    return { ...db, transaction }
  }

  #dieAfter(db: Db): void {
    const { chance, weather, databases, committed } = this.#around
    if (db === databases.state) committed(this.store)
    if (!chance.oneIn(weather.crash * 4)) return
    this.die()
    throw new Crash('after a commit')
  }

  #git(): Git {
    const { clock, chance, weather } = this.#around
    return {
      branches: () => this.#door(Promise.resolve(['main'])),
      resolve: (_remote, ref, signal) =>
        this.#door(
          clock.sleep(chance.between(10, 2_000), signal).then(() => {
            if (chance.oneIn(weather.git)) throw new Error('The repository has not answered.')
            return resolved(ref)
          }),
        ),
    }
  }

  #wire(ground: Ground): Engine {
    const call = <T>(work: () => Promise<T>, late = () => {}) => this.#door(this.#call(ground, work, late))
    return {
      name: ground.name,
      submit: (order) => {
        this.#around.submitting(this.store, order.handle)
        return call(
          () => ground.submit(order),
          () => this.#around.late(this.store, order.handle),
        )
      },
      look: (handle) => call(() => ground.look(handle)),
      terminate: (handle) => call(() => ground.terminate(handle)),
      release: (handle) => {
        this.#around.releasing(this.store, handle)
        return call(() => ground.release(handle))
      },
      check: () => call(() => ground.check()),
      follow: (handle, from, signal) => this.#follow(ground, handle, from, signal),
    }
  }

  /** The engine itself runs in this process, and its cluster is at the other end of a wire. */
  #argo(ground: ArgoGround, world: World): Engine {
    const engine = createArgoEngine({ cluster: this.#cluster(ground), site: SITE, world })
    return {
      name: engine.name,
      submit: (order) => {
        this.#around.submitting(this.store, order.handle)
        if (order.stages.some(({ run }) => run !== null && JSON.parse(run).does === 'refused'))
          ground.refused.add(order.execution.uid)
        ground.expect(order)
        return engine.submit(order)
      },
      look: (handle) => engine.look(handle),
      follow: (handle, from, signal) => {
        if (Object.keys(from).length > 0) this.#around.count('follow: resumed')
        return engine.follow(handle, from, signal)
      },
      terminate: (handle) => engine.terminate(handle),
      release: (handle) => {
        this.#around.releasing(this.store, handle)
        return engine.release(handle)
      },
      check: () => engine.check(),
    }
  }

  #cluster(ground: ArgoGround): Cluster {
    const { cluster } = ground
    const { clock } = this.#around
    // The client gives up a call that is not answered.
    const call = <T>(work: () => Promise<T>, late = () => {}) =>
      this.#door(
        Promise.race([
          this.#call(ground, work, late),
          clock
            .sleep(CALL_MS)
            .then(() => Promise.reject(new Error('The cluster has not answered for 30 s.'))),
        ]),
      )
    return {
      namespace: cluster.namespace,
      createWorkflow: (workflow) =>
        call(
          () => cluster.createWorkflow(workflow),
          () => this.#around.late(this.store, workflow.metadata.name),
        ),
      workflow: (name) => call(() => cluster.workflow(name)),
      patchWorkflow: (name, patch) => call(() => cluster.patchWorkflow(name, patch)),
      deleteWorkflow: (name, uid) => call(() => cluster.deleteWorkflow(name, uid)),
      createSecret: (secret) => call(() => cluster.createSecret(secret)),
      deletePod: (name, uid, grace) => call(() => cluster.deletePod(name, uid, grace)),
      list: (kind, query) => call(() => cluster.list(kind, query)),
      events: (uid) => call(() => cluster.events(uid)),
      watch: (kind, query, signal) =>
        this.#stream(ground, signal, 'patient', (either) => cluster.watch(kind, query, either)),
      log: (pod, container, query, signal) => {
        const listener = query.follow ? 'patient' : 'impatient'
        return this.#stream(ground, signal, listener, (either) => cluster.log(pod, container, query, either))
      },
    }
  }

  /** What comes bit by bit, and may break off anywhere. The client is patient with what may be silent for hours alone. */
  async *#stream<T>(
    ground: ArgoGround,
    signal: AbortSignal,
    listener: 'patient' | 'impatient',
    open: (signal: AbortSignal) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const { clock, chance, weather, count } = this.#around
    const over = new AbortController()
    const end = () => over.abort()
    for (const one of [signal, this.#life.signal]) one.addEventListener('abort', end, { once: true })
    try {
      await this.#door(clock.sleep(chance.between(1, 50)))
      if (!ground.reachable) throw new Error('The cluster cannot be reached.')
      const stream = open(over.signal)
      for (;;) {
        const next = await this.#door(stream.next())
        if (next.done === true) return
        if (!ground.reachable || chance.oneIn(weather.news * 3)) {
          count('stream: broken')
          throw new Error('The stream broke off.')
        }
        if (chance.oneIn(weather.news * 10)) {
          count('stream: dead')
          if (listener === 'impatient') {
            await this.#door(clock.sleep(CALL_MS))
            throw new Error('The cluster has sent nothing for 30 s.')
          }
          await this.#door(new Promise((resolve) => void over.signal.addEventListener('abort', resolve)))
          return
        }
        yield next.value
      }
    } finally {
      end()
      for (const one of [signal, this.#life.signal]) one.removeEventListener('abort', end)
    }
  }

  /** A call on its way: it arrives, or not, or late; and its answer comes back, or not. */
  async #call<T>(ground: Pick<Ground, 'reachable'>, work: () => Promise<T>, late: () => void): Promise<T> {
    const { clock, chance, weather, count } = this.#around
    await clock.sleep(chance.between(1, 50))
    if (!ground.reachable) throw new Error('The engine cannot be reached.')
    if (!chance.oneIn(weather.wire)) return work()
    const fate = chance.pick(['undelivered', 'answer lost', 'late', 'silent'] as const)
    count(`wire: ${fate}`)
    if (fate === 'undelivered') throw new Error('The connection was refused.')
    if (fate === 'silent') {
      await work().catch(() => undefined)
      return new Promise(() => {})
    }
    if (fate === 'late') late()
    if (fate === 'late') clock.after(chance.between(1, 50_000), () => void work().catch(() => undefined))
    else await work().catch(() => undefined)
    throw new Error('The connection was reset.')
  }

  async *#follow(ground: Ground, handle: Handle, from: Offsets, signal: AbortSignal): AsyncGenerator<News> {
    const { clock, chance, weather, count } = this.#around
    if (Object.keys(from).length > 0) count('follow: resumed')
    await this.#door(clock.sleep(chance.between(1, 50), signal))
    if (!ground.reachable) throw new Error('The engine cannot be reached.')
    const story = ground.follow(handle, from, signal)
    for (;;) {
      const next = await this.#door(story.next())
      if (next.done === true) return
      if (!ground.reachable || chance.oneIn(weather.news)) throw new Error('The story broke off.')
      yield next.value
      if (chance.oneIn(weather.news)) {
        count('follow: said twice')
        yield next.value
      }
      if (chance.oneIn(weather.news)) await this.#door(clock.sleep(chance.between(1, 20_000), signal))
    }
  }
}

/** A repository with every branch but `missing`. */
function resolved(ref: GitRef) {
  if (ref.kind === 'sha') return { sha: ref.sha, branch: null, tag: null }
  if (ref.name === 'missing') throw new Fault('invalid', 'The repository has no branch missing.')
  return {
    sha: 'a'.repeat(40),
    branch: ref.kind === 'branch' ? ref.name : null,
    tag: ref.kind === 'tag' ? ref.name : null,
  }
}

/** Seals nothing, but tells a wrong context. */
export const KEYS: Keys = {
  seal: (plain, context) => new TextEncoder().encode(`${context}\n${plain}`),
  open: (sealed, context) => {
    const text = new TextDecoder().decode(sealed)
    if (!text.startsWith(`${context}\n`)) throw new Error(`This was not sealed as ${context}.`)
    return new TextEncoder().encode(text.slice(context.length + 1))
  },
}
