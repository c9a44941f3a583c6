import { readSettings, type Settings } from '../config/settings.ts'
import { environment } from '../config.ts'
import { FAULTS, Fault } from '../domain/fault.ts'
import { type Command, type Context, type Line, ReaderGone } from './command.ts'
import { COMPLETE, complete } from './complete.ts'
import { INTERRUPTED } from './exit.ts'
import { commandNamed, helpOf, overview } from './help.ts'
import { parseLine } from './line.ts'
import { clean } from './print.ts'

/** What a command is given by the process it runs in. */
export type Host = Omit<Context, 'line' | 'settings'>

const HELP = new Set(['--help', '-h'])
const ALIASES: Readonly<Record<string, string>> = {
  '--version': 'version',
  '-V': 'version',
  '--help': 'help',
  '-h': 'help',
}

/** Runs one command line and answers with its exit code. Errors are one line on standard error, with the way out. */
export async function program(words: readonly string[], host: Host): Promise<number> {
  try {
    const [name, ...rest] = words
    if (name === undefined) {
      host.terminal.note(overview())
      return FAULTS.invalid.exit
    }
    if (name === COMPLETE) return await complete(rest, host)
    const command = commandNamed(ALIASES[name] ?? name)
    if (rest.some((word) => HELP.has(word))) {
      await host.terminal.out(helpOf(command, host.terminal.columns))
      return 0
    }
    return await command.run(contextOf(command, parseLine(command, rest), host))
  } catch (error) {
    return report(error, host)
  }
}

/** Options are read when a command asks for them: one that needs none is not stopped by a bad one. */
function contextOf(command: Command, line: Line, host: Host): Context {
  let settings: Settings | null = null
  return {
    ...host,
    line,
    get settings() {
      settings ??= readSettings(command.options === 'none' ? new Map() : line.flags, environment())
      return settings
    },
  }
}

function report(error: unknown, { signal, terminal, world }: Host): number {
  if (error instanceof ReaderGone) return 0
  if (signal.aborted) return INTERRUPTED
  if (error instanceof Fault) {
    terminal.note(`periplus: ${clean(error.message)}`)
    return FAULTS[error.kind].exit
  }
  world.log.error('A command ended unexpectedly.', {
    error: error instanceof Error ? error.stack : String(error),
  })
  terminal.note(
    `periplus: an internal error: ${clean(error instanceof Error ? error.message : String(error))}`,
  )
  return FAULTS.internal.exit
}
