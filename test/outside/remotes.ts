import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Git as a person of the test runs it, away from the configuration of whoever runs the test. */
export function git(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false']
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], { cwd, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}

interface Remote extends AsyncDisposable {
  readonly url: string
}

/** The repositories below a directory, served by git's own CGI program; or one answer to all that is asked. */
export function gitOverHttp(
  root: string,
  status: number | null = null,
  at: { readonly hostname: string; readonly port: number } = { hostname: '127.0.0.1', port: 0 },
): Remote {
  const server = Bun.serve({
    ...at,
    fetch: (request) => (status === null ? cgi(root, request) : new Response('no', { status })),
  })
  return {
    url: `http://${at.hostname}:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

async function cgi(root: string, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const child = Bun.spawn(['git', 'http-backend'], {
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers.get('content-type') ?? '',
      GIT_PROTOCOL: request.headers.get('git-protocol') ?? '',
    },
    stdin: new Uint8Array(await request.arrayBuffer()),
    stderr: 'ignore',
  })
  const answer = Buffer.from(await new Response(child.stdout).arrayBuffer())
  const split = answer.indexOf('\r\n\r\n')
  const headers = answer
    .subarray(0, split)
    .toString()
    .split('\r\n')
    .map((line) => line.split(': ') as [string, string])
  const status = Number(headers.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200)
  return new Response(answer.subarray(split + 4), {
    status,
    headers: headers.filter(([name]) => name !== 'Status'),
  })
}

/** A host that takes a connection and says nothing, ever. */
export function silentRemote(): Remote & { readonly connected: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => resolve() } })
  return {
    url: `http://127.0.0.1:${server.port}`,
    connected: promise,
    [Symbol.asyncDispose]: async () => server.stop(true),
  }
}

/** Ids of the processes in whose environment a variable stands. */
export function processesWith(variable: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable)
    } catch {
      return false
    }
  })
}
