import { Fault } from '../domain/fault.ts'
import { API_BASE, type Endpoint } from './endpoint.ts'
import { type Call, ENDPOINTS, type Operation, type Reply } from './endpoints.ts'
import { faultOf } from './problem.ts'
import { type Message, messages } from './sse.ts'

export interface ClientOptions {
  /** `https://host[:port]`; over a unix socket only its name in the Host header. */
  readonly server: string
  /** Path of a unix socket to go through instead of the network. */
  readonly socket?: string | undefined
  readonly token?: string | undefined
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** The same key with the same request is done once, however often it is sent. */
  readonly idempotencyKey?: string | undefined
  /** Saves only over the version with this ETag. */
  readonly ifMatch?: string | undefined
}

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined
  /** Id of the last message that arrived; what followed it is sent again. */
  readonly lastEventId?: string | undefined
}

/** The operations whose answer may be a stream of events. */
type Streaming = { [K in Operation]: (typeof ENDPOINTS)[K]['media'] extends 'json' ? never : K }[Operation]

/** The parts of a request, whatever its operation. */
interface Given {
  readonly params?: object
  readonly query?: object
  readonly body?: unknown
}

/** Typed calls of the JSON interface. Every failure is a Fault: the server's own, or one saying that it was not reached. */
export interface Client {
  call<K extends Operation>(operation: K, given: Call<K> & Given, options?: CallOptions): Promise<Reply<K>>
  /** Messages until the server ends the stream, the connection breaks (a Fault) or the signal fires. */
  stream<K extends Streaming>(
    operation: K,
    given: Call<K> & Given,
    options?: StreamOptions,
  ): AsyncGenerator<Message, void, undefined>
  /** A log as plain text, or a file as it is, piece by piece. */
  text(
    operation: 'getStageLog' | 'getExecutionLog' | 'downloadReport',
    given: Call<'getStageLog'> | Call<'getExecutionLog'> | Call<'downloadReport'>,
    options?: StreamOptions,
  ): Promise<ReadableStream<Uint8Array>>
}

/** A client of one server, as one person. */
export function createClient(options: ClientOptions): Client {
  return {
    async call(operation, given, callOptions = {}) {
      const response = await send(
        options,
        operation,
        given,
        { accept: 'application/json', ...headersOf(callOptions) },
        callOptions.signal,
      )
      // The server's reply has the row's schema: its tests hold every answer to it.
      return (response.status === 204 ? null : await response.json()) as Reply<typeof operation>
    },
    async *stream(operation, given, streamOptions = {}) {
      const headers = {
        accept: 'text/event-stream',
        ...(streamOptions.lastEventId === undefined ? {} : { 'last-event-id': streamOptions.lastEventId }),
      }
      const response = await send(options, operation, given, headers, streamOptions.signal)
      if (response.body !== null) yield* messages(response.body)
    },
    async text(operation, given, streamOptions = {}) {
      const response = await send(options, operation, given, { accept: 'text/plain' }, streamOptions.signal)
      return response.body ?? new ReadableStream()
    },
  }
}

function headersOf(options: CallOptions): Record<string, string> {
  return {
    ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
  }
}

async function send(
  to: ClientOptions,
  operation: Operation,
  given: Given,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const row: Endpoint = ENDPOINTS[operation]
  const response = await fetch(new URL(addressOf(row, given), to.server), {
    method: row.method,
    headers: {
      ...headers,
      ...(to.token === undefined ? {} : { authorization: `Bearer ${to.token}` }),
      ...(row.body === null ? {} : { 'content-type': 'application/json' }),
    },
    // A quiet stream is not a dead one; the server's heartbeat tells them apart.
    timeout: false,
    redirect: 'error',
    ...(row.body === null ? {} : { body: JSON.stringify(given.body ?? {}) }),
    ...(to.socket === undefined ? {} : { unix: to.socket }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw new Fault(
      'server_unreachable',
      `No Periplus server answers at ${to.socket ?? to.server}. Is it running?`,
      { cause },
    )
  })
  if (response.ok) return response
  throw faultOf(response.status, await response.json().catch(() => null))
}

function addressOf(row: Endpoint, given: Given): string {
  const params = new Map<string, unknown>(Object.entries(given.params ?? {}))
  const path = row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params.get(name))),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(given.query ?? {})) {
    for (const part of Array.isArray(value) ? value : [value])
      if (part !== undefined) query.append(name, String(part))
  }
  return API_BASE + path + (query.size === 0 ? '' : `?${query}`)
}
