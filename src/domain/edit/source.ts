import { Document, isMap, isScalar, isSeq, type Node, type Scalar, visit } from 'yaml'

/** What a form can write. */
export type Written = string | number | boolean | readonly Written[] | { readonly [key: string]: Written }

/** 1.1’s words for true and false are quoted too: other tools read these files as well. */
const WRITING = { schema: 'core', compat: 'yaml-1.1' } as const
const LOOKS = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const

/** `[main, v1]`, but `{ secret: npm-token }`. */
function looksOf(value: Written) {
  return { ...LOOKS, flowCollectionPadding: !hasList(value) }
}

function hasList(value: Written): boolean {
  return Array.isArray(value) || (typeof value === 'object' && Object.values(value).some(hasList))
}

/** A scalar's style: as it stood before, or null for whatever fits. */
export type Style = Scalar.Type | null

/** A value as it stands in brackets, or after a key or dash on the same line. */
export function flowSource(value: Written, style: Style, json: 'json' | 'yaml'): string {
  if (json === 'json') return JSON.stringify(value)
  const document = new Document(null, WRITING)
  const node = document.createNode({ k: value }, { flow: true })
  visit(node, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = 'QUOTE_DOUBLE'
      else if (scalar.value === value && style !== null) scalar.type = style
    },
  })
  document.contents = node
  const text = document.toString(looksOf(value))
  return text.slice(text.indexOf(':') + 2, text.lastIndexOf('}')).trimEnd()
}

/** A key, quoted where it must be. */
export function keySource(key: string, json: 'json' | 'yaml'): string {
  return json === 'json' ? JSON.stringify(key) : flowSource(key, null, json)
}

/** A text that ends with a blank line: as a block it would keep all blank lines that follow it, too. */
const ENDS_BLANK = /(?:^|\n)[ \t]*\n$/

/**
 * What follows the colon of a key in this column: ` value`, or a line break and a block, without its last break. A list
 * of single words stays on the line.
 */
export function blockSource(value: Written, style: Style, column: number): string {
  const document = new Document({ k: value }, WRITING)
  visit(document, {
    Scalar: (key, scalar) => {
      if (typeof scalar.value === 'string' && ENDS_BLANK.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE'
      else if (key !== 'key' && scalar.value === value && style !== null) scalar.type = style
    },
    Collection: (_, node) => {
      if (isSeq(node) ? node.items.every(isWord) : isMap(node) && node.has('secret')) node.flow = true
    },
  })
  const text = document.toString(looksOf(value))
  return indented(text.slice('k:'.length, -1), column)
}

function isWord(node: unknown): boolean {
  return isScalar(node) && !String(node.value).includes('\n')
}

/** An item of a list whose dash stands in this column, from the dash on. */
export function itemSource(value: Written, column: number): string {
  const source = blockSource([value], null, column)
  // A list of one word would stand in brackets.
  if (!source.startsWith('\n')) return `-${blockSource(value, null, column)}`
  return source.slice(source.indexOf('-')).replaceAll(/\n {2}/g, '\n')
}

/** Every line but the first further in, blank ones left as they are. */
function indented(text: string, column: number): string {
  return text.replaceAll(/\n(?=[^\n])/g, `\n${' '.repeat(column)}`)
}

/** How a node's scalar was written; null for what is none, or said nothing. */
export function styleOf(node: Node | null): Style {
  if (!isScalar(node) || node.type === undefined || node.type === null) return null
  return node.value === null || node.value === '' ? null : node.type
}
