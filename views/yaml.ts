/** A part of a line, and how it is inked: keys darker, remarks lighter than the rest. */
export interface Piece {
  readonly text: string
  readonly ink: 'k' | 'c' | null
}

/** What is quoted, a remark, a key: the first that fits wins. */
const PARTS = /("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|((?:^|(?<=\s))#.*)|([\w./-]+)(?=:(?:\s|$))/g

/** A line that a block of text begins on. */
const BLOCK = /(?:^|\s)[|>][-+\d]*(?:\s+#.*)?$/

/** Lines of YAML in pieces, for the eye alone: it is not parsed, so that it can be drawn while it is written. */
export function inked(lines: readonly string[]): readonly (readonly Piece[])[] {
  let block = -1
  return lines.map((line) => {
    const depth = line.search(/\S/)
    if (block >= 0 && (depth > block || depth === -1)) return [{ text: line, ink: null }]
    block = BLOCK.test(line) ? depth : -1
    return piecesOf(line)
  })
}

function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const found of line.matchAll(PARTS)) {
    const [text, , remark, key] = found
    const ink = remark !== undefined ? 'c' : key !== undefined ? 'k' : null
    if (found.index > from) pieces.push({ text: line.slice(from, found.index), ink: null })
    pieces.push({ text, ink })
    from = found.index + text.length
  }
  if (from < line.length) pieces.push({ text: line.slice(from), ink: null })
  return pieces
}
