import type { MiddlewareHandler } from 'hono'
import { Fault } from '../domain/fault.ts'
import type { World } from '../world.ts'
import type { Ctx, Env, Settings } from './context.ts'
import { sameText } from './secret.ts'

/** Definitions are at most half of it; nothing else comes near. */
const BODY_BYTES_MAX = 1024 * 1024

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const

/** Secrets stand in these addresses. */
const SECRET_PATH = /^\/(setup|sign-in)\/.+/

/** Numbers every request, and writes one line about it when its answer begins. */
export function accessLog(world: World): MiddlewareHandler<Env> {
  return async (c, next) => {
    const id = world.id()
    const began = world.now()
    c.set('requestId', id)
    c.set('visitor', null)
    await next()
    c.res.headers.set('x-request-id', id)
    world.log.info('request', {
      request: id,
      method: c.req.method,
      path: c.req.path.replace(SECRET_PATH, '/$1/…'),
      status: c.res.status,
      ms: world.now() - began,
      by: c.get('visitor')?.person.name ?? null,
    })
  }
}

/** Headers of every answer. What says nothing else about caching is private and not kept. */
export const securityHeaders: MiddlewareHandler<Env> = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store')
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * A page of another site can make a browser ask us under that site's name, once it lets the name resolve to loopback.
 * So only names of our own are answered, where we know them.
 */
export function hostCheck(settings: Settings): MiddlewareHandler<Env> {
  const loopback = LOOPBACK.has(settings.host) || settings.host === '::1' || settings.host.startsWith('127.')
  const known = new Set([...LOOPBACK, settings.host.toLowerCase(), ...settings.hosts.map(nameOf)])
  const checked = loopback || settings.hosts.length > 0
  return async (c, next) => {
    if (checked && c.env.via === 'tcp') {
      const name = nameOf(c.req.header('host') ?? '')
      if (!known.has(name)) {
        throw new Fault(
          'forbidden',
          `This server is not called “${name.slice(0, 100)}”. Where a proxy stands before it, give the address people use as the option publicUrl.`,
        )
      }
    }
    await next()
  }
}

/** Without the port, which names nobody. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Reads a body before anything else does, and no more of it than is allowed. */
export const bodyLimit: MiddlewareHandler<Env> = async (c, next) => {
  const body = c.req.raw.body
  if (body !== null && !SAFE.has(c.req.method)) {
    if (Number(c.req.header('content-length') ?? 0) > BODY_BYTES_MAX) throw tooLarge()
    const bytes = await readBounded(body)
    c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers: c.req.raw.headers, body: bytes })
  }
  await next()
}

async function readBounded(body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Uint8Array.from(Buffer.concat(parts, length))
    length += value.byteLength
    if (length > BODY_BYTES_MAX) {
      // The rest is not awaited: what is too large must not cost the time of reading it.
      void reader.cancel()
      throw tooLarge()
    }
    parts.push(value)
  }
}

function tooLarge(): Fault {
  return new Fault(
    'too_large',
    'The request is larger than 1 MiB. Definitions hold at most 512 KiB; anything bigger belongs into the repository.',
  )
}

/** JSON cannot be sent by a form of another site, and signing in ends the session it comes with. */
const FIELD_FREE = /^\/(api|sign-in|setup)(\/|$)/

/**
 * A browser sends the session cookie along with what another site makes it send. So a change by session must come from
 * a page of our own: by Fetch metadata or Origin, and from a form also with the session's hidden field.
 */
export const crossSiteCheck: MiddlewareHandler<Env> = async (c, next) => {
  const visitor = c.get('visitor')
  const carriesCookie = visitor === null || visitor.how === 'session'
  if (!SAFE.has(c.req.method) && c.env.via === 'tcp' && carriesCookie) {
    if (!fromOurselves(c, visitor !== null)) {
      throw new Fault(
        'forbidden',
        'This came from another site, so it was not done. Open Periplus itself and try again there.',
      )
    }
    if (visitor !== null && !FIELD_FREE.test(c.req.path) && !(await carriesField(c, visitor.csrf))) {
      throw new Fault(
        'forbidden',
        'This form was made for another session, so it was not sent. Load the page again and repeat it.',
      )
    }
  }
  await next()
}

/** Without a session there is nothing to ride on; then only a header that says otherwise refuses. */
function fromOurselves(c: Ctx, signedIn: boolean): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = c.req.header('origin')
  if (origin === undefined) return !signedIn
  return URL.canParse(origin) && new URL(origin).host === c.req.header('host')
}

async function carriesField(c: Ctx, csrf: string): Promise<boolean> {
  const header = c.req.header('x-csrf')
  if (header !== undefined) return sameText(header, csrf)
  const form = await c.req.parseBody()
  return typeof form['csrf'] === 'string' && sameText(form['csrf'], csrf)
}
