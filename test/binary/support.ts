import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '../../src/contract/client.ts'
import type { ExecutionDetailWire, LogLineWire } from '../../src/contract/schemas.ts'
import { isFinal } from '../../src/domain/status.ts'

/** The executable under test; `npm run build` makes it. */
export const BINARY = join(import.meta.dir, '..', '..', 'dist', 'periplus')

/** A directory of this test's own, and how to take it away. */
export function scratch(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'periplus-e2e-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** What a process of the executable said and how it ended. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The environment a test starts Periplus in: nothing of the machine's own. */
export function plainEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    TZ: 'UTC',
    GIT_CONFIG_GLOBAL: '/dev/null',
  }
}

/** Runs a command of the executable to its end. */
export async function periplus(
  words: readonly string[],
  options: {
    readonly cwd?: string
    readonly env?: Record<string, string>
    readonly prefix?: readonly string[]
  } = {},
): Promise<Ended> {
  const child = Bun.spawn([...(options.prefix ?? []), BINARY, ...words], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...plainEnvironment(tmpdir()), ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, out, err }
}

/** A server of the executable, on a free port. */
export interface Server {
  readonly pid: number
  readonly address: string
  readonly client: Client
  /** Its log so far. */
  log(): string
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; answers with its exit code. */
  stop(): Promise<number>
}

/** Which Periplus is started, and in which environment. */
export interface Program {
  readonly command: readonly string[]
  /** From source it is started beside its tsconfig.json. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

const EXECUTABLE: Program = { command: [BINARY], cwd: tmpdir(), env: plainEnvironment(tmpdir()) }

export async function serve(
  dir: string,
  flags: readonly string[] = [],
  { command, cwd, env }: Program = EXECUTABLE,
): Promise<Server> {
  const words = [
    'serve',
    '--data',
    dir,
    '--listen',
    '127.0.0.1:0',
    '--git-allow-file',
    '--min-free',
    '0B',
    ...flags,
  ]
  const child = Bun.spawn([...command, ...words], {
    cwd,
    env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let log = ''
  const logged = (async () => {
    const decoder = new TextDecoder()
    for await (const bytes of child.stderr) log += decoder.decode(bytes, { stream: true })
  })()
  const address = await addressFrom(child.stdout)
  if (address === null) {
    await child.exited
    await logged
    throw new Error(`The server did not start: ${log}`)
  }
  return {
    pid: child.pid,
    address,
    client: createClient({ server: 'http://localhost', socket: join(dir, 'run', 'periplus.sock') }),
    log: () => log,
    kill: async () => {
      child.kill('SIGKILL')
      await child.exited
    },
    stop: async () => {
      child.kill('SIGTERM')
      return await child.exited
    },
  }
}

async function addressFrom(out: ReadableStream<Uint8Array>): Promise<string | null> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of out) {
    text += decoder.decode(bytes, { stream: true })
    const found = /listens on (\S+)\n/.exec(text)
    if (found?.[1] !== undefined) return found[1]
  }
  return null
}

/** A Git repository with these files in one commit on main. */
export function repository(dir: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(dir, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@periplus.example']
  for (const words of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '--all'],
    [...identity, 'commit', '--quiet', '--message', 'First'],
  ]) {
    const { success, stderr } = Bun.spawnSync(['git', ...words], { cwd: dir, env: plainEnvironment(dir) })
    if (!success) throw new Error(stderr.toString())
  }
  return dir
}

/** The execution as soon as it satisfies the question; polls, so that a server may come and go meanwhile. */
export async function until(
  client: Client,
  id: string,
  holds: (execution: ExecutionDetailWire) => boolean = ({ status }) => isFinal(status),
  turnsMax = TURNS_MAX,
): Promise<ExecutionDetailWire> {
  for (let turn = 0; turn < turnsMax; turn += 1) {
    const execution = await client.call('getExecution', { params: { id } }).catch(() => null)
    if (execution !== null && holds(execution)) return execution
    await Bun.sleep(POLL_MS)
  }
  throw new Error(
    `${id} did not get there: ${JSON.stringify(await client.call('getExecution', { params: { id } }))}`,
  )
}

const POLL_MS = 50
/** A minute: far more than anything here takes. */
const TURNS_MAX = 1_200

/** All lines of one stage's log. */
export async function linesOf(client: Client, id: string, stage: string): Promise<LogLineWire[]> {
  const lines: LogLineWire[] = []
  while (true) {
    const from = String((lines.at(-1)?.number ?? 0) + 1)
    const window = await client.call('getStageLog', { params: { id, stage }, query: { from, limit: 5_000 } })
    lines.push(...window.lines)
    if (window.next === null || window.lines.length === 0) return lines
  }
}

/** Processes whose command line or environment mentions `text`, other than this one. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const command = read(`/proc/${pid}/cmdline`)
      return command.includes(text) || read(`/proc/${pid}/environ`).includes(text)
        ? [`${pid} ${command.replaceAll('\0', ' ')}`]
        : []
    })
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // It has ended, or is not ours to read.
    return ''
  }
}
