import { describe, expect, test } from 'bun:test'
import { readable } from '../../src/domain/line.ts'
import { Outline } from '../../src/domain/outline.ts'

function groups(texts: readonly string[], sealed = true) {
  const outline = new Outline()
  for (const [i, text] of texts.entries())
    outline.take({ number: i + 1, at: (i + 1) * 1000, text, kind: 'line' })
  return outline
    .groups(texts.length, texts.length * 1000, sealed)
    .map(({ from, until, ms }) => [from, until, ms])
}

describe('groups', () => {
  test('reach from the line that names them to the one that ends them', () => {
    expect(groups(['a', '::group::Install', 'b', '::endgroup::', 'c'])).toEqual([[2, 4, 2000]])
    expect(groups(['##[group]Install', 'b', '##[endgroup]'])).toEqual([[1, 3, 2000]])
  })

  test('do not nest: the next one ends the one before it', () => {
    expect(groups(['::group::A', 'a', '::group::B', 'b', '::endgroup::'])).toEqual([
      [1, 2, 2000],
      [3, 5, 2000],
    ])
  })

  test('that nothing ends end with the log, once it has ended', () => {
    expect(groups(['::group::A', 'a'])).toEqual([[1, 2, 1000]])
    expect(groups(['::group::A', 'a'], false)).toEqual([[1, null, 1000]])
  })

  test('are none where a marker stands within a line, or ends nothing', () => {
    expect(groups(['say ::group::A', '::endgroup::'])).toEqual([])
  })
})

test('a readable line has neither colours nor markers, and a progress bar its last state', () => {
  expect(readable('\x1b[32mPASS\x1b[0m cart')).toBe('PASS cart')
  expect(readable('::group::\x1b[1mInstall\x1b[0m')).toBe('Install')
  expect(readable('10 %\r50 %\r100 %\r')).toBe('100 %')
  expect(readable('a\tb')).toBe('a\tb')
})
