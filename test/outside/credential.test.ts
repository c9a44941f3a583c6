import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitCredential } from '../../src/domain/credential.ts'
import type { GitRef } from '../../src/domain/definition.ts'
import { Fault } from '../../src/domain/fault.ts'
import { createGit } from '../../src/outside/git.ts'
import { Unreachable } from '../../src/outside/giterror.ts'
import { realWorld } from '../../src/world.ts'
import { commandLines, guardedByPassword, HAS_SSHD, newKey, sshDaemon } from './guarded.ts'
import { git, processesWith } from './remotes.ts'

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' }
const SECRET = 'planted-7Qx-needle-31'
const password = { kind: 'https', username: 'ci', password: SECRET } as const
const main: GitRef = { kind: 'branch', name: 'main' }
const never = new AbortController().signal

let directory = ''
let head = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'periplus-credential-'))
  git(directory, 'init', '--quiet', '--bare', '--initial-branch=main', 'shop.git')
  git(directory, 'clone', '--quiet', 'shop.git', 'work')
  git(join(directory, 'work'), 'commit', '--quiet', '--allow-empty', '-m', 'First')
  git(join(directory, 'work'), 'push', '--quiet', 'origin', 'HEAD:main', 'HEAD:next')
  head = git(join(directory, 'work'), 'rev-parse', 'HEAD')
})

afterAll(() => rmSync(directory, { recursive: true }))

const keysDir = () => join(directory, "it's 100 %h keys")

function subject(call = 'CALL') {
  return createGit({
    allowFile: false,
    environment: ENVIRONMENT,
    keysDir: keysDir(),
    world: { ...realWorld(), id: () => call },
  })
}

function resolve(url: string, credential: GitCredential | null): Promise<unknown> {
  return subject()
    .resolve({ url, credential }, main, never)
    .catch((error: unknown) => error)
}

describe('a password', () => {
  test('opens a repository that is closed to strangers', async () => {
    await using remote = guardedByPassword(directory, password)
    const url = `${remote.url}/shop.git`

    const found = await resolve(url, password)
    const branches = await subject().branches({ url, credential: password }, never)

    expect(found).toEqual({ sha: head, branch: 'main', tag: null })
    expect(branches).toEqual(['main', 'next'])
  })

  test('with quotes, blanks, dollars and every other sign arrives to the letter', async () => {
    const odd = { ...password, username: `o'neil "x" $HOME`, password: `%s\\n\`id\` 'pass' "word" ünï; #=` }
    await using remote = guardedByPassword(directory, odd)

    expect(await resolve(`${remote.url}/shop.git`, odd)).toMatchObject({ sha: head })
  })

  test('that is wrong, or missing, is a fault that says what would help', async () => {
    await using remote = guardedByPassword(directory, password)
    const url = `${remote.url}/shop.git`

    const wrong = await resolve(url, { ...password, password: 'another-one' })
    const missing = await resolve(url, null)

    expect(wrong).toBeInstanceOf(Fault)
    expect(String(wrong)).toContain('the credential may not read it')
    expect(missing).toBeInstanceOf(Fault)
    expect(String(missing)).toContain('Name a credential that may read it.')
  })

  test('is not shown to a repository that asks nobody', async () => {
    await using remote = guardedByPassword(directory, password, { open: 'open' })

    await resolve(`${remote.url}/shop.git`, password)

    expect(remote.shown.length).toBeGreaterThan(0)
    expect(remote.shown.filter((one) => one !== null)).toEqual([])
  })

  test('follows no redirect to another host, before or after it was asked for', async () => {
    await using thief = guardedByPassword(directory, password)
    const lead = (_: Request, url: URL) => Response.redirect(`${thief.url}${url.pathname}${url.search}`, 302)
    await using open = guardedByPassword(directory, password, { open: 'open', answer: lead })
    await using closed = guardedByPassword(directory, password, { answer: lead })

    const before = await resolve(`${open.url}/shop.git`, password)
    const after = await resolve(`${closed.url}/shop.git`, password)

    expect(thief.shown.length).toBeGreaterThan(1)
    expect(thief.shown.filter((one) => one !== null)).toEqual([])
    expect([before, after].every((error) => error instanceof Fault)).toBe(true)
  })

  test('stands on no command line while git is at work', async () => {
    const asked = Promise.withResolvers<void>()
    const stop = new AbortController()
    await using remote = guardedByPassword(directory, password, {
      answer: () => {
        asked.resolve()
        return new Promise<Response>(() => {})
      },
    })
    const call = subject('WATCHED')
      .resolve({ url: `${remote.url}/shop.git`, credential: password }, main, stop.signal)
      .catch(() => {})
    await asked.promise

    const running = processesWith('PERIPLUS_GIT_CALL=WATCHED')
    const lines = commandLines()
    stop.abort()
    await call

    expect(running.length).toBeGreaterThan(0)
    expect(lines.filter((line) => line.includes(SECRET))).toEqual([])
  })

  test('that a host says back is hidden in the reason', async () => {
    const words = `ERR sorry, ${SECRET} and ${Buffer.from(`ci:${SECRET}`).toString('base64')} are no good`
    await using remote = guardedByPassword(directory, password, {
      answer: () =>
        new Response(
          `001e# service=git-upload-pack\n0000${(words.length + 4).toString(16).padStart(4, '0')}${words}`,
          { headers: { 'content-type': 'application/x-git-upload-pack-advertisement' } },
        ),
    })

    const error = await resolve(`${remote.url}/shop.git`, password)

    expect(error).toBeInstanceOf(Unreachable)
    expect(String(error)).toContain('sorry, *** and')
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET)
  })
})

describe.skipIf(!HAS_SSHD)('a key', () => {
  test('opens a repository over ssh, and nothing of it is left on the disk', async () => {
    await using daemon = await sshDaemon(join(directory, 'open'))

    const found = await resolve(`${daemon.url}${directory}/shop.git`, daemon.credential)

    expect(found).toEqual({ sha: head, branch: 'main', tag: null })
    expect(readdirSync(keysDir())).toEqual([])
  })

  test('is read with line ends of any system, and without its last one', async () => {
    await using daemon = await sshDaemon(join(directory, 'ends'))
    const { credential } = daemon
    const pasted = credential.privateKey.trimEnd().replaceAll('\n', '\r\n')

    const found = await resolve(`${daemon.url}${directory}/shop.git`, { ...credential, privateKey: pasted })

    expect(found).toMatchObject({ sha: head })
  })

  test('is shown to no host that is not among its known hosts', async () => {
    await using daemon = await sshDaemon(join(directory, 'stranger'))
    const other = newKey(directory, 'other')
    const knownHosts = daemon.credential.knownHosts.replace(/ssh-ed25519 .*/, other.open)

    const changed = await resolve(`${daemon.url}${directory}/shop.git`, { ...daemon.credential, knownHosts })
    const unknown = await resolve(`${daemon.url}${directory}/shop.git`, {
      ...daemon.credential,
      knownHosts: `elsewhere.example ${other.open}`,
    })

    expect(changed).toBeInstanceOf(Unreachable)
    expect(unknown).toBeInstanceOf(Unreachable)
    expect(String(unknown)).toContain('known_hosts')
    expect(readdirSync(keysDir())).toEqual([])
  })

  test('that the host does not take is a fault', async () => {
    await using daemon = await sshDaemon(join(directory, 'wrong'))
    const { secret } = newKey(directory, 'mine')

    const error = await resolve(`${daemon.url}${directory}/shop.git`, {
      ...daemon.credential,
      privateKey: secret,
    })

    expect(error).toBeInstanceOf(Fault)
    expect(String(error)).toContain('the credential may not read it')
  })

  test('that a killed server left behind is removed at the next start', async () => {
    await using daemon = await sshDaemon(join(directory, 'killed'))
    await resolve(`${daemon.url}${directory}/shop.git`, daemon.credential)

    subject()

    expect(existsSync(keysDir())).toBe(false)
  })
})
