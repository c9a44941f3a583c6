import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  type Decision,
  decide,
  type Effect,
  type Happening,
  type Position,
} from '../../src/domain/machine.ts'
import type { GateRule } from '../../src/domain/plan.ts'
import { isFinal, STATUSES, type Status } from '../../src/domain/status.ts'
import { LEGAL } from '../sim/legal.ts'

/** In one event the machine also says what the ledger tells as two: begun, and at once ended well. */
const LEAVES: typeof LEGAL = { ...LEGAL, pending: [...LEGAL.pending, 'succeeded'] }

const SEGMENTS_MAX = 4
const ENVIRONMENTS = ['dev', 'staging', 'production'] as const

const gates: fc.Arbitrary<GateRule | null> = fc.option(
  fc.record({
    kind: fc.constantFrom('approval' as const, 'deployment' as const),
    environment: fc.constantFrom(...ENVIRONMENTS),
    approvers: fc.constant(['alice']),
    quorum: fc.constant(1),
    selfApproval: fc.constant(true),
    expiresMs: fc.constant(null),
  }),
)
const plans = fc
  .array(gates, { minLength: 1, maxLength: SEGMENTS_MAX })
  .map((list) => list.map((gate, number) => ({ number, gate })))

const segment = fc.integer({ min: 0, max: SEGMENTS_MAX })
const reason = fc.constant('because')
const environment = fc.constantFrom(...ENVIRONMENTS)
const happenings = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('segment.started' as const), segment }) },
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('segment.finished' as const),
      segment,
      verdict: fc.oneof(
        { weight: 6, arbitrary: fc.constant('succeeded' as const) },
        fc.constantFrom('failed' as const, 'error' as const),
      ),
      killed: fc.nat(9).map((dice) => dice === 0),
      reason,
    }),
  },
  fc.record({
    type: fc.constant('segment.lost' as const),
    segment,
    how: fc.constantFrom('gone' as const, 'unknown' as const),
    reason,
  }),
  fc.record({ type: fc.constant('submit.refused' as const), segment, reason }),
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('gate.opened' as const), environment, complete: fc.boolean() }),
  },
  fc.record({ type: fc.constantFrom('gate.rejected' as const, 'gate.expired' as const), environment }),
  fc.record({ type: fc.constant('validation.failed' as const), reason }),
  fc.record({ type: fc.constant('termination.requested' as const) }),
  fc.record({ type: fc.constantFrom('termination.confirmed' as const, 'timeout.passed' as const) }),
  fc.record({ type: fc.constant('termination.failed' as const), reason }),
)

interface Line {
  readonly before: Position
  readonly event: Happening
  readonly decision: Decision
}

/** Plays events as they come; `prepared` comes twice, wherever it falls. Every submit is attempted at once. */
function play(segments: Position['segments'], events: readonly Happening[]): readonly Line[] {
  const lines: Line[] = []
  let position: Position = { status: 'pending', segments: [], at: 0, attempted: false, timedOut: false }
  for (const event of events) {
    const decision = decide(position, event)
    lines.push({ before: position, event, decision })
    if (!decision.accepted) continue
    const { status, at, timedOut, effects } = decision
    const stays = at === position.at && position.attempted
    position = {
      status,
      at,
      timedOut,
      segments: event.type === 'prepared' ? segments : position.segments,
      attempted: stays || effects.some((effect) => effect.kind === 'submit'),
    }
  }
  return lines
}

const stories = fc
  .tuple(plans, fc.array(happenings, { maxLength: 60 }), fc.nat(3), fc.nat(60), fc.nat(SEGMENTS_MAX))
  .map(([segments, events, first, second, begin]) => {
    const from = begin < segments.length ? begin : 0
    const prepared: Happening = { type: 'prepared', segments, from }
    return play(segments, [
      ...events.slice(0, first),
      prepared,
      ...events.slice(first, second),
      prepared,
      ...events.slice(second),
    ])
  })

/** The lines that were accepted, each with what it left. */
function accepted(story: readonly Line[]) {
  return story.flatMap(({ before, event, decision }) =>
    decision.accepted ? [{ before, event, decision }] : [],
  )
}

function segmentsOf(kind: 'submit' | 'release' | 'terminate', effects: readonly Effect[]): readonly number[] {
  return effects.flatMap((effect) => (effect.kind === kind ? [effect.segment] : []))
}

function holds(title: string, property: (story: readonly Line[]) => void): void {
  test(title, () => fc.assert(fc.property(stories, property), { numRuns: 2_000 }))
}

describe('in every story', () => {
  holds('a segment is submitted once, and in order', (story) => {
    const submitted = accepted(story).flatMap(({ decision }) => segmentsOf('submit', decision.effects))

    const [first = 0] = submitted
    expect(submitted).toEqual(submitted.map((_, index) => first + index))
  })

  holds('an execution leaves a status only for those that PRODUCT names', (story) => {
    for (const { before, decision } of accepted(story)) {
      expect([before.status, ...LEAVES[before.status]]).toContain(decision.status)
    }
  })

  holds('final is final', (story) => {
    const end = story.findIndex(({ decision }) => decision.accepted && isFinal(decision.status))

    expect(end === -1 || story.slice(end + 1).every(({ decision }) => !decision.accepted)).toBe(true)
  })

  holds('nothing is submitted after a termination was asked for or the timeout has passed', (story) => {
    const asked = story.findIndex(
      ({ event, decision }) =>
        decision.accepted && (event.type === 'termination.requested' || event.type === 'timeout.passed'),
    )

    const after = asked === -1 ? [] : accepted(story.slice(asked))
    expect(after.flatMap(({ decision }) => segmentsOf('submit', decision.effects))).toEqual([])
  })

  holds('a segment behind a gate is submitted only when its own gate is passed', (story) => {
    for (const { before, event, decision } of accepted(story)) {
      const segments = event.type === 'prepared' ? event.segments : before.segments
      for (const number of segmentsOf('submit', decision.effects)) {
        const gate = segments[number]?.gate ?? null
        const passed =
          event.type === 'gate.opened' && event.complete && event.environment === gate?.environment
        expect(gate === null || passed).toBe(true)
      }
    }
  })

  holds('it waits at a gate exactly where the next segment has one', (story) => {
    for (const { event, decision, before } of accepted(story)) {
      const segments = event.type === 'prepared' ? event.segments : before.segments
      const kind = segments[decision.at]?.gate?.kind
      if (decision.status === 'approval-pending') expect(kind).toBe('approval')
      if (decision.status === 'deployment-pending') expect(kind).toBe('deployment')
    }
  })

  holds('every submitted segment that is over is released once, unless it was refused', (story) => {
    const lines = accepted(story)
    const last = lines.at(-1)
    const refused = lines.some(({ event }) => event.type === 'submit.refused')

    const released = lines.flatMap(({ decision }) => segmentsOf('release', decision.effects))
    const submitted = lines.flatMap(({ decision }) => segmentsOf('submit', decision.effects))
    const open = last !== undefined && !isFinal(last.decision.status) && submitted.at(-1) === last.decision.at
    const over = open || refused ? submitted.slice(0, -1) : submitted
    expect(released).toEqual([...over])
  })

  holds('news of a segment that it does not stand at is refused', (story) => {
    for (const { before, event } of accepted(story)) {
      if ('segment' in event) expect(event.segment).toBe(before.at)
    }
  })

  holds('an Error says why', (story) => {
    for (const { decision } of accepted(story)) {
      if (decision.status === 'error') expect(decision.reason).toBeTruthy()
    }
  })

  holds('the place in the plan never goes back and never jumps', (story) => {
    for (const { before, event, decision } of accepted(story)) {
      const begins = event.type === 'prepared' ? [before.at, event.from] : [before.at, before.at + 1]
      expect(begins).toContain(decision.at)
    }
  })
})

test('the stories reach every status', () => {
  const reached = new Set<Status>()

  fc.assert(
    fc.property(stories, (story) => {
      for (const { decision } of accepted(story)) reached.add(decision.status)
    }),
    { numRuns: 5_000 },
  )

  expect(STATUSES.filter((status) => !reached.has(status))).toEqual([])
})
