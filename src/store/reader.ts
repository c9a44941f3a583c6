import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import type { Db } from './database.ts'
import { storeFault } from './faults.ts'
import { createWalk } from './historyRows.ts'
import { createLogReading } from './logReading.ts'

/** What may be read on a thread of its own: each look sees what is committed by then. */
export interface Reader {
  /** A list's executions, from one of them on. */
  readonly walk: ReturnType<typeof createWalk>
  readonly logs: ReturnType<typeof createLogReading>
  /** Ids of an execution's stages by their ordinals. */
  stages(executionId: number): ReadonlyMap<number, string>
}

/** Who goes through all of a file once need keep little of it. */
const CACHE_KIB = 2048
const PRAGMAS = [
  'busy_timeout = 5000',
  'query_only = ON',
  'temp_store = MEMORY',
  `cache_size = -${CACHE_KIB}`,
  'trusted_schema = OFF',
]

/** Reads a directory that another thread has open for writing. */
export function openReader(dir: string): Reader & { close(): void } {
  const state = open(join(dir, 'state.db'))
  const logs = open(join(dir, 'logs.db'))
  return {
    ...readerOver({ sqlite: state }, { sqlite: logs }),
    close: () => {
      state.close()
      logs.close()
    },
  }
}

/** The same over databases that are open already. */
export function readerOver(state: Pick<Db, 'sqlite'>, logs: Pick<Db, 'sqlite'>): Reader {
  const stages = state.sqlite.query<{ ordinal: number; id: string }, [number]>(
    'SELECT ordinal, id FROM stages WHERE execution_id = ? ORDER BY ordinal',
  )
  return {
    walk: createWalk(state),
    logs: createLogReading(logs),
    stages: (executionId) => new Map(stages.all(executionId).map(({ ordinal, id }) => [ordinal, id])),
  }
}

function open(file: string): Database {
  try {
    const sqlite = new Database(file, { readonly: true, strict: true })
    for (const pragma of PRAGMAS) sqlite.run(`PRAGMA ${pragma}`)
    return sqlite
  } catch (error) {
    throw storeFault(error, file)
  }
}
