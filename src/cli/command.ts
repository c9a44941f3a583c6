import type { Settings } from '../config/settings.ts'
import type { Config } from '../config.ts'
import type { World } from '../world.ts'

/** A flag of one command; the options of the table in config.ts are flags besides. */
export interface Flag {
  readonly name: `--${string}`
  readonly short?: `-${string}`
  /** What stands behind it in the help; null for a switch. */
  readonly value: string | null
  readonly help: string
}

/** What was typed, taken apart: `flags` by their long names, switches as “true”. */
export interface Line {
  readonly arguments: readonly string[]
  readonly flags: ReadonlyMap<string, string>
}

/** Whoever read the output has gone (`| head`) and wants no more: the end of a command, and no error of it. */
export class ReaderGone extends Error {}

/** Where a command writes. `columns` is null where nobody looks: then nothing is cut to fit. */
export interface Terminal {
  readonly columns: number | null
  readonly colour: boolean
  /** Resolves when it is written, so that a slow reader slows the command and not its memory; or throws ReaderGone. */
  out(text: string): Promise<void>
  note(text: string): void
  /** What stands on standard input; `hidden` does not show what is typed. */
  ask(question: string, echo: 'shown' | 'hidden'): Promise<string>
}

/** A server that runs in this process, for `serve` and `demo`. */
export interface Running {
  /** Where people reach it. */
  readonly address: string
  /** Opens the page that makes the first admin; null where there is one. */
  readonly setupLink: string | null
  /** Bounded: what runs goes on under its supervisors. */
  stop(): Promise<void>
}

/** One thing that `doctor` looked at. */
export interface Check {
  readonly what: string
  /** `note` is nothing wrong but worth knowing; `unknown` could not be seen from here. */
  readonly found: 'well' | 'note' | 'unknown' | 'amiss'
  /** What was seen and, where it is amiss, what would help. */
  readonly says: string
  /** YAML that mends it, to be applied by somebody who may; null where there is none. */
  readonly manifest: string | null
}

/** What every command is given. */
export interface Context {
  readonly line: Line
  readonly settings: Settings
  readonly terminal: Terminal
  readonly world: World
  /** Fires at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal
  /** Arguments by which this very program is started again. */
  readonly self: readonly string[]
  startServer(config: Config): Promise<Running>
  /** What segments need of this machine and of the cluster, one thing after another; needs no server. */
  examine(
    config: Config,
    how: { readonly probing: 'wanted' | 'unwanted'; readonly signal: AbortSignal },
  ): AsyncIterable<Check>
  /** Makes the engines forget all segments that have ended; refused while a server has the data directory. */
  letGo(config: Config): Promise<{ readonly released: number; readonly running: readonly string[] }>
}

/** One row of the table of commands. */
export interface Command {
  readonly name: string
  /** Its arguments, as the help shows them: `EXECUTION [ENVIRONMENT]`. */
  readonly synopsis: string
  readonly help: string
  readonly flags: readonly Flag[]
  /** Which rows of the options' table are its flags too. */
  readonly options: 'all' | 'client' | 'none'
  /** The code it exits with. Loaded when it is asked for, so that every start is small. */
  readonly run: (context: Context) => Promise<number>
}
