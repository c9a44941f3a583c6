import { Fault } from './fault.ts'

/**
 * Regular expressions that are searched for in time proportional to the text, whatever they are: what an automaton can
 * do, and so neither backreferences nor lookarounds. Letters match in either case.
 */

/** Characters from one code to another, both included. */
export type Range = readonly [from: number, until: number]

/** What stands before or behind a place, without taking a character. */
export type Assertion = 'start' | 'end' | 'border' | 'inside'

/** One step of a program; numbers are indexes of further steps. */
export type Step =
  | { readonly does: 'take'; readonly ranges: readonly Range[]; readonly next: number }
  | { readonly does: 'split'; readonly next: number; readonly other: number }
  | { readonly does: 'assert'; readonly what: Assertion; readonly next: number }
  | { readonly does: 'match' }

export interface Program {
  readonly steps: readonly Step[]
  readonly start: number
}

/** Repetitions are written out, so that a short text may mean much: beyond this nobody would wait for the answer. */
const STEPS_MAX = 2_000
/** Parentheses within parentheses. */
const DEPTH_MAX = 50

const CODE_MAX = 0xffff
export const WORD: readonly Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const CLASSES: Readonly<Record<string, readonly Range[]>> = {
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
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

type Node =
  | { readonly is: 'ranges'; readonly ranges: readonly Range[] }
  | { readonly is: 'assertion'; readonly what: Assertion }
  | { readonly is: 'all'; readonly of: readonly Node[] }
  | { readonly is: 'any'; readonly of: readonly Node[] }
  | { readonly is: 'repeat'; readonly of: Node; readonly least: number; readonly most: number }

/** Reads an expression. A Fault says what is not understood, and where. */
export function compile(text: string): Program {
  const tree = new Parser(text).read()
  const steps: Step[] = [{ does: 'match' }]
  return { start: write(tree, 0, steps), steps }
}

/** Writes a node so that it leads on to a step; answers the step that it begins with. */
function write(node: Node, next: number, steps: Step[]): number {
  switch (node.is) {
    case 'ranges':
      return push(steps, { does: 'take', ranges: node.ranges, next })
    case 'assertion':
      return push(steps, { does: 'assert', what: node.what, next })
    case 'all':
      return node.of.reduceRight((after, part) => write(part, after, steps), next)
    case 'any':
      return node.of
        .map((part) => write(part, next, steps))
        .reduceRight((other, begin) => push(steps, { does: 'split', next: begin, other }))
    case 'repeat':
      return writeRepeat(node, next, steps)
    default:
      return node satisfies never
  }
}

function writeRepeat(node: Extract<Node, { is: 'repeat' }>, next: number, steps: Step[]): number {
  let at = next
  if (node.most === Number.POSITIVE_INFINITY) {
    const loop = push(steps, { does: 'split', next: 0, other: next })
    steps[loop] = { does: 'split', next: write(node.of, loop, steps), other: next }
    at = loop
  } else {
    for (let i = node.least; i < node.most; i += 1)
      at = push(steps, { does: 'split', next: write(node.of, at, steps), other: next })
  }
  for (let i = 0; i < node.least; i += 1) at = write(node.of, at, steps)
  return at
}

function push(steps: Step[], step: Step): number {
  if (steps.length >= STEPS_MAX)
    throw new Fault('invalid', 'The expression repeats too much; write fewer repetitions.')
  return steps.push(step) - 1
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Node {
    const tree = this.#alternatives()
    if (this.#at < this.#text.length) this.#fail('a ) that nothing opens')
    return tree
  }

  #alternatives(): Node {
    this.#depth += 1
    if (this.#depth > DEPTH_MAX) this.#fail('too many ( within one another')
    const of = [this.#sequence()]
    while (this.#eat('|')) of.push(this.#sequence())
    this.#depth -= 1
    return of[0] !== undefined && of.length === 1 ? of[0] : { is: 'any', of }
  }

  #sequence(): Node {
    const of: Node[] = []
    while (this.#at < this.#text.length && !'|)'.includes(this.#peek())) of.push(this.#repeated())
    return { is: 'all', of }
  }

  #repeated(): Node {
    let node = this.#atom()
    for (let times = this.#times(); times !== null; times = this.#times()) {
      const [least, most] = times
      if (least > most) this.#fail('a repetition whose most is less than its least')
      node = { is: 'repeat', of: node, least, most }
      // Which of several matches is meant changes nothing about whether there is one.
      this.#eat('?')
    }
    return node
  }

  #times(): readonly [number, number] | null {
    const many = Number.POSITIVE_INFINITY
    if (this.#eat('*')) return [0, many]
    if (this.#eat('+')) return [1, many]
    if (this.#eat('?')) return [0, 1]
    const [whole, least = '', comma, most = ''] =
      /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.#text.slice(this.#at)) ?? []
    if (whole === undefined) return null
    this.#at += whole.length
    return [Number(least), comma === '' ? Number(least) : most === '' ? many : Number(most)]
  }

  #atom(): Node {
    const letter = this.#next()
    switch (letter) {
      case '(':
        return this.#group()
      case '[':
        return { is: 'ranges', ranges: this.#set() }
      case '.':
        return { is: 'ranges', ranges: [[0, CODE_MAX]] }
      case '^':
        return { is: 'assertion', what: 'start' }
      case '$':
        return { is: 'assertion', what: 'end' }
      case '\\':
        if (this.#eat('b')) return { is: 'assertion', what: 'border' }
        if (this.#eat('B')) return { is: 'assertion', what: 'inside' }
        return { is: 'ranges', ranges: eitherCase(this.#escape()) }
      case '*':
      case '+':
      case '?':
        return this.#fail(`a ${letter} with nothing before it`)
      default:
        return { is: 'ranges', ranges: eitherCase(single(letter.charCodeAt(0))) }
    }
  }

  #group(): Node {
    if (/^\?(?:[=!]|<[=!])/.test(this.#text.slice(this.#at))) this.#fail('a lookaround (?= (?! (?<')
    const [prefix = ''] = /^\?(?::|<\w+>)/.exec(this.#text.slice(this.#at)) ?? []
    this.#at += prefix.length
    const node = this.#alternatives()
    if (!this.#eat(')')) this.#fail('a ( that is never closed')
    return node
  }

  #escape(): readonly Range[] {
    if (this.#at >= this.#text.length) this.#fail('a \\ at the end')
    const letter = this.#next()
    const set = CLASSES[letter.toLowerCase()]
    if (set !== undefined) return letter === letter.toLowerCase() ? set : outside(set)
    const [code = ''] = /^(?:x[0-9a-f]{2}|u[0-9a-f]{4})/i.exec(letter + this.#text.slice(this.#at)) ?? []
    this.#at += Math.max(0, code.length - 1)
    if (code !== '') return single(Number.parseInt(code.slice(1), 16))
    const control = CONTROLS[letter]
    if (control !== undefined) return single(control)
    if (/[1-9k]/.test(letter)) this.#fail(`a reference back \\${letter}`)
    if (/[A-Za-z]/.test(letter)) this.#fail(`\\${letter}`)
    return single(letter.charCodeAt(0))
  }

  /** What stands between [ and ]. */
  #set(): readonly Range[] {
    const negated = this.#eat('^')
    const ranges: Range[] = []
    while (!this.#eat(']')) {
      if (this.#at >= this.#text.length) this.#fail('a [ that is never closed')
      const from = this.#member()
      const [only] = from
      if (from.length === 1 && only !== undefined && /^-[^\]]/.test(this.#text.slice(this.#at))) {
        this.#at += 1
        const [end] = this.#member()
        if (end === undefined || end[0] < only[0]) this.#fail('a range [ that ends before it begins')
        ranges.push([only[0], end[1]])
      } else ranges.push(...from)
    }
    return negated ? outside(eitherCase(ranges)) : eitherCase(ranges)
  }

  #member(): readonly Range[] {
    const letter = this.#next()
    if (letter !== '\\') return single(letter.charCodeAt(0))
    return this.#eat('b') ? single(8) : this.#escape()
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #next(): string {
    const letter = this.#peek()
    this.#at += 1
    return letter
  }

  #eat(letter: string): boolean {
    if (this.#peek() !== letter) return false
    this.#at += 1
    return true
  }

  #fail(what: string): never {
    throw new Fault('invalid', `The expression “${this.#text}” has ${what}, which is not understood here.`)
  }
}

function single(code: number): readonly Range[] {
  return [[code, code]]
}

/** All characters but these. */
function outside(ranges: readonly Range[]): readonly Range[] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0])
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

function eitherCase(ranges: readonly Range[]): readonly Range[] {
  const folded: Range[] = [...ranges]
  for (const [from, until] of ranges) {
    if (until - from > FOLDED_MAX) continue
    for (let code = from; code <= until; code += 1) {
      const letter = String.fromCharCode(code)
      for (const other of [letter.toLowerCase(), letter.toUpperCase()])
        if (other !== letter && other.length === 1) folded.push([other.charCodeAt(0), other.charCodeAt(0)])
    }
  }
  return folded
}
