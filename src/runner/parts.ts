import type { ArgoSettings, EngineName } from '../domain/definition.ts'
import { Fault } from '../domain/fault.ts'
import type { Engine } from '../engine/engine.ts'
import type { Keys } from '../keys/keys.ts'
import type { Feed } from '../ledger/feed.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Git } from '../outside/git.ts'
import type { ReportReader } from '../report/reading.ts'
import type { Store } from '../store/store.ts'
import type { World } from '../world.ts'

export interface RunnerOptions {
  /** The engine of workflows and environments that name none. */
  readonly engine: EngineName
  /** What the server says of pods for which nothing nearer is said. */
  readonly argo: ArgoSettings
  /** Whether repositories of this machine's disk may be run. */
  readonly allowFile: boolean
  readonly logBytesMax: number
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** After so long without a word of a segment it counts as lost; null waits for ever. */
  readonly unreachableLimitMs: number | null
  /** How long after its end a segment's name stays taken in its engine; the ledger has the same. */
  readonly releaseAfterMs: number
  /** The longest the runner sleeps: what no event and no due time announces (a disk with room again) is seen by then. */
  readonly pollMs: number
  /** Whether sealed logs are packed tighter in spare moments. */
  readonly recompress: boolean
}

/** What every part of the runner works with. */
export interface Parts {
  readonly store: Store
  readonly ledger: Ledger
  readonly feed: Feed
  readonly engines: ReadonlyMap<EngineName, Engine>
  readonly git: Git
  readonly reader: ReportReader
  readonly keys: Keys
  readonly world: World
  readonly options: RunnerOptions
}

export function engineOf(parts: Parts, name: EngineName): Engine {
  const engine = parts.engines.get(name)
  if (engine === undefined)
    throw new Fault('engine_unreachable', `The engine ${name} is not configured on this server.`)
  return engine
}

/** An engine that has not answered a call by then has not answered: what became of the call is unknown. */
const CALL_MS = 60_000

/** Waits for an engine's answer, but not for ever. */
export async function answered<T>(world: World, call: Promise<T>): Promise<T> {
  const over = new AbortController()
  const limit = world.sleep(CALL_MS, over.signal).then(
    () => {
      throw new Fault('engine_unreachable', `The engine has not answered for ${CALL_MS / 1000} s.`)
    },
    () => call,
  )
  try {
    return await Promise.race([call, limit])
  } finally {
    over.abort()
  }
}

/** The first retry comes after about a second, the later ones each after twice as long, up to a minute. */
const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MAX_MS = 60_000

/** When to try again after so many failures; chance keeps those that failed together from coming back together. */
export function retryAt(world: World, failures: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 10))
  return world.now() + Math.round(full * (0.5 + world.random() / 2))
}

/** What went wrong, as a sentence for whoever waits for it. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
