import { Automaton, kindsOf } from './automaton.ts'
import { compile } from './pattern.ts'

/** Where a match stands in a line's readable text: from a character until before another. */
export type MatchSpan = readonly [from: number, until: number]

/** Says of readable lines whether they match, and where. */
export interface Matcher {
  test(line: string): boolean
  /** The first matches of a line, left to right; none where it would take too long to tell. */
  spans(line: string): MatchSpan[]
}

/** Finds lines in text of many lines. */
export interface Needle extends Matcher {
  /**
   * Whether lines as they are stored may match once they are readable: false spares making them so. True may be wrong,
   * false never is.
   */
  mayHold(stored: string): boolean
  /** Where the first line that matches begins, from a line's beginning on; -1 where none does. */
  find(text: string, from: number): number
}

/** Whether capital and small letters are the same. */
export type Letters = 'any' | 'exact'

/** Matches shown in one line; more are one colour anyway. */
const SPANS_MAX = 20
/** Steps looked at to place the matches of one line: some hundred characters, about as many as are shown of one. */
const STEPS_MAX = 20_000

/** What somebody typed, as the kind that they said it is: the one rule for every search in logs. */
export function needleOf(as: 'text' | 'regex', q: string): Needle {
  return (as === 'text' ? textMatcher : regexMatcher)(q, lettersOf(q, as))
}

/** Who writes a capital means it; who writes none means any. The letters of \W and its like are no words. */
export function lettersOf(text: string, as: 'text' | 'regex'): Letters {
  return /\p{Lu}/u.test(as === 'text' ? text : text.replace(/\\./g, '')) ? 'exact' : 'any'
}

/** Lines that hold a text. */
export function textMatcher(text: string, letters: Letters = 'any'): Needle {
  const flags = letters === 'any' ? 'iu' : 'u'
  const pattern = new RegExp(RegExp.escape(text), `g${flags}`)
  const whole = new RegExp(RegExp.escape(text), flags)
  const torn = tornOf(text, flags)
  return {
    mayHold: (stored) => whole.test(stored) || torn?.test(stored) === true,
    test: (line) => line.search(pattern) >= 0,
    find: (lines, from) => {
      pattern.lastIndex = from
      const found = pattern.exec(lines)
      return found === null ? -1 : lines.lastIndexOf('\n', found.index) + 1
    },
    spans: (line) => {
      const spans: MatchSpan[] = []
      pattern.lastIndex = 0
      for (const match of line.matchAll(pattern)) {
        if (spans.length >= SPANS_MAX) break
        spans.push([match.index, match.index + match[0].length])
      }
      return spans
    },
  }
}

/** Beginnings longer than this count as if they were torn: hardly any text has one by chance. */
const BEGINNING_MAX = 12

/**
 * What is taken out of a line to make it readable begins with a control character. So where a text stands only
 * afterwards, one of its beginnings stands right before a control character.
 */
function tornOf(text: string, flags: string): RegExp | null {
  const letters = [...text].slice(0, -1).map((letter) => RegExp.escape(letter))
  const control = '[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]'
  const last = letters.length > BEGINNING_MAX ? '' : null
  const torn = letters
    .slice(0, BEGINNING_MAX)
    .reduceRight<string | null>(
      (rest, letter) => letter + (rest === null ? control : `(?:${control}|${rest})`),
      last,
    )
  return torn === null ? null : new RegExp(torn, flags)
}

/** Lines that a regular expression matches, in time proportional to the text whatever the expression. */
export function regexMatcher(text: string, letters: Letters = 'any'): Needle {
  const program = compile(text, letters)
  const automaton = new Automaton(program, kindsOf(program))
  const required = program.texts?.map((one) => textMatcher(one, letters)) ?? null
  return {
    mayHold: (stored) => required === null || required.some((one) => one.mayHold(stored)),
    test: (line) => automaton.find(line, 0) >= 0,
    find: (lines, from) => automaton.find(lines, from),
    spans: (line) => {
      const spans: MatchSpan[] = []
      let steps = 0
      const spend = (spent: number): void => {
        steps += spent
      }
      for (let at = 0; at < line.length && spans.length < SPANS_MAX && steps < STEPS_MAX; ) {
        const length = automaton.longest(line, at, spend)
        if (length !== null && length > 0) spans.push([at, at + length])
        at += Math.max(1, length ?? 0)
      }
      return spans
    },
  }
}

/** What compilers, test runners, shells and languages begin their complaints with. */
const COMPLAINT =
  /(?<![\w.-])(?:errors?|fatal|panic|exception|traceback|failures?|failed|fail|critical|segmentation fault|core dumped|command not found|no such file or directory|permission denied|undefined reference|out of memory)\b/i
const NAMED = /[a-z](?:Error|Exception)\b|\bERR!|^(?:✗|✖|not ok\b|##\[error\]|::error)/
/** Said of a good end, or of a thing that is only named like one. */
const HARMLESS =
  /\b(?:0|no|zero|without) (?:errors?|failures?|failed)\b|\b(?:errors?|failures?|failed)\W{1,3}0\b|\berrors?[-_./]\w|\bcontinue-on-error\b/i

/** Lines that look like a complaint. */
export const COMPLAINTS: Matcher = {
  test: (line) => (COMPLAINT.test(line) || NAMED.test(line)) && !HARMLESS.test(line),
  spans: () => [],
}
