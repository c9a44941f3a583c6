import { describe, expect, test } from 'bun:test'
import {
  isLater,
  type Position,
  readPosition,
  Stamps,
  secondOf,
  writePosition,
} from '../../../src/engine/argo/position.ts'

const PLACE: Position = {
  workflow: 'w-1',
  pod: 'p-1',
  container: 's1',
  told: 120,
  stamp: '2026-11-23T15:59:17.123456789Z',
  nth: 2,
  half: true,
  reports: 2,
}

describe('a position', () => {
  test('is read as it was written', () => {
    expect(readPosition(writePosition(PLACE))).toEqual(PLACE)
    expect(readPosition(writePosition({ ...PLACE, half: false }))).toEqual({ ...PLACE, half: false })
  })

  test('is read from a cursor that says more behind it', () => {
    expect(readPosition(`${writePosition(PLACE)} left`)).toEqual(PLACE)
  })

  test('is none where the cursor is another engine’s, or of nothing that was read', () => {
    for (const text of [undefined, '', '1234', 'never read', 'replaced p-1', ' lost'])
      expect(readPosition(text)).toBeNull()
  })
})

describe('a timestamp', () => {
  const at = (stamp: string) => new Stamps().at(stamp)

  test('is read to the millisecond, whatever stands behind it', () => {
    expect(at('2026-11-23T15:59:17.123456789Z')).toBe(Date.UTC(2026, 10, 23, 15, 59, 17, 123))
    expect(at('2026-11-23T15:59:17.9Z')).toBe(Date.UTC(2026, 10, 23, 15, 59, 17, 900))
    expect(at('2026-11-23T15:59:17Z')).toBe(Date.UTC(2026, 10, 23, 15, 59, 17))
  })

  test('of a node that lives elsewhere is the same moment', () => {
    expect(at('2026-11-23T17:29:17.5+01:30')).toBe(Date.UTC(2026, 10, 23, 15, 59, 17, 500))
    expect(secondOf('2026-11-23T17:29:17.5+01:30')).toBe('2026-11-23T17:29:17+01:30')
  })

  test('is none where it is no timestamp', () => {
    for (const text of ['', 'failed', '2026-11-23', '2026-11-23T15:59:17', '2026-11-23T15:59:17.1234567890Z'])
      expect(at(text)).toBeNaN()
  })

  test('is later than another by a nanosecond, in whatever zone', () => {
    expect(isLater('2026-11-23T15:59:17.100000001Z', '2026-11-23T15:59:17.1Z')).toBe(true)
    expect(isLater('2026-11-23T15:59:17.1Z', '2026-11-23T15:59:17.100000000Z')).toBe(false)
    expect(isLater('2026-11-23T16:59:17.2+01:00', '2026-11-23T15:59:17.1Z')).toBe(true)
  })
})
