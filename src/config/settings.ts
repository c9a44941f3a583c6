import { join } from 'node:path'
import { type Config, OPTIONS, type OptionKey, type Variables, variableOf } from '../config.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import { type PlaceOfFile, readConfigFile, readSecret, type Written } from './file.ts'
import { BadValue, path } from './values.ts'

/** What is in force, and where each value of it was written. */
export interface Settings {
  readonly config: Config
  readonly written: Readonly<Record<OptionKey, Written>>
}

const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[]

const KNOWN_KEYS = {
  all: OPTION_KEYS,
  structured: new Set<string>(OPTION_KEYS.filter((key) => 'structured' in OPTIONS[key])),
}

const FILE_VARIABLE = 'PERIPLUS_CONFIG'

/**
 * Puts together what is in force: flags before variables before the file before the defaults.
 * The file is `--config`, PERIPLUS_CONFIG, or periplus.yaml in the data directory. All that is wrong is told at once.
 */
export function readSettings(flags: ReadonlyMap<string, string>, variables: Variables): Settings {
  const given = (key: OptionKey) => fromFlag(key, flags) ?? fromVariable(key, variables)
  const file = readConfigFile(placeOfFile(flags, variables, given('data.dir')), KNOWN_KEYS)
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
export function refuseUnknownVariables(variables: Variables): void {
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
export function tokensFile(variables: Variables): string {
  return join(path(variables['XDG_CONFIG_HOME'] || '~/.config'), 'periplus', 'tokens.json')
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
    const hidden = 'secret' in OPTIONS[key] || 'structured' in OPTIONS[key]
    const shown = hidden ? '' : `, not “${written.text}”`
    problems.push(`${key} (${written.from}) ${error.message}${shown}.`)
    return null
  }
}
