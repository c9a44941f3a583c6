import { Fault } from '../../domain/fault.ts'
import type { Place, Searched } from '../../search/question.ts'

/** What was gone through and found since a search began. */
export interface Sum extends Searched {
  /** Lines that match. */
  readonly lines: number
}

/** Where a search goes on, and what it has behind it: what a cursor says. Place null is the newest execution. */
export interface Spot {
  readonly place: Place | null
  readonly sum: Sum
}

export const BEGINNING: Spot = { place: null, sum: { executions: 0, logs: 0, bytes: 0, lines: 0 } }

/** `before` of an address, and the id of a message. It only says where to look, so nobody gains by writing one. */
const CURSOR = /^[0-9a-z]{1,10}(?:\.[0-9a-z]{1,10}){7}$/

export function writeCursor(place: Place, sum: Sum): string {
  const { execution, stage, line, shown } = place
  return [execution, stage, line, shown, sum.executions, sum.logs, sum.bytes, sum.lines]
    .map((number) => number.toString(36))
    .join('.')
}

/** Null is the beginning. */
export function readCursor(text: string | null): Spot {
  if (text === null) return BEGINNING
  if (!CURSOR.test(text)) {
    throw new Fault(
      'invalid',
      'This is not where a search can go on. Leave before out to begin with the newest execution.',
    )
  }
  const [execution = 0, stage = 0, line = 0, shown = 0, executions = 0, logs = 0, bytes = 0, lines = 0] = text
    .split('.')
    .map((number) => Number.parseInt(number, 36))
  return {
    place: { execution, stage, line: Math.max(1, line), shown },
    sum: { executions, logs, bytes, lines },
  }
}
