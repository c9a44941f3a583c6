import { OPTIONS, variableOf } from '../config.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Command, Context, Flag } from './command.ts'
import { COMMANDS } from './commands.ts'
import { EXIT_CODES } from './exit.ts'
import { COMMON_FLAGS, optionFlags } from './line.ts'

/** `periplus help [COMMAND]`. */
export async function help({ line, terminal }: Context): Promise<number> {
  const name = line.arguments[0]
  await terminal.out(name === undefined ? overview() : helpOf(commandNamed(name)))
  return 0
}

/** The command of that name, or a Fault that guesses. */
export function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name)
  if (found !== undefined) return found
  const guess = didYouMean(
    name,
    COMMANDS.map((command) => command.name),
  )
  throw new Fault('invalid', `There is no command “${name}”.${guess || ' See periplus help.'}`)
}

/** What one command does, with its flags and the options it reads. */
export function helpOf(command: Command): string {
  const options = optionFlags(command)
  return [
    `${command.help}\n\nUse: periplus ${command.name} ${command.synopsis}`.trimEnd(),
    section('Flags', rowsOf([...command.flags, ...COMMON_FLAGS])),
    options.length === 0
      ? ''
      : section('Options (flag, variable or periplus.yaml)', rowsOf(options, variables())),
    command.flags.some(({ name }) => name === '--wait' || name === '--follow') ? exits() : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

/** All commands and what the exit codes mean. */
export function overview(): string {
  const rows = COMMANDS.map(({ name, synopsis, help }) => [`${name} ${synopsis}`.trimEnd(), help] as const)
  return [
    'Periplus runs delivery workflows and keeps the history of their executions.',
    section('Commands', rows),
    exits(),
    'periplus help COMMAND says more. `periplus demo` shows it all in a minute.\n',
  ].join('\n\n')
}

function exits(): string {
  return section(
    'Exit codes',
    EXIT_CODES.map(([code, meaning]) => [String(code), meaning] as const),
  )
}

function rowsOf(flags: readonly Flag[], variable = new Map<string, string>()): (readonly [string, string])[] {
  return flags.map(({ name, short, value, help }) => {
    const spelled = `${short === undefined ? '' : `${short}, `}${name}${value === null ? '' : ` ${value}`}`
    const besides = variable.get(name)
    return [spelled, besides === undefined ? help : `${help} ${besides}`]
  })
}

function variables(): Map<string, string> {
  return new Map(Object.entries(OPTIONS).map(([key, { flag }]) => [flag, `(${variableOf(key)})`]))
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return `${title}:\n${rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')}`
}
