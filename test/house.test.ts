import { describe, expect, test } from 'bun:test'
import { dirname, join } from 'node:path'
import { Glob } from 'bun'

/**
 * The table of rooms: who may import whom. A room is a directory or a file without its ending; the longest that fits a
 * path is its room. Libraries are free, and so is a room's own. An arrow that is not here is a wall.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/domain': [],
  'src/world': [],
  'src/config': ['src/domain/argo', 'src/domain/definition', 'src/domain/fault', 'src/domain/nearest'],
  'src/keys': ['src/domain/fault'],
  'src/contract': ['src/domain'],
  'src/store': ['src/domain', 'migrations'],
  'src/engine': ['src/domain', 'src/world'],
  'src/engine/local': ['src/engine', 'src/domain', 'src/world'],
  'src/engine/argo': ['src/engine', 'src/domain', 'src/world'],
  'src/engines': [
    'src/config',
    'src/domain',
    'src/engine',
    'src/engine/local',
    'src/engine/argo',
    'src/world',
  ],
  'src/ledger': ['src/domain', 'src/store', 'src/world'],
  'src/outside': ['src/domain', 'src/world'],
  'src/thread': ['src/domain/fault'],
  'src/report': ['src/domain', 'src/thread'],
  'src/search': ['src/domain', 'src/store', 'src/thread', 'src/world'],
  'src/runner': [
    'src/domain',
    'src/store',
    'src/ledger',
    'src/engine',
    'src/outside',
    'src/report',
    'src/keys',
    'src/world',
  ],
  'src/ops': [
    'src/domain',
    'src/store',
    'src/keys',
    'src/config',
    'src/engine',
    'src/engine/local',
    'src/engine/argo',
    'src/engines',
    'src/world',
  ],
  'src/server': [
    'src/domain',
    'src/contract',
    'src/store',
    'src/ledger',
    'src/report',
    'src/search',
    'src/keys',
    'src/outside',
    'src/world',
    'views',
  ],
  'src/cli': ['src/domain', 'src/contract', 'src/config', 'src/world'],
  'src/serve': [
    'src/domain',
    'src/world',
    'src/config',
    'src/keys',
    'src/contract',
    'src/store',
    'src/engine',
    'src/engine/argo',
    'src/engines',
    'src/ledger',
    'src/outside',
    'src/report',
    'src/runner',
    'src/search',
    'src/server',
  ],
  'src/main': [
    'src/serve',
    'src/ops',
    'src/cli',
    'tui',
    'src/engine/local',
    'src/config',
    'src/world',
    'src/domain',
  ],
  views: ['src/domain'],
  'views/browser': ['views'],
  tui: ['src/domain', 'src/contract', 'src/config', 'src/world'],
  migrations: [],
}

/** Where time, chance and the environment come in. Scripts of the browser live in another world, with its own clock. */
const WORLDLY = ['src/world', 'src/config', 'views/browser']
const WORLD =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|randomUUID\(|process\.env\b|Bun\.env\b|import\.meta\.env\b)/

const IMPORTS = /\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g

interface Source {
  readonly path: string
  readonly text: string
}

const sources = await readSources()

test('an import runs down the picture of the house, never up', () => {
  expect(sources.flatMap(forbiddenArrows)).toEqual([])
})

test('time, chance and the environment come in by world.ts and config.ts alone', () => {
  expect(sources.flatMap(worldlyLines)).toEqual([])
})

test('every file stands in a room, and every room but the ones to come has a file', () => {
  const rooms = new Set(sources.map(({ path }) => roomOf(path)))

  expect(sources.filter(({ path }) => roomOf(path) === null)).toEqual([])
  expect(Object.keys(ROOMS).filter((room) => !rooms.has(room))).toEqual(TO_COME)
})

/** Rooms of the plan that nothing stands in yet. */
const TO_COME = ['tui']

describe('the test of the house sees', () => {
  const arrows: readonly (readonly [string, string, string])[] = [
    ['a plain import', 'src/domain/plan.ts', `import { openStore } from '../store/store.ts'`],
    ['an import of a type', 'src/domain/plan.ts', `import type { Store } from '../store/store.ts'`],
    [
      'an import over many lines',
      'src/domain/plan.ts',
      `import {\n  openStore,\n  type Store,\n} from "../store/store.ts"`,
    ],
    ['an import for its effect', 'src/domain/plan.ts', `import '../store/store.ts'`],
    ['a late import', 'src/domain/plan.ts', `const { openStore } = await import('../store/store.ts')`],
    ['the type of an import', 'src/domain/plan.ts', `type S = typeof import('../store/store.ts')`],
    ['a re-export', 'src/domain/plan.ts', `export { openStore } from '../store/store.ts'`],
    ['a re-export of everything', 'src/domain/plan.ts', `export * from '../store/store.ts'`],
    ['an import by the server of the runner', 'src/server/api.ts', `import { x } from '../runner/runner.ts'`],
    [
      'an import of an engine by the runner',
      'src/runner/follow.ts',
      `import { x } from '../engine/local/engine.ts'`,
    ],
    [
      'a late import of an engine by the server',
      'src/server/api.ts',
      `await import('../engine/argo/client/client.ts')`,
    ],
    [
      'an import of more than the fault by the keys',
      'src/keys/keys.ts',
      `import { x } from '../domain/plan.ts'`,
    ],
    ['an import that leaves the house', 'views/parts.tsx', `import { x } from '../test/ground.ts'`],
  ]
  test('and lets comments speak', () => {
    expect(
      forbiddenArrows({ path: 'src/domain/plan.ts', text: `/**\n * import '../store/store.ts'\n */` }),
    ).toEqual([])
  })
  for (const [what, path, text] of arrows) {
    test(what, () => expect(forbiddenArrows({ path, text })).toHaveLength(1))
  }

  for (const text of [
    'const now = Date.now()',
    'new Date()',
    'Math.random()',
    'crypto.randomUUID()',
    'process.env.HOME',
  ]) {
    test(`${text} outside of world.ts`, () => {
      expect(worldlyLines({ path: 'src/domain/plan.ts', text })).toEqual([`src/domain/plan.ts:1 ${text}`])
      expect(worldlyLines({ path: 'src/world.ts', text })).toEqual([])
    })
  }
})

/** Each as “src/domain/plan.ts → src/store/store.ts”. */
function forbiddenArrows({ path, text }: Source): readonly string[] {
  const room = roomOf(path)
  const targets = [...withoutComments(text).matchAll(IMPORTS)].flatMap(([, name = '']) => {
    return name.startsWith('.') ? [join(dirname(path), name)] : []
  })
  return targets
    .filter((target) => room === null || !isAllowed(room, target))
    .map((target) => `${path} → ${target}`)
}

function isAllowed(room: string, target: string): boolean {
  // An asset of a library, embedded by its path.
  if (target.startsWith('node_modules/')) return true
  const other = roomOf(target)
  return (
    other !== null &&
    (other === room || (ROOMS[room] ?? []).some((allowed) => allowed === other || isFile(allowed, target)))
  )
}

/** The room with the longest name that a path begins with. */
function roomOf(path: string): string | null {
  const fitting = Object.keys(ROOMS).filter((room) => path.startsWith(`${room}/`) || isFile(room, path))
  return fitting.toSorted((a, b) => b.length - a.length)[0] ?? null
}

function isFile(name: string, path: string): boolean {
  return path.replace(/\.tsx?$/, '') === name
}

function worldlyLines({ path, text }: Source): readonly string[] {
  const room = roomOf(path)
  if (room !== null && WORLDLY.includes(room)) return []
  return withoutComments(text)
    .split('\n')
    .flatMap((line, index) => (WORLD.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []))
}

/** Comments may speak of anything. Only those that begin a line count, for /* stands in globs too. Lines keep their numbers. */
function withoutComments(text: string): string {
  return text.replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, (comment) => comment.replace(/[^\n]/g, ''))
}

async function readSources(): Promise<readonly Source[]> {
  const paths = [...new Glob('{src,views,tui,migrations}/**/*.{ts,tsx}').scanSync('.')]
  return Promise.all(paths.toSorted().map(async (path) => ({ path, text: await Bun.file(path).text() })))
}
