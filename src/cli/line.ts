import { OPTIONS } from '../config.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Command, Flag, Line } from './command.ts'

/** Flags that every command has. */
export const COMMON_FLAGS: readonly Flag[] = [
  {
    name: '--json',
    value: null,
    help: 'Prints one JSON value for programs; logs, search and list --all one a line.',
  },
  { name: '--help', short: '-h', value: null, help: 'Says what the command does.' },
]

const CONFIG_FLAG: Flag = {
  name: '--config',
  value: 'FILE',
  help: 'File of options; without it, periplus.yaml in the data directory.',
}

const CLIENT_FLAGS: ReadonlySet<string> = new Set(
  [OPTIONS['data.dir'], OPTIONS.server, OPTIONS.token].map((option) => option.flag),
)

/** Every flag a command takes: its own, the options it reads, and the common ones. */
export function flagsOf(command: Command): readonly Flag[] {
  return [...command.flags, ...optionFlags(command), ...COMMON_FLAGS]
}

/** The flags by which options are set. */
export function optionFlags(command: Command): readonly Flag[] {
  if (command.options === 'none') return []
  const rows: Flag[] = Object.values(OPTIONS).map(({ flag, value, help }) => ({ name: flag, value, help }))
  return [...rows.filter(({ name }) => command.options === 'all' || CLIENT_FLAGS.has(name)), CONFIG_FLAG]
}

/** Takes apart what stands behind a command's name. `--` ends the flags; values follow a space or `=`. */
export function parseLine(command: Command, words: readonly string[]): Line {
  const flags = new Map<string, string>()
  const known = flagsOf(command)
  const waiting = [...words]
  const rest: string[] = []
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (word === '--') rest.push(...waiting.splice(0))
    else if (!word.startsWith('-') || word === '-') rest.push(word)
    else {
      const [name, inline] = split(word)
      const flag = known.find((candidate) => candidate.name === name || candidate.short === name)
      if (flag === undefined) throw unknownFlag(command, name, known)
      const value = flag.value === null ? switchValue(flag, inline) : (inline ?? waiting.shift())
      flags.set(flag.name, given(flag, value))
    }
  }
  return { arguments: within(command, rest), flags }
}

function split(word: string): readonly [string, string | undefined] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)]
}

function switchValue(flag: Flag, inline: string | undefined): string {
  if (inline !== undefined) throw new Fault('invalid', `${flag.name} takes no value; leave out “=${inline}”.`)
  return 'true'
}

function given(flag: Flag, value: string | undefined): string {
  if (value === undefined || value.startsWith('--')) {
    throw new Fault('invalid', `${flag.name} needs a value: ${flag.name} ${flag.value}.`)
  }
  return value
}

function unknownFlag(command: Command, name: string, known: readonly Flag[]): Fault {
  const guess = didYouMean(
    name,
    known.map((flag) => flag.name),
  )
  return new Fault(
    'invalid',
    `periplus ${command.name} has no flag ${name}.${guess || ` See periplus ${command.name} --help.`}`,
  )
}

/** Refuses too few and too many arguments; those in brackets may be left out. */
function within(command: Command, given: readonly string[]): readonly string[] {
  const names = command.synopsis.split(' ').filter((name) => name !== '')
  const needed = names.filter((name) => !name.startsWith('['))
  const usage = `Use: periplus ${command.name} ${command.synopsis}`.trimEnd()
  if (given.length < needed.length) throw new Fault('invalid', `${needed[given.length]} is missing. ${usage}`)
  const extra = given[names.length]
  if (extra !== undefined) throw new Fault('invalid', `“${extra}” is one argument too many. ${usage}`)
  return given
}
