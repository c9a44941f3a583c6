import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Path } from '../path.ts'

/*
 * Where the parts of a text stand. The document model of the yaml library says what is what; what it would write itself
 * is never taken for what was written, because it keeps neither indentation nor the blanks between two things.
 */

/** What stands from `from` to `to` becomes `text`. */
export interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** A text with its changes, none of which touches another; what is put in stands before what is taken out there. */
export function spliced(text: string, splices: readonly Splice[]): string {
  const fromTheEnd = splices.toSorted((a, b) => b.from - a.from || b.to - a.to)
  return fromTheEnd.reduce((left, { from, to, text }) => left.slice(0, from) + text + left.slice(to), text)
}

/** A text and its one document, as the parser sees it. */
export interface Tree {
  readonly text: string
  readonly document: Document.Parsed
  /** A whole document in brackets is JSON, or means to be. */
  readonly isJson: boolean
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** Where a node's own text stands, the last line break of a block of text left out. */
export function spanOf({ text }: Tree, node: Node): Span {
  const [from = 0, end = 0] = node.range ?? []
  if (end <= from) return { from: end, to: end }
  const isBlock = isCollection(node) ? node.flow !== true : isBlockText(node)
  return { from, to: isBlock ? withoutBreak(text, from, end) : end }
}

function isBlockText(node: Node): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
}

/** A block ends with its own last line; blank lines after it, and comments, are nobody's. */
function withoutBreak(text: string, from: number, end: number): number {
  return end > from && text[end - 1] === '\n' ? end - 1 : end
}

/** An entry of a collection: where it begins, where its value ends, and what it is. */
export interface Entry extends Span {
  readonly value: Node | null
}

export function entriesOf(tree: Tree, collection: YAMLMap | YAMLSeq): readonly Entry[] {
  return isMap(collection)
    ? collection.items.map((pair) => pairEntry(tree, pair))
    : collection.items.map((item, index) => itemEntry(tree, collection, item, index))
}

function pairEntry(tree: Tree, pair: Pair): Entry {
  const key = keySpan(tree, pair)
  const value = isNode(pair.value) ? pair.value : null
  const end = value === null ? key.to : Math.max(lastOf(tree, value), colonOf(pair) ?? 0)
  return { from: key.from, to: end, value }
}

function itemEntry(tree: Tree, list: YAMLSeq, item: unknown, index: number): Entry {
  const value = isNode(item) ? item : null
  const dash = list.flow === true ? undefined : dashOf(list, index)
  const from = dash ?? (value === null ? 0 : spanOf(tree, value).from)
  return { from, to: value === null ? from + 1 : Math.max(from + 1, lastOf(tree, value)), value }
}

/** Where the last thing in a node ends; a block collection ends with its last entry. */
export function lastOf(tree: Tree, node: Node): number {
  if (!isCollection(node) || node.flow === true) return spanOf(tree, node).to
  if (!isMap(node) && !isSeq(node)) return spanOf(tree, node).to
  return entriesOf(tree, node).at(-1)?.to ?? spanOf(tree, node).to
}

export function keySpan(tree: Tree, { key }: Pair): Span {
  return isNode(key) ? spanOf(tree, key) : { from: 0, to: 0 }
}

/** Behind the colon of a pair; undefined where it has none. */
export function colonOf({ srcToken }: Pair): number | undefined {
  const colon = srcToken?.sep?.find(({ type }) => type === 'map-value-ind')
  return colon === undefined ? undefined : colon.offset + colon.source.length
}

export function dashOf(list: YAMLSeq, index: number): number | undefined {
  const token = list.srcToken
  if (token?.type !== 'block-seq') return undefined
  return token.items[index]?.start.find(({ type }) => type === 'seq-item-ind')?.offset
}

/** How far in from its line's start something stands. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** Where the line ends, before its break. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset)
  return at === -1 ? text.length : at
}

/** Whether nothing stands between the start of the line and here. */
export function beginsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === ''
}

/**
 * The whole lines of a block's entry: with the comment lines right above it that are no deeper than itself, if it is to
 * be taken along, to the comment lines behind it that are deeper.
 */
export function linesOf({ text }: Tree, entry: Entry, comments: 'with comments' | 'itself'): Span {
  const column = columnOf(text, entry.from)
  let from = lineStart(text, entry.from)
  while (comments === 'with comments' && from > 0) {
    const above = lineStart(text, from - 1)
    const depth = commentDepth(text.slice(above, from - 1))
    if (depth === null || depth > column) break
    from = above
  }
  return { from, to: endOf(text, entry.to, column) }
}

/** Where the lines end of what stands in a column, its last thing being there: with the comment lines that are deeper. */
export function endOf(text: string, last: number, column: number): number {
  let end = lineEnd(text, last)
  for (let at = end; at < text.length; ) {
    const next = lineEnd(text, at + 1)
    const line = text.slice(at + 1, next)
    const depth = commentDepth(line)
    if (depth === null ? line.trim() !== '' : depth <= column) break
    if (depth !== null) end = next
    at = next
  }
  return end
}

/** How deep a comment that has a line for itself is indented; null for any other line. */
function commentDepth(line: string): number | null {
  return /^\s*#/.test(line) ? line.search(/\S/) : null
}

/** Whether anybody wrote a comment between two places of a text that parses. */
export function hasComment(text: string, { from, to }: Span): boolean {
  return commentsOf(text).some((comment) => comment.from >= from && comment.to <= to)
}

/** The lexer's own signs, which stand for no letter of the text. */
const SIGNS = /^[\u0002\u0018\u001f]$/

/** Every comment of a text. A number sign in quotes or in a script is none. */
export function commentsOf(text: string): readonly Span[] {
  const comments: Span[] = []
  let offset = 0
  let last = ''
  for (const token of new Lexer().lex(text)) {
    if (SIGNS.test(token) && text[offset] !== token) {
      last = token
      continue
    }
    if (token.startsWith('#') && last !== '\u001f') comments.push({ from: offset, to: offset + token.length })
    offset += token.length
    last = token
  }
  return comments
}

/** The node at a path, and the pair that holds it where a mapping does; null where there is none. */
export interface Found {
  readonly node: Node | null
  readonly pair: Pair | null
}

export function findNode({ document }: Tree, path: Path): Found | null {
  let found: Found = { node: document.contents, pair: null }
  for (const step of path) {
    const next = childOf(found.node, step)
    if (next === null) return null
    found = next
  }
  return found
}

function childOf(node: Node | null, step: string | number): Found | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(step))
    return pair === undefined ? null : { node: isNode(pair.value) ? pair.value : null, pair }
  }
  if (!isSeq(node) || typeof step !== 'number' || step >= node.items.length) return null
  const item = node.items[step]
  return { node: isNode(item) ? item : null, pair: null }
}

/** A scalar that says nothing: `key:` with nothing behind it. */
export function isNothing(node: Node | null): node is Scalar | null {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '')
}
