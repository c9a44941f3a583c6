import { readable } from '../domain/line.ts'
import type { MatchSpan, Needle } from '../domain/matcher.ts'
import type { LogLine } from '../domain/transcript.ts'
import type { FoundLine } from './question.ts'

/** Characters shown of a long line: some rows of a screen. */
const CHARS_MAX = 400
/** Of those, before the match. */
const CHARS_BEFORE = 80
const CUT = '…'

/** A line as it is shown in a list of matches; without a needle, one that stands beside a match. */
export function excerptOf(line: LogLine, needle: Needle | null): FoundLine {
  const text = readable(line.text)
  const spans = needle?.spans(text) ?? []
  const { number, at, kind } = line
  return { number, at, kind, matches: needle !== null, ...cut(text, spans) }
}

/** The part of a text that holds its first match, and where matches stand in that part. */
function cut(text: string, spans: readonly MatchSpan[]): Pick<FoundLine, 'text' | 'spans'> {
  if (text.length <= CHARS_MAX) return { text, spans }
  const from = border(
    text,
    Math.min(Math.max(0, (spans[0]?.[0] ?? 0) - CHARS_BEFORE), text.length - CHARS_MAX),
  )
  const until = border(text, from + CHARS_MAX)
  const before = from === 0 ? '' : CUT
  const moved = spans
    .filter(([begin]) => begin < until)
    .map(
      ([begin, end]): MatchSpan => [
        begin - from + before.length,
        Math.min(end, until) - from + before.length,
      ],
    )
  return { text: `${before}${text.slice(from, until)}${until < text.length ? CUT : ''}`, spans: moved }
}

/** Not between the two halves of a character. */
function border(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}
