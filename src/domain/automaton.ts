import { FIRST_HALF, type Range, WORD } from './characters.ts'
import { Fault } from './fault.ts'
import type { Assertion, Program } from './pattern.ts'

/** What was before a character: the line's start, a letter of a word, or another. */
type Before = 'start' | 'word' | 'other'

/** States that are remembered; beyond it all are forgotten and found again, which is slower and never wrong. */
const STATES_MAX = 2_000
/**
 * Steps looked at to work states out, for one text: some tenths of a second. Where states repeat, as in every
 * expression that people write, a text needs a few thousand; only one that stands at most of its steps at once, and each
 * time at others, comes here.
 */
const EFFORT_MAX = 2_000_000
const UNKNOWN = -1
const FOUND = -2
const LINE_END = 10
/** The state that every line begins in is the first to be remembered. */
const BEGINNING = 0

/**
 * Runs a program over lines, one look a character: which steps could be stood at is one state, and where a character
 * leads from it is worked out once and remembered.
 */
export class Automaton {
  readonly #program: Program
  readonly #kinds: Kinds
  #states: State[] = []
  #numbers = new Map<string, number>()
  #table = new Int32Array(0)
  #effort = 0

  constructor(program: Program, kinds: Kinds) {
    this.#program = program
    this.#kinds = kinds
    this.#forget()
  }

  /**
   * Where the first line of a text begins that has a match, from a line's beginning on; -1 where none has. A Fault where
   * that takes too much.
   */
  find(text: string, from: number): number {
    const { count, of, end } = this.#kinds
    const { length } = text
    this.#effort = 0
    let table = this.#table
    let line = from
    let state = BEGINNING
    for (let at = from; ; at += 1) {
      const code = at < length ? text.charCodeAt(at) : LINE_END
      const kind = code === LINE_END ? end : (of[code] ?? 0)
      let next = table[state * count + kind] ?? UNKNOWN
      if (next === UNKNOWN) {
        next = this.#follow(state, kind)
        table = this.#table
      }
      if (next === FOUND) return line
      state = next
      if (code !== LINE_END) continue
      if (at >= length) return -1
      line = at + 1
      state = BEGINNING
    }
  }

  /** How long the longest match is that begins at a place; null where none does. `spend` says what that took. */
  longest(line: string, from: number, spend: (steps: number) => void): number | null {
    const before = from === 0 ? 'start' : this.#kinds.isWord(line.charCodeAt(from - 1)) ? 'word' : 'other'
    let core: readonly number[] = [this.#program.start]
    let stands: Before = before
    let longest: number | null = null
    for (let at = from; core.length > 0; at += 1) {
      const kind = at < line.length ? (this.#kinds.of[line.charCodeAt(at)] ?? 0) : this.#kinds.end
      const { steps, matches } = this.#closure(core, stands, kind)
      spend(steps.length)
      if (matches) longest = at - from
      if (at >= line.length) break
      core = this.#take(steps, kind)
      stands = this.#kinds.words[kind] === true ? 'word' : 'other'
    }
    return longest
  }

  #follow(state: number, kind: number): number {
    const { core, before } = this.#states[state] ?? NOWHERE
    const { steps, matches } = this.#closure(core, before, kind)
    this.#effort += steps.length
    if (this.#effort > EFFORT_MAX) {
      throw new Fault(
        'limited',
        'This expression can stand at too many of its parts at once, so it would take too long. Repeat less within it, or look for a text.',
      )
    }
    // A match may begin behind each character, but not behind half of one.
    const taken = this.#take(steps, kind)
    const onward = this.#kinds.halves[kind] === true ? taken : [...taken, this.#program.start]
    const next = matches ? FOUND : this.#numberOf(onward, this.#beforeNext(kind))
    // Where all were forgotten meanwhile, this one has no place in the table any more.
    if (this.#states[state]?.core === core) this.#table[state * this.#kinds.count + kind] = next
    return next
  }

  #beforeNext(kind: number): Before {
    return this.#kinds.words[kind] === true ? 'word' : 'other'
  }

  #take(steps: readonly number[], kind: number): readonly number[] {
    const next: number[] = []
    for (const at of steps) {
      const step = this.#program.steps[at]
      if (step?.does === 'take' && this.#kinds.within(at, kind)) next.push(step.next)
    }
    return next
  }

  /** All steps that can be stood at before a character of this kind, and whether one of them is the end. */
  #closure(core: readonly number[], before: Before, kind: number): { steps: number[]; matches: boolean } {
    const seen = new Set<number>()
    const open = [...core]
    let matches = false
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      const step = this.#program.steps[at]
      if (step?.does === 'split') open.push(step.next, step.other)
      else if (step?.does === 'match') matches = true
      else if (step?.does === 'assert' && this.#holds(step.what, before, kind)) open.push(step.next)
    }
    return { steps: [...seen], matches }
  }

  #holds(what: Assertion, before: Before, kind: number): boolean {
    switch (what) {
      case 'start':
        return before === 'start'
      case 'end':
        return kind === this.#kinds.end
      case 'border':
        return (before === 'word') !== (this.#kinds.words[kind] === true)
      case 'inside':
        return (before === 'word') === (this.#kinds.words[kind] === true)
      default:
        return what satisfies never
    }
  }

  #numberOf(core: readonly number[], before: Before): number {
    const sorted = [...new Set(core)].sort((a, b) => a - b)
    const key = `${before} ${sorted.join()}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#states.length >= STATES_MAX) this.#forget()
    const number = this.#states.push({ core: sorted, before }) - 1
    this.#numbers.set(key, number)
    const room = this.#states.length * this.#kinds.count
    if (room > this.#table.length) {
      const larger = new Int32Array(room * 2).fill(UNKNOWN)
      larger.set(this.#table)
      this.#table = larger
    }
    return number
  }

  #forget(): void {
    this.#states = []
    this.#numbers = new Map()
    this.#table = new Int32Array(0)
    this.#numberOf([this.#program.start], 'start')
  }
}

interface State {
  readonly core: readonly number[]
  readonly before: Before
}

const NOWHERE: State = { core: [], before: 'other' }

/** Characters that no step of a program tells apart are of one kind; the end of a line is a kind of its own. */
export interface Kinds {
  /** By character code. */
  readonly of: Uint16Array
  readonly count: number
  readonly end: number
  /** By kind: whether it is of letters, digits or _. */
  readonly words: readonly boolean[]
  /** By kind: whether it is of units that only begin a character. */
  readonly halves: readonly boolean[]
  isWord(code: number): boolean
  /** Whether a step takes characters of a kind. */
  within(step: number, kind: number): boolean
}

const CODES = 0x10000

export function kindsOf({ steps }: Program): Kinds {
  const borders = new Set([0, CODES])
  const note = (ranges: readonly Range[]): void => {
    for (const [from, until] of ranges) borders.add(from).add(until + 1)
  }
  note(WORD)
  note([FIRST_HALF])
  for (const step of steps) if (step.does === 'take') note(step.ranges)
  const begins = [...borders].sort((a, b) => a - b).slice(0, -1)
  const of = new Uint16Array(CODES)
  for (const [kind, begin] of begins.entries()) of.fill(kind, begin, begins[kind + 1] ?? CODES)
  const holds = (ranges: readonly Range[], kind: number): boolean => {
    const code = begins[kind]
    return code !== undefined && ranges.some(([from, until]) => from <= code && code <= until)
  }
  // What is repeated is written out many times, and means the same each time.
  const known = new Map<readonly Range[], readonly boolean[]>()
  const takes = steps.map((step) => {
    if (step.does !== 'take') return []
    const taken = known.get(step.ranges) ?? begins.map((_, kind) => holds(step.ranges, kind))
    known.set(step.ranges, taken)
    return taken
  })
  const words = begins.map((_, kind) => holds(WORD, kind))
  const halves = begins.map((_, kind) => holds([FIRST_HALF], kind))
  return {
    ...{ of, words, halves, count: begins.length + 1, end: begins.length },
    isWord: (code) => words[of[code] ?? 0] === true,
    within: (step, kind) => takes[step]?.[kind] === true,
  }
}
