import { setCookie } from 'hono/cookie'
import { tokensPage } from '../../../views/tokens.tsx'
import { Fault } from '../../domain/fault.ts'
import { audited } from '../audited.ts'
import type { ServerDeps } from '../context.ts'
import { THEME_COOKIE, themeOf } from '../frame.ts'
import { makeToken } from '../tokens.ts'
import type { Visit } from './visit.ts'

const YEAR_S = 365 * 24 * 60 * 60
const NAME = /^[^\p{Cc}]{1,60}$/u
/** A path of ours, and not one that a browser reads as another host. */
const OWN_PATH = /^\/(?![/\\])[^\s\\]*$/

/** What belongs to a person: the theme and the API tokens. */
export function accountPages(deps: ServerDeps) {
  return {
    theme: (visit: Visit) => chooseTheme(deps, visit),
    tokens: (visit: Visit) => visit.c.html(shown(deps, visit, { made: null, problem: null })),
    makeToken: (visit: Visit) => takeToken(deps, visit),
    removeToken: (visit: Visit) => removeToken(deps, visit),
  }
}

async function chooseTheme({ settings }: ServerDeps, { c }: Visit): Promise<Response> {
  const { theme, back } = await c.req.parseBody()
  setCookie(c, THEME_COOKIE, themeOf(typeof theme === 'string' ? theme : undefined), {
    path: '/',
    maxAge: YEAR_S,
    sameSite: 'Lax',
    secure: settings.secure,
  })
  return c.redirect(typeof back === 'string' && OWN_PATH.test(back) ? back : '/', 303)
}

async function takeToken(deps: ServerDeps, visit: Visit): Promise<Response> {
  const fields = await visit.c.req.parseBody()
  const name = typeof fields['name'] === 'string' ? fields['name'].trim() : ''
  const userId = ownerOf(visit)
  const taken = deps.store.people.tokens.list(userId).some((token) => token.name === name)
  const problem = NAME.test(name)
    ? taken
      ? `You have a token ${name} already.`
      : null
    : 'A name has 1 to 60 characters.'
  if (problem !== null) return visit.c.html(shown(deps, visit, { made: null, problem }), 422)
  const owner = { id: userId, name: visit.visitor.person.name }
  const { secret } = makeToken(deps, visit.visitor, owner, name, null)
  return visit.c.html(shown(deps, visit, { made: secret, problem: null }))
}

function removeToken(deps: ServerDeps, visit: Visit): Response {
  const { store } = deps
  const id = visit.c.req.param('token') ?? ''
  const { name } = visit.visitor.person
  store.transaction(() => {
    if (!/^\d{1,9}$/.test(id) || !store.people.tokens.remove(Number(id), ownerOf(visit)))
      throw new Fault('not_found', 'You have no such token; it may be removed already.')
    audited(deps, name, 'token.remove', `user:${name}`)
  })
  return visit.c.redirect('/settings/tokens', 303)
}

function ownerOf({ visitor }: Visit): number {
  if (visitor.userId !== null) return visitor.userId
  throw new Fault('forbidden', 'local-admin has no tokens. Sign in as a person to make one.')
}

function shown(
  { store }: ServerDeps,
  { frame, visitor }: Visit,
  told: { readonly made: string | null; readonly problem: string | null },
): string {
  const own = visitor.userId === null ? [] : store.people.tokens.list(visitor.userId)
  const tokens = own.map(({ id, name, createdAt, expiresAt, usedAt }) => ({
    id,
    name,
    createdAt,
    expiresAt,
    usedAt,
  }))
  return tokensPage(frame, { tokens, ...told })
}
