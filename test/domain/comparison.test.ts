import { describe, expect, test } from 'bun:test'
import { type ComparedStage, paceOf, pairOutputs, pairStages } from '../../src/domain/comparison.ts'

const stage = (id: string, ms: number | null, more: Partial<ComparedStage> = {}): ComparedStage => ({
  ...{ id, phase: 'build', status: 'succeeded', ms, takenFrom: null, outputs: {} },
  ...more,
})

describe('pace', () => {
  test('is told where times differ by a tenth and half a second', () => {
    expect(paceOf(10_000, 11_001)).toBe('slower')
    expect(paceOf(10_000, 8_900)).toBe('faster')
    expect(paceOf(10_000, 10_900)).toBe('alike')
    expect(paceOf(100, 500)).toBe('alike')
    expect(paceOf(null, 500)).toBeNull()
  })
})

describe('stages', () => {
  test('stand side by side, in the order of the later execution', () => {
    const pairs = pairStages(
      [stage('source', 100), stage('lint', 100), stage('build', 1_000)],
      [stage('source', 100), stage('build', 3_000), stage('deploy.dev', 10)],
    )

    expect(
      pairs.map(({ id, before, after, pace }) => [id, before?.ms ?? null, after?.ms ?? null, pace]),
    ).toEqual([
      ['source', 100, 100, 'alike'],
      ['lint', 100, null, null],
      ['build', 1_000, 3_000, 'slower'],
      ['deploy.dev', null, 10, null],
    ])
  })

  test('that were taken over have no pace', () => {
    const [pair] = pairStages([stage('build', 1_000)], [stage('build', 9_000, { takenFrom: 'shop-1' })])

    expect(pair?.pace).toBeNull()
  })
})

test('outputs are compared by stage and name', () => {
  const before = [stage('build', 1, { outputs: { version: '3.17', old: 'x' } })]
  const after = [stage('build', 1, { outputs: { version: '3.18' } })]

  expect(pairOutputs(before, after)).toContainEqual({ name: 'build.version', before: '3.17', after: '3.18' })
  expect(pairOutputs(before, after)).toContainEqual({ name: 'build.old', before: 'x', after: null })
})
