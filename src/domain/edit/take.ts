import { isCollection, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Path } from '../path.ts'
import { keySource } from './source.ts'
import {
  beginsLine,
  colonOf,
  dashOf,
  type Entry,
  entriesOf,
  findNode,
  hasComment,
  keySpan,
  lineStart,
  linesOf,
  type Span,
  type Splice,
  spanOf,
  type Tree,
} from './tree.ts'

/**
 * Takes an entry out. A comment goes with it where it stands inside, or at the end of its line; one above it stays. What
 * would be left empty goes too, up to the part that is to `stay`, unless somebody's comment stands in it.
 */
export function takenOut(tree: Tree, path: Path, stay: number): readonly Splice[] | null {
  const holder = path.slice(0, -1)
  const around = findNode(tree, holder)
  const { node } = around ?? { node: null }
  if (!isMap(node) && !isSeq(node)) return null
  const index = indexOf(node, path.at(-1))
  const entry = entriesOf(tree, node)[index]
  if (entry === undefined) return null
  if (node.items.length > 1) return entryTaken(tree, node, index)
  if (holder.length > stay && !isRemarked(tree, holder, entry)) return takenOut(tree, holder, stay)
  return emptied(tree, holder, node, entry)
}

function indexOf(node: YAMLMap | YAMLSeq, step: string | number | undefined): number {
  if (!isMap(node)) return typeof step === 'number' ? step : -1
  return node.items.findIndex(({ key }) => isScalar(key) && key.value === String(step))
}

/** Whether there is a comment in what holds an entry, besides those that go with it. */
function isRemarked(tree: Tree, holder: Path, entry: Entry): boolean {
  const { node, pair } = findNode(tree, holder) ?? { node: null, pair: null }
  if (node === null) return false
  const from = pair === null ? spanOf(tree, node).from : keySpan(tree, pair).from
  const all = linesOf(tree, { ...spanOf(tree, node), from, value: null }, 'itself')
  const own = ownSpan(tree, node, entry)
  return (
    hasComment(tree.text, { from: all.from, to: own.from }) ||
    hasComment(tree.text, { from: own.to, to: all.to })
  )
}

function ownSpan(tree: Tree, node: Node, entry: Entry): Span {
  return isCollection(node) && node.flow === true
    ? entry
    : { ...linesOf(tree, entry, 'itself'), from: entry.from }
}

/** The last entry of a collection that stays: brackets say that it is empty. */
function emptied(tree: Tree, holder: Path, node: YAMLMap | YAMLSeq, entry: Entry): readonly Splice[] | null {
  const brackets = isMap(node) ? '{}' : '[]'
  if (node.flow === true) {
    const span = spanOf(tree, node)
    const isPlain =
      !hasComment(tree.text, { from: span.from, to: entry.from }) &&
      !hasComment(tree.text, { from: entry.to, to: span.to })
    return [isPlain ? { ...span, text: brackets } : { ...entry, text: '' }]
  }
  const own = ownSpan(tree, node, entry)
  const after = behindOf(tree, holder)
  if (after === null || after > own.from) return null
  const isAlone = beginsLine(tree.text, own.from)
  return [
    { from: after, to: after, text: ` ${brackets}` },
    { from: isAlone ? Math.max(after, lineStart(tree.text, own.from) - 1) : own.from, to: own.to, text: '' },
  ]
}

/** Behind the colon or the dash that a value stands behind. */
function behindOf(tree: Tree, path: Path): number | null {
  const pair = findNode(tree, path)?.pair ?? null
  if (pair !== null) return colonOf(pair) ?? null
  const list = findNode(tree, path.slice(0, -1))?.node
  const dash = isSeq(list) ? dashOf(list, Number(path.at(-1))) : undefined
  return dash === undefined ? null : dash + 1
}

function entryTaken(tree: Tree, node: YAMLMap | YAMLSeq, index: number): readonly Splice[] | null {
  const entries = entriesOf(tree, node)
  const entry = entries[index]
  if (entry === undefined) return null
  if (node.flow === true) return [bracketsTaken(tree, entries, index, entry)]
  const { text } = tree
  const { to } = linesOf(tree, entry, 'itself')
  if (beginsLine(text, entry.from)) {
    const from = lineStart(text, entry.from)
    return [
      from === 0 ? { from, to: Math.min(to + 1, text.length), text: '' } : { from: from - 1, to, text: '' },
    ]
  }
  // The first key behind a dash: what comes next moves up to it.
  const next = /^[\n ]*/.exec(text.slice(to))?.[0].length ?? 0
  return [{ from: entry.from, to: to + next, text: '' }]
}

function bracketsTaken({ text }: Tree, entries: readonly Entry[], index: number, entry: Entry): Splice {
  const next = entries[index + 1]
  if (next !== undefined && !hasComment(text, { from: entry.to, to: next.from }))
    return { from: entry.from, to: next.from, text: '' }
  const previous = entries[index - 1]
  if (
    next === undefined &&
    previous !== undefined &&
    !hasComment(text, { from: previous.to, to: entry.from })
  )
    return { from: previous.to, to: entry.to, text: '' }
  const comma = /^\s*,/.exec(text.slice(entry.to))?.[0].length ?? 0
  return { from: entry.from, to: entry.to + comma, text: '' }
}

/** Exchanges two neighbours of a list, each with the comments right above it. */
export function exchanged(tree: Tree, list: Path, first: number): readonly Splice[] | null {
  const node = findNode(tree, list)?.node
  if (!isSeq(node)) return null
  const entries = entriesOf(tree, node)
  const [one, other] = [entries[first], entries[first + 1]]
  if (one === undefined || other === undefined) return null
  const spans = [one, other].map((entry) =>
    node.flow === true ? entry : linesOf(tree, entry, 'with comments'),
  )
  const [a, b] = spans
  if (a === undefined || b === undefined || a.to > b.from) return null
  if (node.flow !== true && !beginsLine(tree.text, one.from)) return null
  return [
    { from: a.from, to: a.to, text: tree.text.slice(b.from, b.to) },
    { from: b.from, to: b.to, text: tree.text.slice(a.from, a.to) },
  ]
}

/** Gives a key another name. */
export function renamed(tree: Tree, path: Path, name: string): readonly Splice[] | null {
  const pair = findNode(tree, path)?.pair ?? null
  if (pair === null) return null
  const span = keySpan(tree, pair)
  const quoted = isScalar(pair.key) && pair.key.type === 'QUOTE_DOUBLE'
  return [{ ...span, text: quoted ? JSON.stringify(name) : keySource(name, 'yaml') }]
}
