import { expect, test } from 'bun:test'
import { csvOf } from '../../src/server/csv.ts'
import { analytics } from '../views/fixtures.ts'

test('a file of numbers holds no formula and no broken row, whatever a name may come to be', () => {
  for (const [name, cell] of [
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['a,b', '"a,b"'],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['a\r\nb', '"a\r\nb"'],
  ] as const)
    expect(csvOf(analytics({ workflow: name }))).toContain(`\r\n2026-08-26,2026-08-26,2026-08-26,${cell},0,`)
})
