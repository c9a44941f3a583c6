import { readableText } from './line.ts'
import type { Needle } from './matcher.ts'
import { unpackText } from './transcript.ts'

/**
 * Numbers of a packed chunk's lines that match as they are read, from a line on; only of those that the stage itself
 * wrote. `first` is the number of the chunk's first line.
 */
export function* matchingLines(
  first: number,
  body: Uint8Array,
  from: number,
  needle: Needle,
): Generator<number> {
  const { text, kinds } = unpackText(body)
  if (!needle.mayHold(text)) return
  const lines = readableText(text)
  let number = first
  let at = 0
  const goTo = (enough: () => boolean): void => {
    while (!enough()) {
      at = lines.indexOf('\n', at) + 1
      number += 1
    }
  }
  goTo(() => number >= from)
  while (true) {
    const found = needle.find(lines, at)
    if (found < 0) return
    goTo(() => at >= found)
    if (!kinds.has(number - first)) yield number
    if (lines.indexOf('\n', at) < 0) return
    const next = number + 1
    goTo(() => number >= next)
  }
}
