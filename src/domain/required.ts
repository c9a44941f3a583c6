import type { Node } from './pattern.ts'

/** More alternatives than this are not looked for one by one. */
const TEXTS_MAX = 16

/** Texts of which every match of an expression holds at least one; null where none is known. */
export function requiredTexts(node: Node): readonly string[] | null {
  switch (node.is) {
    case 'letter':
      return [node.letter]
    case 'ranges':
    case 'assertion':
      return null
    case 'repeat':
      return node.least > 0 ? requiredTexts(node.of) : null
    case 'any':
      return together(node.of.map(requiredTexts))
    case 'all':
      return ofSequence(node)
    default:
      return node satisfies never
  }
}

function together(sets: readonly (readonly string[] | null)[]): readonly string[] | null {
  const texts = sets.flatMap((set) => set ?? [])
  return sets.some((set) => set === null) || texts.length > TEXTS_MAX ? null : texts
}

/** Letters that follow one another are one text; of all that a sequence requires, the longest tells most. */
function ofSequence(node: Node): readonly string[] | null {
  const sets: (readonly string[])[] = []
  let run = ''
  for (const part of partsOf(node)) {
    if (part.is === 'letter') run += part.letter
    else if (part.is !== 'assertion') {
      sets.push([run], requiredTexts(part) ?? [''])
      run = ''
    }
  }
  const [best] = [...sets, [run]].sort((a, b) => shortest(b) - shortest(a))
  return best === undefined || shortest(best) === 0 ? null : best
}

function partsOf(node: Node): readonly Node[] {
  return node.is === 'all' ? node.of.flatMap(partsOf) : [node]
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map((text) => text.length))
}
