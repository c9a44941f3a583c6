import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SegmentOrder } from '../../../src/engine/engine.ts'
import { parseOutputs } from '../../../src/engine/outputs.ts'
import { orderOf } from '../conformance.ts'
import { serveOverHttp } from '../githttp.ts'
import { git } from '../ground.ts'
import { CANNOT_ISOLATE, Pod } from './pod.ts'
import { hurried, SHELLS, type Shell, withGit } from './shells.ts'

const REFUSED = 'The remote gives no single commit; fetching the branch or tag it belongs to.'

let dir: string
let pod: Pod | null = null
let server: ReturnType<typeof serveOverHttp>
let source: SegmentOrder['source']
let answer: (url: URL, request: Request) => Response | null

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-checkout-'))
  const path = join(dir, 'repository')
  mkdirSync(path)
  git(path, 'init', '-q', '-b', 'main')
  writeFileSync(join(path, 'readme'), 'first\n')
  git(path, 'add', '.')
  git(path, 'commit', '-qm', 'First “words”')
  answer = () => null
  server = serveOverHttp(dir, (url, request) => answer(url, request))
  source = {
    url: `${server.url}repository`,
    sha: git(path, 'rev-parse', 'HEAD'),
    branch: 'main',
    tag: null,
    credential: null,
  }
})
afterEach(async () => {
  await pod?.close()
  pod = null
  await server.stop(true)
  rmSync(dir, { recursive: true, force: true })
})

const repository = (...args: string[]) => git(join(dir, 'repository'), ...args)

/** Starts a segment that checks this source out in a stage of its own, then runs a script. */
function start(shell: Shell, from: SegmentOrder['source'], script = 'true'): Pod {
  pod = new Pod(orderOf({ source: from }, [null, script]), { shell, without: [] })
  return pod
}

/** Its log and exit code, what it handed on, and what a script then found. */
async function checkedOut(shell: Shell, from: SegmentOrder['source'], script = 'true') {
  await pod?.close()
  const { log, code, outputs } = await ended(start(shell, from, script), 's1')
  const after = (await pod?.run('s2').log())?.filter((line) => !line.startsWith('<'))
  return { log: log.filter((line) => !line.startsWith('<')), code, outputs, after }
}

async function ended(from: Pod, container: string) {
  const log = await from.run(container).log()
  const data = log.flatMap((line) => (line.startsWith('<d ') ? [line.slice(3, -1)] : []))
  return {
    log,
    code: await from.run(container).exit(),
    outputs: parseOutputs(Buffer.from(data.join(''), 'base64')),
  }
}

describe.skipIf(CANNOT_ISOLATE).each(SHELLS.map(withGit))('the checkout in $name', (shell) => {
  test('puts a branch there under its name, in a workspace that Git finds clean', async () => {
    const { log, outputs, after } = await checkedOut(
      shell,
      source,
      'git branch --show-current; git rev-parse HEAD; git remote get-url origin; git status --porcelain; ls -A; id -u',
    )

    expect(log).toEqual([
      `Fetching ${source.url} at ${source.sha} (main)`,
      `Checked out ${source.sha.slice(0, 12)} “First “words”” by Ada`,
    ])
    expect(outputs).toEqual({ title: 'First “words”', author: 'Ada' })
    expect(after?.slice(0, -1)).toEqual(['main', source.sha, source.url, '.git', 'readme'])
  })

  test('stands in a fold where it is not a stage of its own', async () => {
    pod = new Pod(orderOf({ source }, ['cat readme']), { shell, without: [] })

    const { log, outputs } = await ended(pod, 'checkout')

    expect(log.filter((line) => /^[^<]/.test(line)).map((line) => line.slice(0, 9))).toEqual([
      '::group::',
      'Fetching ',
      'Checked o',
      '::endgrou',
    ])
    expect(outputs['author']).toBe('Ada')
    expect(await pod.run('s1').log()).toEqual(['<hello>', '<start 1>', 'first', '<end exit=0>'])
  })

  test('takes the pinned commit, not what the branch has become, as deep as it lies', async () => {
    const later = `commit refs/heads/main\ncommitter Ada <ada@example.org> 1 +0000\ndata 5\nLater\n`
    const stream = `${later}from ${source.sha}\n${later.repeat(59)}`
    Bun.spawnSync(['git', 'fast-import', '--quiet'], {
      cwd: join(dir, 'repository'),
      stdin: Buffer.from(stream),
    })

    const { log, after } = await checkedOut(shell, source, 'git rev-parse HEAD')

    expect(log[1]).toBe(REFUSED)
    expect(after).toEqual([source.sha])
  })

  test('knows a branch of any name', async () => {
    const branch = `we'ird/$(touch${'$'}{IFS}x)"{{x}}`
    repository('checkout', '-qb', branch)

    expect((await checkedOut(shell, { ...source, branch }, 'git branch --show-current; ls')).after).toEqual([
      branch,
      'readme',
    ])
  })

  test('ends with 1 at once where there is no such commit, and nothing runs', async () => {
    const { log, code, outputs, after } = await checkedOut(
      shell,
      { ...source, sha: 'a'.repeat(40) },
      'echo ran',
    )

    expect(log.at(-1)).toBe(`not our ref ${'a'.repeat(40)}`)
    expect(code).toBe(1)
    expect(outputs).toEqual({ reason: `The checkout failed: not our ref ${'a'.repeat(40)}` })
    expect(after).toEqual([])
  })
})

const SSHD = Bun.which('sshd', { PATH: '/usr/sbin:/usr/bin:/sbin' })
const NO_SSH = SSHD === null || Bun.which('ssh') === null || process.getuid?.() !== 0
if (NO_SSH) console.warn('There is no sshd here, or nobody who may start it: checkouts by SSH stay untried.')

/** What is Git's doing more than the shell's is looked at in one of them. */
describe.skipIf(CANNOT_ISOLATE).each(SHELLS.slice(0, 1).map(withGit))('a checkout', (shell) => {
  test('leaves a tag and a bare commit without a branch', async () => {
    repository('tag', '-a', 'v1', '-m', 'One')
    repository('commit', '-q', '--allow-empty', '-m', 'Later')

    const tagged = await checkedOut(shell, { ...source, branch: null, tag: 'v1' }, 'git status | head -n 1')
    const bare = await checkedOut(shell, { ...source, branch: null }, 'git status | head -n 1')

    expect(tagged.after?.[0]).toStartWith('HEAD detached at')
    expect(bare.after?.[0]).toStartWith('HEAD detached at')
  })

  test('asks a remote again that is away for a moment', async () => {
    let asked = 0
    answer = () => {
      asked += 1
      return asked === 1 ? new Response('busy', { status: 503 }) : null
    }

    const { log, code } = await checkedOut(shell, source)

    expect(log).toContain('The repository cannot be read just now; try 2 of 4 follows.')
    expect(code).toBe(0)
  })

  test('tells a password to whom it is for, and writes it nowhere', async () => {
    const right = `Basic ${Buffer.from('ada:hush-hush').toString('base64')}`
    answer = (_, request) =>
      request.headers.get('authorization') === right
        ? null
        : new Response('who?', { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } })
    const credential = { kind: 'https', username: 'ada', password: 'hush-hush' } as const

    const good = await checkedOut(shell, { ...source, credential }, 'cat .git/config; env')
    const wrong = await checkedOut(shell, { ...source, credential: { ...credential, password: 'other' } })
    const none = await checkedOut(shell, source)

    expect(good.code).toBe(0)
    expect(JSON.stringify(good)).not.toContain('hush-hush')
    expect([wrong.code, none.code]).toEqual([1, 1])
    expect(wrong.outputs['reason']).toContain('Authentication failed')
  })

  test('reads no path of the pod unless that was allowed', async () => {
    const { code, outputs } = await checkedOut(shell, { ...source, url: join(dir, 'repository') })

    expect(code).toBe(1)
    expect(outputs).toEqual({ reason: "The checkout failed: transport 'file' not allowed" })
  })

  test('is ended amid a fetch that never answers', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    // Silence, for as long as it takes.
    answer = () => {
      resolve()
      return new Response(new ReadableStream())
    }
    const from = start(shell, source, 'echo ran')

    await asked
    from.run('s1').term()
    from.run('s2').term()

    expect((await from.run('s1').log()).at(-1)).toBe('<end exit=143 term>')
    expect(await from.run('s2').log()).toEqual(['<hello>', '<end skipped>'])
  })

  test('ends with 75 after four tries where nobody can be reached', async () => {
    await server.stop(true)

    const { log, code, outputs } = await checkedOut(hurried(shell), source)

    expect(log.filter((line) => line.startsWith('fatal: '))).toHaveLength(4)
    expect(code).toBe(75)
    expect(outputs['reason']).toMatch(/^The checkout failed: unable to access .*/)
  })

  test.skipIf(NO_SSH)(
    'has a key that opens its host, is no other container’s, and meets no stranger',
    async () => {
      const sshd = serveSsh(join(dir, 'ssh'))
      const from = { ...source, url: `ssh://root@127.0.0.1:${sshd.port}${dir}/repository` }
      const key = { kind: 'ssh', privateKey: sshd.privateKey, knownHosts: sshd.knownHosts } as const
      const script = 'ls /etc/periplus 2>/dev/null || echo none; env | grep -c GIT_SSH || true'

      const good = await checkedOut(shell, { ...from, credential: key }, script)
      const stranger = await checkedOut(shell, {
        ...from,
        credential: { ...key, knownHosts: key.knownHosts.replace('127.0.0.1', '127.0.0.2') },
      })
      sshd.stop()

      expect(good).toMatchObject({ code: 0, after: ['none', '0'] })
      expect(stranger.code).toBe(1)
      expect(stranger.log).toContain('Host key verification failed.')
    },
  )
})

/** OpenSSH's own server, one process a connection, which knows one key. */
function serveSsh(home: string) {
  mkdirSync(home)
  mkdirSync('/run/sshd', { recursive: true })
  for (const name of ['host', 'user'])
    Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(home, name)])
  const settings = [
    `HostKey=${home}/host`,
    `AuthorizedKeysFile=${home}/user.pub`,
    'StrictModes=no',
    'UsePAM=no',
  ]
  const command = [SSHD ?? '', '-i', '-f', '/dev/null', ...settings.flatMap((one) => ['-o', one])]
  const children = new WeakMap<object, Bun.Subprocess<'pipe', 'pipe', 'ignore'>>()
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      async open(socket) {
        const child = Bun.spawn(command, { stdin: 'pipe', stdout: 'pipe', stderr: 'ignore' })
        children.set(socket, child)
        for await (const bytes of child.stdout) socket.write(bytes)
        socket.end()
      },
      data(socket, bytes) {
        const stdin = children.get(socket)?.stdin
        stdin?.write(bytes)
        stdin?.flush()
      },
      close(socket) {
        children.get(socket)?.kill()
      },
    },
  })
  const [kind, key] = readFileSync(join(home, 'host.pub'), 'utf8').split(' ')
  return {
    port: listener.port,
    privateKey: readFileSync(join(home, 'user'), 'utf8'),
    knownHosts: `[127.0.0.1]:${listener.port} ${kind} ${key}`,
    stop: () => listener.stop(true),
  }
}
