import { BUILD } from '../config/build.ts'
import { OPTIONS, variableOf } from '../config.ts'
import type { Command, Context, Flag } from './command.ts'
import { COMMANDS } from './commands.ts'
import { EXIT_CODES } from './exit.ts'
import { spelled } from './help.ts'
import { COMMON_FLAGS, flagsOf } from './line.ts'

/** `periplus man`: the manual page, to be read with `man -l` or kept in a directory of man pages. */
export async function man({ line, terminal }: Context): Promise<number> {
  const page = manual()
  await terminal.out(line.flags.has('--json') ? `${JSON.stringify({ page })}\n` : page)
  return 0
}

/** The page as roff. It bears no date: equal programs print equal pages. */
function manual(): string {
  return [
    `.TH PERIPLUS 1 "" "Periplus ${BUILD.version}" "Periplus"`,
    section('NAME', [roff('periplus - runs delivery workflows and keeps the history of their executions')]),
    section('SYNOPSIS', ['.B periplus', roff('COMMAND [ARGUMENT ...] [FLAG ...]')]),
    section(
      'DESCRIPTION',
      DESCRIPTION.flatMap((text) => ['.PP', roff(text)]),
    ),
    section('COMMANDS', COMMANDS.flatMap(commandLines)),
    section('FLAGS OF ALL COMMANDS', COMMON_FLAGS.flatMap(flagLines)),
    section('OPTIONS', [roff(PRECEDENCE), ...Object.entries(OPTIONS).flatMap(optionLines)]),
    section(
      'EXIT STATUS',
      EXIT_CODES.flatMap(([code, meaning]) => term(String(code), meaning)),
    ),
    section(
      'ENVIRONMENT',
      VARIABLES.flatMap(([name, meaning]) => term(name, meaning)),
    ),
    section(
      'EXAMPLES',
      EXAMPLES.flatMap(([line, meaning]) => term(line, meaning)),
    ),
  ]
    .join('\n')
    .concat('\n')
}

const DESCRIPTION = [
  'Commands speak to the server of the data directory through its socket, as local-admin, or to the one that --server names, as the owner of the token that “periplus login” stored.',
  'What is asked for goes to standard output, all else to standard error; an error is one line that says what would help. Where standard output is a terminal, tables fit its width and statuses are coloured.',
  'With --json, standard output is one JSON value; “logs”, “search” and “list --all” print one a line.',
]
const PRECEDENCE =
  'Flags win over variables, variables over periplus.yaml in the data directory, that over the defaults.'
const VARIABLES = [
  ['PERIPLUS_…', 'Options, as they stand above.'],
  ['NO_COLOR', 'Where it is set and not empty, nothing is coloured.'],
  ['FORCE_COLOR', 'Where it is set and not 0, colours are printed where no terminal is.'],
] as const
const EXAMPLES = [
  ['periplus run storefront --wait', 'Begins an execution, shows its course, and exits as it ends.'],
  ['periplus list --status failed,error --from 2026-09-01', 'What went wrong since then.'],
  ['periplus list --all | jq -r .id', 'The ids of all executions there are.'],
  ['periplus logs -f storefront-12', 'Follows all logs of an execution.'],
  ['source <(periplus completion bash)', 'Completes commands, flags, workflows and executions.'],
] as const

function commandLines(command: Command): readonly string[] {
  const { name, synopsis, help, flags } = command
  const own = flags.flatMap(flagLines)
  const takes = command.options === 'all' ? 'It takes all options below as flags.' : ''
  return [
    `.SS ${roff(`periplus ${name} ${synopsis}`.trimEnd())}`,
    roff(help),
    ...own,
    ...(takes === '' ? [] : ['.PP', takes]),
    ...(command.options === 'client' ? ['.PP', roff(clientWords(command))] : []),
  ]
}

function clientWords(command: Command): string {
  const own = new Set([...command.flags, ...COMMON_FLAGS].map(({ name }) => name))
  const names = flagsOf(command).flatMap(({ name }) => (own.has(name) ? [] : [name]))
  return `Also ${names.join(', ')}.`
}

function flagLines(flag: Flag): readonly string[] {
  return term(spelled(flag), flag.help)
}

function optionLines([key, option]: readonly [
  string,
  (typeof OPTIONS)[keyof typeof OPTIONS],
]): readonly string[] {
  const { flag, value, help, fallback } = option
  const usual = fallback === null ? '' : ` Default: ${fallback}.`
  return term(`${key}, ${value === null ? flag : `${flag} ${value}`}, ${variableOf(key)}`, `${help}${usual}`)
}

function term(name: string, meaning: string): readonly string[] {
  return ['.TP', `.B ${roff(name)}`, roff(meaning)]
}

function section(title: string, lines: readonly string[]): string {
  return [`.SH ${title}`, ...lines].join('\n')
}

const LETTERS: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  '“': '\\(lq',
  '”': '\\(rq',
  '’': '\\(cq',
  '–': '\\(en',
  '…': '...',
}

/** Text as roff takes it to the letter: no dash is a hyphen, nothing at its beginning a request. */
function roff(text: string): string {
  const letters = text.replaceAll(/[\\“”’–…-]/g, (letter) => LETTERS[letter] ?? letter)
  return letters.replace(/^(?=[.'])/, '\\&')
}
