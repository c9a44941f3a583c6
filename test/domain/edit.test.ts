import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isCollection, isMap, isNode, isPair, isScalar, isSeq, type Node, parse, parseDocument } from 'yaml'
import { type Edit, edited } from '../../src/domain/edit/edit.ts'
import { commentsOf } from '../../src/domain/edit/tree.ts'
import { isRecord, type Path, valueAt } from '../../src/domain/path.ts'
import { keysAt } from '../../src/domain/schema.ts'
import { handwritten, type Json } from './handwriting.ts'

/** A form may change what it is asked to change. All else that people wrote stays theirs, to the letter. */

const RUNS = 300

const order = (path: Path) => keysAt('workflow', path)

const word = fc.constantFrom(
  ...['main', 'npm ci && npm test', '1', 'true', 'a: b', 'x # y', '', '- z', "it's", '"q"', 'é', '{x}'],
)
const script = fc.oneof(
  word,
  fc.constantFrom('make\nmake test', 'set -e\n# not a comment\n\nmake\n', 'a\n  b\nc\n', '\n', ' a\nb'),
)
const some = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(parts, { requiredKeys: [] })
const variables = fc.dictionary(
  fc.constantFrom('A', 'TOKEN', 'X'),
  fc.oneof(word, fc.record({ secret: word })),
  { maxKeys: 3 },
)
const scriptMap = some({
  name: word,
  run: script,
  retries: fc.nat(3),
  env: variables,
  if: fc.record({ branch: fc.oneof(word, fc.array(word, { maxLength: 3 })) }),
})
const tools = fc.array(fc.record({ script: scriptMap }), { maxLength: 3 })
const step = some({ environment: word, manual: fc.boolean(), verify: scriptMap })
const workflow: fc.Arbitrary<Json> = fc
  .tuple(
    fc.record({
      kind: fc.constant('workflow'),
      source: fc.record({ git: fc.record({ url: word, branch: word }) }),
    }),
    some({
      name: word,
      timeout: fc.option(word, { nil: null }),
      variables,
      tools: some({ preBuild: tools, postBuild: tools, postDeploy: tools }),
      build: fc.record({ script: scriptMap }),
      deploy: fc.array(step, { maxLength: 3 }),
    }),
  )
  .map(([always, sometimes]) => ({ ...always, ...sometimes }))

describe('an edit of whatever was written by hand', () => {
  const story = workflow.chain((value) =>
    fc.record({ value: fc.constant(value), text: handwritten(value), edit: editsOf(value) }),
  )

  test('means what was asked for, and leaves every comment and every other node as it was', () => {
    fc.assert(
      fc.property(story, ({ value, text, edit }) => {
        // The hand is trusted only as far as it is read back.
        expect(parse(text)).toEqual(value)

        const after = edited(text, edit, order)

        const done = edit.does === 'take' ? { ...edit, path: pathGone(value, parse(after), edit) } : edit
        expect(lost(commentsKept(text, done), commentTexts(after))).toEqual([])
        const now = nodesOf(after)
        for (const [path, source] of nodesOf(text)) {
          const place = placeAfter(JSON.parse(path), done)
          if (place !== null) expect([path, now.get(JSON.stringify(place))]).toEqual([path, source])
        }
      }),
      { numRuns: RUNS },
    )
  }, 60_000)
})

describe('a new entry', () => {
  const base = 'kind: workflow\nname: shop\ntimeout: 1h # slow\n'
  const put = (text: string, path: Path, value: string) => edited(text, { does: 'put', path, value }, order)

  test('stands where people look for it, with all that leads to it', () => {
    expect(put(base, ['source', 'git', 'url'], 'https://x')).toBe(
      'kind: workflow\nname: shop\nsource:\n  git:\n    url: https://x\ntimeout: 1h # slow\n',
    )
  })

  test('that ends with a blank line takes none of those that follow it', () => {
    expect(
      put('build:\n  script:\n    retries: 1\n\n\ntimeout: 1h\n', ['build', 'script', 'run'], '\n'),
    ).toBe('build:\n  script:\n    run: "\\n"\n    retries: 1\n\n\ntimeout: 1h\n')
    expect(
      put('build:\n  script:\n    run: make\n\n\ntimeout: 1h\n', ['build', 'script', 'retries'], 'x\n\n'),
    ).toBe('build:\n  script:\n    run: make\n    retries: "x\\n\\n"\n\n\ntimeout: 1h\n')
  })

  test('goes into the brackets that are there', () => {
    expect(put('source: { git: { url: x } } # here\n', ['source', 'git', 'branch'], 'main')).toBe(
      'source: { git: { url: x, branch: main } } # here\n',
    )
  })

  test('in JSON is JSON', () => {
    expect(put('{\n  "kind": "workflow"\n}\n', ['name'], 'shop')).toBe(
      '{\n  "kind": "workflow",\n  "name": "shop"\n}\n',
    )
  })

  test('begins a text that holds comments alone', () => {
    expect(put('# The shop.\n', ['kind'], 'workflow')).toBe('# The shop.\nkind: workflow\n')
  })

  test('lets a remark stand at the end of its line', () => {
    expect(put('build:\n  script: {} # later\n', ['build', 'script', 'run'], 'a\nb\n')).toBe(
      'build:\n  script: # later\n    run: |\n      a\n      b\n',
    )
  })
})

describe('a script', () => {
  const text =
    'build:\n  script:\n    run: |  # in order\n        make\n        make test\n    # why\n    retries: 2\n'
  const run = (value: string) => edited(text, { does: 'put', path: ['build', 'script', 'run'], value }, order)

  test('stays as far in as it was, and keeps the remark beside its sign', () => {
    expect(run('make\nmake test\nmake dist\n')).toBe(
      text.replace('make test\n', 'make test\n        make dist\n'),
    )
  })

  test('of one line less is one line less', () => {
    expect(run('make\n')).toBe(text.replace('        make test\n', ''))
  })
})

describe('what is taken out', () => {
  const take = (text: string, path: Path, stay: number) => edited(text, { does: 'take', path, stay }, order)

  test('takes along what is left empty, but nothing that somebody remarked on', () => {
    const text = 'kind: workflow\ntools:\n  preBuild:\n    - script: { run: x }\n'

    expect(take(text, ['tools', 'preBuild', 0], 0)).toBe('kind: workflow\n')
    expect(take(text.replace('preBuild:', 'preBuild: # ours'), ['tools', 'preBuild', 0], 0)).toBe(
      'kind: workflow\ntools:\n  preBuild: [] # ours\n',
    )
  })

  test('leaves the part that it is a field of', () => {
    expect(take('build:\n  script:\n    run: x\n', ['build', 'script', 'run'], 2)).toBe(
      'build:\n  script: {}\n',
    )
  })

  test('of an entry behind a dash lets the next key move up', () => {
    expect(take('deploy:\n  - environment: dev\n    manual: true\n', ['deploy', 0, 'environment'], 2)).toBe(
      'deploy:\n  - manual: true\n',
    )
  })
})

test('what changes places takes the comments right above it along', () => {
  const text = 'deploy:\n  # first\n  - environment: a\n\n  # then\n  - environment: b # last\n'

  expect(edited(text, { does: 'exchange', list: ['deploy'], first: 0 }, order)).toBe(
    'deploy:\n  # then\n  - environment: b # last\n\n  # first\n  - environment: a\n',
  )
})

test('what has no place in the text is refused by a sentence, and nothing is changed', () => {
  const refused = [
    ['tools: 5\n', { does: 'put', path: ['tools', 'preBuild', 0], value: 'x' }],
    ['? name\n: shop\n', { does: 'put', path: ['engine'], value: 'local' }],
    ['a: 1\n---\nb: 2\n', { does: 'put', path: ['a'], value: 'x' }],
    ['a: [\n', { does: 'put', path: ['a'], value: 'x' }],
    ['name: shop\n', { does: 'take', path: ['engine'], stay: 0 }],
    ['name: shop\n', { does: 'rename', path: ['engine'], name: 'motor' }],
    ['deploy: []\n', { does: 'exchange', list: ['deploy'], first: 0 }],
  ] as const satisfies readonly (readonly [string, Edit])[]
  for (const [text, edit] of refused)
    expect(() => edited(text, edit, order)).toThrow('is written in a way that the form cannot change.')
})

/** Every kind of edit that a form could make of a document. */
function editsOf(value: Json): fc.Arbitrary<Edit> {
  const paths = pathsOf(value).filter((path) => path.length > 0)
  const lists = paths.filter((path) => lengthAt(value, path) > 0)
  const pairs = paths.filter((path) => lengthAt(value, path) > 1)
  const free = [[], ...paths].flatMap((path) => (isMapAt(value, path) ? freeKeys(value, path) : []))
  const ends = paths.flatMap((path) =>
    Array.isArray(valueAt(value, path)) ? [[...path, lengthAt(value, path)]] : [],
  )
  const written = fc.oneof(
    ...[script, fc.nat(9), fc.boolean(), scriptMap, fc.array(word, { minLength: 1, maxLength: 2 })],
  )
  const put = (path: Path) => written.map((value): Edit => ({ does: 'put', path, value }))
  const from = (paths: readonly Path[], make: (path: Path) => fc.Arbitrary<Edit>) =>
    paths.length === 0 ? [] : [fc.constantFrom(...paths).chain(make)]
  return fc.oneof(
    ...from(paths, put),
    ...from([...free, ...ends], put),
    ...from(paths, (path) => fc.nat(path.length).map((stay) => ({ does: 'take', path, stay }))),
    ...from(lists, (list) =>
      fc.nat(lengthAt(value, list)).map((at) => ({ does: 'insert', list, at, value: 'new' })),
    ),
    ...from(pairs, (list) =>
      fc.nat(lengthAt(value, list) - 2).map((first) => ({ does: 'exchange', list, first })),
    ),
    ...from(
      paths.filter((path) => typeof path.at(-1) === 'string'),
      (path) => fc.constant({ does: 'rename', path, name: 'renamed' }),
    ),
  )
}

function freeKeys(value: Json, path: Path): Path[] {
  return order(path)
    .filter((key) => valueAt(value, [...path, key]) === undefined)
    .map((key) => [...path, key])
}

function isMapAt(value: Json, path: Path): boolean {
  const part = valueAt(value, path)
  return isRecord(part) && !Array.isArray(part)
}

function lengthAt(value: Json, path: Path): number {
  const part = valueAt(value, path)
  return Array.isArray(part) ? part.length : 0
}

function pathsOf(value: unknown): Path[] {
  if (!isRecord(value)) return [[]]
  const below = Object.entries(value).flatMap(([key, part]) =>
    pathsOf(part).map((rest): Path => [Array.isArray(value) ? Number(key) : key, ...rest]),
  )
  return [[], ...below]
}

/** What was taken out together with what was left empty around it. */
function pathGone(before: Json, after: unknown, { path }: { readonly path: Path }): Path {
  const around = path.slice(0, -1).map((_, length) => path.slice(0, length + 1))
  const sizeAt = (value: unknown, at: Path) => Object.keys(Object(valueAt(value, at))).length
  const missing = around.find((at) => sizeAt(after, at.slice(0, -1)) < sizeAt(before, at.slice(0, -1)))
  return missing ?? path
}

/** Where a node is after an edit; null where the edit speaks of it, or of something in it. */
function placeAfter(path: Path, edit: Edit): Path | null {
  const isIn = (outer: Path, inner: Path) => outer.every((step, at) => inner[at] === step)
  const at = 'path' in edit ? edit.path : edit.list
  if (isIn(path, at)) return null
  if (edit.does === 'rename')
    return isIn(at, path) ? [...at.slice(0, -1), edit.name, ...path.slice(at.length)] : path
  if (edit.does === 'put' || edit.does === 'take') {
    if (isIn(at, path)) return null
    const [list, gone] = [at.slice(0, -1), at.at(-1)]
    if (edit.does === 'put' || typeof gone !== 'number' || !isIn(list, path)) return path
    return shifted(path, list.length, (own) => (own > gone ? own - 1 : own))
  }
  if (!isIn(at, path)) return path
  return edit.does === 'insert'
    ? shifted(path, at.length, (own) => (own >= edit.at ? own + 1 : own))
    : shifted(path, at.length, (own) =>
        own === edit.first ? own + 1 : own === edit.first + 1 ? own - 1 : own,
      )
}

function shifted(path: Path, at: number, move: (own: number) => number): Path {
  return [...path.slice(0, at), move(Number(path[at])), ...path.slice(at + 1)]
}

/** The source of every node by its path. */
function nodesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const walk = (node: unknown, path: Path): void => {
    if (!isNode(node)) return
    const [from = 0, to = 0] = node.range ?? []
    found.set(JSON.stringify(path), text.slice(from, to).trimEnd())
    if (isMap(node)) for (const { key, value } of node.items) walk(value, [...path, keyOf(key)])
    if (isSeq(node)) for (const [at, item] of node.items.entries()) walk(item, [...path, at])
  }
  walk(parseDocument(text).contents, [])
  return found
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function commentTexts(text: string): readonly string[] {
  return commentsOf(text).map(({ from, to }) => text.slice(from, to))
}

function lost(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = [...after]
  return before.filter((comment) => {
    const at = left.indexOf(comment)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}

/** The comments that an edit has no business with: all that do not stand in what is replaced or taken out. */
function commentsKept(text: string, edit: Edit): readonly string[] {
  const gone = edit.does === 'put' || edit.does === 'take' ? spanGone(text, edit) : null
  return commentsOf(text)
    .filter(({ from }) => gone === null || from < gone.from || from >= gone.to)
    .map(({ from, to }) => text.slice(from, to))
}

function spanGone(text: string, { does, path }: { readonly does: 'put' | 'take'; readonly path: Path }) {
  const document = parseDocument(text, { keepSourceTokens: true })
  const around = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const node = document.getIn(path, true)
  if (!isNode(node) || (does === 'put' && !isCollection(node))) return null
  const key = isMap(around) ? around.items.find((pair) => keyOf(pair.key) === path.at(-1))?.key : undefined
  const begin = node.range?.[0] ?? 0
  const start = isNode(key) ? (key.range?.[0] ?? 0) : (dashOf(around, path.at(-1)) ?? begin)
  const column = start - (text.lastIndexOf('\n', start - 1) + 1)
  const [rest = '', ...lines] = text.slice(leafEnd(node)).split('\n')
  let to = leafEnd(node) + rest.length
  for (const line of lines) {
    // Behind its last line: what is remarked there, and deeper than itself.
    if (line.trim() !== '' && !(/^ *#/.test(line) && line.search(/\S/) > column)) break
    to += line.length + 1
  }
  return { from: does === 'put' ? begin : start, to }
}

function dashOf(list: unknown, at: unknown): number | undefined {
  const token = isSeq(list) ? list.srcToken : undefined
  if (token?.type !== 'block-seq') return undefined
  return token.items[Number(at)]?.start.find(({ type }) => type === 'seq-item-ind')?.offset
}

function leafEnd(node: Node): number {
  if (isCollection(node) && node.flow !== true) {
    const last = node.items.at(-1)
    const value = isPair(last) ? (last.value ?? last.key) : last
    if (isNode(value)) return leafEnd(value)
  }
  const end = node.range?.[1] ?? 0
  return isScalar(node) && String(node.type).startsWith('BLOCK') ? end - 1 : end
}
