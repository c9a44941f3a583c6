import fc from 'fast-check'
import { stringify } from 'yaml'

/** YAML as hands write it: blocks and brackets, quotes of every kind, comments and blank lines wherever they may stand. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Every choice that a hand makes while it writes, one after another. */
type Hand = () => number

const WORDS = ['why', 'slow machine', '- not an item', 'key: value', '"quoted" \'it\'', '', '#', '{ } [ ]']

const KEY = /^[A-Za-z_][\w.-]*$/

/** A text that means this value, written by chance. */
export function handwritten(value: Json): fc.Arbitrary<string> {
  return fc.infiniteStream(fc.nat(999)).map((stream) => {
    const hand: Hand = () => Number(stream.next().value)
    const head = pick(hand, ['', '', '# head\n', '---\n', '# head\n\n---\n# again\n', '\n\n'])
    const foot = pick(hand, ['', '', '\n# foot\n', '\n\n'])
    if (hand() % 12 === 0) return `${JSON.stringify(value, null, hand() % 3)}\n`
    const body = isMap(value) ? blockMap(value, 0, hand) : inline(value, hand)
    const text = `${head}${body}\n${foot}`
    return hand() % 8 === 0 ? text.trimEnd() : text
  })
}

function pick<T>(hand: Hand, choices: readonly T[]): T {
  const chosen = choices[hand() % choices.length]
  if (chosen === undefined) throw new Error('nothing to choose from')
  return chosen
}

function isMap(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function blockMap(map: { readonly [key: string]: Json }, column: number, hand: Hand): string {
  return Object.entries(map)
    .map(([key, value], index) => {
      const lead = index === 0 ? '' : leadOf(column, hand)
      const written = `${KEY.test(key) && hand() % 6 > 0 ? key : JSON.stringify(key)}:${behind(value, column, 'key', hand)}`
      return index === 0 ? written : `${lead}${' '.repeat(column)}${written}`
    })
    .join('\n')
}

function blockList(list: readonly Json[], column: number, hand: Hand): string {
  return list
    .map((value, index) => {
      const lead = index === 0 ? '' : leadOf(column, hand)
      const gap = pick(hand, [' ', ' ', '   '])
      const written =
        isMap(value) && Object.keys(value).length > 0 && hand() % 3 > 0
          ? `-${gap}${blockMap(value, column + 1 + gap.length, hand)}`
          : `-${behind(value, column, 'dash', hand)}`
      return index === 0 ? written : `${lead}${' '.repeat(column)}${written}`
    })
    .join('\n')
}

/** Blank lines and comments before an entry that is not the first. */
function leadOf(column: number, hand: Hand): string {
  const depth = pick(hand, [column, column, 0, column + 1])
  const comment = `${' '.repeat(depth)}# ${pick(hand, WORDS)}\n`
  return pick(hand, ['', '', '', '\n', comment, `\n${comment}`, `${comment}\n`, `${comment}${comment}`])
}

function remark(hand: Hand): string {
  return pick(hand, ['', '', '', '', ` # ${pick(hand, WORDS)}`, `   # ${pick(hand, WORDS)}`, ' '])
}

function behind(value: Json, column: number, after: 'key' | 'dash', hand: Hand): string {
  const isEmpty = (isMap(value) || isList(value)) && Object.keys(value).length === 0
  if (isMap(value) && !isEmpty && hand() % 3 > 0) {
    const inner = column + pick(hand, [2, 2, 4])
    return `${remark(hand)}\n${ownComment(inner, hand)}${' '.repeat(inner)}${blockMap(value, inner, hand)}`
  }
  if (isList(value) && !isEmpty && hand() % 3 > 0) {
    const inner = column + (after === 'key' ? pick(hand, [0, 2, 2, 4]) : 2)
    return `${remark(hand)}\n${ownComment(inner, hand)}${' '.repeat(inner)}${blockList(value, inner, hand)}`
  }
  if (typeof value === 'string' && isPlainBlock(value) && hand() % 2 === 0)
    return literal(value, column, hand)
  if (value === null && hand() % 2 === 0) return remark(hand)
  return `${pick(hand, [' ', ' ', '  '])}${inline(value, hand)}${remark(hand)}`
}

function ownComment(column: number, hand: Hand): string {
  return hand() % 5 === 0 ? `${' '.repeat(column)}# ${pick(hand, WORDS)}\n` : ''
}

/** What a literal block can hold without a sign for its indentation. */
function isPlainBlock(text: string): boolean {
  return /^[^\s][^\r\t]*$/.test(text) && !/[ \t]\n|[ \t]$|\n\n$/.test(text)
}

function literal(text: string, column: number, hand: Hand): string {
  const indent = ' '.repeat(column + pick(hand, [2, 2, 4]))
  const chomp = text.endsWith('\n') ? '' : '-'
  const lines = text.replace(/\n$/, '').split('\n')
  const header = ` |${chomp}${pick(hand, ['', '', ' # of the script'])}`
  return [header, ...lines.map((line) => (line === '' ? '' : indent + line))].join('\n')
}

/** On one line: in brackets where it is no scalar. */
function inline(value: Json, hand: Hand): string {
  if (isMap(value)) {
    const pairs = Object.entries(value).map(
      ([key, part]) =>
        `${KEY.test(key) && hand() % 6 > 0 ? key : JSON.stringify(key)}: ${inline(part, hand)}`,
    )
    return brackets('{', pairs, '}', hand)
  }
  if (isList(value))
    return brackets(
      '[',
      value.map((part) => inline(part, hand)),
      ']',
      hand,
    )
  if (typeof value !== 'string') return JSON.stringify(value)
  const plain = stringify({ k: [value] }, { lineWidth: 0, collectionStyle: 'flow' })
  const fits = /^\{ k: \[ ([^"'\n]*) \] \}\n$/.exec(plain)?.[1]
  if (fits !== undefined && hand() % 3 > 0) return fits
  return !/['\n\t\r\\]|[^\x20-\x7e]/.test(value) && hand() % 2 === 0 ? `'${value}'` : JSON.stringify(value)
}

function brackets(open: string, parts: readonly string[], close: string, hand: Hand): string {
  if (parts.length === 0) return open + close
  return pick(hand, [
    `${open} ${parts.join(', ')} ${close}`,
    `${open}${parts.join(',  ')}${close}`,
    `${open}${parts.join(', ')},${close}`,
  ])
}
