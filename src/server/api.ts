import type { Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { API_BASE, type Endpoint } from '../contract/endpoint.ts'
import { ENDPOINTS, type Operation, type Parsed, type Reply } from '../contract/endpoints.ts'
import type { Role } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import { analyticsHandlers } from './api/analytics.ts'
import { comparisonHandlers } from './api/comparison.ts'
import { definitionHandlers } from './api/definitions.ts'
import { executionHandlers } from './api/executions.ts'
import { logHandlers } from './api/logs.ts'
import { matchHandlers } from './api/matches.ts'
import { peopleHandlers } from './api/people.ts'
import { planningHandlers } from './api/planning.ts'
import { renderHandlers } from './api/render.ts'
import { reportHandlers } from './api/reports.ts'
import { searchHandlers } from './api/search.ts'
import { upkeepHandlers } from './api/upkeep.ts'
import { vaultHandlers } from './api/vault.ts'
import { viewHandlers } from './api/views.ts'
import { workflowHandlers } from './api/workflows.ts'
import type { Ctx, Env, ServerDeps, Visitor } from './context.ts'
import { HttpFault } from './errors.ts'
import type { Finder } from './finder.ts'
import { type Answer, etagOf, isFresh, once } from './repeat.ts'
import { parseRequest } from './request.ts'
import type { Searches } from './search/searches.ts'
import { mustReach } from './session.ts'
import type { Streams } from './streams.ts'

/** A request of one endpoint, checked, from somebody who may ask it. */
export interface Asked<K extends Operation> extends Parsed<K> {
  readonly c: Ctx
  readonly visitor: Visitor
}

/** A reply that is not simply the row's: another status, or the address of what was made. */
export class Made<T> {
  readonly reply: T
  readonly status: 200 | 201
  readonly location: string | null

  constructor(reply: T, status: 200 | 201, location: string | null = null) {
    this.reply = reply
    this.status = status
    this.location = location
  }
}

export type Handler<K extends Operation> = (
  asked: Asked<K>,
) => Reply<K> | Made<Reply<K>> | Response | Promise<Reply<K> | Response>
export type Handlers = { readonly [K in Operation]: Handler<K> }

/** Mounts every endpoint of the table, and answers what is not in it. */
export function mountApi(
  app: Hono<Env>,
  deps: ServerDeps,
  streams: Streams,
  searches: Searches,
  finder: Finder,
): void {
  const handlers: Handlers = {
    ...executionHandlers(deps),
    ...logHandlers(deps, streams),
    ...matchHandlers(deps, finder),
    ...comparisonHandlers(deps),
    ...searchHandlers(deps, streams, searches),
    ...viewHandlers(deps),
    ...reportHandlers(deps),
    ...workflowHandlers(deps),
    ...definitionHandlers(deps),
    ...planningHandlers(deps),
    ...renderHandlers(deps),
    ...vaultHandlers(deps),
    ...analyticsHandlers(deps),
    ...peopleHandlers(deps),
    ...upkeepHandlers(deps, streams),
  }
  const methods = new Map<string, string[]>()
  for (const [operation, row] of Object.entries<Endpoint>(ENDPOINTS)) {
    const path = API_BASE + row.path.replaceAll(/\{(\w+)\}/g, ':$1')
    // The key came out of the table itself.
    const handler = handlers[operation as Operation] as Handler<Operation>
    app.on(row.method, path, (c) => serve(deps, c, row, handler))
    methods.set(path, [...(methods.get(path) ?? []), row.method, ...(row.method === 'GET' ? ['HEAD'] : [])])
  }
  for (const [path, allowed] of methods) {
    app.all(path, (c) => {
      throw new HttpFault(
        'invalid',
        405,
        `${c.req.method} is not understood here; ${allowed.join(', ')} ${allowed.length === 1 ? 'is' : 'are'}.`,
        {
          allow: allowed.join(', '),
        },
      )
    })
  }
  const paths = [...methods.keys()].map((path) => path.replaceAll(/:(\w+)/g, '{$1}'))
  app.all('/api/*', (c) => {
    throw new Fault(
      'not_found',
      `There is no ${c.req.path.slice(0, 200)} in this interface.${didYouMean(c.req.path.slice(0, 100), paths)} ${API_BASE}/openapi.json lists all of it.`,
    )
  })
}

async function serve(
  deps: ServerDeps,
  c: Context<Env>,
  row: Endpoint,
  handler: Handler<Operation>,
): Promise<Response> {
  const visitor = admit(c.get('visitor'), row.role)
  const { params, query, body, text } = await parseRequest(c, row)
  // The row's schemas have just parsed all three.
  const asked = { params, query, body, c, visitor } as Asked<Operation>
  if (row.repeat === 'create') {
    return send(
      c,
      once(deps, c, visitor, text, () => settled(row, handler(asked))),
    )
  }
  const reply = await handler(asked)
  if (reply instanceof Response) return reply
  const answer = answerOf(row, reply)
  if (row.repeat === null || answer.body === null) return send(c, answer)
  const etag = etagOf(answer.body)
  c.header('etag', etag)
  if (row.repeat !== 'read') return send(c, answer)
  c.header('cache-control', 'private, no-cache')
  return isFresh(c, etag) ? c.body(null, 304) : send(c, answer)
}

const NOBODY: Visitor = {
  person: { kind: 'person', name: 'nobody', role: 'viewer', local: false },
  how: 'session',
  token: null,
  session: null,
  userId: null,
  csrf: '',
}

function admit(visitor: Visitor | null, least: Role | 'anyone'): Visitor {
  if (least === 'anyone') return visitor ?? NOBODY
  if (visitor === null) {
    throw new Fault('unauthenticated', 'Sign in first, or send a token: “Authorization: Bearer ppl_…”.')
  }
  mustReach(visitor, least)
  return visitor
}

function answerOf(row: Endpoint, reply: unknown): Answer {
  if (reply instanceof Made)
    return { status: reply.status, body: JSON.stringify(reply.reply), location: reply.location }
  return { status: row.status, body: row.reply === null ? null : JSON.stringify(reply), location: null }
}

/** An order that is kept by its key is done at once, inside one transaction. */
function settled(row: Endpoint, reply: unknown): Answer {
  if (reply instanceof Promise || reply instanceof Response)
    throw new TypeError(`${row.path} must answer at once.`)
  return answerOf(row, reply)
}

function send(c: Context<Env>, { status, body, location }: Answer): Response {
  if (location !== null) c.header('location', location)
  if (body === null) return c.body(null, 204)
  // Statuses with a body only: those of the rows.
  return c.body(body, status as ContentfulStatusCode, { 'content-type': 'application/json' })
}
