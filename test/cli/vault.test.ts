import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLines, filesWith, guardedByPassword, HAS_KEYGEN } from '../outside/guarded.ts'
import { git } from '../outside/remotes.ts'

/**
 * A real server in a process of its own runs a workflow of a closed repository, with secrets planted in it; then every
 * place where somebody could find them is looked through.
 */

const MAIN = join(import.meta.dir, '..', '..', 'src', 'main.ts')
const PASSWORD = 'planted-password-7Qx31'
const TOKEN = 'planted-token-kk93ZZ'
const PLANTED = [PASSWORD, TOKEN, btoa(`ci:${PASSWORD}`)]

/** Its stage shows what it should not, as careless scripts do. */
const DEFINITIONS = `kind: workflow
name: shop
source: { git: { url: REPOSITORY, branch: main, credential: shop-git } }
variables: { TOKEN: { secret: shop-token } }
build: { script: { run: "echo the token is $TOKEN; git remote -v; git fetch origin || true; env" } }
`

let dir = ''
let data = ''
let server: Bun.Subprocess<'ignore', 'ignore', 'pipe'>
let log = ''
let remote: ReturnType<typeof guardedByPassword>

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-vault-'))
  data = join(dir, 'data')
  mkdirSync(join(dir, 'git'))
  git(join(dir, 'git'), 'init', '--quiet', '--bare', '--initial-branch=main', 'shop.git')
  git(dir, 'clone', '--quiet', join(dir, 'git', 'shop.git'), 'work')
  git(join(dir, 'work'), 'commit', '--quiet', '--allow-empty', '-m', 'First')
  git(join(dir, 'work'), 'push', '--quiet', 'origin', 'HEAD:main')
  remote = guardedByPassword(join(dir, 'git'), { kind: 'https', username: 'ci', password: PASSWORD })
  server = Bun.spawn(
    [process.execPath, MAIN, 'serve', '--data', data, '--listen', '127.0.0.1:0', '--min-free', '0B'],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', env: { PATH: process.env['PATH'] ?? '' } },
  )
  const started = Promise.withResolvers<void>()
  void (async () => {
    const decoder = new TextDecoder()
    for await (const part of server.stderr) {
      log += decoder.decode(part)
      if (log.includes('Periplus has started.')) started.resolve()
    }
  })()
  await started.promise
}, 30_000)

afterAll(async () => {
  server.kill()
  await server.exited
  await remote[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

/** A command line of a person, with what is typed into it. */
async function periplus(words: readonly string[], typed = '') {
  const command = Bun.spawn([process.execPath, MAIN, ...words, '--data', data], {
    stdin: new Blob([typed]),
    stdout: 'pipe',
    stderr: 'pipe',
    env: { PATH: process.env['PATH'] ?? '', HOME: dir },
  })
  const [out, err] = await Promise.all([
    new Response(command.stdout).text(),
    new Response(command.stderr).text(),
  ])
  return { code: await command.exited, out, err }
}

function written(name: string, text: string): string {
  writeFileSync(join(dir, name), text, { mode: 0o600 })
  return join(dir, name)
}

/** Every page that links lead to from the first, as an admin sees them, and the answers of the interface. */
async function everything(): Promise<ReadonlyMap<string, string>> {
  await periplus(['user', 'add', 'ada', 'admin'])
  const link = JSON.parse((await periplus(['login-link', 'ada', '--json'])).out).address as string
  const origin = new URL(link).origin
  const entered = await fetch(link, { method: 'POST', redirect: 'manual', headers: { origin } })
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const found = new Map<string, string>()
  const open = ['/', '/api/v1/credentials', '/api/v1/secrets', '/api/v1/audit', '/api/v1/system']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path) || path.startsWith('/assets/')) continue
    const response = await fetch(origin + path, { headers: { cookie, accept: 'text/html' } })
    const text = await response.text()
    found.set(path, text)
    if (!response.headers.get('content-type')?.includes('html')) continue
    for (const [, next = ''] of text.matchAll(/href="(\/[^"#]*)/g)) open.push(next.replaceAll('&amp;', '&'))
  }
  return found
}

/** Every cell of every table, as text. */
function cells(file: string): string {
  const database = new Database(join(data, file), { readonly: true })
  const tables = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('titles'))
  const text = tables
    .flatMap((name) => database.query(`SELECT * FROM "${name}"`).values())
    .flat()
    .map((cell) => (cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell)))
    .join('\n')
  database.close()
  return text
}

test('what is planted in a credential and a secret is found nowhere but in git’s and the stage’s environment', async () => {
  const url = `${remote.url}/shop.git`
  const set = await periplus(['credential', 'set', 'shop-git', '--username', 'ci'], `${PASSWORD}\n`)
  const kept = await periplus(['secret', 'set', 'shop-token', '--file', written('token', TOKEN)])
  rmSync(join(dir, 'token'))
  const tried = await periplus(['credential', 'try', 'shop-git', '--url', url])
  await periplus(['apply', written('shop.yaml', DEFINITIONS.replace('REPOSITORY', url))])
  const seen: string[] = []
  const running = periplus(['run', 'shop', '--wait'])
  let over = false
  void running.then(() => {
    over = true
  })
  while (!over) {
    seen.push(...commandLines())
    await new Promise(setImmediate)
  }
  const ran = await running
  const logs = await periplus(['logs', 'shop-1'])
  const listed = await periplus(['credential', 'list'])
  const pages = await everything()

  expect([set, kept, tried, ran].map(({ code, err }) => ({ code, err }))).toEqual(
    [set, kept, tried, ran].map(() => ({ code: 0, err: '' })),
  )
  expect(logs.out).toContain('the token is ***')
  expect(listed.out).toMatch(/shop-git +https +shop /)
  expect(pages.size).toBeGreaterThan(30)
  expect([...pages.keys()]).toContain('/settings/credentials/shop-git')
  expect(seen.some((line) => line.includes('git-remote-http'))).toBe(true)
  for (const planted of PLANTED) {
    expect([...pages].filter(([, text]) => text.includes(planted)).map(([path]) => path)).toEqual([])
    expect(seen.filter((line) => line.includes(planted))).toEqual([])
    expect(
      [set, kept, tried, ran, logs, listed].filter(({ out, err }) => (out + err).includes(planted)),
    ).toEqual([])
    expect(log).not.toContain(planted)
    expect(cells('state.db')).not.toContain(planted)
    expect(cells('logs.db')).not.toContain(planted)
  }
  // What a stage itself prints stands in its spool, which only the server's user can read, until it is released.
  expect(filesWith(data, PASSWORD)).toEqual([])
  expect(filesWith(data, TOKEN).every((path) => path.endsWith('.spool'))).toBe(true)
}, 60_000)

test.skipIf(!HAS_KEYGEN)(
  'a key is set from its files, what is wrong with it is said by its field, and a removed one is gone',
  async () => {
    Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'key')])
    const hosts = written('hosts', 'git.example ssh-ed25519 AAAA\n')
    const set = (key: string) =>
      periplus(['credential', 'set', 'shop-key', '--key-file', key, '--known-hosts', hosts])

    const wrong = await set(join(dir, 'key.pub'))
    const right = await set(join(dir, 'key'))
    const unfit = await periplus(['credential', 'try', 'shop-key', '--url', 'https://git.example/shop.git'])
    const halfway = await periplus(['credential', 'set', 'shop-key', '--key-file', join(dir, 'key')])
    const removed = await periplus(['credential', 'remove', 'shop-key'])
    const again = await periplus(['credential', 'remove', 'shop-key'])

    expect([wrong, right, unfit, halfway, removed, again].map(({ code }) => code)).toEqual([2, 0, 2, 2, 0, 3])
    expect(wrong.err).toContain('privateKey: That is no private key')
    expect(unfit.err).toContain('Credential shop-key is an SSH key.')
    expect(halfway.err).toContain('--known-hosts is missing')
  },
  30_000,
)

test('people are added, given roles and shut out, secrets set and removed, and all of it stands in the log', async () => {
  const done = [
    await periplus(['user', 'add', 'bruno', 'executor']),
    await periplus(['user', 'role', 'bruno', 'editor']),
    await periplus(['token', 'create', 'ci', '--user', 'bruno', '--role', 'viewer']),
    await periplus(['user', 'deactivate', 'bruno']),
    await periplus(['secret', 'set', 'once'], 'just a moment\n'),
    await periplus(['secret', 'remove', 'once']),
  ]
  const wrong = await periplus(['user', 'role', 'bruno', 'edtior'])
  const users = await periplus(['user', 'list'])
  const tokens = await periplus(['token', 'list'])
  const log = await periplus(['audit', '--actor', 'local-admin', '--limit', '6'])
  const narrow = await periplus(['audit', '--action', 'user.deactivate', '--json'])
  const guessed = await periplus(['audit', '--action', 'user.deactivat'])

  expect(done.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
  expect(wrong.err).toContain('There is no role edtior. Did you mean editor?')
  expect(users.out).toMatch(/bruno +editor +deactivated/)
  expect(tokens.out).toMatch(/ci +bruno +viewer/)
  expect(
    log.out
      .split('\n')
      .slice(1, 7)
      .map((line) => line.split(/ {2,}/)[2]),
  ).toEqual(['secret.remove', 'secret.save', 'user.deactivate', 'token.create', 'user.role', 'user.create'])
  expect(JSON.parse(narrow.out).items).toMatchObject([{ object: 'user:bruno', outcome: 'done' }])
  expect(guessed.err).toContain('Did you mean user.deactivate?')
}, 30_000)
