import { Fault } from '../../domain/fault.ts'
import { durationText } from '../duration.ts'
import type { News, StageOrder } from '../engine.ts'
import { TERMINATED } from './ending.ts'
import type { Ending } from './script.ts'
import { wordsOf } from './words.ts'

/** Signals by which somebody ends a process, as against those by which it fails. */
const ENDED_FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'])

export interface StageResult {
  readonly status: Extract<News, { type: 'stage.finished' }>['status']
  readonly exitCode: number | null
  readonly reason: string | null
  /** Ended by a signal from outside its own course. */
  readonly killed: boolean
}

export const SUCCEEDED: StageResult = { status: 'succeeded', exitCode: 0, reason: null, killed: false }
export const STOPPED: StageResult = { status: 'terminated', exitCode: null, reason: TERMINATED, killed: true }

/** What an ending means for the stage. */
export function judge(ending: Ending, stage: StageOrder): StageResult {
  switch (ending.how) {
    case 'exited':
      if (ending.code === 0) return SUCCEEDED
      return { status: 'failed', exitCode: ending.code, reason: `Exit code ${ending.code}.`, killed: false }
    case 'signalled': {
      const killed = ENDED_FROM_OUTSIDE.has(ending.signal)
      const reason = killed ? `Killed from outside by ${ending.signal}.` : `Ended by ${ending.signal}.`
      return { status: killed ? 'error' : 'failed', exitCode: null, reason, killed }
    }
    case 'timed-out':
      return {
        status: 'failed',
        exitCode: null,
        reason: `Timed out after ${durationText(stage.timeoutMs ?? 0)}.`,
        killed: false,
      }
    case 'terminated':
      return STOPPED
    case 'broken':
      return { status: 'error', exitCode: null, reason: ending.reason, killed: false }
    default:
      return ending satisfies never
  }
}

/** What an exception means for the stage: a Fault is the stage's own doing; anything else is the platform's. */
export function failure(error: unknown): StageResult {
  const status = error instanceof Fault ? 'failed' : 'error'
  return { status, exitCode: null, reason: wordsOf(error), killed: false }
}
