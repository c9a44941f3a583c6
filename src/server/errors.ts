import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { problemFragment, problemPage } from '../../views/problem.tsx'
import { problem } from '../contract/problem.ts'
import { FAULTS, Fault, type FaultKind } from '../domain/fault.ts'
import type { World } from '../world.ts'
import type { Ctx, ServerDeps } from './context.ts'
import { frameOf } from './frame.ts'

/** A Fault that HTTP has a status of its own for: 405, 412, 415. */
export class HttpFault extends Fault {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    kind: FaultKind,
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(kind, message)
    this.status = status
    this.headers = headers
  }
}

/** Answers a failure as the asker can read it: a problem document, a page, or a fragment for htmx. */
export function answerFault(
  error: unknown,
  c: Ctx,
  deps: Pick<ServerDeps, 'world' | 'settings'>,
): Response | Promise<Response> {
  const request = c.get('requestId')
  const fault = toFault(error, request, deps.world)
  const status = fault instanceof HttpFault ? fault.status : FAULTS[fault.kind].status
  if (fault instanceof HttpFault)
    for (const [name, value] of Object.entries(fault.headers)) c.header(name, value)
  if (status === 401) c.header('www-authenticate', 'Bearer realm="periplus"')
  const body = problem(fault, request, status)
  // Every status of FAULTS and of HttpFault allows a body.
  const code = status as ContentfulStatusCode
  if (!wantsPage(c)) return c.body(JSON.stringify(body), code, { 'content-type': 'application/problem+json' })
  const shown = { status, title: body.title, detail: body.detail, findings: body.findings, request }
  return c.html(
    c.req.header('hx-request') === 'true'
      ? problemFragment(frameOf(c, deps), shown)
      : problemPage(frameOf(c, deps), shown),
    code,
  )
}

/** What is no Fault is a mistake of ours: logged in full, shown as a number to quote. */
function toFault(error: unknown, request: string, world: World): Fault {
  if (error instanceof Fault && error.kind !== 'internal') return error
  if (error instanceof HTTPException && error.status < 500)
    return new Fault('invalid', 'The request could not be read.')
  world.log.error('request failed', {
    request,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    cause: error instanceof Error && error.cause !== undefined ? String(error.cause) : null,
  })
  // An expected trouble of ours (the disk is full) already says what would help.
  if (error instanceof Fault) return error
  return new Fault(
    'internal',
    `Something went wrong here, and nothing of it was done. The server’s log has it as request ${request}.`,
  )
}

function wantsPage(c: Ctx): boolean {
  if (c.req.path.startsWith('/api/')) return false
  return c.req.header('hx-request') === 'true' || (c.req.header('accept') ?? '').includes('text/html')
}
