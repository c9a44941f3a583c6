import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from 'bun'
import type { Config } from '../config.ts'
import { Fault } from '../domain/fault.ts'

/** How a request came in. */
type Via = 'tcp' | 'socket'
type Fetch = (request: Request, server: Server<unknown>, via: Via) => Response | Promise<Response>

/** The open doors: one on the network, one for whoever may open the data directory. */
export interface Listening {
  /** Where people reach the server. */
  readonly address: string
  /** Takes no new requests and resolves when those under way have ended. */
  close(): Promise<void>
  /** Cuts what is still open. */
  cut(): Promise<void>
}

/** Longer than the heartbeat of a quiet stream, shorter than a forgotten connection should last. */
const IDLE_SECONDS = { idleTimeout: 30 }

const SHARED = {
  // The server's own bound answers with a problem document; Bun's would cut the connection.
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  development: false,
} as const

/**
 * Listens on the address of the options and on the data directory's unix socket. The directory's lock must be held:
 * only then is a socket that is found there a leftover.
 */
export async function listen(config: Config, fetch: Fetch): Promise<Listening> {
  const run = join(config['data.dir'], 'run')
  const socket = join(run, 'periplus.sock')
  mkdirSync(run, { recursive: true, mode: 0o700 })
  // Whoever can open it acts as local-admin: the directory keeps all others out, also where it was there before.
  chmodSync(run, 0o700)
  rmSync(socket, { force: true })
  const network = open(config, fetch)
  try {
    const local = Bun.serve({
      ...SHARED,
      // Bun keeps to it on a unix socket, too, where the timeout of a single request cannot be lifted; its types say no.
      ...(IDLE_SECONDS as object),
      unix: socket,
      fetch: (request, server) => fetch(request, server, 'socket'),
    })
    const address = config.publicUrl ?? addressOf(config, network)
    writeFileSync(join(run, 'address'), `${address}\n`)
    return {
      address,
      close: async () => void (await Promise.all([network.stop(), local.stop()])),
      cut: async () => {
        await Promise.all([network.stop(true), local.stop(true)])
        rmSync(socket, { force: true })
        rmSync(join(run, 'address'), { force: true })
      },
    }
  } catch (error) {
    await network.stop(true)
    throw new Fault(
      'invalid',
      `The socket ${socket} cannot be made: ${wordsOf(error)}. Is the data directory’s path too long?`,
      { cause: error },
    )
  }
}

function open({ listen: { host, port } }: Config, fetch: Fetch): Server<unknown> {
  try {
    return Bun.serve({
      ...SHARED,
      ...IDLE_SECONDS,
      hostname: host,
      port,
      fetch: (request, server) => fetch(request, server, 'tcp'),
    })
  } catch (error) {
    const asked = `${host.includes(':') ? `[${host}]` : host}:${port}`
    const remedies: Record<string, string> = {
      EADDRINUSE: `Something else listens on ${asked} already. End it, or choose another port with --listen.`,
      EACCES: `This user may not listen on ${asked}. Choose a port above 1023 with --listen.`,
      EADDRNOTAVAIL: `This machine has no address ${host}. Choose one of its own with --listen.`,
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new Fault('conflict', remedies[code] ?? `Nothing can listen on ${asked}: ${wordsOf(error)}.`, {
      cause: error,
    })
  }
}

function addressOf({ listen: { host } }: Config, network: Server<unknown>): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${network.port}`
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
