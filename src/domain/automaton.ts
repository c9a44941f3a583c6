import { type Assertion, type Program, type Range, WORD } from './pattern.ts'

/** What was before a character: the line's start, a letter of a word, or another. */
type Before = 'start' | 'word' | 'other'

/** States that are remembered; beyond it all are forgotten and found again, which is slower and never wrong. */
const STATES_MAX = 2_000
const UNKNOWN = -1
const FOUND = -2

/**
 * Runs a program over lines, one look a character: which steps could be stood at is one state, and where a character
 * leads from it is worked out once and remembered.
 */
export class Automaton {
  readonly #program: Program
  readonly #anchored: boolean
  readonly #kinds: Kinds
  #states: State[] = []
  #numbers = new Map<string, number>()
  #table = new Int32Array(0)

  /** Anchored: a match begins with the first character that is given. */
  constructor(program: Program, kinds: Kinds, where: 'anywhere' | 'anchored') {
    this.#program = program
    this.#kinds = kinds
    this.#anchored = where === 'anchored'
    this.#forget()
  }

  /** Whether a line has a match. */
  test(line: string): boolean {
    const { count, of } = this.#kinds
    let state = this.#numberOf([this.#program.start], 'start')
    for (let at = 0; at < line.length; at += 1) {
      const slot = state * count + (of[line.charCodeAt(at)] ?? 0)
      const next = this.#table[slot] ?? UNKNOWN
      if (next === FOUND) return true
      state = next === UNKNOWN ? this.#follow(state, slot % count) : next
      if (state === FOUND) return true
    }
    return this.#ends(state)
  }

  /** How long the longest match is that begins at a place; null where none does. `spend` says how far was looked. */
  longest(line: string, from: number, spend: (steps: number) => void): number | null {
    const before = from === 0 ? 'start' : this.#kinds.isWord(line.charCodeAt(from - 1)) ? 'word' : 'other'
    let core: readonly number[] = [this.#program.start]
    let stands: Before = before
    let longest: number | null = null
    let at = from
    for (; core.length > 0; at += 1) {
      const kind = at < line.length ? (this.#kinds.of[line.charCodeAt(at)] ?? 0) : this.#kinds.end
      const { steps, matches } = this.#closure(core, stands, kind)
      if (matches) longest = at - from
      if (at >= line.length) break
      core = this.#take(steps, kind)
      stands = this.#kinds.words[kind] === true ? 'word' : 'other'
    }
    spend(at - from + 1)
    return longest
  }

  #ends(state: number): boolean {
    const { core, before } = this.#states[state] ?? NOWHERE
    return this.#closure(core, before, this.#kinds.end).matches
  }

  #follow(state: number, kind: number): number {
    const { core, before } = this.#states[state] ?? NOWHERE
    const { steps, matches } = this.#closure(core, before, kind)
    const next = matches ? FOUND : this.#numberOf(this.#onward(steps, kind), this.#beforeNext(kind))
    // Where all were forgotten meanwhile, this one has no place in the table any more.
    if (this.#states[state]?.core === core) this.#table[state * this.#kinds.count + kind] = next
    return next
  }

  #onward(steps: readonly number[], kind: number): readonly number[] {
    const taken = this.#take(steps, kind)
    return this.#anchored ? taken : [...taken, this.#program.start]
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
  for (const step of steps) if (step.does === 'take') note(step.ranges)
  const begins = [...borders].sort((a, b) => a - b).slice(0, -1)
  const of = new Uint16Array(CODES)
  for (const [kind, begin] of begins.entries()) of.fill(kind, begin, begins[kind + 1] ?? CODES)
  const holds = (ranges: readonly Range[], kind: number): boolean => {
    const code = begins[kind]
    return code !== undefined && ranges.some(([from, until]) => from <= code && code <= until)
  }
  const takes = steps.map((step) =>
    step.does === 'take' ? begins.map((_, kind) => holds(step.ranges, kind)) : [],
  )
  const words = begins.map((_, kind) => holds(WORD, kind))
  return {
    ...{ of, words, count: begins.length + 1, end: begins.length },
    isWord: (code) => words[of[code] ?? 0] === true,
    within: (step, kind) => takes[step]?.[kind] === true,
  }
}
