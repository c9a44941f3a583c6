import { OPTIONS, variableOf } from '../config.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Command, Context, Flag } from './command.ts'
import { COMMANDS } from './commands.ts'
import { EXIT_CODES } from './exit.ts'
import { COMMON_FLAGS, flagsOf, optionFlags } from './line.ts'

/** `periplus help [COMMAND]`. */
export async function help({ line, terminal }: Context): Promise<number> {
  const name = line.arguments[0]
  const asked = name === undefined ? COMMANDS : [commandNamed(name)]
  if (line.flags.has('--json'))
    await terminal.out(
      `${JSON.stringify({ commands: asked.map(wireOf), exitCodes: EXIT_CODES.map(([code, meaning]) => ({ code, meaning })) })}\n`,
    )
  else
    await terminal.out(
      name === undefined ? overview(terminal.columns) : helpOf(commandNamed(name), terminal.columns),
    )
  return 0
}

function wireOf(command: Command) {
  const { name, synopsis, help } = command
  return {
    name,
    synopsis,
    help,
    flags: flagsOf(command).map((flag) => ({ ...flag, short: flag.short ?? null })),
  }
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
export function helpOf(command: Command, columns: number | null = null): string {
  const options = optionFlags(command)
  return [
    `${command.help}\n\nUse: periplus ${command.name} ${command.synopsis}`.trimEnd(),
    section('Flags', rowsOf([...command.flags, ...COMMON_FLAGS]), columns),
    options.length === 0
      ? ''
      : section('Options (flag, variable or periplus.yaml)', rowsOf(options, variables()), columns),
    command.flags.some(({ name }) => name === '--wait' || name === '--follow') ? exits(columns) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

/** All commands and what the exit codes mean. */
export function overview(columns: number | null = null): string {
  const rows = COMMANDS.map(({ name, synopsis, help }) => [`${name} ${synopsis}`.trimEnd(), help] as const)
  return [
    'Periplus runs delivery workflows and keeps the history of their executions.',
    section('Commands', rows, columns),
    exits(columns),
    'periplus help COMMAND says more. `periplus demo` shows it all in a minute.\n',
  ].join('\n\n')
}

function exits(columns: number | null): string {
  return section(
    'Exit codes',
    EXIT_CODES.map(([code, meaning]) => [String(code), meaning] as const),
    columns,
  )
}

function rowsOf(flags: readonly Flag[], variable = new Map<string, string>()): (readonly [string, string])[] {
  return flags.map((flag) => {
    const { name, help } = flag
    const besides = variable.get(name)
    return [spelled(flag), besides === undefined ? help : `${help} ${besides}`]
  })
}

/** `-w, --wait` or `--stage STAGE`. */
export function spelled({ name, short, value }: Flag): string {
  return `${short === undefined ? '' : `${short}, `}${name}${value === null ? '' : ` ${value}`}`
}

function variables(): Map<string, string> {
  return new Map(Object.entries(OPTIONS).map(([key, { flag }]) => [flag, `(${variableOf(key)})`]))
}

/** Beside what it explains, where at least this much of a line is left for the words; below it otherwise. */
const WORDS_LEAST = 36

/** Rows in two columns; on a terminal words are wrapped within its width. */
function section(
  title: string,
  rows: readonly (readonly [string, string])[],
  columns: number | null,
): string {
  const widest = Math.max(...rows.map(([left]) => left.length))
  const width = columns === null ? widest : Math.max(0, Math.min(widest, columns - WORDS_LEAST - INDENT - 2))
  const lines = rows.flatMap(([left, right]) => {
    const indent = ' '.repeat(INDENT + width + 2)
    const words = columns === null ? [right] : wrapped(right, columns - indent.length)
    const head = `  ${left.padEnd(width)}`
    return left.length > width
      ? [head, ...words.map((line) => indent + line)]
      : words.map((line, at) => (at === 0 ? `${head}  ${line}` : indent + line))
  })
  return `${title}:\n${lines.join('\n')}`
}

const INDENT = 2

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
