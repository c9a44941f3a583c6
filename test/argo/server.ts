import { writeFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { ApiError } from '../../src/engine/argo/kube.ts'
import { Authority } from '../cluster/authority.ts'
import { type Answer, answer, authorize, PAGE_NOT_FOUND, queryOf } from './answers.ts'
import { entityTooLarge, unauthorized } from './failures.ts'
import { RESOURCES, type Time } from './objects.ts'
import { kindOf, type Route, routeOf } from './routes.ts'
import type { StandIn } from './standin.ts'

/**
 * What goes wrong with a request: it is refused; its connection breaks before it was performed, or after (`lost`); nobody
 * ever answers; it is performed late.
 */
export type Trouble = ApiError | 'reset' | 'lost' | 'silent' | { readonly slowMs: number }

interface Rule {
  readonly route: string
  readonly trouble: Trouble
  left: number
}

/** The API server's own limit for a request. */
const BODY_BYTES_MAX = 3 * 1024 * 1024
const BOOKMARK_MS = 60_000
const TOKEN = 'token-of-the-stand-in'

/**
 * The stand-in behind real HTTPS, with an authority that nobody else trusts. It knows callers by token or certificate,
 * counts what they ask, and goes wrong on demand. A route is `list pods`, `watch workflows`, `get pods/log`, `get /version`.
 */
export class ClusterServer {
  readonly #standIn: StandIn
  readonly #time: Time
  readonly #authority = new Authority()
  readonly #pair = this.#authority.sign('kube-apiserver')
  readonly #caller = this.#authority.sign('periplus')
  readonly #rules: Rule[] = []
  readonly #asked = new Map<string, number>()
  readonly #open = new Map<string, number>()
  readonly #streams = new Set<{ isStalled: boolean }>()
  #server: Server | null = null
  #port = 0
  /** Rights that callers lack, as routes. */
  readonly denied = new Set<string>()

  constructor(standIn: StandIn, time: Time) {
    this.#standIn = standIn
    this.#time = time
  }

  /** Listens; after a kill on the port that it had. */
  async start(): Promise<void> {
    const { key, cert } = this.#pair
    const options = { key, cert, ca: this.#authority.ca, requestCert: true, rejectUnauthorized: false }
    const server = createServer(options, (request, response) => void this.#serve(request, response))
    await new Promise<void>((resolve) => void server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** SIGKILL: streams are cut and connections refused. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    const closed = new Promise((resolve) => void server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  async close(): Promise<void> {
    await this.kill()
    this.#authority.remove()
  }

  /** The next requests of a route, or of any, meet trouble. */
  trouble(route: string, trouble: Trouble, times = 1): void {
    this.#rules.push({ route, trouble, left: times })
  }

  /** From now on open streams say nothing more, as behind a dead router, until they are opened anew. */
  stall(): void {
    for (const stream of this.#streams) stream.isStalled = true
  }

  /** How often a route was asked. */
  asked(route: string): number {
    return this.#asked.get(route) ?? 0
  }

  /** How many streams of a route are open. */
  open(route: string): number {
    return this.#open.get(route) ?? 0
  }

  /** What a caller's fetch needs to come in. */
  asCaller(path: string) {
    const headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }
    return { url: `https://127.0.0.1:${this.#port}${path}`, headers, tls: { ca: this.#authority.ca } }
  }

  /** Writes a kubeconfig that leads here, and answers its path. */
  kubeconfig(path: string, by: 'token' | 'certificate' = 'token'): string {
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const server = `https://127.0.0.1:${this.#port}`
    const { cert, key } = this.#caller
    const user =
      by === 'token'
        ? { token: TOKEN }
        : { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'stand-in',
      contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'periplus' } }],
      clusters: [
        {
          name: 'stand-in',
          cluster: { server, 'certificate-authority-data': base64(this.#authority.ca) },
        },
      ],
      users: [{ name: 'periplus', user }],
    }
    writeFileSync(path, JSON.stringify(config))
    return path
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = routeOf(request.method ?? 'GET', new URL(request.url ?? '/', 'https://any'))
    const key = `${route.verb} ${route.resource}`
    this.#asked.set(key, this.asked(key) + 1)
    try {
      const body = await bodyOf(request)
      const trouble = this.#takeTrouble(key)
      if (trouble === 'silent') return
      if (trouble === 'reset') return void breakOff(response)
      if (trouble instanceof ApiError) throw trouble
      if (trouble !== null && trouble !== 'lost') await this.#pass(trouble.slowMs)
      if (!isKnown(request)) throw unauthorized()
      authorize(this.denied, route)
      if (route.verb === 'watch') this.#watch(route, response)
      else if (route.resource === 'pods/log') this.#log(route, response)
      else {
        const contentType = request.headers['content-type'] ?? ''
        const given = answer(this.#standIn, this.denied, { route, body, contentType })
        if (trouble === 'lost') breakOff(response)
        else send(response, given)
      }
    } catch (error) {
      if (error instanceof ApiError) send(response, { code: error.code, body: error.status }, error)
      else throw error
    }
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#time.after(ms, resolve))
  }

  #takeTrouble(key: string): Trouble | null {
    const rule = this.#rules.find(({ route, left }) => left > 0 && (route === key || route === '*'))
    if (rule === undefined) return null
    rule.left -= 1
    return rule.trouble
  }

  #watch(route: Route, response: ServerResponse): void {
    const kind = kindOf(route)
    const { api } = this.#standIn
    if (kind === null || (kind === 'workflows' && !api.hasArgo)) return void send(response, PAGE_NOT_FOUND)
    const write = this.#stream(route, response, 'application/json')
    const tell = (event: object) => write(`${JSON.stringify(event)}\n`)
    const end = () => void response.end()
    const query = { ...queryOf(route.query), resourceVersion: route.query.get('resourceVersion') ?? '0' }
    const stops = [api.watch(kind, route.namespace, query, { tell, end })]
    const seconds = Number(route.query.get('timeoutSeconds') ?? 0)
    if (seconds > 0) stops.push(this.#time.after(seconds * 1000, end))
    const { apiVersion, kind: Kind } = RESOURCES[kind]
    const bookmark = () => {
      const metadata = { resourceVersion: String(api.history.version) }
      tell({ type: 'BOOKMARK', object: { apiVersion, kind: Kind, metadata } })
      stops[2] = this.#time.after(BOOKMARK_MS, bookmark)
    }
    if (route.query.get('allowWatchBookmarks') === 'true') stops[2] = this.#time.after(BOOKMARK_MS, bookmark)
    response.on('close', () => {
      for (const stop of stops) stop?.()
    })
  }

  #log(route: Route, response: ServerResponse): void {
    const { namespace, name, query } = route
    const since = query.get('sinceTime')
    const request = {
      container: query.get('container'),
      follow: query.get('follow') === 'true',
      sinceMs: since === null ? null : Date.parse(since),
    }
    // What is there already is told before it is known that there is an answer at all.
    const early: Uint8Array[] = []
    let write: (bytes: Uint8Array) => void = (bytes) => void early.push(bytes)
    let hasEnded = false
    const { status, stop } = this.#standIn.kubelet.log(namespace, name, request, {
      tell: (bytes) => write(bytes),
      end: () => {
        hasEnded = true
        if (response.headersSent) response.end()
      },
    })
    if (status === 204) return void response.writeHead(204).end()
    write = this.#stream(route, response, 'text/plain')
    for (const bytes of early) write(bytes)
    if (hasEnded) response.end()
    response.on('close', stop)
  }

  /** Sends headers at once; answers how to write. */
  #stream(
    { verb, resource }: Route,
    response: ServerResponse,
    contentType: string,
  ): (bytes: string | Uint8Array) => void {
    const key = `${verb} ${resource}`
    const stream = { isStalled: false }
    this.#streams.add(stream)
    this.#open.set(key, this.open(key) + 1)
    response.on('close', () => {
      this.#streams.delete(stream)
      this.#open.set(key, this.open(key) - 1)
    })
    response.writeHead(200, { 'content-type': contentType })
    response.flushHeaders()
    return (bytes) => {
      if (!stream.isStalled) response.write(bytes)
    }
  }
}

/** In the middle of an answer: what breaks before its first byte is silently asked again by some clients. */
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
  response.write('{', () => void response.socket?.destroy())
}

function isKnown(request: IncomingMessage): boolean {
  const socket = request.socket as TLSSocket
  return request.headers.authorization === `Bearer ${TOKEN}` || socket.authorized
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    size += piece.length
    if (size > BODY_BYTES_MAX) throw entityTooLarge(BODY_BYTES_MAX)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function send(response: ServerResponse, { code, body }: Answer, error?: ApiError): void {
  const isText = typeof body === 'string'
  const wait = error?.retryAfterMs ?? null
  response.writeHead(code, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    ...(wait === null ? {} : { 'retry-after': String(wait / 1000) }),
  })
  response.end(isText ? body : `${JSON.stringify(body)}\n`)
}
