import { describe, expect, test } from 'bun:test'
import { Familiar, formOf } from '../../src/domain/novelty.ts'

describe('from run to run', () => {
  const alike: readonly (readonly [what: string, one: string, other: string])[] = [
    ['times', '2026-09-01T10:00:00.123Z ready', '2026-11-25T08:15:59.001Z ready'],
    ['clock times', '[10:00:01] step', '[9:59:59] step'],
    ['lengths of time', 'built in 3 m 12 s', 'built in 45.2s'],
    ['sizes', 'chunk vendor 312.44 kB', 'chunk vendor 1,204.1 kB'],
    ['hexadecimal ids', 'layer sha256:19aa71d0 done', 'layer sha256:e2070b4c done'],
    ['commits', 'HEAD is now at 4f6612b', 'HEAD is now at 0be91d7'],
    ['UUIDs', 'job 550e8400-e29b-41d4-a716-446655440000', 'job 123e4567-e89b-12d3-a456-426614174000'],
    ['places in files', 'src/a.ts:57:21 unused', 'src/a.ts:9:1 unused'],
    ['temporary paths', 'cp /tmp/build-x9Kd/app.js', 'cp /tmp/build-ab12/app.js'],
    ['temporary names', 'using tmp.Ab3dEfGhIj', 'using tmp.Zz9yXwVuTs'],
    ['random names', 'pod K4xQzPq8LmN2vBt7Rs', 'pod Zk8wYyTr1PqLmN6xVb'],
    ['bars', '[=====>     ] 41 %', '[=========> ] 88 %'],
    ['process ids', 'started pid 4711', 'started pid 12'],
  ]
  for (const [what, one, other] of alike)
    test(`${what} make no difference`, () => expect(formOf(one)).toBe(formOf(other)))

  const different: readonly (readonly [string, string])[] = [
    ['error: it broke', 'error: it burst'],
    ['facade built', 'decade built'],
    ['TS2345 in basket', 'TS2345 in checkout'],
    ['cp /srv/build-a/app.js', 'cp /srv/build-b/app.js'],
  ]
  for (const [one, other] of different)
    test(`“${one}” is not “${other}”`, () => expect(formOf(one)).not.toBe(formOf(other)))
})

test('what a log has is familiar, everything else is not, however many lines it has', () => {
  const words = (n: number) =>
    `step ${String.fromCharCode(97 + (n % 26), 97 + ((n >> 4) % 26), 97 + ((n >> 9) % 26))} of`
  const familiar = new Familiar()
  for (let n = 0; n < 50_000; n += 1) familiar.add(`${words(n)} ${n}`)

  expect(familiar.has(`${words(777)} 1`)).toBe(true)
  expect(familiar.has('step of nothing')).toBe(false)
  expect(familiar.complete).toBe(true)
})

test('a line of any length is compared by its beginning', () => {
  const familiar = new Familiar()
  familiar.add(`${'word '.repeat(20_000)}a`)

  expect(familiar.has(`${'word '.repeat(20_000)}b`)).toBe(true)
})
