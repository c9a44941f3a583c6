import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Check, Running } from '../../src/cli/command.ts'
import { program } from '../../src/cli/program.ts'
import { readSettings } from '../../src/config/settings.ts'
import { startServer } from '../../src/serve.ts'
import { realWorld } from '../../src/world.ts'

const MAIN = join(import.meta.dir, '..', '..', 'src', 'main.ts')

let dir = ''
let data = ''
let server: Running
/** What still runs when `release` is asked. */
let kept: readonly string[] = []
/** What `doctor` is told. */
let examined: readonly Check[] = []
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-cli-'))
  data = join(dir, 'data')
  process.env['XDG_CONFIG_HOME'] = join(dir, 'config')
  const flags = {
    '--data': data,
    '--listen': '0',
    '--git-allow-file': 'true',
    '--log-level': 'error',
    '--min-free': '0B',
  }
  server = await startServer(readSettings(new Map(Object.entries(flags)), {}).config, [
    process.execPath,
    MAIN,
  ])
  makeRepository(join(dir, 'repository'))
  expect(
    (
      await run(
        'apply',
        '-f',
        write('all.yaml', DEFINITIONS.replaceAll('REPOSITORY', join(dir, 'repository'))),
      )
    ).code,
  ).toBe(0)
})
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true })
})

const DEFINITIONS = `
kind: workflow
name: good
source: { git: { url: REPOSITORY, branch: main } }
build: { script: { run: "for n in 1 2 3; do echo line $n; done; printf '\\\\033[31mred\\\\033[0m\\\\n'" } }
---
kind: workflow
name: bad
source: { git: { url: REPOSITORY, branch: main } }
build: { script: { run: "echo going; exit 3" } }
---
kind: workflow
name: turning
source: { git: { url: REPOSITORY, branch: main } }
build: { script: { run: "echo step $$; test ! -e REPOSITORY/../turned || { echo it broke; exit 1; }" } }
---
kind: workflow
name: slow
source: { git: { url: REPOSITORY, branch: main } }
build: { script: { run: sleep 600 } }
---
kind: workflow
name: gated
source: { git: { url: REPOSITORY, branch: main } }
build: { script: { run: echo built } }
deploy: [{ environment: production }]
---
kind: workflow
name: shipped
source: { git: { url: REPOSITORY, branch: main } }
deploy: [{ environment: dev }]
---
kind: workflow
name: leaky
source: { git: { url: REPOSITORY, branch: main } }
variables: { TOKEN: { secret: npm-token } }
build: { script: { run: "echo the token is $TOKEN, and that is a secret" } }
---
kind: workflow
name: tested
source: { git: { url: REPOSITORY, branch: main } }
build:
  script:
    run: >-
      echo "<testsuite name='s'><testcase name='fits'/><testcase name='fails'><failure message='no'/></testcase></testsuite>" > r.xml
    reports: [{ path: r.xml, format: junit }, { path: none.sarif, format: sarif }]
---
kind: environment
name: production
active: true
manual: true
approvers: [alice]
deploy: { script: { run: echo deployed } }
---
kind: environment
name: dev
deploy: { script: { run: echo deployed } }
`

function makeRepository(path: string): void {
  mkdirSync(path)
  writeFileSync(join(path, 'readme'), 'A repository.\n')
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@periplus.example']
  for (const words of [
    ['init', '-q', '-b', 'main'],
    ['add', '.'],
    [...who, 'commit', '-qm', 'First \u001b[31mcommit'],
  ]) {
    expect(Bun.spawnSync(['git', ...words], { cwd: path }).exitCode).toBe(0)
  }
}

function write(name: string, text: string): string {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

/** Runs a command line as the process would, on the data directory of this test. */
async function run(...words: readonly string[]) {
  return await start(words).ended
}

/** Gives filters a name, as the page does. */
async function save(name: string, query: string): Promise<void> {
  const { status } = await fetch(`http://periplus/api/v1/views/${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    unix: join(data, 'run', 'periplus.sock'),
  })
  expect(status).toBe(200)
}

function start(words: readonly string[], input = '') {
  const said = { out: '', err: '' }
  const controller = new AbortController()
  const [name = '', ...rest] = words
  const ended = program([name, '--data', data, ...rest], {
    terminal: {
      columns: null,
      colour: false,
      out: async (text) => {
        said.out += text
      },
      note: (text) => {
        said.err += `${text}\n`
      },
      ask: async () => input,
    },
    world: realWorld(),
    signal: controller.signal,
    self: [process.execPath, MAIN],
    startServer: () => Promise.reject(new Error('No command of this test starts a server.')),
    examine: async function* () {
      yield* examined
    },
    letGo: async () => ({ released: 2, running: kept }),
  }).then((code) => ({ code, ...said }))
  return { ended, said, interrupt: () => controller.abort() }
}

describe('run --wait', () => {
  test('tells the course of an execution and exits as it ended', async () => {
    const { code, out } = await run('run', 'good', '--wait')

    expect(code).toBe(0)
    expect(out).toMatch(/good-\d+ · Pending\n[\s\S]*build ✓ succeeded, [\s\S]*good-\d+ ✓ Succeeded\n$/)
  })

  test('exits with 10 where a stage failed, and says which and why', async () => {
    const { code, out } = await run('run', 'bad', '--wait')

    expect(code).toBe(10)
    expect(out).toMatch(/build ✗ failed, .*3/)
    expect(out).toMatch(/bad-\d+ ✗ Failed/)
  })

  test('exits with 13 where it was terminated meanwhile', async () => {
    const waiting = start(['run', 'slow', '--wait'])
    await seen(() => waiting.said.out.includes('Running'))
    const id = /slow-\d+/.exec(waiting.said.out)?.[0] ?? ''

    expect((await run('terminate', id, '--reason', 'long enough')).code).toBe(0)

    expect((await waiting.ended).code).toBe(13)
  })

  test('ends at Ctrl-C with 130 and leaves the execution alone', async () => {
    const waiting = start(['run', 'slow', '--wait'])
    await seen(() => waiting.said.out.includes('Running'))
    const id = /slow-\d+/.exec(waiting.said.out)?.[0] ?? ''

    waiting.interrupt()

    expect((await waiting.ended).code).toBe(130)
    expect(JSON.parse((await run('show', id, '--json')).out).status).toBe('running')
    await run('terminate', id)
  })

  test('prints the whole execution as JSON for programs', async () => {
    const { out } = await run('run', 'good', '--wait', '--json')

    expect(JSON.parse(out)).toMatchObject({
      workflow: 'good',
      status: 'succeeded',
      stages: expect.any(Array),
    })
  })
})

describe('logs', () => {
  test('print every stage under its heading, with -f until the end', async () => {
    const id = (await run('run', 'good')).out.trim()

    const followed = await run('logs', '-f', id)
    const read = await run('logs', id)

    expect(followed.code).toBe(0)
    expect(followed.out).toContain('── build\nline 1\nline 2\nline 3\n')
    expect(followed.out).toBe(read.out)
  })

  test('of one stage are printed from a line on, as JSON line by line', async () => {
    const id = (await run('run', 'good', '--wait', '--json')).out
    const { out } = await run('logs', JSON.parse(id).id, '--stage', 'build', '--from', '2', '--json')

    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ number }) => number)).toEqual([2, 3, 4])
    expect(lines[0]).toMatchObject({ stage: 'build', text: 'line 2', kind: 'line' })
  })

  test('of one stage, followed, exit as the stage ended', async () => {
    const id = (await run('run', 'bad')).out.trim()

    expect(await run('logs', '-f', id, '-s', 'build')).toMatchObject({ code: 10, out: 'going\n' })
    expect((await run('logs', '-f', id, '-s', 'source')).code).toBe(0)
  })

  test('of nothing that exists are refused', async () => {
    expect(await run('logs', 'good-9999')).toMatchObject({ code: 3, out: '' })
    expect(await run('logs', 'good-1', '--from', '3')).toMatchObject({ code: 2 })
  })
})

describe('search', () => {
  test('prints the lines of all logs that match, as grep does in a pipe', async () => {
    const id = JSON.parse((await run('run', 'good', '--wait', '--json')).out).id

    const { code, out, err } = await run('search', 'line 2', '--workflow', 'good', '--limit', '1')

    expect(code).toBe(0)
    expect(out).toBe(`${id}/build:2:line 2\n`)
    expect(err).toContain('--limit shows more.')
    expect((await run('search', '^re[d]$', '--regex', '--stage', 'build')).out).toContain('/build:4:red\n')
    expect(await run('search', 'nothing like it')).toMatchObject({ code: 3, out: '' })
  })

  test('prints one object a log for programs', async () => {
    const { out } = await run('search', 'line', '--workflow', 'good', '--limit', '2', '--json')

    expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({
      stage: 'build',
      lines: [{ number: 1, matches: true }, { number: 2, matches: true }, { number: 3 }],
    })
  })

  test('finds no secret, for none is stored in a log', async () => {
    await start(['secret', 'set', 'npm-token'], 'hunter2hunter2').ended
    await run('run', 'leaky', '--wait')

    expect((await run('search', 'hunter2')).out).toBe('')
    expect((await run('search', 'the token is ***')).out).toMatch(
      /^leaky-\d+\/build:\d+:the token is \*\*\*, and that is a secret\n$/,
    )
  })

  test('is refused where its question is wrong', async () => {
    expect(await run('search', '(a', '--regex')).toMatchObject({ code: 2, out: '' })
    expect(await run('search')).toMatchObject({ code: 2 })
  })
})

describe('a gate', () => {
  test('is shown, is not for local-admin, and passes by an approver’s token that login stored', async () => {
    await run('run', 'gated')
    const id = await waitingAtGate()

    const refused = await run('approve', id)
    const alice = await tokenOf('alice')
    const me = await start(['login'], alice).ended
    const approved = await run('approve', id, '--comment', 'go')

    expect(refused.code).toBe(4)
    expect(me.out).toContain('You are alice (executor)')
    expect(approved).toMatchObject({ code: 0, err: '' })
    expect((await run('logs', '-f', id)).code).toBe(0)
    expect((await run('show', id)).out).toMatch(/Gate before production \(passed\)[\s\S]*alice approved: go/)
    const tokens = join(dir, 'config', 'periplus', 'tokens.json')
    expect(statSync(tokens).mode & 0o777).toBe(0o600)
    expect(readFileSync(tokens, 'utf8')).toContain(alice)
    rmSync(tokens)
  })

  test('is rejected with a reason only, and run --wait exits with 12', async () => {
    const waiting = start(['run', 'gated', '--wait'])
    const id = await waitingAtGate()
    const token = ['--token-file', write('alice', await tokenOf('alice'))]

    expect(await run('reject', id, ...token)).toMatchObject({ code: 2 })
    expect((await run('reject', id, '--comment', 'not today', ...token)).out).toContain('Approval Rejected')

    expect((await waiting.ended).code).toBe(12)
    expect((await run('approve', id, ...token)).err).toContain(
      'waits for no decision: it is Approval Rejected',
    )
  })
})

describe('definitions', () => {
  const wrong =
    'kind: workflow\nname: wrong\nsource:\n  git: { url: https://git.example/x.git, brnch: main }\n'

  test('are judged with place and path, as compilers do', async () => {
    const file = write('wrong.yaml', wrong)

    const { code, out } = await run('validate', file)

    expect(code).toBe(2)
    expect(out).toMatch(new RegExp(`^${file}:4:\\d+: source\\.git.*brnch.*Did you mean`, 'm'))
    expect(await run('validate', join(dir, 'all.yaml'))).toMatchObject({ code: 0 })
  })

  test('are all saved or none', async () => {
    const file = write(
      'half.yaml',
      `${wrong}---\nkind: environment\nname: half\nactive: true\ndeploy: { script: { run: "true" } }\n`,
    )

    expect(await run('apply', file)).toMatchObject({ code: 2 })
    const { out } = await run('apply', file, '--json')
    expect(JSON.parse(out)).toHaveProperty('findings.0.path', 'source.git')
    expect(await run('run', 'wrong')).toMatchObject({ code: 3 })
  })

  test('that cannot be read are refused', async () => {
    expect(await run('apply', '-f', join(dir, 'none.yaml'))).toMatchObject({ code: 2, out: '' })
    expect(await run('apply')).toMatchObject({ code: 2 })
  })
})

describe('render', () => {
  test('says of a saved workflow what would run where, and at which commit', async () => {
    const { code, out } = await run('render', 'gated')

    expect(code).toBe(0)
    expect(out).toMatch(/^# gated, version 1, at commit [0-9a-f]{40} of branch main\.\n/)
    expect(out).toContain(
      '# Segment 1 of 2: source, build. It runs on local, and no cluster is given anything.\n',
    )
    expect(out).toContain(
      '# Gate: waits for alice to approve production.\n# Segment 2 of 2: deploy.production.',
    )
  })

  test('takes a file instead, of which it says what is wrong as validate does', async () => {
    const text = DEFINITIONS.replaceAll('REPOSITORY', join(dir, 'repository'))
    const file = write('cloud.yaml', text.replaceAll('name: good', 'name: good\nengine: argo'))

    const { code, out, err } = await run('render', 'good', '-f', file)

    expect([code, err]).toEqual([2, 'periplus: The definitions are not valid; nothing would be submitted.\n'])
    expect(out).toContain(`${file}:4:9: engine: This server has no engine argo. It has local.`)
    expect(await run('render', file)).toMatchObject({ code: 2, out })
    expect((await run('render', 'bad', '-f', join(dir, 'all.yaml'), '--json')).out).toContain(
      '"workflow":"bad"',
    )
  })

  test('asks for a name, and for one that is there', async () => {
    expect(await run('render')).toMatchObject({ code: 2, out: '' })
    expect(await run('render', 'goood')).toMatchObject({ code: 3 })
    expect(await run('render', 'good', '--branch', 'main', '--tag', 'v1')).toMatchObject({ code: 2 })
    expect(await run('render', 'good', '--branch', 'mian')).toMatchObject({
      out: '',
      err: 'periplus: The repository has no branch mian. Did you mean main?\n',
    })
    expect(await run('render', 'good', '--sha', 'abc')).toMatchObject({ code: 2, out: '' })
    expect((await run('render', write('empty.yaml', ''))).out).toContain('The text is empty.')
  })
})

describe('doctor', () => {
  const well: Check = { what: 'git', found: 'well', says: '/usr/bin/git.', manifest: null }
  const unseen: Check = { what: 'trial', found: 'unknown', says: 'Nobody\u001b[2J tried.', manifest: null }
  const amiss: Check = {
    what: 'rights',
    found: 'amiss',
    says: 'One is missing.',
    manifest: '---\nkind: Role\n',
  }
  afterEach(() => {
    examined = []
  })

  test('says a line for each thing and, where all is well as far as it can be seen, exits with 0', async () => {
    examined = [well, unseen]

    expect(await run('doctor')).toMatchObject({
      code: 0,
      out: '✓ well     git             /usr/bin/git.\n? unknown  trial           Nobody tried.\n',
    })
  })

  test('exits with 7 where something is amiss, and ends with what mends it', async () => {
    examined = [amiss, well]

    const { code, out } = await run('doctor')

    expect(code).toBe(7)
    expect(out).toStartWith('✗ amiss    rights          One is missing.\n✓ well')
    expect(out).toEndWith('\n# To be applied with kubectl apply -f -\n---\nkind: Role\n')
  })

  test('prints the whole as JSON for programs', async () => {
    examined = [well, amiss]

    const { code, out } = await run('doctor', '--json')

    expect([code, JSON.parse(out)]).toEqual([7, { healthy: false, checks: [well, amiss] }])
  })
})

test('release must be told that it is of everything, and names what still runs', async () => {
  expect(await run('release')).toMatchObject({ code: 2, out: '' })
  expect(await run('release', '--all')).toMatchObject({ code: 0, out: 'Let go of 2 segments.\n' })

  kept = ['p-1-0']

  expect(await run('release', '--all')).toMatchObject({
    code: 5,
    err: expect.stringContaining('p-1-0 still run.'),
  })
})

describe('lists', () => {
  test('show what matches and nothing of a commit’s escapes', async () => {
    const { out } = await run('list', '--workflow', 'good', '--status', 'succeeded')

    expect(out.split('\n')[0]).toMatch(/^EXECUTION +STATUS +TRIGGERED AT +BY +REF +DURATION +COMMIT$/)
    expect(out).toMatch(/good-1 +✓ Succeeded .*main [0-9a-f]{7} .*First commit/)
    expect(out).not.toContain('\u001b')
    expect(out).not.toContain('bad-')
  })

  test('are narrowed by a saved view, before which the filters that are given go', async () => {
    await run('run', 'bad', '--wait')
    await save('went wrong', 'status=failed&workflow=bad')

    const through = JSON.parse((await run('list', '--view', 'went wrong', '--json')).out)
    const plain = JSON.parse((await run('list', '--status', 'failed', '--workflow', 'bad', '--json')).out)
    const { out } = await run('list', '--view', 'went wrong', '--status', 'succeeded', '--workflow', 'good')

    expect(through.items.length).toBeGreaterThan(0)
    expect(through.items).toEqual(plain.items)
    expect(out).toContain('good-1')
    expect(out).not.toContain('bad-')
    await save('lately', 'range=7d&workflow=bad')
    for (const days of [
      ['--from', '2020-01-01'],
      ['--range', '30d'],
    ])
      expect((await run('list', '--view', 'lately', ...days)).out).toContain('bad-1')
    expect(await run('list', '--view', 'went rong')).toMatchObject({
      code: 3,
      err: 'periplus: There is no view went rong. Did you mean went wrong?\n',
    })
  })

  test('are printed whole, an execution a line, and through filters', async () => {
    const all = (await run('list', '--all')).out.trimEnd().split('\n')
    const page = JSON.parse((await run('list', '--limit', '200', '--json')).out)

    expect(all.map((text) => JSON.parse(text))).toEqual(page.items)
    expect((await run('list', '--all', '--branch', 'nowhere')).out).toBe('')
    expect(await run('list', '--all', '--limit', '3')).toMatchObject({
      code: 2,
      err: 'periplus: --all and --limit exclude each other; give one of them.\n',
    })
  })

  test('say where nothing matches, and refuse a filter that is none', async () => {
    expect(await run('list', '--branch', 'nowhere')).toMatchObject({
      code: 0,
      out: '',
      err: 'No execution matches.\n',
    })
    expect(await run('list', '--status', 'sleeping')).toMatchObject({ code: 2, out: '' })
  })
})

test('tokens are made, listed without their text, and withdrawn', async () => {
  const made = JSON.parse(
    (await run('token', 'create', 'robot', '--user', 'alice', '--expires-in', '30', '--json')).out,
  )

  expect((await run('token', 'list')).out).toMatch(/robot +alice/)
  expect((await run('token', 'list')).out).not.toContain(made.token)
  expect(await run('token', 'revoke', String(made.id))).toMatchObject({ code: 0 })
  const file = write('robot', made.token)
  expect(await run('list', '--token-file', file)).toMatchObject({ code: 4 })
  expect(await run('token', 'forge')).toMatchObject({ code: 2 })
})

test('a link signs somebody in at the address that the server listens on', async () => {
  const { code, out } = await run('login-link', 'alice')

  expect(code).toBe(0)
  expect(out).toStartWith(`${server.address}/sign-in/`)
})

test('where no server runs, a command says how to get one', async () => {
  const { code, err } = await run('list', '--data', join(dir, 'elsewhere'))

  expect(code).toBe(7)
  expect(err).toContain('Start one with “periplus serve”')
})

test('config shows every option and no secret', async () => {
  const { out } = await run('config', '--token-file', write('secret', 'ppl_secret'))

  expect(out).toMatch(/token +\(hidden\) +--token-file/)
  expect(out).not.toContain('ppl_secret')
})

test('report prints what stages report, and exits as --fail-on says', async () => {
  const begun = await run('run', 'tested', '--wait')
  const id = 'tested-1'
  await seen(async () => !(await run('report', id)).out.includes('being read'))

  const list = await run('report', id)
  expect(begun.code).toBe(0)
  expect(list.out).toContain('1 failed, 1 passed')
  expect(list.out).toContain('The stage left no such file.')
  const tests = await run('report', id, 'build', '--fail-on', 'critical', '--json')
  expect(tests.code).toBe(14)
  expect(JSON.parse(tests.out)).toMatchObject([
    { outcome: 'failed', name: 'fails' },
    { outcome: 'passed', name: 'fits' },
  ])
  expect((await run('report', id, 'build', '--document')).out).toStartWith("<testsuite name='s'>")
  expect((await run('report', id, 'build.none-sarif')).code).toBe(2)
  expect((await run('report', id, 'buidl')).err).toContain('Did you mean build?')
})

async function tokenOf(user: string): Promise<string> {
  const socket = join(data, 'run', 'periplus.sock')
  await fetch('http://localhost/api/v1/users', {
    unix: socket,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: user, role: 'executor' }),
  })
  const name = `test-${realWorld().id()}`
  return (await run('token', 'create', name, '--user', user)).out.trim()
}

async function waitingAtGate(): Promise<string> {
  let id = ''
  await seen(async () => {
    const { items } = JSON.parse((await run('list', '--status', 'approval-pending', '--json')).out)
    id = items[0]?.id ?? ''
    return id !== ''
  })
  return id
}

/** Waits for what another process brings about. */
async function seen(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(20)
}

/** The execution that an output speaks of first. */
const idIn = (out: string): string => /[a-z]+-\d+/.exec(out.replaceAll(/^ .*$/gm, ''))?.[0] ?? ''

describe('periplus rerun', () => {
  test('runs the version and commit of an execution again and follows it', async () => {
    const first = idIn((await run('run', 'bad', '--wait')).out)

    const again = await run('rerun', first, '--from-failed', '--wait')

    expect(again.code).toBe(10)
    const shown = await run('show', idIn(again.out))
    expect(shown.out).toContain(`Re-run of   ${first}`)
    expect(shown.out).toContain('(rerun)')
  })

  test('says what an execution is that cannot be run again', async () => {
    const { out } = await run('run', 'slow')

    const again = await run('rerun', out.trim())

    expect(again.code).toBe(5)
    expect(again.err).toContain('it can be run again once it has ended')
    await run('terminate', out.trim())
  })
})

describe('periplus deploy of what has ended', () => {
  test('deploys it again, and asks before something newer is replaced', async () => {
    const first = idIn((await run('run', 'shipped', '--wait')).out)

    const again = await run('deploy', first, 'dev')
    const never = await run('deploy', first, 'production')

    expect(again.code).toBe(0)
    const shown = (await run('show', idIn(again.out))).out
    expect(shown).toContain(`Redeploys   ${first}`)
    expect(shown).toContain('Only to     dev')
    expect(never.err).toContain(`${first} was never deployed to production`)
    expect(never.code).toBe(5)
  })
})

describe('periplus logs with a search', () => {
  test('prints the lines that match, with their numbers', async () => {
    const id = idIn((await run('run', 'good', '--wait')).out)

    const text = await run('logs', id, '--stage', 'build', '--search', 'line 2')
    const regex = await run('logs', id, '--search', '^line [13]$', '--regex')

    expect(text).toMatchObject({ code: 0, out: '2:line 2\n' })
    expect(regex.out).toBe('── build\n1:line 1\n3:line 3\n')
  })

  test('exits as for all that is not found where no line is like that', async () => {
    const id = idIn((await run('run', 'good', '--wait')).out)

    expect(await run('logs', id, '--errors')).toMatchObject({ code: 3, out: '' })
    expect((await run('logs', id, '--new', '--errors')).code).toBe(2)
    expect((await run('logs', id, '--search', '(a', '--regex')).err).toContain('a ( that is never closed')
  })

  test('prints what is new since the last success', async () => {
    await run('run', 'turning', '--wait')
    writeFileSync(join(dir, 'turned'), '')
    const id = idIn((await run('run', 'turning', '--wait')).out)

    expect(await run('logs', id, '--stage', 'build', '--new')).toMatchObject({ code: 0, out: '2:it broke\n' })
  })
})
