import type { z } from 'zod'
import type { Role } from '../domain/actor.ts'

export const API_BASE = '/api/v1'

/** One row of the table: all that the server, the client and OpenAPI know of an endpoint. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`; `{name}` stands for a part of the address. */
  readonly path: string
  readonly params: z.ZodObject | null
  readonly query: z.ZodObject | null
  readonly body: z.ZodType | null
  /** True: the body may also be the definition's text itself, as YAML. */
  readonly yaml: boolean
  /** Null: nothing comes back (204). */
  readonly reply: z.ZodType | null
  readonly status: 200 | 201 | 204
  /** The least role that may ask. */
  readonly role: Role | 'anyone'
  /** `log`: JSON, text or a stream, as asked for. `search`: JSON or a stream. `events`: a stream. `table`: CSV or a JSON object a line. `file`: bytes. */
  readonly media: 'json' | 'log' | 'search' | 'events' | 'table' | 'file'
  /** Of a stream: the data of each kind of event. */
  readonly events: Readonly<Record<string, z.ZodType>> | null
  /** `read`: answers with an ETag. `write`: honours If-Match. `create`: honours Idempotency-Key. */
  readonly repeat: 'read' | 'write' | 'create' | null
  readonly help: string
}

const PLAIN = {
  params: null,
  query: null,
  body: null,
  yaml: false,
  reply: null,
  status: 200,
  media: 'json',
  events: null,
  repeat: null,
} as const

type Needed = Pick<Endpoint, 'method' | 'path' | 'role' | 'help'>

/** A row with what it does not say filled in: a plain JSON answer to a question without parts. */
export function row<const T extends Partial<Endpoint> & Needed>(given: T): Omit<typeof PLAIN, keyof T> & T {
  return { ...PLAIN, ...given }
}

/** What a schema takes, and what it makes of it. */
export type In<S> = S extends z.ZodType ? z.input<S> : undefined
export type Out<S> = S extends z.ZodType ? z.output<S> : null

/** A part of a call: absent where the row has none, optional where all of it is. */
export type Part<N extends string, T> = [T] extends [undefined]
  ? unknown
  : object extends T
    ? { readonly [P in N]?: T }
    : { readonly [P in N]: T }
