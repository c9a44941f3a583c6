import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf, type Program, type Server, serve, until } from '../binary/support.ts'
import { flagsOf, reach, runOf } from './cluster.ts'
import { settingsOf } from './settings.ts'
import { leftOf } from './sweep.ts'

const settings = settingsOf(process.env)
const run = runOf(process.env)
const { cluster } = reach(settings)
const source = `{ git: { url: "${run.source.url}", sha: ${run.source.sha} } }`

/** From source, and with all that whoever runs this has: what gives credentials may need any of it. */
const PROGRAM: Program = {
  command: [process.execPath, 'src/main.ts'],
  cwd: join(import.meta.dir, '../..'),
  env: Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('PERIPLUS_') ? [] : [[name, value]],
    ),
  ),
}
const FLAGS = Object.entries({ ...flagsOf(settings), '--engine': 'argo', '--grace': '2s' }).flat()
/** `until` asks twenty times a second. */
const TURNS_MAX = settings.limitSeconds * 20
/** The containers of a segment outlive its last mark by a moment, and are seen to have ended a little later. */
const LAST_MOMENTS = 60

const KILLS = 4
const BATCHES = 100
const BATCH_LINES = 20
/** What a server lives between two kills: time to begin, and to be in the middle of something. */
const LIFE_MS = 3_000

let dir: string
let server: Server
beforeEach(async () => {
  dir = mkdtempSync(join(run.dir, 'server-'))
  server = await serve(dir, FLAGS, PROGRAM)
})

// Whoever stops a server and uninstalls it leaves nothing behind.
afterEach(async () => {
  expect(await server.stop()).toBe(0)
  expect(await letGo()).toBe(0)
  expect(await leftOf(cluster, readFileSync(join(dir, 'instance'), 'utf8').trim())).toEqual([])
})

async function letGo(): Promise<number> {
  for (let moment = 1; ; moment += 1) {
    const words = [...PROGRAM.command, 'release', '--all', '--data', dir, ...FLAGS]
    const { exitCode } = Bun.spawnSync(words, { cwd: PROGRAM.cwd, env: PROGRAM.env })
    if (exitCode === 0 || moment === LAST_MOMENTS) return exitCode
    await Bun.sleep(1_000)
  }
}

const ended = (id: string) => until(server.client, id, undefined, TURNS_MAX)
const textsOf = async (id: string, stage: string) =>
  (await linesOf(server.client, id, stage)).map(({ text }) => text)

const apply = (text: string) => server.client.call('applyDefinitions', { body: { text } })
const trigger = (workflow: string) => server.client.call('triggerExecution', { body: { workflow } })

describe.skipIf(run.madeIn === 'pod')('a server on this cluster', () => {
  test('runs a workflow with a gate and a deploy, and its history is whole', async () => {
    const { client } = server
    await client.call('saveSecret', { params: { name: 'token' }, body: { value: 'correct-horse-battery' } })
    await apply(gated())

    await trigger('gated')
    await until(client, 'gated-1', ({ status }) => status === 'deployment-pending', TURNS_MAX)
    await client.call('deployExecution', { params: { id: 'gated-1' }, body: { environment: 'production' } })
    const { status, reason } = await ended('gated-1')

    expect(`${status} ${reason}`).toBe('succeeded null')
    expect(await textsOf('gated-1', 'pre-build.reads')).toEqual([
      'a $(NAME) and a {{workflow.name}} $$',
      '***',
    ])
    expect((await textsOf('gated-1', 'build')).slice(-2)).toEqual([run.source.sha, 'no account'])
    expect((await textsOf('gated-1', 'deploy.production')).slice(-2)).toEqual([
      'deploying 7',
      settings.deployServiceAccount === null ? 'no account' : 'an account',
    ])
    expect(await textsOf('gated-1', 'verify.production')).toEqual(['seen 7'])
  })

  test('says which stage failed, long before Argo does', async () => {
    await apply(
      `{ kind: workflow, name: red, source: ${source}, build: { script: { run: "echo no; exit 3" } } }`,
    )

    await trigger('red')
    const { status, stages } = await ended('red-1')

    expect(status).toBe('failed')
    expect(stages.find(({ id }) => id === 'build')).toMatchObject({ status: 'failed', exitCode: 3 })
    expect((await textsOf('red-1', 'build')).at(-1)).toBe('no')
  })

  test('terminates what is deaf to SIGTERM, and says so when it has ended', async () => {
    const run = `trap '' TERM; echo deaf; while :; do sleep 0.1; done`
    await apply(`{ kind: workflow, name: endless, source: ${source}, build: { script: { run: "${run}" } } }`)
    await trigger('endless')
    await until(
      server.client,
      'endless-1',
      ({ stages }) => stages.some(({ id, status }) => id === 'build' && status === 'running'),
      TURNS_MAX,
    )

    await server.client.call('terminateExecution', {
      params: { id: 'endless-1' },
      body: { reason: 'enough' },
    })
    const { status, stages } = await ended('endless-1')

    expect(status).toBe('terminated')
    expect(stages.map(({ id, status }) => `${id} ${status}`)).toContain('build terminated')
  })

  test(`killed ${KILLS} times while it runs, has every line once`, async () => {
    const run = `i=0; while [ $i -lt ${BATCHES} ]; do seq $((i * ${BATCH_LINES} + 1)) $((i * ${BATCH_LINES} + ${BATCH_LINES})); i=$((i + 1)); sleep 0.2; done`
    await apply(`{ kind: workflow, name: counter, source: ${source}, build: { script: { run: "${run}" } } }`)
    await trigger('counter')

    for (let kill = 0; kill < KILLS; kill += 1) {
      await Bun.sleep(LIFE_MS)
      await server.kill()
      server = await serve(dir, FLAGS, PROGRAM)
    }
    const { status, reason } = await ended('counter-1')
    const lines = await textsOf('counter-1', 'build')

    expect(`${status} ${reason}`).toBe('succeeded null')
    expect(lines.slice(lines.indexOf('::endgroup::') + 1)).toEqual(
      Array.from({ length: BATCHES * BATCH_LINES }, (_, index) => String(index + 1)),
    )
  })
})

/** Where a pod has the token of its account, if it has one. */
const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const account = `if [ -s ${TOKEN} ]; then echo an account; else echo no account; fi`

function gated(): string {
  const { deployServiceAccount: name } = settings
  return `
kind: workflow
name: gated
source: ${source}
variables: { GREETING: "a $(NAME) and a {{workflow.name}} $$", TOKEN: { secret: token } }
tools:
  preBuild:
    - script: { name: reads, run: "echo $GREETING; echo $TOKEN" }
build: { script: { run: "echo version=7 >> $PERIPLUS_OUTPUT; cat .git/HEAD; ${account}" } }
deploy:
  - environment: production
    verify: { run: "echo seen $PERIPLUS_OUTPUT_BUILD_VERSION" }
---
kind: environment
name: production
active: true
manual: true
${name === null ? '' : `argo: { serviceAccount: ${name} }`}
deploy: { script: { run: "echo deploying $PERIPLUS_OUTPUT_BUILD_VERSION; ${account}" } }
`
}
