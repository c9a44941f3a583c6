import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ProcessRuntime } from '../argo/processes.ts'
import { REAL_TIME } from '../argo/realtime.ts'
import { ClusterServer } from '../argo/server.ts'
import { QUICK, StandIn } from '../argo/standin.ts'
import { gitOverHttp } from '../outside/remotes.ts'
import { linesOf, repository, type Server, scratch, serve, until } from './support.ts'

const KILLS = 20
const BATCHES = 200
const BATCH_LINES = 500
/** Between two kills. */
const LIFE_MS = { min: 100, max: 900 }

const { dir, remove } = scratch()
const runtime = new ProcessRuntime(join(dir, 'node'))
const standIn = new StandIn({ time: REAL_TIME, runtime, delays: QUICK })
const cluster = new ClusterServer(standIn, REAL_TIME)
const remote = gitOverHttp(dir)
let kubeconfig = ''
let url = ''

beforeAll(async () => {
  chmodSync(dir, 0o755)
  await cluster.start()
  kubeconfig = cluster.kubeconfig(join(dir, 'kubeconfig'))
  repository(join(dir, 'shop.git'), { 'app.txt': 'hello\n' })
  url = `${remote.url}/shop.git/.git`
})

afterAll(async () => {
  await runtime.close()
  standIn.close()
  await cluster.close()
  await remote[Symbol.asyncDispose]()
  remove()
})

const flags = () => [
  '--argo-namespace',
  'argo',
  '--kubeconfig',
  kubeconfig,
  '--argo-image',
  'tools:1',
  '--argo-git-image',
  'git:1',
  '--engine',
  'argo',
  '--grace',
  '2s',
]

async function start(name: string): Promise<Server> {
  mkdirSync(join(dir, name), { recursive: true })
  return serve(join(dir, name), flags())
}

const shop = () => `
kind: workflow
name: shop
source: { git: { url: "${url}", branch: main } }
variables: { GREETING: "a $(NAME) and a {{workflow.name}} $$", TOKEN: { secret: shop-token } }
tools:
  preBuild:
    - script: { name: reads, run: "cat app.txt; echo $GREETING; echo $TOKEN" }
build: { script: { run: "echo version=7 >> $PERIPLUS_OUTPUT; echo built" } }
deploy:
  - environment: production
    verify: { run: "echo seen $PERIPLUS_OUTPUT_BUILD_VERSION" }
---
kind: environment
name: production
active: true
manual: true
argo: { serviceAccount: deployer }
deploy: { script: { run: "echo deploying $PERIPLUS_OUTPUT_BUILD_VERSION" } }
`

test('a workflow with a gate runs on a cluster, and its history is whole', async () => {
  const server = await start('gate')
  const { client } = server
  await client.call('saveSecret', {
    params: { name: 'shop-token' },
    body: { value: 'correct-horse-battery' },
  })
  await client.call('applyDefinitions', { body: { text: shop() } })

  await client.call('triggerExecution', { body: { workflow: 'shop' } })
  await until(client, 'shop-1', ({ status }) => status === 'deployment-pending')
  await client.call('deployExecution', { params: { id: 'shop-1' }, body: { environment: 'production' } })
  const ended = await until(client, 'shop-1')

  expect(`${ended.status} ${ended.reason}`).toBe('succeeded null')
  const texts = async (stage: string) => (await linesOf(client, 'shop-1', stage)).map(({ text }) => text)
  expect(await texts('pre-build.reads')).toEqual(['hello', 'a $(NAME) and a {{workflow.name}} $$', '***'])
  expect((await texts('deploy.production')).at(-1)).toBe('deploying 7')
  expect(await texts('verify.production')).toEqual(['seen 7'])
  const manifests = JSON.stringify(standIn.api.all('workflows'))
  expect(manifests).not.toContain('correct-horse-battery')
  expect(await server.stop()).toBe(0)
}, 60_000)

test('Terminate ends what runs in the pod, and says so when it has ended', async () => {
  const server = await start('terminate')
  const { client } = server
  const text = `{ kind: workflow, name: endless, source: { git: { url: "${url}", branch: main } }, build: { script: { run: "trap '' TERM; echo deaf; while :; do sleep 0.1; done" } } }`
  await client.call('applyDefinitions', { body: { text } })
  await client.call('triggerExecution', { body: { workflow: 'endless' } })
  await until(client, 'endless-1', ({ stages }) =>
    stages.some(({ id, status }) => id === 'build' && status === 'running'),
  )

  await client.call('terminateExecution', { params: { id: 'endless-1' }, body: { reason: 'enough' } })
  const ended = await until(client, 'endless-1')

  expect(ended.status).toBe('terminated')
  expect(ended.stages.map(({ id, status }) => `${id} ${status}`)).toContain('build terminated')
  const pods = standIn.api
    .all('pods')
    .filter(({ metadata }) => metadata.name.includes(ended.uid.toLowerCase()))
  const states = pods.flatMap(({ status }) =>
    (status.containerStatuses ?? []).map(({ state }) => state ?? {}),
  )
  expect(states.filter((state) => 'running' in state)).toEqual([])
  expect(await server.stop()).toBe(0)
}, 60_000)

test(`killed ${KILLS} times while 100,000 lines are written, the server has every line once`, async () => {
  const seed = Number(process.env['PERIPLUS_KILL_SEED'] ?? Date.now() % 1_000_000)
  const random = chance(seed)
  console.log(`PERIPLUS_KILL_SEED=${seed}`)
  const run = `i=0; while [ $i -lt ${BATCHES} ]; do seq $((i * ${BATCH_LINES} + 1)) $((i * ${BATCH_LINES} + ${BATCH_LINES})); i=$((i + 1)); sleep 0.05; done`
  const text = `{ kind: workflow, name: counter, source: { git: { url: "${url}", branch: main } }, build: { script: { run: "${run}" } } }`
  let server = await start('kills')
  await server.client.call('applyDefinitions', { body: { text } })
  await server.client.call('triggerExecution', { body: { workflow: 'counter' } })

  for (let kill = 0; kill < KILLS; kill += 1) {
    await Bun.sleep(LIFE_MS.min + random() * (LIFE_MS.max - LIFE_MS.min))
    await server.kill()
    server = await start('kills')
  }
  const ended = await until(server.client, 'counter-1')
  const lines = await linesOf(server.client, 'counter-1', 'build')

  expect(`${ended.status} ${ended.reason}`).toBe('succeeded null')
  expect(lines.filter(({ kind }) => kind !== 'line')).toEqual([])
  expect(lines.length).toBe(BATCHES * BATCH_LINES)
  const wrong = lines.findIndex(({ text: line }, index) => line !== String(index + 1))
  expect(wrong).toBe(-1)
  expect(
    standIn.api.all('workflows').filter(({ metadata }) => metadata.name.includes(ended.uid.toLowerCase())),
  ).toHaveLength(1)
  expect(await server.stop()).toBe(0)
}, 180_000)

function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
