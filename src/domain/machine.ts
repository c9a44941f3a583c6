import type { PlannedSegment } from './plan.ts'
import type { Status } from './status.ts'

/** Why a run ended as it did. Failed is a stage's own verdict, error the platform's fault. */
export type SegmentVerdict = 'succeeded' | 'failed' | 'error'

/** What happened to an execution. People ask, engines tell, the clock passes. `segment` is the number it speaks of. */
export type Happening =
  | {
      readonly type: 'prepared'
      readonly segments: readonly Pick<PlannedSegment, 'number' | 'gate'>[]
      /** The first segment that is run: those before it are taken over from an earlier execution. */
      readonly from: number
    }
  | { readonly type: 'validation.failed'; readonly reason: string }
  | { readonly type: 'submit.refused'; readonly segment: number; readonly reason: string }
  | { readonly type: 'segment.started'; readonly segment: number }
  | {
      readonly type: 'segment.finished'
      readonly segment: number
      readonly verdict: SegmentVerdict
      /** Ended by a signal from outside its own course: ours, or somebody's. */
      readonly killed: boolean
      readonly reason: string | null
    }
  | {
      readonly type: 'segment.lost'
      readonly segment: number
      readonly how: 'gone' | 'unknown'
      readonly reason: string
    }
  | {
      readonly type: 'gate.opened'
      readonly environment: string
      /** False while approvals are missing to the quorum. */
      readonly complete: boolean
    }
  | { readonly type: 'gate.rejected'; readonly environment: string }
  | { readonly type: 'gate.expired'; readonly environment: string }
  | { readonly type: 'termination.requested' }
  | { readonly type: 'termination.confirmed' }
  | { readonly type: 'termination.failed'; readonly reason: string }
  | { readonly type: 'timeout.passed' }

export type HappeningType = Happening['type']

/** Work that must follow an event. `prepare`, `submit`, `terminate` of one execution run strictly in order. */
export type Effect =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'submit'; readonly segment: number }
  | { readonly kind: 'terminate'; readonly segment: number }
  | { readonly kind: 'release'; readonly segment: number }

/** Where an execution stands: all that the machine needs to decide. */
export interface Position {
  readonly status: Status
  /** Empty until prepared. */
  readonly segments: readonly Pick<PlannedSegment, 'number' | 'gate'>[]
  /** The segment that runs, waits for its turn, or waits behind its gate. */
  readonly at: number
  /** Whether its submit was ever attempted: then an engine may know it. */
  readonly attempted: boolean
  /** A deadline has passed; no further segment is submitted. */
  readonly timedOut: boolean
}

/** The next position, why (null keeps none), and what must follow. */
export interface Step {
  readonly status: Status
  readonly at: number
  readonly timedOut: boolean
  readonly reason: string | null
  readonly effects: readonly Effect[]
}

export type Decision =
  | ({ readonly accepted: true } & Step)
  | { readonly accepted: false; readonly why: string }

type Rule<T extends HappeningType> = (
  position: Position,
  event: Extract<Happening, { type: T }>,
) => Step | null
type Row = { readonly [T in HappeningType]?: Rule<T> }

const TIMED_OUT = 'Timed out.'

/**
 * The whole law: for each status the events it answers. What is not here is refused.
 * A rule answers null where the event is of the right kind but speaks of something that is over.
 */
const TABLE: { readonly [S in Status]: Row } = {
  pending: {
    prepared: (p, e) => unprepared(p) && enter({ ...p, segments: e.segments, at: e.from }, 'pending'),
    'validation.failed': (p, e) => unprepared(p) && end(p, 'failed', e.reason),
    'submit.refused': (p, e) => ofCurrent(p, e) && end(p, 'error', e.reason),
    'segment.started': (p, e) => ofAttempted(p, e) && keep(p, 'running'),
    'segment.finished': (p, e) => ofAttempted(p, e) && finish(p, e),
    'segment.lost': (p, e) => ofAttempted(p, e) && end(p, 'error', e.reason, released(p)),
    'termination.requested': (p) => terminate(p),
  },
  running: {
    'submit.refused': (p, e) => ofCurrent(p, e) && end(p, 'error', e.reason),
    'segment.started': (p, e) => ofAttempted(p, e) && keep(p, 'running'),
    'segment.finished': (p, e) => ofAttempted(p, e) && finish(p, e),
    'segment.lost': (p, e) =>
      ofAttempted(p, e) &&
      (p.timedOut ? end(p, 'failed', TIMED_OUT, released(p)) : end(p, 'error', e.reason, released(p))),
    'termination.requested': (p) => terminate(p),
    'termination.confirmed': (p) => (p.timedOut ? end(p, 'failed', TIMED_OUT, released(p)) : null),
    'timeout.passed': (p) =>
      p.timedOut
        ? null
        : { ...keep({ ...p, timedOut: true }, 'running'), effects: [{ kind: 'terminate', segment: p.at }] },
  },
  'deployment-pending': {
    'gate.opened': (p, e) => atGate(p, e) && openGate(p, 'deployment-pending', e.complete),
    'termination.requested': (p) => end(p, 'terminated', null),
  },
  'approval-pending': {
    'gate.opened': (p, e) => atGate(p, e) && openGate(p, 'approval-pending', e.complete),
    'gate.rejected': (p, e) => atGate(p, e) && end(p, 'approval-rejected', null),
    'gate.expired': (p, e) => atGate(p, e) && end(p, 'approval-rejected', 'Nobody decided in time.'),
    'termination.requested': (p) => end(p, 'terminated', null),
  },
  terminating: {
    prepared: (p) => unprepared(p) && keep(p, 'terminating'),
    'validation.failed': (p) => unprepared(p) && end(p, 'terminated', null),
    'submit.refused': (p, e) => ofCurrent(p, e) && end(p, 'terminated', null),
    'segment.started': (p, e) => ofAttempted(p, e) && keep(p, 'terminating'),
    'segment.finished': (p, e) => ofAttempted(p, e) && finishTerminating(p, e),
    'segment.lost': (p, e) =>
      ofAttempted(p, e) &&
      (e.how === 'gone'
        ? end(p, 'terminated', null, released(p))
        : { ...keep(p, 'termination-failed'), reason: e.reason }),
    'termination.requested': (p) => keep(p, 'terminating'),
    'termination.confirmed': (p) => end(p, 'terminated', null, released(p)),
    'termination.failed': (p, e) => ({ ...keep(p, 'termination-failed'), reason: e.reason }),
  },
  'termination-failed': {
    prepared: (p) => unprepared(p) && keep(p, 'termination-failed'),
    'submit.refused': (p, e) => ofCurrent(p, e) && end(p, 'terminated', null),
    'segment.started': (p, e) => ofAttempted(p, e) && keep(p, 'termination-failed'),
    'segment.finished': (p, e) => ofAttempted(p, e) && finishTerminating(p, e),
    'segment.lost': (p, e) =>
      ofAttempted(p, e) &&
      (e.how === 'gone' ? end(p, 'terminated', null, released(p)) : keep(p, 'termination-failed')),
    'termination.requested': (p) => terminate(p),
    'termination.confirmed': (p) => end(p, 'terminated', null, released(p)),
  },
  succeeded: {},
  failed: {},
  error: {},
  'approval-rejected': {},
  terminated: {},
}

/** Decides what an event makes of an execution: the next position and its effects, or a refusal that changes nothing. */
export function decide(position: Position, event: Happening): Decision {
  const rule = TABLE[position.status][event.type] as Rule<HappeningType> | undefined
  if (rule === undefined)
    return { accepted: false, why: `${event.type} is not answered in ${position.status}` }
  const step = rule(position, event)
  if (step === null) return { accepted: false, why: `${event.type} speaks of something that is over` }
  return { accepted: true, ...step }
}

/** True where the table has a rule at all; whether it accepts may depend on the segment or the gate. */
export function answers(status: Status, type: HappeningType): boolean {
  return TABLE[status][type] !== undefined
}

function keep(p: Position, status: Status): Step {
  return { status, at: p.at, timedOut: p.timedOut, reason: null, effects: [] }
}

function end(p: Position, status: Status, reason: string | null, effects: readonly Effect[] = []): Step {
  return { status, at: p.at, timedOut: p.timedOut, reason, effects }
}

/** A segment that an engine may have seen is released, whatever became of it. */
function released(p: Position): readonly Effect[] {
  return p.attempted ? [{ kind: 'release', segment: p.at }] : []
}

/** Goes to a segment: to its gate where it has one, or straight to its submit. */
function enter(p: Position, open: Status): Step {
  const segment = p.segments[p.at]
  if (segment === undefined) return { ...keep(p, 'succeeded') }
  if (segment.gate !== null)
    return keep(p, segment.gate.kind === 'approval' ? 'approval-pending' : 'deployment-pending')
  return { ...keep(p, open), effects: [{ kind: 'submit', segment: p.at }] }
}

/** A segment ended where nobody had asked for a termination. */
function finish(p: Position, e: Extract<Happening, { type: 'segment.finished' }>): Step {
  const release = released(p)
  if (p.timedOut && (e.killed || (e.verdict === 'succeeded' && !isLast(p))))
    return end(p, 'failed', TIMED_OUT, release)
  if (e.killed) return end(p, 'error', e.reason ?? 'It was killed from outside.', release)
  if (e.verdict !== 'succeeded') return end(p, e.verdict, e.reason, release)
  const next = enter({ ...p, at: p.at + 1 }, 'running')
  return isLast(p) ? end(p, 'succeeded', null, release) : { ...next, effects: [...release, ...next.effects] }
}

/** A segment ended after a termination was asked for: its own verdict stands where it had decided everything. */
function finishTerminating(p: Position, e: Extract<Happening, { type: 'segment.finished' }>): Step {
  const ownEnd = !e.killed && (e.verdict !== 'succeeded' || isLast(p))
  return ownEnd ? end(p, e.verdict, e.reason, released(p)) : end(p, 'terminated', null, released(p))
}

function isLast(p: Position): boolean {
  return p.at >= p.segments.length - 1
}

function terminate(p: Position): Step {
  return { ...keep(p, 'terminating'), effects: [{ kind: 'terminate', segment: p.at }] }
}

function openGate(p: Position, status: Status, complete: boolean): Step {
  return complete ? { ...keep(p, 'running'), effects: [{ kind: 'submit', segment: p.at }] } : keep(p, status)
}

/** An execution is prepared once: a second answer would submit a second time, and what has a plan was valid. */
function unprepared(p: Position): true | null {
  return p.segments.length === 0 ? true : null
}

/** News of an earlier segment is outdated. */
function ofCurrent(p: Position, e: { readonly segment: number }): true | null {
  return e.segment === p.at && p.segments.length > 0 ? true : null
}

/** What was never submitted can have no news. */
function ofAttempted(p: Position, e: { readonly segment: number }): true | null {
  return p.attempted ? ofCurrent(p, e) : null
}

/** A decision names its environment, so that a stale click cannot open the next gate. */
function atGate(p: Position, e: { readonly environment: string }): true | null {
  return p.segments[p.at]?.gate?.environment === e.environment ? true : null
}
