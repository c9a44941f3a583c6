import { isCollection, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Path } from '../path.ts'
import {
  blockSource,
  flowSource,
  itemSource,
  keySource,
  type Style,
  styleOf,
  type Written,
} from './source.ts'
import {
  colonOf,
  columnOf,
  dashOf,
  type Entry,
  endOf,
  entriesOf,
  findNode,
  isNothing,
  keySpan,
  lastOf,
  lineEnd,
  lineStart,
  linesOf,
  type Span,
  type Splice,
  spanOf,
  type Tree,
} from './tree.ts'

/** The keys that a mapping at a path may have, in the order in which people write them. */
export type KeyOrder = (path: Path) => readonly string[]

/**
 * Writes a value at a path: in the place of what is there, or as a new entry where it belongs, with the mappings and
 * lists that lead to it. Null where the text is written in a way that has no place for it.
 */
export function putAt(tree: Tree, path: Path, value: Written, order: KeyOrder): readonly Splice[] | null {
  const held = heldBy(tree, path)
  const at = path.slice(0, held)
  const step = path[held]
  if (step === undefined) return replaced(tree, path, value)
  const node = findNode(tree, at)?.node ?? null
  const inner = wrapped(path.slice(held + 1), value)
  if (isMap(node) && node.items.length > 0) return pairInserted(tree, node, [String(step), inner], order(at))
  if (isSeq(node) && node.items.length > 0) return itemInserted(tree, node, Number(step), inner)
  return isNothing(node) || isCollection(node) ? replaced(tree, at, wrapped([step], inner)) : null
}

/** Writes a new entry of a list; null where the list has none yet, or is none. */
export function insertedAt(tree: Tree, list: Path, at: number, value: Written): readonly Splice[] | null {
  const node = findNode(tree, list)?.node ?? null
  return isSeq(node) && node.items.length > 0 ? itemInserted(tree, node, at, value) : null
}

/** How much of a path is there already. */
function heldBy(tree: Tree, path: Path): number {
  for (let length = path.length; length > 0; length -= 1)
    if (findNode(tree, path.slice(0, length)) !== null) return length
  return 0
}

function wrapped(path: Path, value: Written): Written {
  return path.reduceRight<Written>(
    (inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }),
    value,
  )
}

/** In the place of a value. What is said of it at the end of its line stays there. */
function replaced(tree: Tree, path: Path, value: Written): readonly Splice[] | null {
  const found = findNode(tree, path)
  if (found === null) return null
  const { node, pair } = found
  const style = typeof value === 'string' ? styleOf(node) : null
  if (isInBrackets(tree, path)) {
    const text = flowSource(value, style, tree.isJson ? 'json' : 'yaml')
    return node === null ? null : [{ ...spanOf(tree, node), text }]
  }
  if (path.length === 0) return node === null || isNothing(node) ? rootWritten(tree, value) : null
  if (pair !== null) {
    const after = colonOf(pair)
    return after === undefined
      ? null
      : behind(tree, { after, column: columnOf(tree.text, keySpan(tree, pair).from) }, node, value)
  }
  const list = findNode(tree, path.slice(0, -1))?.node
  const dash = isSeq(list) ? dashOf(list, Number(path.at(-1))) : undefined
  if (dash === undefined) return null
  return behind(tree, { after: dash + 1, column: columnOf(tree.text, dash) }, node, value)
}

function isInBrackets(tree: Tree, path: Path): boolean {
  return path.some((_, length) => {
    const node = findNode(tree, path.slice(0, length))?.node
    return isCollection(node) && node.flow === true
  })
}

/** A text that holds nothing yet but perhaps comments. */
function rootWritten({ text }: Tree, value: Written): readonly Splice[] {
  const source = blockSource(value, null, 0)
    .replace(/^\s/, '')
    .replaceAll(/\n {2}/g, '\n')
    .trimStart()
  const before = text === '' || text.endsWith('\n') ? '' : '\n'
  return [{ from: text.length, to: text.length, text: `${before}${source}\n` }]
}

/** Writes a value behind a key's colon or an item's dash, in the place of the node that stands there. */
function behind(
  tree: Tree,
  place: { readonly after: number; readonly column: number },
  node: Node | null,
  value: Written,
): readonly Splice[] {
  const { text } = tree
  const { after, column } = place
  const old = oldSpan(tree, place, node)
  const isBeside = !text.slice(after, old.from).includes('\n')
  // Comments may stand between a key and what is below it; a script that began above them would swallow them.
  const source =
    !isBeside && typeof value === 'string'
      ? ` ${flowSource(value, null, 'yaml')}`
      : blockSource(value, fitting(value, node), column)
  const [first = '', ...rest] = likeBefore(text, node, old, source, column)
  const lines = rest.length === 0 ? '' : `\n${rest.join('\n')}`
  if (!isBeside) {
    // What stands on lines of its own goes; a remark on the key's line stays behind the new value.
    const start = lineStart(text, old.from) - 1
    return [
      { from: after, to: after, text: first },
      { from: start, to: old.to, text: lines },
    ]
  }
  const isText = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
  const headEnd = isText ? old.from + (/^[|>][-+\d]*/.exec(text.slice(old.from))?.[0].length ?? 0) : old.to
  const bodyFrom = isText ? Math.min(lineEnd(text, old.from), old.to) : lineEnd(text, old.to)
  const head =
    first === '' || old.from === after
      ? { from: after, to: headEnd, text: first }
      : { from: old.from, to: headEnd, text: first.slice(1) }
  const body = { from: bodyFrom, to: isText ? old.to : bodyFrom, text: lines }
  return head.to === body.from ? [{ ...head, to: body.to, text: head.text + body.text }] : [head, body]
}

function oldSpan(
  tree: Tree,
  { after, column }: { readonly after: number; readonly column: number },
  node: Node | null,
): Span {
  if (node === null || isNothing(node)) return { from: after, to: after }
  const span = spanOf(tree, node)
  const isBlock = isCollection(node) && node.flow !== true
  return isBlock ? { ...span, to: endOf(tree.text, lastOf(tree, node), column) } : span
}

/** The style that a string had, unless several lines would be folded beyond recognition in it. */
function fitting(value: Written, node: Node | null): Style {
  if (typeof value !== 'string') return null
  // A block of nothing would take what follows for its own.
  if (value.trim() === '') return 'QUOTE_DOUBLE'
  const style = styleOf(node)
  const isBlock = style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED'
  return value.includes('\n') && !isBlock ? null : style
}

/** The lines of a source; those of a script are as far in as they were, so that one changed line is one change. */
function likeBefore(
  text: string,
  node: Node | null,
  old: Span,
  source: string,
  column: number,
): readonly string[] {
  const lines = source.split('\n')
  const before = /^[|>][-+]?[^\n\d]*\n(?:[ ]*\n)*( +)/.exec(text.slice(old.from, old.to))?.[1]?.length
  const isText =
    isScalar(node) && before !== undefined && before > column && /^ [|>][-+]?$/.test(lines[0] ?? '')
  if (!isText) return lines
  return lines.map((line, index) =>
    index === 0 || line === '' ? line : ' '.repeat(before) + line.slice(column + 2),
  )
}

function pairInserted(
  tree: Tree,
  map: YAMLMap,
  [key, value]: readonly [string, Written],
  order: readonly string[],
): readonly Splice[] | null {
  const entries = entriesOf(tree, map)
  const ranks = map.items.map((pair) => order.indexOf(isScalar(pair.key) ? String(pair.key.value) : ''))
  const before = placeFor(ranks, order.indexOf(key))
  const json = tree.isJson ? 'json' : 'yaml'
  if (map.flow === true)
    return inBrackets(tree, entries, before, `${keySource(key, json)}: ${flowSource(value, null, json)}`)
  const column = columnOf(tree.text, entries[0]?.from ?? 0)
  return inLines(tree, entries, before, column, `${keySource(key, json)}:${blockSource(value, null, column)}`)
}

/** Behind the entry that comes right before it in the order; the number of entries that then stand before it. */
function placeFor(ranks: readonly number[], rank: number): number {
  if (rank === -1) return ranks.length
  const earlier = ranks.filter((one) => one !== -1 && one < rank)
  return earlier.length === 0 ? 0 : ranks.lastIndexOf(Math.max(...earlier)) + 1
}

function itemInserted(tree: Tree, list: YAMLSeq, index: number, value: Written): readonly Splice[] | null {
  const entries = entriesOf(tree, list)
  const before = Math.min(index, entries.length)
  if (list.flow === true)
    return inBrackets(tree, entries, before, flowSource(value, null, tree.isJson ? 'json' : 'yaml'))
  const column = columnOf(tree.text, entries[0]?.from ?? 0)
  return inLines(tree, entries, before, column, itemSource(value, column))
}

function inLines(
  tree: Tree,
  entries: readonly Entry[],
  before: number,
  column: number,
  source: string,
): readonly Splice[] | null {
  const blanks = ' '.repeat(column)
  const previous = entries[before - 1]
  if (previous !== undefined) {
    const { to } = linesOf(tree, previous, 'itself')
    return [{ from: to, to, text: `\n${blanks}${source}` }]
  }
  const first = entries[0]
  return first === undefined ? null : [{ from: first.from, to: first.from, text: `${source}\n${blanks}` }]
}

/** Between brackets; where each entry has a line for itself, this one has too. */
function inBrackets(
  { text }: Tree,
  entries: readonly Entry[],
  before: number,
  source: string,
): readonly Splice[] | null {
  const beside = entries[before - 1] ?? entries[0]
  if (beside === undefined) return null
  const gap = /\n[ \t]*$/.exec(text.slice(0, beside.from))?.[0] ?? ' '
  return before === 0
    ? [{ from: beside.from, to: beside.from, text: `${source},${gap}` }]
    : [{ from: beside.to, to: beside.to, text: `,${gap}${source}` }]
}
