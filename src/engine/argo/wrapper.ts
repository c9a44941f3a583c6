import text from './wrapper.sh' with { type: 'text' }

/*
 * What a container writes to its log, beside the lines of its script. A mark is `\x1e<nonce> <words>` at the end of a
 * line; a script's unfinished last line may stand before it. The words:
 *
 *   hello                          the first line: a log that begins with it is complete from its beginning
 *   start <attempt>                the script is begun, from 1
 *   retry <attempt> <outcome>      this attempt failed, and another follows
 *   end <outcome>                  the stage is over and none of its processes is left
 *   end skipped                    it was never begun: one before it did not succeed, or SIGTERM came first
 *   file <kind> <b64|hex> <bytes>  a file of so many bytes: `output` is what the attempt wrote to PERIPLUS_OUTPUT,
 *                                  `report-<n>` the nth report of the stage from 0, `report-<n>.gz` the same by gzip
 *   d <at most 8000 characters>    a piece of it; pieces follow each other directly
 *   file-end
 *   report <n> <problem>           why the nth report is not sent: missing, file (it is no plain one of the workspace),
 *                                  bytes=<n> or packed=<n> (it is too large, by itself or by gzip)
 *
 * Reports come between the last attempt and `end`.
 *
 *   <outcome> = exit=<code>[ timeout| term][ left=<n>][ output-line=<n>| output-bytes=<n>| output-file]
 *     timeout, term     it was stopped, by its timeout or by SIGTERM; its exit code is never 0 then
 *     left              so many processes that it had left behind were killed
 *     output-line       this line of PERIPLUS_OUTPUT is malformed (engine/outputs.ts); so exit=1
 *     output-bytes      PERIPLUS_OUTPUT was so long, too long; so exit=1
 *     output-file       PERIPLUS_OUTPUT was no plain file; so exit=1
 *
 * A container exits with the code of its `end`, and with 0 where its failure is passed over or it was skipped; 143 where
 * SIGTERM came before it began. A failed one stays until the segment's last container has ended.
 */

/** What the wrapper needs to know of a stage. */
export interface Turn {
  readonly nonce: string
  readonly container: string
  /** The container that must have succeeded first; null for the first. */
  readonly before: string | null
  readonly last: boolean
  /** Its failure may be passed over. */
  readonly passes: boolean
  readonly timeoutMs: number | null
  readonly graceMs: number
  readonly retries: number
  /** Paths below the workspace. */
  readonly reports: readonly string[]
  /** What the script's file is called; its own error messages show that. */
  readonly name: string
  /** Null where it comes as `scriptVariables`. */
  readonly script: string | null
}

/** The volume that the containers of a segment share, and what stands in it. */
export const VOLUME = '/workspace'
/** Made by the first stage and so its user's own: Git works in no directory of another's, such as the volume is. */
export const WORKSPACE = `${VOLUME}/source`
export const HOME = `${VOLUME}/.home`
/** Beside the workspace, not in it: `git clean` would take it away, and `git status` see it. */
const CONTROL = `${VOLUME}/.periplus`

/** Where Build puts an image, for what comes after it in the segment. */
export const IMAGE_ARCHIVE = `${VOLUME}/image.tar`

/** Linux takes no argument longer than 128 KiB; a character is up to four bytes. */
const PIECE = /.{1,30000}/gsu

/** The file that a stage writes its outputs to. */
export function outputFile(container: string): string {
  return `${CONTROL}/${container}.output`
}

/** What `sh -c` is called with. Not yet guarded against Kubernetes' own expansion. */
export function wrapperArgs(turn: Turn): string[] {
  const { nonce, container, before, last, passes, timeoutMs, graceMs, retries, reports, name, script } = turn
  return [
    WRAPPER,
    'periplus',
    nonce,
    CONTROL,
    container,
    before ?? '',
    last ? '1' : '0',
    passes ? '1' : '0',
    seconds(timeoutMs ?? 0),
    seconds(graceMs),
    String(retries),
    `${CONTROL}/${name}.sh`,
    reports.join('\n'),
    ...pieces(script ?? ''),
  ]
}

/** What a container's environment calls the pieces of a script that is too long for its arguments, from 1. */
export const SCRIPT_VARIABLE = 'PERIPLUS_SCRIPT_'

/** A script as variables: a variable may be as long as an argument. */
export function scriptVariables(script: string): Readonly<Record<string, string>> {
  const some = script.match(PIECE) ?? []
  return Object.fromEntries(some.map((piece, index) => [`${SCRIPT_VARIABLE}${index + 1}`, piece]))
}

/** A text in pieces that hold no `{{`, which Argo would replace, and are short enough to be arguments. */
function pieces(script: string): string[] {
  return script.split(/(?<=\{)(?=\{)/).flatMap((part) => part.match(PIECE) ?? [])
}

function seconds(ms: number): string {
  return String(ms / 1000)
}

const WRAPPER = bare(text)

/** A shell's text without comments and indentation: it stands in every container of every manifest. */
export function bare(script: string): string {
  return script
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n')
}
