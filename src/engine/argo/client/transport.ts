import { Fault } from '../../../domain/fault.ts'
import type { World } from '../../../world.ts'
import { ApiError } from '../kube.ts'
import { Access, type Credentials } from './access.ts'
import { askOf } from './ask.ts'
import type { KubeconfigOptions } from './kubeconfig.ts'
import { clusterWords, refusalOf } from './refusal.ts'
import { Silent, unreached } from './unreached.ts'

export interface Request {
  readonly method: string
  /** From the API server’s root, with its query. */
  readonly path: string
  readonly body?: string
  readonly contentType?: string
}

/** A call of which nothing was heard for so long has no answer: an API server ends its own after 60 s, most in one. */
const SILENT_MS_MAX = 30_000

/** A page of 500 Argo Workflows is 5 MB; all of them at their largest would be 750. */
const ANSWER_BYTES_MAX = 128 * 1024 * 1024

/** A Status is some hundred bytes; what is longer is a page of somebody else’s, and its head is enough. */
const REFUSAL_BYTES_MAX = 64 * 1024

/**
 * The one way to an API server: Bun’s own fetch, for the `undici` of Kubernetes’ client is a shim here that forgets
 * certificates. Refusals are thrown as `ApiError`, all that was not answered as a Fault `engine_unreachable`.
 */
export class Transport {
  readonly #access: Access
  readonly #world: Pick<World, 'now' | 'sleep'>

  constructor(options: KubeconfigOptions, world: Pick<World, 'now' | 'sleep'>) {
    this.#access = new Access(options, world)
    this.#world = world
  }

  /** Asks, and reads the whole answer, which is JSON. */
  async json(request: Request): Promise<unknown> {
    const patience = new Patience(this.#world)
    try {
      const { response, credentials } = await this.#ask(request, patience)
      const { text, whole } = await answered(credentials, () => textOf(response, ANSWER_BYTES_MAX, patience))
      return whole ? parsed(text, credentials) : strange(credentials, 'with more than 128 MiB')
    } finally {
      patience.end()
    }
  }

  /**
   * What a server sends until it ends it or the signal fires. Who is patient takes silence for what it is; the others do
   * not wait for it. Whoever reads slowly slows the server.
   */
  async *stream(
    request: Request,
    signal: AbortSignal,
    listener: 'patient' | 'impatient',
  ): AsyncGenerator<Uint8Array> {
    const patience = listener === 'patient' ? null : new Patience(this.#world)
    const hearing = {
      signal: patience === null ? signal : AbortSignal.any([signal, patience.signal]),
      heard: patience?.heard ?? (() => {}),
    }
    try {
      const { response, credentials } = await this.#ask(request, hearing)
      for await (const piece of piecesOf(response, credentials)) {
        // However long the reader takes for it, that is nobody’s silence.
        patience?.end()
        yield piece
        hearing.heard()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      patience?.end()
    }
  }

  /** An answer that is a success; after a 401 it is asked once more with whatever stands in the files by then. */
  async #ask(request: Request, patience: Hearing): Promise<{ response: Response; credentials: Credentials }> {
    let credentials = await this.#access.credentials(patience.signal)
    let response = await this.#fetch(request, credentials, patience)
    if (response.status === 401) {
      await response.body?.cancel()
      credentials = await this.#access.renew(credentials, patience.signal)
      response = await this.#fetch(request, credentials, patience)
    }
    if (response.ok) return { response, credentials }
    const refused = response
    const { text } = await answered(credentials, () => textOf(refused, REFUSAL_BYTES_MAX, patience))
    const ask = askOf(request.method, new URL(request.path, 'https://any'))
    const refusal = { code: refused.status, body: text, retryAfter: refused.headers.get('retry-after') }
    throw refusalOf(refusal, ask, credentials, this.#world.now())
  }

  async #fetch(request: Request, credentials: Credentials, { signal, heard }: Hearing): Promise<Response> {
    const { place, tls, headers, proxy } = credentials
    return await answered(credentials, async () => {
      const response = await fetch(place.server + request.path, {
        method: request.method,
        headers: {
          accept: 'application/json, */*;q=0.8',
          'user-agent': 'periplus',
          ...(request.contentType !== undefined && { 'content-type': request.contentType }),
          ...headers,
        },
        ...(request.body !== undefined && { body: request.body }),
        // An API server sends nobody elsewhere, least of all with these credentials.
        redirect: 'manual',
        signal,
        tls,
        timeout: false,
        ...(proxy !== null && { proxy }),
      })
      heard()
      return response
    })
  }
}

interface Hearing {
  readonly signal: AbortSignal
  heard(): void
}

/** Fires when nothing was heard for too long. */
class Patience implements Hearing {
  readonly #world: Pick<World, 'sleep'>
  readonly #lost = new AbortController()
  #wait = new AbortController()

  constructor(world: Pick<World, 'sleep'>) {
    this.#world = world
    this.heard()
  }

  get signal(): AbortSignal {
    return this.#lost.signal
  }

  readonly heard = (): void => {
    this.#wait.abort()
    this.#wait = new AbortController()
    this.#world.sleep(SILENT_MS_MAX, this.#wait.signal).then(
      () => this.#lost.abort(new Silent()),
      () => {},
    )
  }

  end(): void {
    this.#wait.abort()
  }
}

async function* piecesOf(response: Response, credentials: Credentials): AsyncGenerator<Uint8Array> {
  if (response.headers.get('content-type')?.startsWith('text/html') === true) {
    strange(credentials, 'with a web page')
  }
  try {
    // A pod that stands on no node yet has a log without a body (204).
    if (response.body !== null) yield* response.body
  } catch (error) {
    throw unreached(error, credentials)
  }
}

function parsed(text: string, credentials: Credentials): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Never quoted: it may be anything.
    return strange(credentials, 'with something that is no JSON')
  }
}

function strange({ place }: Credentials, how: string): never {
  throw new Fault(
    'engine_unreachable',
    `${clusterWords(place)} answers ${how}. Does a proxy stand between, or is the address another server’s?`,
  )
}

/** Runs a part of a call; what it throws of itself was no answer. */
async function answered<T>(credentials: Credentials, part: () => Promise<T>): Promise<T> {
  try {
    return await part()
  } catch (error) {
    if (error instanceof Fault || error instanceof ApiError) throw error
    throw unreached(error, credentials)
  }
}

async function textOf(
  { body }: Response,
  bytesMax: number,
  { heard }: Hearing,
): Promise<{ text: string; whole: boolean }> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body ?? []) {
    heard()
    pieces.push(piece)
    bytes += piece.length
    if (bytes > bytesMax) break
  }
  return { text: Buffer.concat(pieces).toString('utf8'), whole: bytes <= bytesMax }
}
