import { CLASSES, eitherCase, inUnits, outside, type Range, single } from './characters.ts'
import { Fault } from './fault.ts'
import { requiredTexts } from './required.ts'

/**
 * Regular expressions that are searched for in time proportional to the text, whatever they are: what an automaton can
 * do, and so neither backreferences nor lookarounds.
 */

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
  /** Every match holds one of these; null where that is not known. */
  readonly texts: readonly string[] | null
}

/** Repetitions are written out, so that a short text may mean much: beyond this nobody would wait for the answer. */
const STEPS_MAX = 4_000
/** Parentheses within parentheses. */
const DEPTH_MAX = 50

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

/** A part of an expression as it was read. */
export type Node =
  | { readonly is: 'letter'; readonly letter: string; readonly of: Node }
  | { readonly is: 'ranges'; readonly ranges: readonly Range[] }
  | { readonly is: 'assertion'; readonly what: Assertion }
  | { readonly is: 'all'; readonly of: readonly Node[] }
  | { readonly is: 'any'; readonly of: readonly Node[] }
  | { readonly is: 'repeat'; readonly of: Node; readonly least: number; readonly most: number }

/** Reads an expression. A Fault says what is not understood, and where. */
export function compile(text: string, letters: 'any' | 'exact'): Program {
  const tree = new Parser(text, letters === 'any' ? eitherCase : (ranges) => ranges).read()
  const steps: Step[] = [{ does: 'match' }]
  return { start: write(tree, 0, steps), steps, texts: requiredTexts(tree) }
}

/** Writes a node so that it leads on to a step; answers the step that it begins with. */
function write(node: Node, next: number, steps: Step[]): number {
  switch (node.is) {
    case 'letter':
      return write(node.of, next, steps)
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
  readonly #fold: (ranges: readonly Range[]) => readonly Range[]
  #at = 0
  #depth = 0

  constructor(text: string, fold: (ranges: readonly Range[]) => readonly Range[]) {
    this.#text = text
    this.#fold = fold
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
        return characters(this.#set())
      case '.':
        return characters(outside([]))
      case '^':
        return { is: 'assertion', what: 'start' }
      case '$':
        return { is: 'assertion', what: 'end' }
      case '\\':
        if (this.#eat('b')) return { is: 'assertion', what: 'border' }
        if (this.#eat('B')) return { is: 'assertion', what: 'inside' }
        return this.#letterOf(this.#escape())
      case '*':
      case '+':
      case '?':
        return this.#fail(`a ${letter} with nothing before it`)
      default:
        return this.#letterOf(codeOf(letter))
    }
  }

  /** One letter, in whichever case it is meant; or any of a set. */
  #letterOf(ranges: readonly Range[]): Node {
    const [only] = ranges
    const of = characters(this.#fold(ranges))
    if (only === undefined || ranges.length > 1 || only[0] !== only[1]) return of
    return { is: 'letter', letter: String.fromCodePoint(only[0]), of }
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
    return codeOf(letter)
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
    return negated ? outside(this.#fold(ranges)) : this.#fold(ranges)
  }

  #member(): readonly Range[] {
    const letter = this.#next()
    if (letter !== '\\') return codeOf(letter)
    return this.#eat('b') ? single(8) : this.#escape()
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #next(): string {
    const letter = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)
    this.#at += letter.length
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

function codeOf(letter: string): readonly Range[] {
  return single(letter.codePointAt(0) ?? 0)
}

/** Any one of these, whether it takes one unit of a text or two. */
function characters(ranges: readonly Range[]): Node {
  const { ones, pairs } = inUnits(ranges)
  const one: Node = { is: 'ranges', ranges: ones }
  if (pairs.length === 0) return one
  const two = pairs.map(([first, second]): Node => {
    return { is: 'all', of: [first, second].map((range) => ({ is: 'ranges', ranges: [range] })) }
  })
  return { is: 'any', of: ones.length === 0 ? two : [one, ...two] }
}
