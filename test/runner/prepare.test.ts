import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EngineName, NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { createFeed } from '../../src/ledger/feed.ts'
import { createLedger } from '../../src/ledger/ledger.ts'
import { createGit } from '../../src/outside/git.ts'
import { prepare } from '../../src/runner/prepare.ts'
import { realWorld } from '../../src/world.ts'
import { git } from '../outside/remotes.ts'
import { directReader } from '../report/direct.ts'
import { Clock } from '../sim/clock.ts'
import { Ground } from '../sim/ground.ts'
import { KEYS } from '../sim/process.ts'
import { openTestStore } from '../store/fixture.ts'

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' }
const DEV =
  'kind: environment\nname: dev\nargo: { image: node:24 }\ndeploy: { script: { run: ./deploy.sh } }\n'

let directory = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'periplus-prepare-'))
  git(directory, 'init', '--quiet', '--initial-branch=main', 'shop')
  git(join(directory, 'shop'), 'commit', '--quiet', '--allow-empty', '-m', 'First')
})

afterAll(() => rmSync(directory, { recursive: true }))

function workflow(branch: string, ...lines: readonly string[]): string {
  return [
    'kind: workflow',
    'name: shop',
    'source:',
    '  git:',
    `    url: ${join(directory, 'shop')}`,
    `    branch: ${branch}`,
    ...lines,
  ].join('\n')
}

function anEngine(name: EngineName, reachable: readonly EngineName[]): Ground {
  const health = { reachable: reachable.includes(name), reason: null, tools: ['git', 'sh'], warnings: [] }
  return Object.assign(new Ground(name, new Clock(0)), { check: () => Promise.resolve(health) })
}

/** Triggers the workflow of a text and prepares it; the engines named are the only ones that answer. */
async function prepared(text: string, reachable: readonly EngineName[] = ['local'], redeploys?: string) {
  const store = openTestStore()
  for (const document of readDefinitions(`${DEV}---\n${text}`).documents) {
    const save = { slug: document.definition.name, text: document.text, by: 'alice', now: 0 }
    if (document.kind === 'workflow') store.workflows.save({ ...save, definition: document.definition })
    else store.environments.save({ ...save, definition: document.definition })
  }
  const world = realWorld()
  const feed = createFeed(world.log)
  const common = { engine: 'local', releaseAfterMs: 1 } as const
  const ledger = createLedger(store, world, feed, {
    ...common,
    timezone: 'UTC',
    localMaxRunning: 1,
    freeBytes: () => null,
    freeBytesMin: 1024 ** 3,
  })
  const engines = new Map((['local', 'argo'] as const).map((name) => [name, anEngine(name, reachable)]))
  const actor = { kind: 'system', name: 'test' } as const
  const alone = redeploys === undefined ? {} : { redeploys }
  const row = ledger.trigger({ workflow: 'shop', trigger: 'manual', actor, ...alone })
  const [effect] = store.effects.list(row.id)
  if (effect === undefined) throw new Error('nothing is to be prepared')
  const options = {
    ...common,
    argo: NO_ARGO_SETTINGS,
    allowFile: true,
    logBytesMax: 1,
    graceMs: 1,
    unreachableLimitMs: null,
    pollMs: 1,
    recompress: false,
  }
  const outside = createGit({
    allowFile: true,
    environment: ENVIRONMENT,
    keysDir: join(directory, 'keys'),
    world,
  })
  const parts = {
    store,
    ledger,
    feed,
    engines,
    git: outside,
    reader: directReader(),
    keys: KEYS,
    world,
    options,
  }
  await prepare(parts, effect, new AbortController().signal)
  return {
    execution: store.executions.byId(row.id),
    log: store.logs.window(row.id, 0, 1, 100).map((line) => line.text),
  }
}

test('an unknown branch is told at its line, with the one that was meant, and is why the execution failed', async () => {
  const { execution, log } = await prepared(workflow('mian'))

  const finding = 'source.git.branch: The repository has no branch mian. Did you mean main?'
  expect(execution).toMatchObject({ status: 'failed', reason: finding })
  expect(log).toEqual([`6:13 ${finding}`])
})

test('of several problems the reason is the first, and how many more there are', async () => {
  const { execution, log } = await prepared(
    workflow('mian', 'variables: { A: { secret: a } }', 'deploy: [{ environment: prod }]'),
  )

  expect(execution?.reason).toBe(
    'source.git.branch: The repository has no branch mian. Did you mean main? And 2 more problems.',
  )
  expect(log.map((line) => line.split(' ')[0])).toEqual(['6:13', '7:27', '8:25'])
})

test('a repository that is not there is told at its address', async () => {
  const { execution } = await prepared(workflow('main').replace('/shop\n', '/shopp\n'))

  expect(execution?.reason).toBe('source.git.url: There is no repository at this address.')
})

test('a redeploy minds its own environment alone, and is told where it has nothing to begin from', async () => {
  const text = workflow('main', 'deploy: [{ environment: gone }, { environment: dev }]')

  const { execution } = await prepared(text, ['local'], 'dev')

  expect((await prepared(text)).execution?.reason).toContain('No environment gone.')
  expect(execution?.reason).toStartWith(
    'Not all that comes before the deploy to dev can be taken over by now.',
  )
})

describe('an environment without an engine', () => {
  const text = () => workflow('main', 'engine: argo', 'deploy: [{ environment: dev }]')

  test('runs on the workflow’s, which alone is asked whether it is there', async () => {
    const { execution, log } = await prepared(text(), ['argo'])

    expect(log.at(-1)).toBe('2 stages in 2 segments are planned.')
    expect(execution?.sha).toMatch(/^[0-9a-f]{40}$/)
  })

  test('waits for it', async () => {
    const waiting = prepared(text(), ['local'])

    await expect(waiting).rejects.toThrow('Engine argo is unreachable')
  })
})
