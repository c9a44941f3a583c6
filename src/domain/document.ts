import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
} from 'yaml'
import type { Finding } from './fault.ts'
import type { Path } from './path.ts'
import { DEPTH_MAX, looksTooDeep, structureProblems } from './structure.ts'

/** Definitions are written by hand; a larger text is a mistake or an attack. */
const TEXT_BYTES_MAX = 256 * 1024

/** One apply of a whole team's definitions. */
const DOCUMENTS_MAX = 100

/** The core schema of YAML 1.2, whatever the text’s own directive says: no yes for true, no merging of mappings. */
export const YAML_OPTIONS = {
  prettyErrors: false,
  stringKeys: true,
  uniqueKeys: false,
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
} as const

/** One-based, as editors count. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** One YAML document of a text: its value, and where each part of it stands. */
export interface Source {
  /** Its own part of the text. */
  readonly text: string
  readonly value: unknown
  /** Where the value at a path begins, or the nearest one around it. */
  place(path: Path): Place
  /** Where a key of the mapping at a path stands. */
  placeOfKey(path: Path, key: string): Place
  /** A scalar as it was written: `1.0`, where its value is 1; null where it is none. */
  written(path: Path): string | null
}

/** Takes YAML or JSON apart, one source for each document, or says where it is broken. Never resolves an alias. */
export function readSources(text: string): {
  readonly sources: readonly Source[]
  readonly findings: readonly Finding[]
} {
  if (Buffer.byteLength(text) > TEXT_BYTES_MAX) {
    return broken(`The text is larger than ${TEXT_BYTES_MAX / 1024} KiB.`)
  }
  if (looksTooDeep(text)) return broken(`The text is nested more than ${DEPTH_MAX} levels deep.`)
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { ...YAML_OPTIONS, lineCounter: lines })
  const parts = [...parsed].map((document, index) => ({ document, text: ownText(parsed, index, text) }))
  const filled = parts.filter(({ document }) => document.contents !== null || document.errors.length > 0)
  if (filled.length === 0) return broken('The text is empty.')
  if (filled.length > DOCUMENTS_MAX) return broken(`The text has more than ${DOCUMENTS_MAX} documents.`)
  const findings = filled.flatMap(({ document }) => problemsOf(document, lines))
  if (findings.length > 0) return { sources: [], findings }
  return { sources: filled.map((part) => sourceOf(part.document, part.text, lines)), findings: [] }
}

function broken(message: string) {
  return { sources: [], findings: [{ path: '', line: null, column: null, message }] }
}

function problemsOf(document: Document.Parsed, lines: LineCounter): Finding[] {
  const broken = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    offset: pos[0],
    message: YAML_SENTENCES[code] ?? `That is not valid YAML: ${message}.`,
  }))
  const problems = broken.length > 0 ? broken : structureProblems(document)
  const findings = problems.map(({ offset, message }) => ({ path: '', ...placeAt(lines, offset), message }))
  return broken.length > 0 ? withoutEchoes(findings) : findings
}

/** A parser that has lost its way complains again and again: the first of each line, and of each sentence, is enough. */
function withoutEchoes<T extends Finding>(findings: readonly T[]): T[] {
  const said = new Set<string | number | null>()
  return findings.filter(({ line, message }) => {
    const isEcho = said.has(line) || said.has(message)
    said.add(line).add(message)
    return !isEcho
  })
}

/** The parser’s own words, but where a shorter sentence says what helps. */
const YAML_SENTENCES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'YAML is indented with blanks, not with tabs.',
  TAG_RESOLVE_FAILED: 'Tags (!) are not known here. Write plain values.',
  NON_STRING_KEY: 'A key is text.',
}

function sourceOf(document: Document.Parsed, text: string, lines: LineCounter): Source {
  const root: unknown = document.contents
  const nodeAt = (path: Path) => path.reduce<unknown>((node, step) => childOf(node, step), root)
  return {
    text,
    value: document.toJS({ maxAliasCount: 0 }),
    place: (path) => {
      for (let length = path.length; length >= 0; length -= 1) {
        const start = startOf(nodeAt(path.slice(0, length)))
        if (start !== null) return placeAt(lines, start)
      }
      return placeAt(lines, document.range[0])
    },
    placeOfKey: (path, key) => {
      const map = nodeAt(path)
      const pair = isMap(map)
        ? map.items.find((item) => isScalar(item.key) && item.key.value === key)
        : undefined
      return placeAt(lines, startOf(pair?.key) ?? startOf(map) ?? document.range[0])
    },
    written: (path) => {
      const node = nodeAt(path)
      return isScalar(node) && typeof node.source === 'string' ? node.source : null
    },
  }
}

function childOf(node: unknown, step: string | number): unknown {
  return isCollection(node) ? node.get(step, true) : undefined
}

function startOf(node: unknown): number | null {
  if (isPair(node)) return startOf(node.key)
  return isNode(node) ? (node.range?.[0] ?? null) : null
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

/**
 * From the end of the document before to its own, comments included; the marker between the two is nobody's. A text of
 * one document is its own to the letter, so that lines stay what they were.
 */
function ownText(documents: readonly Document.Parsed[], index: number, text: string): string {
  const start = documents[index - 1]?.range[2] ?? 0
  const end = index === documents.length - 1 ? text.length : documents[index]?.range[2]
  const own = text.slice(start, end)
  return index === 0 ? own : own.replace(/^\s*---[ \t]*(?:\r?\n|$)/, '')
}
