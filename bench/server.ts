import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The program under measurement, serving a data directory. */
export interface Server {
  readonly pid: number
  readonly address: URL
  /** From the spawn to the first answer. */
  readonly startedMs: number
  readonly exited: Promise<number>
}

/** Starts it on a free port of loopback; resolves once it has answered. */
export async function start(
  command: readonly string[],
  dir: string,
  ...flags: readonly string[]
): Promise<Server> {
  const begun = performance.now()
  const child = Bun.spawn([...command, 'serve', '--data', dir, '--listen', '127.0.0.1:0', ...flags], {
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const address = await addressFrom(child.stderr)
  await fetch(new URL('/healthz', address))
  return { pid: child.pid, address, startedMs: performance.now() - begun, exited: child.exited }
}

export async function stop({ pid, exited }: Server): Promise<void> {
  process.kill(pid, 'SIGTERM')
  await exited
}

/** Read from the server's own log, the rest of which is thrown away. */
async function addressFrom(log: ReadableStream<Uint8Array>): Promise<URL> {
  const reader = log.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (true) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`The server did not start: ${text}`)
    text += decoder.decode(value, { stream: true })
    const [, address] = /"address":"([^"]+)"/.exec(text) ?? []
    if (address === undefined) continue
    void drain(reader)
    return new URL(address)
  }
}

async function drain(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}

/** Over the unix socket, where whoever may open it is local-admin. */
export async function ask(
  dir: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const response = await fetch(`http://periplus/api/v1${path}`, {
    unix: join(dir, 'run/periplus.sock'),
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, answer: text === '' ? {} : JSON.parse(text) }
}

export function residentMb({ pid }: Pick<Server, 'pid'>): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round((Number(kib) * 1024) / 1e6)
}

/** Of all its threads, so far; Linux counts hundredths of a second. */
export function cpuMs({ pid }: Pick<Server, 'pid'>): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
