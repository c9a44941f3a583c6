import type { Config } from '../config.ts'
import { Fault } from '../domain/fault.ts'
import { openEngines } from '../engines.ts'
import { openStore } from '../store/store.ts'
import type { World } from '../world.ts'

/** What came of letting go. */
export interface LetGo {
  /** How many segments an engine knew until now. */
  readonly released: number
  /** Those that still run, by the names that their engines have for them. */
  readonly running: readonly string[]
}

/**
 * Lets go of everything that engines keep for this server, for those who uninstall it: what runs is left alone. It may be
 * done again; the database keeps its history and notes nothing, for a later start finds that all is gone.
 */
export async function releaseAll(config: Config, self: readonly string[], world: World): Promise<LetGo> {
  const store = openStore({ dir: config['data.dir'], now: world.now, id: world.id })
  try {
    const engines = await openEngines(config, self, store.instance, world)
    let released = 0
    const running: string[] = []
    for (const { handle, engine: name } of store.segments.unreleased()) {
      const engine = engines.get(name)
      if (engine === undefined) {
        throw new Fault(
          'invalid',
          `${handle} is on ${name}, which is not configured. Set argo.namespace as it was.`,
        )
      }
      const sighting = await engine.look(handle)
      if (sighting === 'unknown') {
        throw new Fault(
          'engine_unreachable',
          `Whether ${handle} still runs on ${name} cannot be seen just now. Try again.`,
        )
      }
      if (sighting === 'running') running.push(handle)
      else {
        await engine.release(handle)
        if (sighting === 'ended') released += 1
      }
    }
    return { released, running }
  } finally {
    store.close()
  }
}
