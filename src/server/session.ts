import type { MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { ROLES, type Role, reaches } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import type { UserRow } from '../store/tables.ts'
import { addressOf } from './address.ts'
import type { Ctx, Env, ServerDeps, Visitor } from './context.ts'
import { hashOf, newSecret } from './secret.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** A session that is not used for a week ends; one that is used ends after a month all the same. */
const IDLE_MS = 7 * DAY_MS
const ABSOLUTE_MS = 30 * DAY_MS
/** “Last used” is written so often at most: it must not make every read a write. */
const TOUCH_MS = 60 * 1000

/** As much of what a browser says of itself as tells it from another. */
const AGENT_CHARS_MAX = 300

/** Of a ULID's end, which is chance. */
const INSTANCE_CHARS = 8

export const TOKEN_PREFIX = 'ppl_'

/** Whoever may open the socket's directory could read the databases anyway; they may do all but decide for people. */
const LOCAL_ADMIN: Visitor = {
  person: { kind: 'person', name: 'local-admin', role: 'admin', local: true },
  how: 'socket',
  token: null,
  session: null,
  userId: null,
  csrf: '',
}

/** Finds out who asks: a token, the socket, or a session's cookie. A token that is given must be good. */
export function identify(deps: ServerDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set('visitor', visitorOf(deps, c))
    await next()
  }
}

/** Whether whoever asked then would still be let in: streams outlive tokens and sessions. */
export function isStillWelcome(deps: ServerDeps, c: Ctx): boolean {
  if (c.get('visitor') === null) return true
  try {
    return visitorOf(deps, c) !== null
  } catch (error) {
    if (error instanceof Fault && error.kind === 'unauthenticated') return false
    throw error
  }
}

function visitorOf(deps: ServerDeps, c: Ctx): Visitor | null {
  const authorization = c.req.header('authorization')
  if (authorization !== undefined) return byToken(deps, authorization)
  return c.env.via === 'socket' ? LOCAL_ADMIN : bySession(deps, c)
}

function byToken({ store, world }: ServerDeps, authorization: string): Visitor {
  const secret = /^bearer +(\S+)$/i.exec(authorization)?.[1]
  if (secret === undefined) {
    throw new Fault(
      'unauthenticated',
      'The Authorization header must be “Bearer ppl_…”, with a token of yours.',
    )
  }
  const now = world.now()
  const found = store.people.tokens.byHash(hashOf(secret), now)
  if (found === null) {
    throw new Fault(
      'unauthenticated',
      'This token is not known: it was mistyped, has expired or was withdrawn.',
    )
  }
  if (now - (found.usedAt ?? 0) > TOUCH_MS) store.people.tokens.touch(found.id, now)
  return {
    ...visitorFor(found.user, lesser(found.role ?? found.user.role, found.user.role)),
    how: 'token',
    token: { role: found.role, expiresAt: found.expiresAt },
    session: null,
    csrf: '',
  }
}

function bySession({ store, world, settings }: ServerDeps, c: Ctx): Visitor | null {
  const secret = getCookie(c, cookieName({ store, settings }))
  if (secret === undefined) return null
  const now = world.now()
  const found = store.people.sessions.byHash(hashOf(secret), now)
  if (found === null) return null
  if (now - found.seenAt > TOUCH_MS) {
    store.people.sessions.touch(found.hash, now, Math.min(now + IDLE_MS, found.createdAt + ABSOLUTE_MS))
  }
  return {
    ...visitorFor(found.user, found.user.role),
    how: 'session',
    token: null,
    session: found.hash,
    csrf: found.csrf,
  }
}

function visitorFor({ id, name }: UserRow, role: Role): Pick<Visitor, 'person' | 'userId'> {
  return { person: { kind: 'person', name, role, local: false }, userId: id }
}

function lesser(a: Role, b: Role): Role {
  return ROLES.indexOf(a) < ROLES.indexOf(b) ? a : b
}

/** The one place where roles are asked for. */
export function mustReach({ person }: Visitor, least: Role): void {
  if (reaches(person.role, least)) return
  throw new Fault(
    'forbidden',
    `This needs the role ${least}; ${person.name} is ${person.role}. An admin can change that.`,
  )
}

/** Whoever made a token that may do less than they may did not mean it to decide for them. */
export function refuseNarrowed({ token, person }: Visitor): void {
  if (token === null || token.role === null) return
  throw new Fault(
    'forbidden',
    `This token was made to do what a ${token.role} may, so it decides for nobody. ${person.name} can, on the page or by a token without a role of its own.`,
  )
}

/** Signs somebody in: always under a new secret, so that one planted before is worth nothing. */
export function openSession({ store, world, settings }: ServerDeps, c: Ctx, userId: number): void {
  closeSession({ store, settings }, c)
  const secret = newSecret()
  const now = world.now()
  store.people.sessions.expire(now)
  store.people.sessions.create({
    hash: hashOf(secret),
    userId,
    csrf: newSecret(),
    now,
    expiresAt: now + IDLE_MS,
    agent: (c.req.header('user-agent') ?? '').slice(0, AGENT_CHARS_MAX),
    address: addressOf(c),
  })
  setCookie(c, cookieName({ store, settings }), secret, {
    ...cookieOptions(settings.secure),
    maxAge: ABSOLUTE_MS / 1000,
  })
}

/** Ends the browser's session, here and in its cookies. */
export function closeSession({ store, settings }: Pick<ServerDeps, 'store' | 'settings'>, c: Ctx): void {
  const secret = getCookie(c, cookieName({ store, settings }))
  if (secret === undefined) return
  store.people.sessions.remove(hashOf(secret))
  deleteCookie(c, cookieName({ store, settings }), cookieOptions(settings.secure))
}

/**
 * Cookies know hosts but not ports: two servers on one machine must not sign each other's people out, so each has a name
 * of its own. The prefix makes browsers refuse the cookie unless it came by https for this very host.
 */
export function cookieName({ store, settings }: Pick<ServerDeps, 'store' | 'settings'>): string {
  return `${settings.secure ? '__Host-' : ''}periplus-${store.instance.slice(-INSTANCE_CHARS).toLowerCase()}`
}

function cookieOptions(secure: boolean) {
  return { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const
}
