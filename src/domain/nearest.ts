/** How far a word may be off and still be taken for a slip: a third of its letters, at least one. */
const SLIP_SHARE = 3

/** The word of `words` that was most likely meant by `word`; null where none is near. */
export function nearest(word: string, words: Iterable<string>): string | null {
  const asked = word.toLowerCase()
  let best: string | null = null
  let least = Math.max(1, Math.floor(word.length / SLIP_SHARE)) + 1
  for (const candidate of words) {
    const distance = edits(asked, candidate.toLowerCase())
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** “ Did you mean listen?” with a space before it, or nothing. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const near = nearest(word, words)
  return near === null ? '' : ` Did you mean ${near}?`
}

/** Damerau–Levenshtein distance: letters added, left out, changed, or two neighbours exchanged. */
function edits(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      const exchanged = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      next[column] = Math.min(
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        exchanged ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = last
    last = next
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
