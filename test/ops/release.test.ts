import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../../src/config/settings.ts'
import type { Config } from '../../src/config.ts'
import { type Client, createClient } from '../../src/contract/client.ts'
import { openEngines } from '../../src/engines.ts'
import { releaseAll } from '../../src/ops/release.ts'
import { type Running, startServer } from '../../src/serve.ts'
import { realWorld } from '../../src/world.ts'
import { repository } from '../binary/support.ts'

const SELF = [process.execPath, join(import.meta.dir, '..', '..', 'src', 'main.ts')]
const world = realWorld()

let dir: string
let config: Config
let server: Running
let client: Client
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-release-'))
  const data = join(dir, 'data')
  const flags = {
    '--data': data,
    '--listen': '0',
    '--git-allow-file': 'true',
    '--log-level': 'error',
    '--min-free': '0B',
  }
  config = readSettings(new Map(Object.entries(flags)), {}).config
  server = await startServer(config, SELF)
  client = createClient({ server: 'http://localhost', socket: join(data, 'run', 'periplus.sock') })
  const url = repository(join(dir, 'repository'), { readme: 'A repository.\n' })
  const workflow = (name: string, run: string) => ({
    kind: 'workflow',
    name,
    source: { git: { url, branch: 'main' } },
    build: { script: { run } },
  })
  const text = [workflow('quick', 'echo done'), workflow('slow', 'sleep 600')]
    .map((one) => JSON.stringify(one))
    .join('\n---\n')
  await client.call('applyDefinitions', { body: { text } }, { idempotencyKey: 'apply' })
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Runs a workflow until its execution has this status. */
async function run(workflow: string, status: string): Promise<void> {
  const { id } = await client.call('triggerExecution', { body: { workflow } }, { idempotencyKey: workflow })
  while ((await client.call('getExecution', { params: { id } })).status !== status) await Bun.sleep(20)
}

const segments = () => readdirSync(join(dir, 'data', 'local', 'segments'))

test('a stopped server’s segments are let go of, once', async () => {
  await run('quick', 'succeeded')
  expect(segments()).toHaveLength(1)
  await expect(releaseAll(config, SELF, world)).rejects.toThrow('only one may write there')
  await server.stop()

  expect(await releaseAll(config, SELF, world)).toEqual({ released: 1, running: [] })

  expect(segments()).toEqual([])
  expect(await releaseAll(config, SELF, world)).toEqual({ released: 0, running: [] })
})

test('what still runs is named and left alone', async () => {
  await run('slow', 'running')
  await server.stop()

  const { released, running } = await releaseAll(config, SELF, world)

  expect([released, running]).toEqual([0, segments()])
  const local = (await openEngines(config, SELF, '', world)).get('local')
  for (const handle of running) {
    await local?.terminate(handle)
    while ((await local?.look(handle)) === 'running') await Bun.sleep(20)
  }
})
