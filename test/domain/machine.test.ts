import { describe, expect, test } from 'bun:test'
import { answers, decide, type Effect, type Happening, type Position } from '../../src/domain/machine.ts'
import type { GateRule } from '../../src/domain/plan.ts'
import { FINAL_STATUSES, isFinal, STATUSES, type Status } from '../../src/domain/status.ts'

/**
 * HOUSE's state table, written out. A row is an event, a column the status that it meets, a cell the status that follows
 * and the effects that it leaves; “–” is a refusal. Segment 1 of 0, 1, 2 is meant wherever no row says otherwise.
 */
const LAW = `
event                  | pending                          | running                          | deployment-pending   | approval-pending     | terminating                   | termination-failed
segment.started        | running                          | running                          | –                    | –                    | terminating                   | termination-failed
finished, succeeded    | running release 1 submit 2       | running release 1 submit 2       | –                    | –                    | terminated release 1          | terminated release 1
finished, last         | succeeded release 2              | succeeded release 2              | –                    | –                    | succeeded release 2           | succeeded release 2
finished, failed       | failed release 1                 | failed release 1                 | –                    | –                    | failed release 1              | failed release 1
finished, error        | error release 1                  | error release 1                  | –                    | –                    | error release 1               | error release 1
finished, killed       | error release 1                  | error release 1                  | –                    | –                    | terminated release 1          | terminated release 1
finished, last, killed | error release 2                  | error release 2                  | –                    | –                    | terminated release 2          | terminated release 2
lost, gone             | error release 1                  | error release 1                  | –                    | –                    | terminated release 1          | terminated release 1
lost, unknown          | error release 1                  | error release 1                  | –                    | –                    | termination-failed            | termination-failed
gate.opened            | –                                | –                                | running submit 1     | running submit 1     | –                             | –
gate.opened, not yet   | –                                | –                                | deployment-pending   | approval-pending     | –                             | –
gate.opened, another   | –                                | –                                | –                    | –                    | –                             | –
gate.rejected          | –                                | –                                | –                    | approval-rejected    | –                             | –
gate.rejected, another | –                                | –                                | –                    | –                    | –                             | –
gate.expired           | –                                | –                                | –                    | approval-rejected    | –                             | –
termination.requested  | terminating terminate 1          | terminating terminate 1          | terminated           | terminated           | terminating                   | terminating terminate 1
termination.confirmed  | –                                | –                                | –                    | –                    | terminated release 1          | terminated release 1
termination.failed     | –                                | –                                | –                    | –                    | termination-failed            | –
timeout.passed         | –                                | running terminate 1              | –                    | –                    | –                             | –
submit.refused         | error                            | error                            | –                    | –                    | terminated                    | terminated
prepared               | pending submit 0                 | –                                | –                    | –                    | terminating                   | termination-failed
prepared, at a gate    | deployment-pending               | –                                | –                    | –                    | terminating                   | termination-failed
prepared, at approval  | approval-pending                 | –                                | –                    | –                    | terminating                   | termination-failed
prepared, later one    | pending submit 2                 | –                                | –                    | –                    | terminating                   | termination-failed
prepared, later gate   | approval-pending                 | –                                | –                    | –                    | terminating                   | termination-failed
prepared, again        | –                                | –                                | –                    | –                    | –                             | –
validation.failed      | failed                           | –                                | –                    | –                    | terminated                    | –
validation.failed, late| –                                | –                                | –                    | –                    | –                             | –
started, earlier one   | –                                | –                                | –                    | –                    | –                             | –
started, later one     | –                                | –                                | –                    | –                    | –                             | –
started, not submitted | –                                | –                                | –                    | –                    | –                             | –
finished, earlier one  | –                                | –                                | –                    | –                    | –                             | –
lost, earlier one      | –                                | –                                | –                    | –                    | –                             | –
`

type Segments = Position['segments']

const gate = (kind: GateRule['kind'], environment: string): GateRule => ({
  kind,
  environment,
  approvers: kind === 'approval' ? ['alice'] : [],
  quorum: 1,
  selfApproval: true,
  expiresMs: null,
})

const PLAIN: Segments = [0, 1, 2].map((number) => ({ number, gate: null }))
const gated = (kind: GateRule['kind']): Segments =>
  PLAIN.map((segment) => (segment.number === 1 ? { ...segment, gate: gate(kind, 'production') } : segment))

const finished = (segment: number, verdict: 'succeeded' | 'failed' | 'error', killed = false): Happening => ({
  type: 'segment.finished',
  segment,
  verdict,
  killed,
  reason: null,
})
const unprepared = { segments: [], at: 0, attempted: false }

/** What a row of the table means: its event, and how the position differs from the usual one. */
const ROWS: Readonly<Record<string, readonly [Happening, Partial<Position>?]>> = {
  'segment.started': [{ type: 'segment.started', segment: 1 }],
  'finished, succeeded': [finished(1, 'succeeded')],
  'finished, last': [finished(2, 'succeeded'), { at: 2 }],
  'finished, failed': [finished(1, 'failed')],
  'finished, error': [finished(1, 'error')],
  'finished, killed': [finished(1, 'error', true)],
  'finished, last, killed': [finished(2, 'succeeded', true), { at: 2 }],
  'lost, gone': [{ type: 'segment.lost', segment: 1, how: 'gone', reason: 'gone' }],
  'lost, unknown': [{ type: 'segment.lost', segment: 1, how: 'unknown', reason: 'unknown' }],
  'gate.opened': [{ type: 'gate.opened', environment: 'production', complete: true }],
  'gate.opened, not yet': [{ type: 'gate.opened', environment: 'production', complete: false }],
  'gate.opened, another': [{ type: 'gate.opened', environment: 'staging', complete: true }],
  'gate.rejected': [{ type: 'gate.rejected', environment: 'production' }],
  'gate.rejected, another': [{ type: 'gate.rejected', environment: 'staging' }],
  'gate.expired': [{ type: 'gate.expired', environment: 'production' }],
  'termination.requested': [{ type: 'termination.requested' }],
  'termination.confirmed': [{ type: 'termination.confirmed' }],
  'termination.failed': [{ type: 'termination.failed', reason: 'no' }],
  'timeout.passed': [{ type: 'timeout.passed' }],
  'submit.refused': [{ type: 'submit.refused', segment: 1, reason: 'no' }],
  prepared: [{ type: 'prepared', segments: PLAIN, from: 0 }, unprepared],
  'prepared, at a gate': [
    { type: 'prepared', segments: [{ number: 0, gate: gate('deployment', 'dev') }], from: 0 },
    unprepared,
  ],
  'prepared, at approval': [
    { type: 'prepared', segments: [{ number: 0, gate: gate('approval', 'dev') }], from: 0 },
    unprepared,
  ],
  'prepared, later one': [{ type: 'prepared', segments: PLAIN, from: 2 }, unprepared],
  'prepared, later gate': [{ type: 'prepared', segments: gated('approval'), from: 1 }, unprepared],
  'prepared, again': [{ type: 'prepared', segments: PLAIN, from: 0 }],
  'validation.failed': [{ type: 'validation.failed', reason: 'no' }, unprepared],
  'validation.failed, late': [{ type: 'validation.failed', reason: 'no' }],
  'started, earlier one': [{ type: 'segment.started', segment: 0 }],
  'started, later one': [{ type: 'segment.started', segment: 2 }],
  'started, not submitted': [{ type: 'segment.started', segment: 1 }, { attempted: false }],
  'finished, earlier one': [finished(0, 'failed')],
  'lost, earlier one': [{ type: 'segment.lost', segment: 0, how: 'gone', reason: 'gone' }],
}

function usual(status: Status): Position {
  const atGate = status === 'deployment-pending' || status === 'approval-pending'
  const segments = atGate ? gated(status === 'approval-pending' ? 'approval' : 'deployment') : PLAIN
  return { status, segments, at: 1, attempted: !atGate, timedOut: false }
}

/** A decision as a cell of the table. */
function cell(position: Position, event: Happening): string {
  const decision = decide(position, event)
  if (!decision.accepted) return '–'
  return [decision.status, ...decision.effects.map(effectWords)].join(' ')
}

function effectWords(effect: Effect): string {
  return effect.kind === 'prepare' ? 'prepare' : `${effect.kind} ${effect.segment}`
}

describe('the state table', () => {
  const [header = [], ...rows] = LAW.trim()
    .split('\n')
    .map((line) => line.split('|').map((part) => part.trim()))
  const statuses = header.slice(1)

  for (const [label = '', ...cells] of rows) {
    test(`${label}: every status answers as written`, () => {
      const [event, differently] = ROWS[label] ?? []
      if (event === undefined) throw new Error(`no event is named ${label}`)

      const found = STATUSES.filter((status) => statuses.includes(status)).map((status) =>
        cell({ ...usual(status), ...differently }, event),
      )

      expect(found).toEqual(cells)
    })
  }

  test('the table speaks of every status that is not final, and of every row', () => {
    expect(statuses).toEqual(STATUSES.filter((status) => !isFinal(status)))
    expect(rows.map(([label]) => label)).toEqual(Object.keys(ROWS))
  })

  for (const status of FINAL_STATUSES) {
    test(`${status} is final: it answers nothing`, () => {
      for (const [event, differently] of Object.values(ROWS)) {
        expect(answers(status, event.type)).toBe(false)
        expect(cell({ ...usual(status), ...differently }, event)).toBe('–')
      }
    })
  }
})

test('a failed validation says what is wrong', () => {
  const position = { ...usual('pending'), ...unprepared }

  const decision = decide(position, { type: 'validation.failed', reason: 'No environment prod.' })

  expect(decision).toMatchObject({ status: 'failed', reason: 'No environment prod.' })
})

describe('after the timeout has passed', () => {
  const late: Position = { ...usual('running'), timedOut: true }
  const cases: readonly (readonly [string, Position, Happening, string])[] = [
    ['a killed finish is Failed', late, finished(1, 'error', true), 'failed release 1'],
    [
      'a lost segment is Failed',
      late,
      { type: 'segment.lost', segment: 1, how: 'gone', reason: '' },
      'failed release 1',
    ],
    ['an end that is confirmed is Failed', late, { type: 'termination.confirmed' }, 'failed release 1'],
    ['no further segment is submitted', late, finished(1, 'succeeded'), 'failed release 1'],
    [
      'a last segment that succeeded all the same is Succeeded',
      { ...late, at: 2 },
      finished(2, 'succeeded'),
      'succeeded release 2',
    ],
    ['a stage’s own failure keeps its verdict', late, finished(1, 'failed'), 'failed release 1'],
    [
      'a termination that is asked for leads to Terminating',
      late,
      { type: 'termination.requested' },
      'terminating terminate 1',
    ],
    ['it does not pass twice', late, { type: 'timeout.passed' }, '–'],
  ]
  for (const [title, position, event, expected] of cases) {
    test(title, () => expect(cell(position, event)).toBe(expected))
  }

  test('the reason of what the timeout ended says so', () => {
    const decision = decide(late, finished(1, 'error', true))

    expect(decision).toMatchObject({ status: 'failed', reason: 'Timed out.' })
  })
})
