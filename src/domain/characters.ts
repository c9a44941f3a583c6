/** Sets of characters, as expressions name them. */

/** Characters from one code point to another, both included. */
export type Range = readonly [from: number, until: number]

/** The last code point there is, and those that are halves of others in UTF-16 and no characters. */
const CODE_MAX = 0x10ffff
const HALVES: Range = [0xd800, 0xdfff]
export const FIRST_HALF: Range = [0xd800, 0xdbff]
const SECOND_HALF: Range = [0xdc00, 0xdfff]
const ONE_UNIT_MAX = 0xffff

export const WORD: readonly Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]

/** What a letter behind a backslash means; its capital means all others. */
export const CLASSES: Readonly<Record<string, readonly Range[]>> = {
  d: [[48, 57]],
  w: WORD,
  s: [
    [9, 13],
    [32, 32],
    [0xa0, 0xa0],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x3000, 0x3000],
  ],
}

export function single(code: number): readonly Range[] {
  return [[code, code]]
}

/** All characters but these. */
export function outside(ranges: readonly Range[]): readonly Range[] {
  const sorted = [...ranges, HALVES].sort((a, b) => a[0] - b[0])
  const rest: Range[] = []
  let from = 0
  for (const [begin, end] of sorted) {
    if (begin > from) rest.push([from, begin - 1])
    from = Math.max(from, end + 1)
  }
  return from <= CODE_MAX ? [...rest, [from, CODE_MAX]] : rest
}

/** Wider ranges than this hold their letters in both cases already, or are of no alphabet. */
const FOLDED_MAX = 1024

/** These, and the same letters in the other case. */
export function eitherCase(ranges: readonly Range[]): readonly Range[] {
  const folded: Range[] = [...ranges]
  for (const [from, until] of ranges) {
    if (until - from > FOLDED_MAX) continue
    for (let code = from; code <= until; code += 1) {
      const letter = String.fromCodePoint(code)
      for (const other of [letter.toLowerCase(), letter.toUpperCase()]) {
        const [only, more] = other
        if (other !== letter && only !== undefined && more === undefined)
          folded.push(...single(only.codePointAt(0) ?? 0))
      }
    }
  }
  return folded
}

/** As a text has them: some are one unit of UTF-16, the others one unit of some and another behind it. */
export interface Units {
  readonly ones: readonly Range[]
  readonly pairs: readonly (readonly [first: Range, second: Range])[]
}

export function inUnits(ranges: readonly Range[]): Units {
  const ones = ranges
    .flatMap(([from, until]): Range[] => [
      [from, Math.min(until, HALVES[0] - 1)],
      [Math.max(from, HALVES[1] + 1), Math.min(until, ONE_UNIT_MAX)],
    ])
    .filter(([from, until]) => from <= until)
  const pairs = ranges
    .filter(([, until]) => until > ONE_UNIT_MAX)
    .flatMap(([from, until]) => pairsOf(Math.max(from, ONE_UNIT_MAX + 1), until))
  return { ones, pairs }
}

function pairsOf(from: number, until: number): Units['pairs'] {
  const [firstOf, secondOf] = [from, until].map((code) => String.fromCodePoint(code))
  const [a, b] = [firstOf?.charCodeAt(0) ?? 0, firstOf?.charCodeAt(1) ?? 0]
  const [c, d] = [secondOf?.charCodeAt(0) ?? 0, secondOf?.charCodeAt(1) ?? 0]
  const whole: Units['pairs'][number] = [[a + 1, c - 1], SECOND_HALF]
  if (a === c)
    return [
      [
        [a, a],
        [b, d],
      ],
    ]
  return [
    [
      [a, a],
      [b, SECOND_HALF[1]],
    ],
    ...(a + 1 < c ? [whole] : []),
    [
      [c, c],
      [SECOND_HALF[0], d],
    ],
  ]
}
