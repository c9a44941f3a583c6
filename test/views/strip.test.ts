import { expect, test } from 'bun:test'
import { STRIP_MARKS } from '../../src/domain/strip.ts'
import { stripMarkup, stripWords } from '../../views/strip.ts'

test('a strip says in words what it draws', () => {
  expect(stripWords('sssf--kkk')).toBe('3 of 9 phases succeeded; failed at Build')
  expect(stripWords('sssssssaw')).toBe('7 of 9 phases succeeded; approval pending at Deploy')
  expect(stripWords('sssssssss')).toBe('9 of 9 phases succeeded')
})

test('trouble is told before what still runs', () => {
  expect(stripWords('sssersssw')).toBe('6 of 9 phases succeeded; error at Build')
})

test('every mark has a shape of its own', () => {
  const shapes = Object.keys(STRIP_MARKS).map((mark) =>
    stripMarkup(mark.repeat(9)).replace(/^.*?<\/title>/, ''),
  )

  expect(new Set(shapes).size).toBe(shapes.length)
})

test('a mark that is none draws nothing and breaks nothing', () => {
  expect(stripMarkup('<"?&sssss')).not.toContain('<"')
})
