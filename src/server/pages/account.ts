import { setCookie } from 'hono/cookie'
import { tokensPage } from '../../../views/tokens.tsx'
import { Fault } from '../../domain/fault.ts'
import type { ServerDeps } from '../context.ts'
import { THEME_COOKIE, themeOf } from '../frame.ts'
import { hashOf, newSecret } from '../secret.ts'
import { TOKEN_PREFIX } from '../session.ts'
import type { Visit } from './visit.ts'

const YEAR_S = 365 * 24 * 60 * 60
const NAME = /^[^\p{Cc}]{1,60}$/u

/** What belongs to a person: the theme and the API tokens. */
export function accountPages(deps: ServerDeps) {
  const { store, world } = deps
  const { tokens } = store.people

  return {
    theme: async ({ c }: Visit) => {
      const { theme, back } = await c.req.parseBody()
      setCookie(c, THEME_COOKIE, themeOf(typeof theme === 'string' ? theme : undefined), {
        path: '/',
        maxAge: YEAR_S,
        sameSite: 'Lax',
        secure: deps.settings.secure,
      })
      return c.redirect(typeof back === 'string' && /^\/(?![/\\])[^\s\\]*$/.test(back) ? back : '/', 303)
    },

    tokens: (visit: Visit) => visit.c.html(shown(visit, null, null)),

    makeToken: async (visit: Visit) => {
      const { c } = visit
      const fields = await c.req.parseBody()
      const name = typeof fields['name'] === 'string' ? fields['name'].trim() : ''
      const userId = owner(visit)
      if (!NAME.test(name)) return c.html(shown(visit, null, 'A name has 1 to 60 characters.'), 422)
      if (tokens.list(userId).some((token) => token.name === name))
        return c.html(shown(visit, null, `You have a token ${name} already.`), 422)
      const secret = TOKEN_PREFIX + newSecret()
      store.transaction(() => {
        audit(visit, 'token.create')
        tokens.create({ userId, name, hash: hashOf(secret), now: world.now(), expiresAt: null })
      })
      return c.html(shown(visit, secret, null))
    },

    removeToken: (visit: Visit) => {
      const { c } = visit
      const id = c.req.param('token') ?? ''
      store.transaction(() => {
        if (!/^\d{1,9}$/.test(id) || !tokens.remove(Number(id), owner(visit)))
          throw new Fault('not_found', 'You have no such token; it may be removed already.')
        audit(visit, 'token.remove')
      })
      return c.redirect('/settings/tokens', 303)
    },
  }

  function owner({ visitor }: Visit): number {
    if (visitor.userId !== null) return visitor.userId
    throw new Fault('forbidden', 'local-admin has no tokens. Sign in as a person to make one.')
  }

  function audit({ visitor }: Visit, action: string): void {
    const subject = `user:${visitor.person.name}`
    store.audit.append({
      at: world.now(),
      actor: visitor.person.name,
      action,
      subject,
      outcome: 'done',
      detail: null,
    })
  }

  function shown({ frame, visitor }: Visit, made: string | null, problem: string | null): string {
    const own = visitor.userId === null ? [] : tokens.list(visitor.userId)
    return tokensPage(frame, {
      tokens: own.map(({ id, name, createdAt, expiresAt, usedAt }) => ({
        id,
        name,
        createdAt,
        expiresAt,
        usedAt,
      })),
      made,
      problem,
    })
  }
}
