import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf, processesWith, repository, type Server, scratch, serve, until } from './support.ts'

/** Seconds that nobody else sleeps: they name this test's processes in the process table. */
const NAP = '86399.25'

/** Ignores SIGTERM, and leaves a child behind that is in a session of its own, has no parent and no environment. */
const STUBBORN = `trap '' TERM INT HUP
( setsid env -i /bin/sh -c 'trap "" TERM; while :; do sleep ${NAP}; done' & ) > /dev/null 2>&1
( ( setsid sleep ${NAP} & ) & ) > /dev/null 2>&1
echo ready
while :; do sleep ${NAP}; done
`

const definition = (url: string) => `
kind: workflow
name: stubborn
source: { git: { url: ${url}, branch: main } }
tools:
  preBuild:
    - script: { name: hold, run: sh hold.sh }
    - script: { name: never, run: echo never }
`

const { dir, remove } = scratch()
const data = join(dir, 'data')
let server: Server

beforeAll(async () => {
  server = await serve(data, ['--grace', '500ms'])
  const url = repository(join(dir, 'repository'), { 'hold.sh': STUBBORN })
  await server.client.call('applyDefinitions', { body: { text: definition(url) } })
})
afterAll(async () => {
  await server.stop()
  remove()
})

async function begin(): Promise<string> {
  const { id } = await server.client.call('triggerExecution', { body: { workflow: 'stubborn' } })
  await until(server.client, id, ({ stages }) =>
    stages.some((stage) => stage.id === 'pre-build.hold' && stage.lines > 0),
  )
  return id
}

test('a stage that ignores SIGTERM ends with every process it left, and only then is it Terminated', async () => {
  const id = await begin()
  expect(processesWith(NAP).length).toBeGreaterThanOrEqual(3)

  await server.client.call('terminateExecution', { params: { id }, body: { reason: 'enough' } })
  const ended = await until(server.client, id)

  // The first look after the final status: nothing may be left to die.
  expect(processesWith(NAP)).toEqual([])
  expect(ended.status).toBe('terminated')
  expect(ended.stages.map((stage) => [stage.id, stage.status])).toEqual([
    ['validation', 'succeeded'],
    ['source', 'succeeded'],
    ['pre-build.hold', 'terminated'],
    ['pre-build.never', 'skipped'],
  ])
  expect((await linesOf(server.client, id, 'pre-build.hold')).map(({ text }) => text)).toContain('ready')
}, 60_000)

test('a termination asked for just before the server is killed is carried out by the next one', async () => {
  const id = await begin()

  await server.client.call('terminateExecution', { params: { id }, body: {} })
  await server.kill()
  server = await serve(data, ['--grace', '500ms'])
  const ended = await until(server.client, id)

  expect(processesWith(NAP)).toEqual([])
  expect(ended.status).toBe('terminated')
}, 60_000)

test('a termination that fails says why, is watched, and asked again it shows the true end', async () => {
  const id = await begin()
  const { uid } = await server.client.call('getExecution', { params: { id } })
  const segments = join(data, 'local', 'segments')
  const segment = readdirSync(segments).find((name) => name.startsWith(`p-${uid.toLowerCase()}-`)) ?? ''
  // A directory in the place of the request's draft: no request can be written down.
  const obstacle = join(segments, segment, '.terminate')
  mkdirSync(obstacle)

  await server.client.call('terminateExecution', { params: { id }, body: {} })
  const failed = await until(server.client, id, ({ status }) => status === 'termination-failed')
  expect(failed.reason).toContain('EISDIR')
  expect(processesWith(NAP).length).toBeGreaterThanOrEqual(3)

  rmdirSync(obstacle)
  await server.client.call('terminateExecution', { params: { id }, body: {} })
  const ended = await until(server.client, id)

  expect(processesWith(NAP)).toEqual([])
  expect(ended.status).toBe('terminated')
  const { items } = await server.client.call('listExecutionEvents', { params: { id }, query: {} })
  expect(items.filter(({ to }) => to !== null).map(({ to }) => to)).toEqual([
    'pending',
    'running',
    'terminating',
    'termination-failed',
    'terminating',
    'terminated',
  ])
}, 120_000)

test('an execution that has ended cannot be terminated, and the refusal says so', async () => {
  const { items } = await server.client.call('listExecutions', { query: { limit: 1 } })
  const id = items[0]?.id ?? ''

  const asked = server.client.call('terminateExecution', { params: { id }, body: {} })

  await expect(asked).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('erminated'),
  })
})
