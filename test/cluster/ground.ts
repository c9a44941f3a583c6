import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Server } from 'bun'
import { stringify } from 'yaml'
import { openCluster } from '../../src/engine/argo/client/client.ts'
import type { Cluster } from '../../src/engine/argo/cluster.ts'
import { realWorld, type World } from '../../src/world.ts'
import { Authority, type Pair } from './authority.ts'

export const TOKEN = 'a-token-that-nobody-may-read'

/** What a request asked for, as the API server saw it. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly authorization: string | null
  readonly contentType: string | null
  readonly body: string
}

type Answer = (asked: Asked) => Response | Promise<Response>

/** An API server of one test: real TLS by a throw-away authority, and answers as the test says. */
export class Ground {
  readonly dir = mkdtempSync(join(tmpdir(), 'periplus-cluster-'))
  readonly authority = new Authority()
  readonly asked: Asked[] = []
  answer: Answer = () => Response.json({})
  readonly #own = this.authority.sign('server')
  readonly #server = this.serve(this.#own)

  get address(): string {
    return this.#server.url.origin
  }

  /** Another door to the same answers; with `clients`, only for who shows a certificate of this authority. */
  serve({ key, cert }: Pair, clients: 'anybody' | 'known' = 'anybody'): Server<unknown> {
    const known = { ca: this.authority.ca, requestCert: true, rejectUnauthorized: true }
    return Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 0,
      tls: { key, cert, ...(clients === 'known' ? known : {}) },
      fetch: async (request) => {
        const { pathname, searchParams } = new URL(request.url)
        const asked = {
          method: request.method,
          path: pathname,
          query: Object.fromEntries(searchParams),
          authorization: request.headers.get('authorization'),
          contentType: request.headers.get('content-type'),
          body: await request.text(),
        }
        this.asked.push(asked)
        return await this.answer(asked)
      },
    })
  }

  /** A kubeconfig of one context `test`; what is given replaces what stands there otherwise. */
  kubeconfig(given: { readonly cluster?: object; readonly user?: object } = {}): string {
    const ca = Buffer.from(this.authority.ca).toString('base64')
    return this.write(
      'kubeconfig',
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'test',
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'periplus' } }],
        clusters: [
          {
            name: 'test',
            cluster: { server: this.address, 'certificate-authority-data': ca, ...given.cluster },
          },
        ],
        users: [{ name: 'periplus', user: given.user ?? { token: TOKEN } }],
      }),
    )
  }

  open(kubeconfig: string = this.kubeconfig(), world: Partial<World> = {}): Cluster {
    const options = { kubeconfig, context: null, variables: {}, namespace: 'argo' }
    return openCluster({ ...options, world: { ...realWorld(), ...world } })
  }

  write(name: string, text: string, mode = 0o600): string {
    const path = join(this.dir, name)
    writeFileSync(path, text, { mode })
    return path
  }

  async remove(): Promise<void> {
    await this.#server.stop(true)
    this.authority.remove()
    rmSync(this.dir, { recursive: true })
  }
}

/** An answer as an API server refuses. */
export function refused(code: number, reason: string, message: string, details = {}): Response {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details,
    code,
  }
  return Response.json(status, { status: code })
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => null,
    (found: unknown) => found,
  )
  if (error instanceof Error) return error
  throw new Error(`It was not rejected with an error: ${String(error)}`)
}

/** All that comes of it. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(items)
}
