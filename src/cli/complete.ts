import { readSettings } from '../config/settings.ts'
import { environment } from '../config.ts'
import type { Client } from '../contract/client.ts'
import { ROLES } from '../domain/actor.ts'
import { AUDIT_ACTIONS } from '../domain/audit.ts'
import { TRIGGER_KINDS } from '../domain/definition.ts'
import { isFinal, STATUS_WORDS, STATUSES, type Status } from '../domain/status.ts'
import type { Command, Flag } from './command.ts'
import { COMMANDS } from './commands.ts'
import { connect } from './connect.ts'
import { flagsOf } from './line.ts'
import { clean } from './print.ts'
import type { Host } from './program.ts'

/** The word that generated scripts say before the words that were typed. It is in no help: nobody types it. */
export const COMPLETE = 'complete'

/** Longer than this, and a Tab key feels broken: then nothing is completed. */
const ASK_MS_MAX = 1_000
/** What a list under a prompt can show. */
const SHOWN_MAX = 50

/** What may stand in a place; `files` and `directories` are completed by the shell itself. */
interface Candidate {
  readonly word: string
  readonly help: string
}
type Answer = readonly Candidate[] | 'files' | 'directories'

/** What was typed before the word that is to be completed. */
interface Typed {
  readonly command: Command
  readonly arguments: readonly string[]
  readonly flags: ReadonlyMap<string, string>
  /** The flag whose value comes next. */
  readonly open: Flag | null
}

interface Asked extends Typed {
  readonly begun: string
  ask(): Client
  readonly signal: AbortSignal
}

/**
 * Completes the last of the words: a line for each candidate, behind a tab what it means; `:files` or `:directories`
 * where the shell knows better. Whatever goes wrong completes nothing: a prompt is no place for errors.
 */
export async function complete(words: readonly string[], host: Host): Promise<number> {
  const said = joined(words)
  const answer = await candidates(said, host).catch((): Answer => [])
  await host.terminal.out(
    typeof answer === 'string' ? `:${answer}\n` : answer.map(({ word, help }) => lineOf(word, help)).join(''),
  )
  return 0
}

/** A shell's word may hold what a candidate holds; a server is not asked for more than names. */
const WORD = /^[\p{L}\p{N}@=,._|-]+$/u

function lineOf(word: string, help: string): string {
  if (!WORD.test(word)) return ''
  return `${word}${help === '' ? '' : `\t${clean(help).replaceAll('\t', ' ')}`}\n`
}

/** bash hands over `--status=failed` in three words. */
function joined(words: readonly string[]): readonly string[] {
  const kept = words.filter((word, at) => word !== '=' || !(words[at - 1] ?? '').startsWith('--'))
  return words.at(-1) === '=' ? [...kept, ''] : kept
}

async function candidates(words: readonly string[], host: Host): Promise<Answer> {
  const [name = '', ...rest] = words
  if (rest.length === 0) return beginning(name, commands())
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) return []
  const typed = taken(command, rest.slice(0, -1))
  const signal = AbortSignal.any([host.signal, AbortSignal.timeout(ASK_MS_MAX)])
  const ask = () => connect({ settings: readSettings(typed.flags, environment()) })
  return await at(rest.at(-1) ?? '', { ...typed, ask, signal })
}

/** Which place the word stands in: a flag's value, a flag, or an argument. */
async function at(word: string, typed: Omit<Asked, 'begun'>): Promise<Answer> {
  if (typed.open !== null) return await valued(typed.open.value ?? '', { ...typed, begun: word })
  if (!word.startsWith('-')) {
    const names = typed.command.synopsis.split(' ')
    return await valued(names[typed.arguments.length] ?? '', { ...typed, begun: word })
  }
  const equals = word.indexOf('=')
  if (equals < 0) return beginning(word, flagCandidates(typed))
  const flag = flagsOf(typed.command).find((one) => one.name === word.slice(0, equals))
  if (flag === undefined) return []
  const found = await valued(flag.value ?? '', { ...typed, begun: word.slice(equals + 1) })
  return typeof found === 'string'
    ? found
    : found.map((one) => ({ ...one, word: `${flag.name}=${one.word}` }))
}

/** Takes apart what was typed as far as it can be: an unfinished line is full of mistakes. */
function taken(command: Command, words: readonly string[]): Typed {
  const known = flagsOf(command)
  const flags = new Map<string, string>()
  const rest: string[] = []
  let open: Flag | null = null
  for (const word of words) {
    if (open !== null) {
      flags.set(open.name, word)
      open = null
    } else if (word.startsWith('-')) {
      const [name, value] = word.split(/=(.*)/s)
      const flag = known.find((one) => one.name === name || one.short === name)
      if (flag === undefined) continue
      if (flag.value !== null && value === undefined) open = flag
      else flags.set(flag.name, value ?? 'true')
    } else rest.push(word)
  }
  return { command, arguments: rest, flags, open }
}

function flagCandidates({ command, flags }: Typed): readonly Candidate[] {
  return flagsOf(command)
    .filter(({ name }) => !flags.has(name))
    .map(({ name, help }) => ({ word: name, help }))
}

function beginning(begun: string, all: readonly Candidate[]): readonly Candidate[] {
  return all.filter(({ word }) => word.startsWith(begun))
}

/** What stands for `WORKFLOW`, `bash|zsh|fish` or `[NAME]` in a synopsis or behind a flag. */
async function valued(written: string, asked: Asked): Promise<Answer> {
  const found: Candidate[] = []
  for (const name of written.replace(/^\[(.*)\]$/, '$1').split('|')) {
    const source = Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined
    const some = source === undefined ? plain(/^[a-z]+$/.test(name) ? [name] : []) : await source(asked)
    if (typeof some === 'string') {
      if (found.length === 0) return some
    } else found.push(...beginning(asked.begun, some))
  }
  return found
}

/** Where the words of a place come from, by the name that the help gives the place. */
const SOURCES: Readonly<Record<string, (asked: Asked) => Answer | Promise<Answer>>> = {
  FILE: () => 'files',
  DIR: () => 'directories',
  COMMAND: commands,
  STATUS: ({ begun }) => listed(begun, STATUSES),
  KIND: () => plain(TRIGGER_KINDS),
  ROLE: () => plain(ROLES),
  ACTION: () => plain(AUDIT_ACTIONS),
  OUTCOME: () => plain(['done', 'refused']),
  LEVEL: () => plain(['info', 'warn', 'error']),
  WORKFLOW: async ({ ask, signal }) =>
    plain((await ask().call('listWorkflows', {}, { signal })).items.map(({ slug }) => slug)),
  VIEW: async ({ ask, signal }) =>
    plain((await ask().call('listViews', {}, { signal })).items.map(({ name }) => name)),
  EXECUTION: executions,
  ENVIRONMENT: environments,
  STAGE: stages,
}

function commands(): readonly Candidate[] {
  return COMMANDS.map(({ name, help }) => ({ word: name, help }))
}

function plain(words: readonly string[]): readonly Candidate[] {
  return words.map((word) => ({ word, help: '' }))
}

/** `failed,er` becomes `failed,error`. */
function listed(begun: string, words: readonly string[]): readonly Candidate[] {
  const before = begun.slice(0, begun.lastIndexOf(',') + 1)
  return plain(words.filter((word) => !before.split(',').includes(word)).map((word) => before + word))
}

/** The executions that a command can do something with. */
const FITTING: Readonly<Record<string, readonly Status[]>> = {
  approve: ['approval-pending'],
  reject: ['approval-pending', 'deployment-pending'],
  deploy: ['deployment-pending'],
  terminate: STATUSES.filter((status) => !isFinal(status)),
  rerun: STATUSES.filter((status) => isFinal(status)),
}

/** The newest; once a workflow and a number have begun, the newest of that workflow. */
async function executions({ ask, begun, command, signal }: Asked): Promise<Answer> {
  const status = FITTING[command.name]
  const workflow = /^(.+)-\d+$/.exec(begun)?.[1]
  const query = {
    limit: SHOWN_MAX,
    ...(status === undefined ? {} : { status }),
    ...(workflow === undefined ? {} : { workflow }),
  }
  const { items } = await ask().call('listExecutions', { query }, { signal })
  return items.map(({ id, status, title }) => ({
    word: id,
    help: [STATUS_WORDS[status], ...(title === null ? [] : [title])].join(', '),
  }))
}

/** Those whose gate is open, where an execution was named; all otherwise. */
async function environments({ arguments: [id], ask, signal }: Asked): Promise<Answer> {
  if (id === undefined) {
    const { items } = await ask().call('listEnvironments', {}, { signal })
    return plain(items.map(({ slug }) => slug))
  }
  const { gates } = await ask().call('getExecution', { params: { id } }, { signal })
  return plain(gates.filter(({ state }) => state === 'open').map((gate) => gate.environment))
}

/** Stages are an execution's. */
async function stages({ arguments: [id], ask, signal }: Asked): Promise<Answer> {
  if (id === undefined) return []
  const execution = await ask().call('getExecution', { params: { id } }, { signal })
  return execution.stages.map((stage) => ({ word: stage.id, help: stage.status }))
}
