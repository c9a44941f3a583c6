import { statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { EngineName } from '../domain/definition.ts'
import type { Engine, Health } from '../engine/engine.ts'
import type { EngineState, Machine, Readiness } from '../server/context.ts'
import type { Store } from '../store/store.ts'
import type { World } from '../world.ts'

/** How often it is looked at without being asked: banners and `tools` are at most this old. */
const LOOK_MS = 30_000

/** An engine’s answer counts whenever it comes; nobody waits longer for it. */
const ANSWER_MS_MAX = 2_000

/** What an engine is taken to have until it has answered once: nothing is refused for what nobody knows. */
const UNASKED = ['git', 'sh', 'image', 'root']

/** What the server needs from outside itself, and how it is. */
export interface Wellbeing {
  /** Asks the store, the disk and, side by side, the engines: what has not answered in time is as it was last. */
  check(patienceMs?: number): Promise<readonly Readiness[]>
  /** Looks again and again until the signal fires. */
  watch(signal: AbortSignal): Promise<void>
  /** What people should know as long as it holds, as it was at the last look. */
  notices(): readonly string[]
  /** What each engine can run, as it said last. */
  tools(): ReadonlyMap<EngineName, readonly string[]>
  /** What whoever looks after the server is shown. */
  readonly machine: Machine
  /** Bytes free where the data stands; null where nobody can tell. */
  freeBytes(): number | null
}

export function createHealth(
  config: Config,
  store: Store,
  engines: ReadonlyMap<EngineName, Engine>,
  world: World,
): Wellbeing {
  let own: readonly Readiness[] = []
  const freeBytes = () => freeBytesOf(config['data.dir'])
  const looks = [...engines.values()].map((engine) => new Look(engine, world))
  const check = async (patienceMs = ANSWER_MS_MAX) => {
    own = [storeReadiness(store), diskReadiness(freeBytes(), config['data.minFree'])]
    await Promise.all(looks.map((look) => look.again(patienceMs)))
    return [...own, ...looks.map((look) => look.readiness())]
  }
  return {
    check,
    tools: () => new Map(looks.map(({ engine, last }) => [engine.name, last?.tools ?? UNASKED])),
    notices: () => [
      ...own.flatMap(({ ok, reason }) => (ok || reason === null ? [] : [reason])),
      ...looks.flatMap((look) => look.notices()),
    ],
    freeBytes,
    machine: machineOf(config, world.now(), async () => {
      await check()
      return looks.map((look) => look.state())
    }),
    watch: async (signal) => {
      while (true) {
        await world.sleep(LOOK_MS, signal).catch(() => {})
        if (signal.aborted) return
        await check().catch((error: unknown) =>
          world.log.warn('The look at the engines failed.', { error: String(error) }),
        )
      }
    },
  }
}

/** One engine, as it was when it answered last. It is asked again only after it has answered. */
class Look {
  readonly engine: Engine
  readonly #world: World
  #asking: Promise<void> | null = null
  last: Health | null = null

  constructor(engine: Engine, world: World) {
    this.engine = engine
    this.#world = world
  }

  /** Resolves with the answer, or without it when that takes too long. */
  async again(patienceMs: number): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    const over = new AbortController()
    const tooLong = this.#world.sleep(patienceMs, over.signal).catch(() => {})
    await Promise.race([this.#asking, tooLong])
    over.abort()
  }

  async #ask(): Promise<void> {
    try {
      this.last = await this.engine.check()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.last = { reachable: false, reason, tools: this.last?.tools ?? UNASKED, warnings: [] }
    }
  }

  state(): EngineState {
    const { name } = this.engine
    const silent = {
      reachable: false,
      reason: `Engine ${name} has not answered yet.`,
      tools: UNASKED,
      warnings: [],
    }
    return { name, ...(this.last ?? silent) }
  }

  readiness(): Readiness {
    const { name, reachable, reason } = this.state()
    // History and gates are there without a cluster: nobody should be kept from the page that says it is away.
    return { name: `engine ${name}`, vital: name === 'local', ok: reachable, reason }
  }

  notices(): readonly string[] {
    const { ok, reason, vital } = this.readiness()
    // What it means stands first: whoever reads it may not know what an API server is.
    const words = vital ? reason : `Whatever runs on ${this.engine.name} waits. ${reason}`
    return [...(ok || words === null ? [] : [words]), ...(this.last?.warnings ?? [])]
  }
}

function machineOf(
  config: Config,
  startedAt: number,
  engines: () => Promise<readonly EngineState[]>,
): Machine {
  const path = config['data.dir']
  return {
    startedAt,
    engines,
    disk: () => ({ path, ...spaceOf(path), needed: config['data.minFree'] }),
    databases: () =>
      ['state.db', 'logs.db'].map((name) => ({
        name,
        bytes: sizeOf(join(path, name)) + sizeOf(join(path, `${name}-wal`)),
      })),
    memory: () => process.memoryUsage.rss(),
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function storeReadiness(store: Store): Readiness {
  try {
    store.events.last()
    return { name: 'store', vital: true, ok: true, reason: null }
  } catch (error) {
    return {
      name: 'store',
      vital: true,
      ok: false,
      reason: error instanceof Error ? error.message : String(error),
    }
  }
}

function diskReadiness(free: number | null, least: number): Readiness {
  if (free === null || free >= least) return { name: 'disk', vital: true, ok: true, reason: null }
  return {
    name: 'disk',
    vital: true,
    ok: false,
    reason: `${mebibytes(free)} are free, ${mebibytes(least)} are needed to start anything new.`,
  }
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2).toLocaleString('en')} MiB`
}

function freeBytesOf(dir: string): number | null {
  return spaceOf(dir).free
}

function spaceOf(dir: string): { readonly free: number | null; readonly total: number | null } {
  try {
    const { bavail, blocks, bsize } = statfsSync(dir)
    return { free: bavail * bsize, total: blocks * bsize }
  } catch {
    // Some file systems do not say; they must not stop everything.
    return { free: null, total: null }
  }
}
