/** A larger one is not kept: whoever reads it holds all of it, several times over. */
export const REPORT_BYTES_MAX = 32 * 1024 * 1024

/** Why a report could not be kept, in the words of its log and its page. */
export const NO_REPORT = 'The stage left no such file.'
export const NO_PLAIN_REPORT = 'It is no plain file of the workspace.'
export const TORN_REPORT = 'It did not come through whole.'

export function tooLargeReport(bytes: number): string {
  return `It has ${bytes} bytes; at most ${REPORT_BYTES_MAX} are kept.`
}

/** What a stage's log says of a report that could not be kept. */
export function unkept(path: string, problem: string): string {
  return `The report ${path} is not kept. ${problem}`
}
