import { statfsSync } from 'node:fs'
import type { Config } from '../config.ts'
import type { EngineName } from '../domain/definition.ts'
import type { Engine } from '../engine/engine.ts'
import type { Readiness } from '../server/context.ts'
import type { Store } from '../store/store.ts'

/** What the server needs from outside itself, and how it is. */
export interface Wellbeing {
  /** Asks the store, the engines and the disk. */
  check(): Promise<readonly Readiness[]>
  /** What each engine can run, as it said when it was asked last. */
  tools(): ReadonlyMap<EngineName, readonly string[]>
  /** Bytes free where the data stands; null where nobody can tell. */
  freeBytes(): number | null
}

export function createHealth(
  config: Config,
  store: Store,
  engines: ReadonlyMap<EngineName, Engine>,
): Wellbeing {
  const tools = new Map<EngineName, readonly string[]>()
  const freeBytes = () => freeBytesOf(config['data.dir'])
  return {
    tools: () => tools,
    freeBytes,
    check: async () => {
      const found: Readiness[] = [storeReadiness(store), diskReadiness(freeBytes(), config['data.minFree'])]
      for (const [name, engine] of engines) {
        const health = await engine.check()
        tools.set(name, health.tools)
        found.push({ name: `engine ${name}`, ok: health.reachable, reason: health.reason })
      }
      return found
    },
  }
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
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  } catch {
    // Some file systems do not say; they must not stop everything.
    return null
  }
}
