import type { FinalStatus } from '../domain/status.ts'

/** How `run --wait` and `logs -f` exit: they follow the execution. */
export const STATUS_EXITS: Readonly<Record<FinalStatus, number>> = {
  succeeded: 0,
  failed: 10,
  error: 11,
  'approval-rejected': 12,
  terminated: 13,
}

/** 128 + SIGINT, as shells have it. */
export const INTERRUPTED = 130

/** How `report --fail-on` exits where there is something so severe. */
export const TOO_SEVERE = 14

const MEANINGS: Readonly<Record<number, string>> = {
  0: 'done; with --wait and -f: the execution succeeded',
  1: 'an internal error',
  2: 'a wrong command line, option, definition or input',
  3: 'not found',
  4: 'not signed in, or not allowed',
  5: 'a conflict with the present state',
  6: 'too many requests',
  7: 'no server, engine or repository was reached, or the engine refused; doctor: something is amiss',
  10: 'the execution failed',
  11: 'the execution ended in an error of the platform',
  12: 'the execution’s approval was rejected',
  13: 'the execution was terminated',
  14: 'report --fail-on: a finding is so severe, or a test failed',
  130: 'interrupted by Ctrl-C',
}

/** Every code with its meaning, for the help. A test holds it to the table of faults. */
export const EXIT_CODES: readonly (readonly [number, string])[] = Object.entries(MEANINGS).map(
  ([code, meaning]) => [Number(code), meaning],
)
