import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Running } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { readSettings } from '../../src/config/settings.ts'
import { startServer } from '../../src/serve.ts'

const MAIN = join(import.meta.dir, '..', '..', 'src', 'main.ts')

let dir = ''
let server: Running
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-completion-'))
  mkdirSync(join(dir, 'bin'))
  const program = join(dir, 'bin', 'periplus')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  chmodSync(program, 0o755)
  const flags = { '--data': join(dir, 'data'), '--listen': '0', '--log-level': 'error', '--min-free': '0B' }
  const config = readSettings(new Map(Object.entries(flags)), {}).config
  server = await startServer(config, [process.execPath, MAIN])
  writeFileSync(join(dir, 'all.yaml'), DEFINITIONS)
  await periplus('apply', '-f', join(dir, 'all.yaml'))
  await periplus('run', 'storefront')
})
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true })
})

// Nothing answers at that address: what is begun stays where it is.
const DEFINITIONS = `
kind: workflow
name: storefront
source: { git: { url: "https://127.0.0.1:1/shop.git", branch: main } }
build: { script: { run: make } }
deploy: [{ environment: production }]
---
kind: workflow
name: stock
source: { git: { url: "https://127.0.0.1:1/stock.git", branch: main } }
build: { script: { run: make } }
---
kind: environment
name: production
active: true
deploy: { script: { run: echo deployed } }
`

async function started(command: readonly string[], data = join(dir, 'data')) {
  const child = Bun.spawn([...command], {
    cwd: dir,
    env: {
      PATH: `${join(dir, 'bin')}:${process.env['PATH']}`,
      HOME: dir,
      XDG_CONFIG_HOME: join(dir, 'config'),
      PERIPLUS_DATA_DIR: data,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, code }
}

const periplus = (...words: readonly string[]) => started(['periplus', ...words])

/** What is completed, without what it means. */
async function completed(...words: readonly string[]): Promise<readonly string[]> {
  const { out, err, code } = await periplus('complete', ...words)
  expect([code, err]).toEqual([0, ''])
  return out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']))
}

describe('the word that is being typed is completed', () => {
  test('as a command, each with its help', async () => {
    const { out } = await periplus('complete', '')

    expect(out).toBe(COMMANDS.map(({ name, help }) => `${name}\t${help}\n`).join(''))
    expect(await completed('re')).toEqual(
      COMMANDS.map(({ name }) => name).filter((one) => one.startsWith('re')),
    )
  })

  test.each<[string, readonly string[], readonly string[]]>([
    ['a flag', ['run', 'storefront', '--w'], ['--wait']],
    ['no flag twice', ['run', '--wait', '--w'], []],
    ['an action', ['token', 're'], ['revoke']],
    ['a shell', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['a command of the help', ['help', 'comp'], ['completion']],
    ['a status', ['list', '--status', 'ter'], ['terminating', 'termination-failed', 'terminated']],
    ['one more status', ['list', '--status', 'failed,er'], ['failed,error']],
    ['a value behind its flag', ['list', '--status=suc'], ['--status=succeeded']],
    ['a value as bash parts it', ['list', '--status', '=', 'suc'], ['succeeded']],
    ['a value not begun, as bash parts it', ['audit', '--outcome', '='], ['done', 'refused']],
    ['a kind of trigger', ['list', '--trigger', 'pu'], ['push', 'pull-request']],
    ['a file', ['apply', '-f', ''], [':files']],
    ['a directory', ['list', '--data', ''], [':directories']],
    ['a workflow', ['run', 'st'], ['stock', 'storefront']],
    ['a workflow of a filter', ['list', '--workflow', 'sto'], ['stock', 'storefront']],
    ['an environment', ['list', '--environment', ''], ['production']],
    ['an execution', ['show', 'store'], ['storefront-1']],
    ['an execution by its number', ['logs', '-f', 'storefront-1'], ['storefront-1']],
    ['an execution that can be terminated', ['terminate', ''], ['storefront-1']],
    ['no execution that waits for nobody', ['approve', ''], []],
    ['no execution that goes on, where one is run again', ['rerun', ''], []],
    ['a stage of the execution', ['logs', 'storefront-1', '--stage', 'val'], ['validation']],
    ['nothing of a command that is none', ['frobnicate', ''], []],
    ['nothing where no argument stands', ['version', ''], []],
    ['nothing for a flag that is none', ['list', '--nonsense=x'], []],
  ])('as %s', async (_, words, candidates) => {
    expect([...(await completed(...words))].sort()).toEqual([...candidates].sort())
  })

  test('by nothing, and without a word, where no server answers', async () => {
    const nowhere = join(dir, 'nowhere')

    expect(await started(['periplus', 'complete', 'run', ''], nowhere)).toEqual({ out: '', err: '', code: 0 })
    expect(await started(['periplus', 'complete', 'run', '--w'], nowhere)).toMatchObject({ code: 0 })
  })

  test('by nothing where a server takes the question and is silent', async () => {
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })

    const words = ['complete', 'run', '--server', `http://127.0.0.1:${silent.port}`, '']

    expect(await periplus(...words)).toEqual({ out: '', err: '', code: 0 })
    silent.stop(true)
  })
})

describe('a script', () => {
  const bash = (words: string) =>
    `source <(periplus completion bash)
COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMP_LINE="$*"
_periplus; printf '%s\\n' "\${COMPREPLY[@]}"`
  // Outside of its line editor zsh has no compadd; the one here says what it is given.
  const zsh = (words: string) =>
    `compdef() {}; compset() {}; _files() { print :files }
compadd() { print -l -- $names $shown }
source <(periplus completion zsh)
words=(${words}); CURRENT=$#words
_periplus`
  const fish = (line: string) => `periplus completion fish | source; complete -C '${line}'`

  test.if(Bun.which('bash') !== null)('completes in bash', async () => {
    expect(await started(['bash', '-c', bash('periplus run st')])).toEqual({
      out: 'stock\nstorefront\n',
      err: '',
      code: 0,
    })
    expect((await started(['bash', '-c', bash('periplus list --status = suc')])).out).toBe('succeeded\n')
    expect((await started(['bash', '-c', bash('periplus approve ""')])).out).toBe('\n')
  })

  test.if(Bun.which('zsh') !== null)('completes in zsh', async () => {
    expect(await started(['zsh', '-fc', zsh('periplus show store')])).toMatchObject({
      out: expect.stringMatching(/^storefront-1\nstorefront-1 {2}-- \w/),
      err: '',
    })
    expect((await started(['zsh', '-fc', zsh('periplus apply -f ""')])).out).toBe(':files\n')
  })

  test.if(Bun.which('fish') !== null)('completes in fish', async () => {
    expect((await started(['fish', '-c', fish('periplus run st')])).out).toBe('stock\nstorefront\n')
    expect((await started(['fish', '-c', fish('periplus user ')])).out).toContain('deactivate\n')
    expect((await started(['fish', '-c', fish('periplus apply -f all')])).out).toContain('all.yaml')
    expect((await started(['fish', '-c', fish('periplus apply --file=all')])).out).toContain(
      '--file=all.yaml',
    )
    expect((await started(['fish', '-c', fish(`periplus list --data=${dir}/da`)])).out).toContain(
      `--data=${dir}/data/`,
    )
  })

  test('of another shell there is none', async () => {
    expect(await periplus('completion', 'fisch')).toMatchObject({
      code: 2,
      err: 'periplus: There is no completion for fisch. Did you mean fish?\n',
    })
  })
})

describe('the manual', () => {
  test('has every command, and its like in JSON', async () => {
    const { out } = await periplus('man')

    for (const { name } of COMMANDS) expect(out).toContain(`.SS periplus ${name.replaceAll('-', '\\-')}`)
    expect(JSON.parse((await periplus('man', '--json')).out)).toEqual({ page: out })
  })

  test.if(Bun.which('man') !== null)('is set by man without a complaint', async () => {
    const { out, err, code } = await started([
      'bash',
      '-c',
      'MANWIDTH=80 man --warnings=w -E UTF-8 -l <(periplus man)',
    ])

    expect([code, err]).toEqual([0, ''])
    expect(out.replaceAll(/.\u0008/g, '')).toContain('periplus completion bash|zsh|fish')
    expect(out.split('\n').filter((line) => Bun.stringWidth(line) > 80)).toEqual([])
  })
})

test('help is JSON for programs, too', async () => {
  const { commands, exitCodes } = JSON.parse((await periplus('help', 'logs', '--json')).out)

  expect(commands).toMatchObject([{ name: 'logs', synopsis: 'EXECUTION', flags: expect.any(Array) }])
  expect(exitCodes).toContainEqual({ code: 10, meaning: 'the execution failed' })
})
