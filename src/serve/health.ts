import { statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { EngineName } from '../domain/definition.ts'
import type { Engine } from '../engine/engine.ts'
import type { EngineState, Machine, Readiness } from '../server/context.ts'
import type { Store } from '../store/store.ts'
import type { World } from '../world.ts'

/** How often it is looked at without being asked: banners and `tools` are at most this old. */
const LOOK_MS = 30_000

/** What the server needs from outside itself, and how it is. */
export interface Wellbeing {
  /** Asks the store, the engines and the disk. */
  check(): Promise<readonly Readiness[]>
  /** Looks again and again until the signal fires. */
  watch(signal: AbortSignal): Promise<void>
  /** What people should know as long as it holds, as it was at the last look. */
  notices(): readonly string[]
  /** What each engine can run, as it said at the last look. */
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
  const tools = new Map<EngineName, readonly string[]>()
  let notices: readonly string[] = []
  const freeBytes = () => freeBytesOf(config['data.dir'])
  const look = () =>
    Promise.all(
      [...engines].map(async ([name, engine]): Promise<EngineState> => {
        const health = await engine.check()
        tools.set(name, health.tools)
        return { name, ...health }
      }),
    )
  const check = async () => {
    const found: Readiness[] = [storeReadiness(store), diskReadiness(freeBytes(), config['data.minFree'])]
    const states = await look()
    const warnings = states.flatMap((state) => state.warnings)
    for (const { name, reachable, reason } of states)
      found.push({ name: `engine ${name}`, ok: reachable, reason })
    notices = [...found.flatMap(({ ok, reason }) => (ok || reason === null ? [] : [reason])), ...warnings]
    return found
  }
  return {
    check,
    tools: () => tools,
    notices: () => notices,
    freeBytes,
    machine: machineOf(config, world.now(), look),
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
    return { name: 'store', ok: true, reason: null }
  } catch (error) {
    return { name: 'store', ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

function diskReadiness(free: number | null, least: number): Readiness {
  if (free === null || free >= least) return { name: 'disk', ok: true, reason: null }
  return {
    name: 'disk',
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
