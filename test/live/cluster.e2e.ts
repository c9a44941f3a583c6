import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { plainEnvironment, scratch } from '../binary/support.ts'

/*
 * `npm run test:cluster` is for clusters that no machine of ours has. Before the stand-in it is held to what it promises
 * to those who have one: that it passes, that it says what it leaves out, and that it leaves nothing behind.
 */

const ROOT = join(import.meta.dir, '../..')
const SPAWN = { cwd: ROOT, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' } as const

let ground: { readonly dir: string; remove(): void }
let standIn: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
let said: AsyncIterator<string>
let kubeconfig: string

beforeEach(async () => {
  ground = scratch()
  // The stand-in's containers run as somebody else.
  chmodSync(ground.dir, 0o755)
  const command = [process.execPath, 'test/live/standin.ts', join(ground.dir, 'standin'), 'quick']
  standIn = Bun.spawn(command, { ...SPAWN, env: plainEnvironment(ground.dir) })
  said = linesOf(standIn.stdout)
  kubeconfig = (await said.next()).value
})

afterEach(async () => {
  standIn.kill('SIGTERM')
  const left = (await said.next()).value
  await standIn.exited
  ground.remove()
  expect(left).toBe('[]')
})

/** Begins it as a person would; in a process group of its own, as a terminal has it. */
function begin(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  return Bun.spawn([process.execPath, 'test/live/main.ts', ...words], {
    ...SPAWN,
    detached: true,
    env: {
      ...plainEnvironment(ground.dir),
      KUBECONFIG: kubeconfig,
      PERIPLUS_TEST_NAMESPACE: 'argo',
      PERIPLUS_TEST_IMAGE: 'tools:1',
      PERIPLUS_TEST_WAIT: '3',
      ...variables,
    },
  })
}

async function runs(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const child = begin(words, variables)
  const out = await new Response(child.stdout).text()
  return { code: await child.exited, out, last: out.trimEnd().split('\n').at(-1) }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of stream) {
    const lines = (text + decoder.decode(bytes, { stream: true })).split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
  return text
}

test('told too little, it says what it needs and does nothing', async () => {
  const { code, out } = await runs([], { PERIPLUS_TEST_NAMESPACE: '' })

  expect(code).toBe(2)
  expect(out).toContain('PERIPLUS_TEST_NAMESPACE is missing. ')
  expect(out).toContain('PERIPLUS_TEST_IMAGE  ')
})

test('all of it passes, and nothing is left', async () => {
  const { code, out, last } = await runs([], {
    PERIPLUS_TEST_GIT_LISTEN: '127.0.0.1:0',
    PERIPLUS_TEST_GIT_HOST: '127.0.0.1',
    PERIPLUS_TEST_DEPLOY_SERVICE_ACCOUNT: 'deployer',
  })

  expect(out).toContain('which this machine serves.\n')
  expect(last).toMatch(/^\d+ passed, 0 failed, 0 skipped$/)
  expect(code).toBe(0)
}, 300_000)

test('where pods reach no repository each makes one, and what needs more is skipped by name', async () => {
  const { out, last } = await runs(['-t', 'stages run in their order|with a gate'], {
    PERIPLUS_TEST_GIT_LISTEN: '127.0.0.1:0',
    PERIPLUS_TEST_GIT_HOST: '127.0.0.9',
  })

  expect(out).toMatch(/Pods cannot check out .*\(.*\), so each makes a repository for itself\./)
  expect(out).toContain('Skipped: a server’s workflow')
  expect(last).toMatch(/^3 passed, 0 failed, [1-9] skipped$/)
}, 120_000)

test('a cluster that lacks what is vital is told before anything is tried', async () => {
  const { code, out, last } = await runs([], { PERIPLUS_TEST_NAMESPACE: 'elsewhere' })

  expect(out).toContain('The cluster has no namespace elsewhere.')
  expect(out).toContain('That must be mended first.')
  expect(last).toBe('1 passed, 1 failed, 0 skipped')
  expect(code).toBe(1)
}, 60_000)

test('a Ctrl-C ends it, with what it has begun', async () => {
  const child = begin([])
  let out = ''
  for await (const line of { [Symbol.asyncIterator]: () => linesOf(child.stdout) }) {
    out += `${line}\n`
    if (line.startsWith('(pass)')) process.kill(-child.pid, 'SIGINT')
  }

  expect(await child.exited).toBe(130)
  expect(out).toContain('── What is left\nNothing.\n')
}, 120_000)
