import { parseAllDocuments, parseDocument } from 'yaml'
import { canonicalJson } from '../canonical.ts'
import { readSources, YAML_OPTIONS } from '../document.ts'
import { Fault } from '../fault.ts'
import { isRecord, type Path, pathText } from '../path.ts'
import { insertedAt, type KeyOrder, putAt } from './put.ts'
import type { Written } from './source.ts'
import { exchanged, renamed, takenOut } from './take.ts'
import { type Splice, spliced, type Tree } from './tree.ts'

/** What may be done to a definition's text by its form. */
export type Edit =
  | { readonly does: 'put'; readonly path: Path; readonly value: Written }
  /** A new entry of a list that has some. */
  | { readonly does: 'insert'; readonly list: Path; readonly at: number; readonly value: Written }
  /** What is left empty around it goes too, but for the first `stay` steps of the path. */
  | { readonly does: 'take'; readonly path: Path; readonly stay: number }
  /** An entry of a list and the one behind it change places. */
  | { readonly does: 'exchange'; readonly list: Path; readonly first: number }
  | { readonly does: 'rename'; readonly path: Path; readonly name: string }

/**
 * A text with one thing changed and all else as it was, to the letter: comments, order, quotes, blank lines. What was
 * done is looked at before it is given back: where it is not what was asked for, it is refused and nothing is changed.
 */
export function edited(text: string, edit: Edit, order: KeyOrder): string {
  const tree = treeOf(text)
  const splices = tree === null ? null : splicesOf(tree, edit, order)
  if (tree === null || splices === null) throw refusal(edit)
  const made = spliced(text, splices)
  const { sources, findings } = readSources(made)
  const [after] = sources
  const before: unknown = tree.document.toJS({ maxAliasCount: 0 })
  const isMeant =
    findings.length === 0 &&
    sources.length === 1 &&
    meaning(after?.value) === meaning(valueAfter(before, edit))
  if (!isMeant) throw refusal(edit)
  return made
}

/** What is empty means what is absent. */
function meaning(value: unknown): string {
  return canonicalJson(withoutEmpty(value) ?? null)
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = value.map(withoutEmpty).filter((part) => part !== undefined)
    return kept.length === 0 ? undefined : kept
  }
  if (!isRecord(value)) return value
  const parts = Object.entries(value).flatMap(([key, part]) => {
    const kept = withoutEmpty(part)
    return kept === undefined ? [] : [[key, kept] as const]
  })
  return parts.length === 0 ? undefined : Object.fromEntries(parts)
}

/** Null where the text is not one document that can be read. */
function treeOf(text: string): Tree | null {
  const documents = [...parseAllDocuments(text, { ...YAML_OPTIONS, keepSourceTokens: true })]
  const [document = parseDocument(text, YAML_OPTIONS)] = documents
  if (documents.length > 1 || document.errors.length > 0) return null
  return { text, document, isJson: document.contents?.srcToken?.type === 'flow-collection' }
}

function splicesOf(tree: Tree, edit: Edit, order: KeyOrder): readonly Splice[] | null {
  switch (edit.does) {
    case 'put':
      return putAt(tree, edit.path, edit.value, order)
    case 'insert':
      return insertedAt(tree, edit.list, edit.at, edit.value)
    case 'take':
      return takenOut(tree, edit.path, edit.stay)
    case 'exchange':
      return exchanged(tree, edit.list, edit.first)
    case 'rename':
      return renamed(tree, edit.path, edit.name)
    default:
      return edit satisfies never
  }
}

function refusal(edit: Edit): Fault {
  const where = pathText('path' in edit ? edit.path : edit.list)
  return new Fault(
    'invalid',
    `${where} is written in a way that the form cannot change. Change it in the text.`,
  )
}

/** What a document must mean after an edit. */
function valueAfter(value: unknown, edit: Edit): unknown {
  switch (edit.does) {
    case 'put':
      return withPart(value, edit.path, () => edit.value)
    case 'insert':
      return withPart(value, edit.list, (list) =>
        Array.isArray(list) ? list.toSpliced(edit.at, 0, edit.value) : list,
      )
    case 'take':
      return withPart(value, edit.path, () => undefined)
    case 'exchange':
      return withPart(value, edit.list, (list) =>
        Array.isArray(list) ? list.toSpliced(edit.first, 2, list[edit.first + 1], list[edit.first]) : list,
      )
    case 'rename': {
      const key = edit.path.at(-1)
      return withPart(value, edit.path.slice(0, -1), (map) =>
        Object.fromEntries(
          Object.entries(Object(map)).map(([name, part]) => [name === key ? edit.name : name, part]),
        ),
      )
    }
    default:
      return edit satisfies never
  }
}

/** A value with another part at a path; undefined takes it out. */
function withPart(value: unknown, path: Path, change: (part: unknown) => unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return change(value)
  if (typeof step === 'number') {
    const list: readonly unknown[] = Array.isArray(value) ? value : []
    const part = withPart(list[step], rest, change)
    return list.toSpliced(step, 1, ...(part === undefined ? [] : [part]))
  }
  const map = isRecord(value) ? value : {}
  const part = withPart(map[step], rest, change)
  return part === undefined
    ? Object.fromEntries(Object.entries(map).filter(([key]) => key !== step))
    : { ...map, [step]: part }
}
