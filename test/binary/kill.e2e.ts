import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BINARY,
  linesOf,
  plainEnvironment,
  processesWith,
  repository,
  type Server,
  scratch,
  serve,
  until,
} from './support.ts'

const KILLS = 50
const EXECUTIONS = 10
/** Of each writing stage: enough to be in the middle of most of the time. */
const LINES = 120
/** Between two kills; the shortest strike the start itself. */
const LIFE_MS = { min: 5, max: 450 }

/** Appends its name to a file outside of Periplus, so that a second run would show, and writes numbered lines. */
const WORK = `echo "$PERIPLUS_EXECUTION_ID $1" >> "$SIDE_FILE"
i=0
while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "n $i"; sleep 0.005; done
`

const STAGES = ['pre-build.first', 'pre-build.second', 'build', 'deploy.dev', 'verify.dev'] as const

const definitions = (url: string, side: string) => `
kind: workflow
name: counter
source: { git: { url: ${url}, branch: main } }
variables: { SIDE_FILE: ${side} }
tools:
  preBuild:
    - script: { name: first, run: sh work.sh pre-build.first }
    - script: { name: second, run: sh work.sh pre-build.second }
build: { script: { run: "sh work.sh build && echo built > out.txt", artifacts: [out.txt] } }
deploy:
  - environment: dev
    verify: { run: "sh work.sh verify.dev" }
---
kind: environment
name: dev
active: true
deploy: { script: { run: "grep -q built out.txt && sh work.sh deploy.dev" } }
`

test(`killed ${KILLS} times while executions write, the server loses and doubles nothing`, async () => {
  const { dir, remove } = scratch()
  const data = join(dir, 'data')
  const side = join(dir, 'side')
  const url = repository(join(dir, 'repository'), { 'work.sh': WORK })
  const seed = Number(process.env['PERIPLUS_KILL_SEED'] ?? Date.now() % 1_000_000)
  const random = chance(seed)
  console.log(`PERIPLUS_KILL_SEED=${seed}`)

  let server: Server = await serve(data, ['--max-running', '3'])
  await server.client.call('applyDefinitions', { body: { text: definitions(url, side) } })
  // Two clients that live through it all: one waits for an execution, one follows its log.
  const patient = (...words: string[]) =>
    Bun.spawn([BINARY, ...words, '--data', data], {
      env: plainEnvironment(dir),
      stdout: 'pipe',
      stderr: 'ignore',
    })
  const waiter = patient('run', 'counter', '--wait')
  await until(server.client, 'counter-1', () => true)
  const follower = patient('logs', '--follow', '--json', 'counter-1')
  const followed = new Response(follower.stdout).text()
  for (let kill = 0; kill < KILLS; kill += 1) {
    const begun = Math.min(EXECUTIONS, Math.floor((kill * EXECUTIONS) / (KILLS / 2)) + 1)
    // The same key makes the same execution, however often its answer was lost.
    for (let n = 2; n <= begun; n += 1) await begin(server, `execution-${n}`)
    await Bun.sleep(LIFE_MS.min + random() * (LIFE_MS.max - LIFE_MS.min))
    await server.kill()
    server = await serve(data, ['--max-running', '3'])
  }

  const { client } = server
  const expected = Array.from({ length: LINES }, (_, index) => `n ${index + 1}`)
  for (let n = 1; n <= EXECUTIONS; n += 1) {
    const id = `counter-${n}`
    const ended = await until(client, id)
    expect(`${id} ${ended.status} ${ended.reason}`).toBe(`${id} succeeded null`)
    for (const stage of STAGES) {
      const lines = await linesOf(client, id, stage)
      expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1))
      expect(lines.filter(({ kind }) => kind === 'gap')).toEqual([])
      expect(lines.map(({ text }) => text).filter((text) => /^n \d+$/.test(text))).toEqual(expected)
    }
  }
  const runs = readFileSync(side, 'utf8').trim().split('\n').sort()
  expect(runs).toEqual(
    Array.from({ length: EXECUTIONS }, (_, n) => STAGES.map((stage) => `counter-${n + 1} ${stage}`))
      .flat()
      .sort(),
  )
  const total = await client.call('listExecutions', { query: {} })
  expect(total.total).toEqual({ count: EXECUTIONS, exact: true })

  expect(await waiter.exited).toBe(0)
  expect(await follower.exited).toBe(0)
  const seen = (await followed)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const stored = await Promise.all(
    seen.length === 0
      ? []
      : [...new Set(seen.map(({ stage }) => stage))].map((stage) => linesOf(client, 'counter-1', stage)),
  )
  expect(seen.map(({ text }) => text)).toEqual(stored.flat().map(({ text }) => text))

  expect(await server.stop()).toBe(0)
  expect(existsSync(join(data, 'run', 'periplus.sock'))).toBe(false)
  expect(processesWith(data)).toEqual([])
  remove()
}, 300_000)

async function begin(server: Server, key: string): Promise<void> {
  await server.client.call('triggerExecution', { body: { workflow: 'counter' } }, { idempotencyKey: key })
}

/** A small generator, so that a failing run can be had again. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
