import { FAULTS, Fault } from '../domain/fault.ts'
import type { Context } from './command.ts'

/** `periplus release --all`: exits with 5 where something still runs. */
export async function release({ letGo, line, settings, terminal }: Context): Promise<number> {
  if (!line.flags.has('--all')) {
    throw new Fault(
      'invalid',
      'release lets go of all that this server keeps in its engines. Say so: periplus release --all.',
    )
  }
  const { released, running } = await letGo(settings.config)
  if (line.flags.has('--json')) await terminal.out(`${JSON.stringify({ released, running })}\n`)
  else await terminal.out(`Let go of ${released} ${released === 1 ? 'segment' : 'segments'}.\n`)
  if (running.length === 0) return 0
  terminal.note(
    `periplus: ${running.join(', ')} still run. Start the server, terminate their executions, stop it, and try again.`,
  )
  return FAULTS.conflict.exit
}
