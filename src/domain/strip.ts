import { PHASES, type Phase, type StageStatus, type Status } from './status.ts'

/** The marks of a strip and what each says; one mark a phase, nine in all, kept with the execution for the list. */
export const STRIP_MARKS = {
  s: 'succeeded',
  f: 'failed',
  e: 'error',
  r: 'running',
  p: 'pending',
  w: 'waiting',
  a: 'approval gate',
  d: 'deployment gate',
  j: 'rejected',
  k: 'skipped',
  t: 'terminated',
  '-': 'not configured',
} as const

export type StripMark = keyof typeof STRIP_MARKS

interface StripStage {
  readonly phase: Phase
  readonly status: StageStatus
}

/** What an execution's status writes over the phase of the deploy that it stopped before. */
const AT_GATE: Partial<Record<Status, StripMark>> = {
  'approval-pending': 'a',
  'deployment-pending': 'd',
  'approval-rejected': 'j',
}

/** The worst or liveliest thing in a phase stands for it. */
const FIRST: readonly (readonly [StageStatus, StripMark])[] = [
  ['error', 'e'],
  ['failed', 'f'],
  ['terminated', 't'],
  ['running', 'r'],
  ['pending', 'p'],
]

/** Nine marks, in the order of the phases, from an execution's stages as they stand. */
export function strip(stages: readonly StripStage[], status: Status): string {
  const gate = AT_GATE[status]
  const phases = PHASES.map((phase) =>
    stages.filter((stage) => stage.phase === phase).map(({ status }) => status),
  )
  const marks = phases.map((statuses, at) =>
    PHASES[at] === 'deploy' && gate !== undefined ? gate : mark(statuses),
  )
  if (status === 'terminated' && !marks.includes('t')) marks[stoppedAt(phases)] = 't'
  return marks.join('')
}

/** Where an execution stopped that was terminated between two stages: at the first it did not come to. */
function stoppedAt(phases: readonly (readonly StageStatus[])[]): number {
  const last = phases.findLastIndex((statuses) => statuses.some((status) => status !== 'skipped'))
  return phases.findIndex((statuses, at) => at >= last && statuses.includes('skipped'))
}

function mark(statuses: readonly StageStatus[]): StripMark {
  if (statuses.length === 0) return '-'
  const found = FIRST.find(([status]) => statuses.includes(status))
  if (found !== undefined) return found[1]
  const succeeded = statuses.includes('succeeded')
  if (statuses.includes('waiting')) return succeeded ? 'r' : 'w'
  return succeeded ? 's' : 'k'
}
