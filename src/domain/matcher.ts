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

/** Matches shown in one line; more are one colour anyway. */
const SPANS_MAX = 20
/** Characters looked at to place the matches of one line: far beyond what a screen shows. */
const STEPS_MAX = 50_000

/** Lines that hold a text, in any case. */
export function textMatcher(text: string): Matcher {
  const pattern = new RegExp(RegExp.escape(text), 'giu')
  const one = new RegExp(RegExp.escape(text), 'iu')
  return {
    test: (line) => one.test(line),
    spans: (line) => {
      const spans: MatchSpan[] = []
      for (const match of line.matchAll(pattern)) {
        if (spans.length >= SPANS_MAX) break
        spans.push([match.index, match.index + match[0].length])
      }
      return spans
    },
  }
}

/** Lines that a regular expression matches, in time proportional to the line whatever the expression. */
export function regexMatcher(text: string): Matcher {
  const program = compile(text)
  const kinds = kindsOf(program)
  const anywhere = new Automaton(program, kinds, 'anywhere')
  const anchored = new Automaton(program, kinds, 'anchored')
  return {
    test: (line) => anywhere.test(line),
    spans: (line) => {
      const spans: MatchSpan[] = []
      let steps = 0
      for (let at = 0; at < line.length && spans.length < SPANS_MAX && steps < STEPS_MAX; ) {
        const length = anchored.longest(line, at, (spent) => {
          steps += spent
        })
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
