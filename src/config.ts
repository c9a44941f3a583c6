import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type PlaceOfFile, readConfigFile, readSecret, type Written } from './config/file.ts'
import {
  address,
  BadValue,
  choice,
  duration,
  path,
  type Reader,
  size,
  text,
  timezone,
  webAddress,
  whole,
  yesOrNo,
} from './config/values.ts'
import { Fault } from './domain/fault.ts'
import { didYouMean } from './domain/nearest.ts'

interface Option {
  readonly flag: string
  /** What stands behind the flag in the help; null for a switch. */
  readonly value: string | null
  readonly read: Reader<unknown>
  /** As it would be written; null where the option has no value unless it is given one. */
  readonly fallback: string | null
  readonly help: string
  /** Never printed, never on a command line: the flag and `<variable>_FILE` name a file that holds it. */
  readonly secret?: true
}

const ownTimezone = new Intl.DateTimeFormat().resolvedOptions().timeZone
const dataHome = process.env['XDG_DATA_HOME'] ?? '~/.local/share'

/**
 * Every option there is: one row to read, one row to add. Its key stands in periplus.yaml, its flag on the command
 * line; its variable is `variableOf` the key. Read, durations are milliseconds and sizes are bytes.
 */
export const OPTIONS = {
  'data.dir': {
    flag: '--data',
    value: 'DIR',
    read: path,
    fallback: `${dataHome}/periplus`,
    help: 'Directory with the two databases, the key, the socket and the workspaces.',
  },
  listen: {
    flag: '--listen',
    value: 'HOST:PORT',
    read: address,
    fallback: '127.0.0.1:7070',
    help: 'Address of the pages and the JSON API; port 0 takes a free one.',
  },
  publicUrl: {
    flag: '--public-url',
    value: 'URL',
    read: webAddress,
    fallback: null,
    help: 'Address under which people reach the server, where a proxy stands before it.',
  },
  timezone: {
    flag: '--timezone',
    value: 'ZONE',
    read: timezone,
    fallback: ownTimezone,
    help: 'Time zone of the days in lists and analytics.',
  },
  'local.maxRunning': {
    flag: '--max-running',
    value: 'N',
    read: whole(1, 1_000),
    fallback: String(availableParallelism()),
    help: 'Segments that run at once on this machine; the default is its cores.',
  },
  'local.runAs': {
    flag: '--run-as',
    value: 'USER',
    read: text,
    fallback: null,
    help: 'User whose rights stages have, where the server may switch users.',
  },
  'local.grace': {
    flag: '--grace',
    value: 'DURATION',
    read: duration,
    fallback: '10s',
    help: 'Time between SIGTERM and SIGKILL when a stage is stopped.',
  },
  'logs.maxPerStage': {
    flag: '--logs-max',
    value: 'SIZE',
    read: size,
    fallback: '256MiB',
    help: 'What is kept of one stage’s log; beyond it the middle is dropped, with a marked gap.',
  },
  'log.level': {
    flag: '--log-level',
    value: 'LEVEL',
    read: choice('info', 'warn', 'error'),
    fallback: 'info',
    help: 'Least important level of the server’s own log: info, warn or error.',
  },
  'engine.default': {
    flag: '--engine',
    value: 'NAME',
    read: choice('local'),
    fallback: 'local',
    help: 'Engine of the workflows that name none.',
  },
  'engine.unreachableLimit': {
    flag: '--unreachable-limit',
    value: 'DURATION',
    read: duration,
    fallback: null,
    help: 'A segment whose engine is out of reach for longer counts as lost; without it, never.',
  },
  'git.allowFile': {
    flag: '--git-allow-file',
    value: null,
    read: yesOrNo,
    fallback: 'false',
    help: 'Allows repositories by path and file://, read with the server’s rights.',
  },
  'retention.workspaces': {
    flag: '--keep-workspaces',
    value: 'DURATION',
    read: duration,
    fallback: '24h',
    help: 'How long the workspaces of ended segments are kept.',
  },
  'data.minFree': {
    flag: '--min-free',
    value: 'SIZE',
    read: size,
    fallback: '1GiB',
    help: 'With less free space than this in the data directory nothing new starts.',
  },
  server: {
    flag: '--server',
    value: 'URL',
    read: webAddress,
    fallback: null,
    help: 'Server that the commands speak to; without it, the one of the data directory by its socket.',
  },
  token: {
    flag: '--token-file',
    value: 'FILE',
    read: text,
    fallback: null,
    help: 'Personal token of the commands; without it, the one that `periplus login` stored.',
    secret: true,
  },
} as const satisfies Readonly<Record<string, Option>>

export type OptionKey = keyof typeof OPTIONS

const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[]

const FILE_VARIABLE = 'PERIPLUS_CONFIG'

type ValueOf<O extends Option> = ReturnType<O['read']> | (O['fallback'] extends null ? null : never)

/** What is in force, read. */
export type Config = { readonly [K in OptionKey]: ValueOf<(typeof OPTIONS)[K]> }

export interface Settings {
  readonly config: Config
  readonly written: Readonly<Record<OptionKey, Written>>
}

type Variables = Readonly<Record<string, string | undefined>>

/** `local.maxRunning` is PERIPLUS_LOCAL_MAX_RUNNING. */
export function variableOf(key: string): string {
  return `PERIPLUS_${key.replace(/[A-Z]/g, '_$&').replaceAll('.', '_').toUpperCase()}`
}

/**
 * Puts together what is in force: flags before variables before the file before the defaults.
 * The file is `--config`, PERIPLUS_CONFIG, or periplus.yaml in the data directory. All that is wrong is told at once.
 */
export function readSettings(
  flags: ReadonlyMap<string, string>,
  variables: Variables = process.env,
): Settings {
  const given = (key: OptionKey) => fromFlag(key, flags) ?? fromVariable(key, variables)
  const file = readConfigFile(placeOfFile(flags, variables, given('data.dir')), OPTION_KEYS)
  const problems: string[] = []
  const values = OPTION_KEYS.map((key) => {
    const written = given(key) ?? file.get(key) ?? { text: OPTIONS[key].fallback, from: 'default' }
    return { key, written, value: readValue(key, written, problems) }
  })
  if (problems.length > 0) throw new Fault('invalid', problems.join(' '))
  // Every key of the table was just read by its own reader.
  return {
    config: Object.fromEntries(values.map(({ key, value }) => [key, value])) as Config,
    written: Object.fromEntries(values.map(({ key, written }) => [key, written])) as Settings['written'],
  }
}

/** Stops a server that was given a variable no option knows; stages have other PERIPLUS_ variables, so commands do not ask. */
export function refuseUnknownVariables(variables: Variables = process.env): void {
  const known = OPTION_KEYS.flatMap((key) => [
    variableOf(key),
    ...('secret' in OPTIONS[key] ? [`${variableOf(key)}_FILE`] : []),
  ])
  known.push(FILE_VARIABLE)
  for (const name of Object.keys(variables).sort()) {
    if (name.startsWith('PERIPLUS_') && !known.includes(name)) {
      throw new Fault('invalid', `No option is set by the variable ${name}.${didYouMean(name, known)}`)
    }
  }
}

/** Where `login` keeps tokens: beside other programs' configuration, as the XDG base directories have it. */
export function tokensFile(variables: Variables = process.env): string {
  return join(path(variables['XDG_CONFIG_HOME'] || '~/.config'), 'periplus', 'tokens.json')
}

/** This program's environment, as a child may have it. */
export function environment(variables: Variables = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Takes away what would change Bun itself (BUN_OPTIONS preloads code), before a child could inherit it. */
export function dropBunVariables(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('BUN_')) delete process.env[name]
}

function placeOfFile(
  flags: ReadonlyMap<string, string>,
  variables: Variables,
  dataDir: Written | null,
): PlaceOfFile {
  const named = flags.get('--config') ?? variables[FILE_VARIABLE]
  if (named !== undefined) return { path: path(named), named: true }
  return { path: join(path(dataDir?.text ?? OPTIONS['data.dir'].fallback), 'periplus.yaml'), named: false }
}

function fromFlag(key: OptionKey, flags: ReadonlyMap<string, string>): Written | null {
  const { flag } = OPTIONS[key]
  const text = flags.get(flag)
  if (text === undefined) return null
  return { text: 'secret' in OPTIONS[key] ? readSecret(text, flag) : text, from: flag }
}

function fromVariable(key: OptionKey, variables: Variables): Written | null {
  const name = variableOf(key)
  const text = variables[name]
  if (text !== undefined) return { text, from: name }
  const file = 'secret' in OPTIONS[key] ? variables[`${name}_FILE`] : undefined
  return file === undefined ? null : { text: readSecret(file, `${name}_FILE`), from: `${name}_FILE` }
}

function readValue(key: OptionKey, written: Written, problems: string[]): unknown {
  if (written.text === null) return null
  try {
    return OPTIONS[key].read(written.text)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    const shown = 'secret' in OPTIONS[key] ? '' : `, not “${written.text}”`
    problems.push(`${key} (${written.from}) ${error.message}${shown}.`)
    return null
  }
}
