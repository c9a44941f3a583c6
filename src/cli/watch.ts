import type { Client } from '../contract/client.ts'
import type { ExecutionDetailWire } from '../contract/schemas.ts'
import { Fault } from '../domain/fault.ts'
import { isFinal } from '../domain/status.ts'
import type { Context } from './command.ts'

/** A server that is updated or moved is back within this time; longer, and somebody should be told. */
const AWAY_MS_MAX = 10 * 60_000
const RETRY_MS_FIRST = 200
const RETRY_MS_MAX = 3_000

type Surroundings = Pick<Context, 'world' | 'terminal' | 'signal'>

/**
 * Does something that needs a server over and over until it answers a value, null asking for another turn.
 * A server that goes away meanwhile is waited for; each turn has to resume by itself where the last one stopped.
 */
export async function persist<T>(around: Surroundings, turn: () => Promise<T | null>): Promise<T> {
  let awaySince: number | null = null
  let pause = RETRY_MS_FIRST
  while (true) {
    around.signal.throwIfAborted()
    try {
      const result = await turn()
      if (result !== null) return result
      awaySince = null
      pause = RETRY_MS_FIRST
    } catch (error) {
      if (around.signal.aborted || !isAway(error)) throw error
      if (awaySince === null) around.terminal.note('The server is away; waiting for it to come back.')
      awaySince ??= around.world.now()
      if (around.world.now() - awaySince > AWAY_MS_MAX) throw error
    }
    await around.world.sleep(pause, around.signal)
    pause = Math.min(pause * 2, RETRY_MS_MAX)
  }
}

/** Shows an execution at each of its changes and answers with its final state. */
export async function watch(
  around: Surroundings,
  client: Client,
  id: string,
  show: (execution: ExecutionDetailWire) => Promise<void>,
): Promise<ExecutionDetailWire> {
  let lastEventId = '0'
  const look = async () => {
    const execution = await client.call('getExecution', { params: { id } }, { signal: around.signal })
    await show(execution)
    return isFinal(execution.status) ? execution : null
  }
  return await persist(around, async () => {
    const before = await look()
    if (before !== null) return before
    const options = { signal: around.signal, lastEventId }
    for await (const message of client.stream('followEvents', { query: { execution: id } }, options)) {
      lastEventId = message.id ?? lastEventId
      const after = await look()
      if (after !== null) return after
    }
    return null
  })
}

/** Whether the server could not be reached or was lost in the middle; what it answered is final. */
function isAway(error: unknown): boolean {
  return !(error instanceof Fault) || error.kind === 'server_unreachable'
}
