import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitRef } from '../../src/domain/definition.ts'
import { Fault } from '../../src/domain/fault.ts'
import { createGit, type GitOptions } from '../../src/outside/git.ts'
import { Unreachable } from '../../src/outside/giterror.ts'
import { realWorld } from '../../src/world.ts'
import { git, gitOverHttp, processesWith, silentRemote } from './remotes.ts'

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' }
const main: GitRef = { kind: 'branch', name: 'main' }
/** Every process of a call of git has it in its environment. */
const call = `TEST${process.pid}`
const marked = { world: { id: () => call } }
const mark = `PERIPLUS_GIT_CALL=${call}`

/** A repository that asks nobody who they are. */
const open = (url: string) => ({ url, credential: null })

const never = new AbortController().signal

let directory = ''
let repository = ''
let head = ''
let tagged = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'periplus-git-'))
  repository = join(directory, 'shop.git')
  git(directory, 'init', '--quiet', '--bare', '--initial-branch=main', 'shop.git')
  git(directory, 'init', '--quiet', '--bare', '--initial-branch=main', 'empty.git')
  git(directory, 'clone', '--quiet', 'shop.git', 'work')
  const work = join(directory, 'work')
  git(work, 'commit', '--quiet', '--allow-empty', '-m', 'First')
  tagged = git(work, 'rev-parse', 'HEAD')
  git(work, 'tag', '-a', 'v1.0', '-m', 'Annotated')
  git(work, 'tag', 'light')
  git(work, 'commit', '--quiet', '--allow-empty', '-m', 'Second')
  head = git(work, 'rev-parse', 'HEAD')
  git(work, 'branch', 'release/1.0')
  git(work, 'push', '--quiet', 'origin', 'main', 'release/1.0', '--tags')
})

afterAll(() => rmSync(directory, { recursive: true }))

function subject(options: Partial<GitOptions> = {}) {
  return createGit({
    allowFile: true,
    environment: ENVIRONMENT,
    keysDir: join(directory, 'keys'),
    world: realWorld(),
    ...options,
  })
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('it was resolved'),
    (error: unknown) => error,
  )
}

describe('resolve', () => {
  test('a branch is pinned to the commit it stands for', async () => {
    expect(await subject().resolve(open(repository), main, never)).toEqual({
      sha: head,
      branch: 'main',
      tag: null,
    })
  })

  test('a branch with a slash is found', async () => {
    const found = await subject().resolve(open(repository), { kind: 'branch', name: 'release/1.0' }, never)

    expect(found.sha).toBe(head)
  })

  test('an annotated tag is pinned to its commit, not to the tag', async () => {
    const found = await subject().resolve(open(repository), { kind: 'tag', name: 'v1.0' }, never)

    expect(found).toEqual({ sha: tagged, branch: null, tag: 'v1.0' })
  })

  test('a light tag is pinned to its commit', async () => {
    expect((await subject().resolve(open(repository), { kind: 'tag', name: 'light' }, never)).sha).toBe(
      tagged,
    )
  })

  test('a SHA is taken as it is, and the remote is not asked', async () => {
    const sha = 'a'.repeat(40)

    const found = await subject().resolve(open('https://127.0.0.1:1/none.git'), { kind: 'sha', sha }, never)

    expect(found).toEqual({ sha, branch: null, tag: null })
  })

  test('an unknown branch names the one that was meant', async () => {
    const error = await failure(subject().resolve(open(repository), { kind: 'branch', name: 'mian' }, never))

    expect(error).toBeInstanceOf(Fault)
    expect(String(error)).toContain('no branch mian. Did you mean main?')
  })

  test('a tag is not taken for a branch', async () => {
    const error = await failure(subject().resolve(open(repository), { kind: 'branch', name: 'v1.0' }, never))

    expect(error).toBeInstanceOf(Fault)
  })

  test('a repository without branches says so', async () => {
    const error = await failure(subject().resolve(open(join(directory, 'empty.git')), main, never))

    expect(String(error)).toContain('no branch main. It has no branch at all.')
  })

  test('a path that is no repository is a fault, not an outage', async () => {
    const error = await failure(subject().resolve(open(join(directory, 'nowhere.git')), main, never))

    expect(error).toBeInstanceOf(Fault)
    expect(String(error)).toContain('There is no repository at this address.')
  })

  test('paths and file:// are refused unless allowed', async () => {
    for (const url of [repository, `file://${repository}`, `FILE://${repository}`]) {
      const error = await failure(subject({ allowFile: false }).resolve(open(url), main, never))

      expect(String(error)).toContain('git.allowFile')
    }
  })

  test('an address that git would take for an option is refused', async () => {
    const error = await failure(subject().resolve(open('--upload-pack=touch /tmp/x'), main, never))

    expect(error).toBeInstanceOf(Fault)
  })
})

describe('resolve over HTTP', () => {
  test('a branch of a smart HTTP remote is pinned', async () => {
    await using remote = gitOverHttp(directory)

    const found = await subject({ allowFile: false }).resolve(open(`${remote.url}/shop.git`), main, never)

    expect(found.sha).toBe(head)
  })

  test('a repository that is not there is a fault', async () => {
    await using remote = gitOverHttp(directory)

    const error = await failure(subject().resolve(open(`${remote.url}/nope.git`), main, never))

    expect(error).toBeInstanceOf(Fault)
    expect(String(error)).toContain('no repository')
  })

  for (const [status, kind] of [
    [401, Fault],
    [403, Fault],
    [429, Unreachable],
    [500, Unreachable],
    [503, Unreachable],
  ] as const) {
    test(`an answer of ${status} is ${kind === Fault ? 'a fault' : 'waited out'}`, async () => {
      await using remote = gitOverHttp(directory, status)

      const error = await failure(subject().resolve(open(`${remote.url}/shop.git`), main, never))

      expect(error).toBeInstanceOf(kind)
    })
  }
})

describe('resolve of what cannot be reached', () => {
  test('a closed port is waited out', async () => {
    const error = await failure(subject().resolve(open('http://127.0.0.1:1/shop.git'), main, never))

    expect(error).toBeInstanceOf(Unreachable)
    expect(String(error)).toContain('takes no connection')
  })

  test('a host that no name service knows is waited out', async () => {
    const error = await failure(
      subject({ timeoutMs: 3_000 }).resolve(open('http://nowhere.invalid/shop.git'), main, never),
    )

    expect(error).toBeInstanceOf(Unreachable)
  })

  test('ssh to a closed port is waited out, and asks nobody for a password', async () => {
    const error = await failure(subject().resolve(open('ssh://git@127.0.0.1:1/shop.git'), main, never))

    expect(error).toBeInstanceOf(Unreachable)
  })

  test('a host that never answers is given up after the limit, and no process is left', async () => {
    await using remote = silentRemote()

    const error = await failure(
      subject({ ...marked, timeoutMs: 400 }).resolve(open(`${remote.url}/shop.git`), main, never),
    )

    expect(error).toBeInstanceOf(Unreachable)
    expect(String(error)).toContain('has not answered for 0.4 s')
    expect(processesWith(mark)).toEqual([])
  })

  test('a signal ends the call with its own reason, and no process is left', async () => {
    await using remote = silentRemote()
    const stop = new AbortController()
    const asked = failure(subject(marked).resolve(open(`${remote.url}/shop.git`), main, stop.signal))
    await remote.connected
    const running = processesWith(mark)

    stop.abort(new Error('stopped'))

    expect(String(await asked)).toBe('Error: stopped')
    expect(running.length).toBeGreaterThan(1)
    expect(processesWith(mark)).toEqual([])
  })

  test('a signal that has fired already starts nothing', async () => {
    const error = await failure(
      subject().resolve(open(repository), main, AbortSignal.abort(new Error('stopped'))),
    )

    expect(String(error)).toBe('Error: stopped')
  })
})
