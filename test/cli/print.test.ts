import { describe, expect, test } from 'bun:test'
import { harmless, spell, statusCell, table } from '../../src/cli/print.ts'
import { STATUSES } from '../../src/domain/status.ts'

const PLAIN = { columns: null, colour: false }

describe('a table', () => {
  const rows = [
    ['shop-1', ['Running', 'blue'] as const, 'a title that is rather long for a small terminal'],
    ['shop-12', ['Failed', 'red'] as const, 'short'],
  ]
  const headings = ['ID', 'STATUS', 'TITLE']

  test('is as wide as its cells where nobody looks', () => {
    expect(table(headings, rows, PLAIN).split('\n')[1]).toBe(
      'shop-1   Running  a title that is rather long for a small terminal',
    )
  })

  test('gives way in its widest columns on a narrow terminal', () => {
    const lines = table(headings, rows, { columns: 40, colour: false }).trimEnd().split('\n')

    expect(lines.every((line) => line.length <= 40)).toBe(true)
    expect(lines[1]).toBe('shop-1   Running  a title that is rathe…')
  })

  test('colours cells and never counts colours as width', () => {
    const lines = table(headings, rows, { columns: 40, colour: true }).trimEnd().split('\n')

    expect(lines[2]).toBe('shop-12  \u001b[31mFailed\u001b[0m   short')
  })
})

test('what is cut is words, and a time or a name only where nothing else is left', () => {
  const headings = ['EXECUTION', 'TRIGGERED AT', 'BY', 'COMMIT']
  const rows = [['storefront-1042', '2026-11-25 23:26:00', 'local-admin', 'A title of some length']]
  const at = (columns: number) => table(headings, rows, { columns, colour: false }).trimEnd().split('\n')[1]

  expect(at(60)).toBe('storefront-1042  2026-11-25 23:26:00  local-adm…  A title o…')
  expect(at(50)).toBe('storefront-10…  2026-11-25 23…  local-a…  A title…')
})

test('letters of two columns and of several signs are measured as they are seen, and cut between them', () => {
  const look = { columns: 20, colour: false }
  const wide = table(['A', 'B'], [['航海日誌', '👩‍👩‍👧‍👦'.repeat(12)]], look)
    .trimEnd()
    .split('\n')

  expect(wide.map((line) => Bun.stringWidth(line) <= 20)).toEqual([true, true])
  expect(wide[1]).toMatch(/^航海日誌 {2}(👩‍👩‍👧‍👦)+…$/u)
})

test('every status has a shape of its own, one column wide, before its word', () => {
  const shapes = STATUSES.map((status) => statusCell(status)[0].split(' ')[0] ?? '')

  expect(new Set(shapes).size).toBe(STATUSES.length)
  expect(shapes.map((shape) => Bun.stringWidth(shape))).toEqual(STATUSES.map(() => 1))
})

describe('a log line on a terminal', () => {
  test('keeps its colours where colours are wanted', () => {
    expect(harmless('\u001b[32mok\u001b[0m', { colour: true })).toBe('\u001b[32mok\u001b[0m')
    expect(harmless('\u001b[32mok\u001b[0m', { colour: false })).toBe('ok')
  })

  test.each([
    ['moves the cursor', 'a\u001b[2Jb\u001b[10;10Hc', 'abc'],
    ['sets a title', '\u001b]0;owned\u0007text', 'text'],
    ['writes the clipboard', '\u001b]52;c;ZXZpbA==\u001b\\text', 'text'],
    ['rings, deletes and returns', 'a\u0007\u0008\rb', 'ab'],
    ['speaks C1', 'a\u009b2Jb', 'a2Jb'],
    ['never ends its escape', 'a\u001b]0;never', 'a'],
  ])('cannot do harm where it %s', (_, text, shown) => {
    expect(harmless(text, { colour: true })).toBe(shown)
  })

  test('keeps tabs and words of every script', () => {
    expect(harmless('\tπερίπλους ▬▬ 🚢', { colour: false })).toBe('\tπερίπλους ▬▬ 🚢')
  })
})

test.each([
  [40, '0.0 s'],
  [3_240, '3.2 s'],
  [59_400, '59 s'],
  [250_000, '4 min 10 s'],
  [7_500_000, '2 h 5 min'],
])('%d ms are spelled %s', (ms, words) => {
  expect(spell(ms)).toBe(words)
})
