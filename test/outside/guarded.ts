import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GitCredential } from '../../src/domain/credential.ts'
import { gitOverHttp } from './remotes.ts'

/** Remotes that ask who one is: real ones, as a company has them. */

type Password = Extract<GitCredential, { kind: 'https' }>

interface Guarded extends AsyncDisposable {
  readonly url: string
  /** The Authorization of each request, null where there was none. */
  readonly shown: readonly (string | null)[]
}

interface Odd {
  /** Answers in the repositories' place, to whoever was let in; null leaves it to them. */
  readonly answer?: (request: Request, url: URL) => Response | Promise<Response> | null
  /** Whether one may look without saying who one is. */
  readonly open?: 'open'
}

/** The repositories below a directory over smart HTTP, for whoever has this password. */
export function guardedByPassword(root: string, { username, password }: Password, odd: Odd = {}): Guarded {
  const inside = gitOverHttp(root)
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const shown: (string | null)[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    async fetch(request) {
      const url = new URL(request.url)
      const authorization = request.headers.get('authorization')
      shown.push(authorization)
      if (odd.open === undefined && authorization !== expected) {
        return new Response('who?', {
          status: 401,
          headers: { 'www-authenticate': 'Basic realm="shop"', 'content-type': 'text/plain' },
        })
      }
      const own = odd.answer?.(request, url) ?? null
      if (own !== null) return own
      const body = request.method === 'POST' ? await request.arrayBuffer() : null
      const headers = new Headers(request.headers)
      headers.delete('authorization')
      return fetch(`${inside.url}${url.pathname}${url.search}`, { method: request.method, headers, body })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    shown,
    [Symbol.asyncDispose]: async () => {
      await server.stop(true)
      await inside[Symbol.asyncDispose]()
    },
  }
}

const SSHD = '/usr/sbin/sshd'

/** Where OpenSSH is not installed its tests are left out; CI installs it. */
export const HAS_KEYGEN = Bun.which('ssh-keygen') !== null
export const HAS_SSHD = HAS_KEYGEN && existsSync(SSHD)

/** A free port may be taken before the daemon has it. */
const TRIES_MAX = 5

interface Daemon extends AsyncDisposable {
  /** Before the path of a repository. */
  readonly url: string
  readonly credential: Extract<GitCredential, { kind: 'ssh' }>
}

/** An OpenSSH daemon on loopback that lets one new key in, as whoever runs the test. */
export async function sshDaemon(directory: string): Promise<Daemon> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // Where Debian's daemon separates privileges; its own service makes it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const key = newKey(directory, 'user')
  const host = newKey(directory, 'host')
  for (let attempt = 1; ; attempt += 1) {
    const port = freePort()
    writeFileSync(join(directory, 'config'), configOf(directory, port))
    const daemon = Bun.spawn([SSHD, '-D', '-e', '-f', join(directory, 'config')], { stderr: 'pipe' })
    const said = await firstWords(daemon.stderr, 'Server listening')
    if (!said.includes('Server listening')) {
      await daemon.exited
      if (attempt === TRIES_MAX) throw new Error(`sshd does not come up: ${said}`)
      continue
    }
    return {
      url: `ssh://${process.env['USER'] ?? 'root'}@127.0.0.1:${port}`,
      credential: {
        kind: 'ssh',
        privateKey: key.secret,
        knownHosts: `[127.0.0.1]:${port} ${host.open}`,
      },
      [Symbol.asyncDispose]: async () => {
        daemon.kill()
        await daemon.exited
      },
    }
  }
}

/** A new key pair: the private one as its file holds it, and the public one's kind and letters. */
export function newKey(directory: string, name: string, passphrase = ''): { secret: string; open: string } {
  const path = join(directory, name)
  const made = Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', passphrase, '-f', path])
  if (made.exitCode !== 0) throw new Error(made.stderr.toString())
  const [kind, letters] = readFileSync(`${path}.pub`, 'utf8').split(' ')
  return { secret: readFileSync(path, 'utf8'), open: `${kind} ${letters}` }
}

function configOf(directory: string, port: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(directory, 'host')}`,
    `AuthorizedKeysFile ${join(directory, 'user.pub')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    '',
  ].join('\n')
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
  const { port } = listener
  listener.stop(true)
  return port
}

async function firstWords(stream: ReadableStream<Uint8Array>, awaited: string): Promise<string> {
  let said = ''
  const decoder = new TextDecoder()
  for await (const part of stream) {
    said += decoder.decode(part)
    if (said.includes(awaited)) break
  }
  return said
}

/** Command lines of every process of this machine. */
export function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
}

/** Files below a directory in which a text stands. */
export function filesWith(directory: string, text: string): readonly string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => existsSync(path) && readFileSync(path).includes(text))
}
