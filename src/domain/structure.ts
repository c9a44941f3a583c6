import { type Document, isAlias, isCollection, isMap, isNode, isScalar, visit, type YAMLMap } from 'yaml'

/** The deepest definition that there can be has nine levels. */
export const DEPTH_MAX = 16

/** Keys and values of one document; far above any that was written by hand. */
const NODES_MAX = 5_000

/** Something that YAML allows and a definition does not, and where. */
export interface StructureProblem {
  readonly offset: number
  readonly message: string
}

const NO_REFERENCES =
  'Anchors (&) and aliases (*) are not allowed. Write the value where it is needed, or in quotes.'

/**
 * A quick look before the parser, whose time and stack grow with the depth of what it reads. It cannot tell brackets
 * of a quoted script from those of YAML, so it lets ten times the real depth pass.
 */
export function looksTooDeep(text: string): boolean {
  return /(?:^|\n)(?:[ \t]*[-?][ \t]){100}|(?:[[{][\s\w":,'-]*){160}/.test(text)
}

/** What would make a document larger than it looks, or mean two things: references, doubled keys, depth. */
export function structureProblems(document: Document): readonly StructureProblem[] {
  const problems: StructureProblem[] = []
  let nodes = 0
  let isReferred = false
  visit(document, {
    Node(_, node, ancestors) {
      const offset = startOf(node)
      nodes += 1
      // The first is enough: each anchor has its aliases, and all are mended together.
      if (!isReferred && (isAlias(node) || ('anchor' in node && node.anchor !== undefined))) {
        problems.push({ offset, message: NO_REFERENCES })
        isReferred = true
      }
      if (isMap(node)) problems.push(...keyProblems(node))
      if (nodes > NODES_MAX) return stop(offset, `The document has more than ${NODES_MAX} keys and values.`)
      if (ancestors.filter(isCollection).length < DEPTH_MAX) return
      return stop(offset, `This is nested more than ${DEPTH_MAX} levels deep.`)
    },
  })
  return problems

  function stop(offset: number, message: string): symbol {
    problems.push({ offset, message })
    return visit.BREAK
  }
}

/** The parser’s own check for doubled keys takes a time that grows with the square of their number. */
function keyProblems(map: YAMLMap): readonly StructureProblem[] {
  const seen = new Set<unknown>()
  return map.items.flatMap(({ key }) => {
    const name = isScalar(key) ? key.value : key
    const offset = startOf(key)
    // JavaScript gives the name a meaning of its own, so that it would be lost on the way.
    if (name === '__proto__')
      return [{ offset, message: 'No key can be named __proto__. Choose another name.' }]
    if (seen.has(name)) return [{ offset, message: 'This key stands here a second time. Keep one of them.' }]
    seen.add(name)
    return []
  })
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}
