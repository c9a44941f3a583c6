import { setCookie } from 'hono/cookie'
import { accountPage } from '../../../views/settings/account.tsx'
import { settingsIndex } from '../../../views/settings/frame.tsx'
import type { Finding } from '../../domain/fault.ts'
import { createAccount, sessionId } from '../account.ts'
import type { ServerDeps } from '../context.ts'
import { THEME_COOKIE, themeOf } from '../frame.ts'
import { findingsFrom, readFields } from './text.ts'
import type { Visit } from './visit.ts'

const YEAR_S = 365 * 24 * 60 * 60
/** A path of ours, and not one that a browser reads as another host. */
const OWN_PATH = /^\/(?![/\\])[^\s\\]*$/

type Account = ReturnType<typeof createAccount>

/** What belongs to a person: the theme, the password, and the browsers they are signed in with. */
export function accountPages(deps: ServerDeps) {
  const account = createAccount(deps)
  return {
    index: ({ c, frame }: Visit) => c.html(settingsIndex(frame)),
    theme: (visit: Visit) => chooseTheme(deps, visit),
    show: (visit: Visit) => {
      const told = visit.c.req.query('told') === 'password' ? 'password changed' : null
      return visit.c.html(shown(deps, account, visit, { told, findings: [] }))
    },
    password: (visit: Visit) => changePassword(deps, account, visit),
    endSession: ({ c, visitor }: Visit) => {
      account.endSession(visitor, c.req.param('session') ?? '')
      return c.redirect('/settings/account', 303)
    },
    endOthers: ({ c, visitor }: Visit) => {
      account.endOtherSessions(visitor)
      return c.redirect('/settings/account', 303)
    },
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

async function changePassword(deps: ServerDeps, account: Account, visit: Visit): Promise<Response> {
  const { c, visitor } = visit
  const field = await readFields(c)
  const wish = { visitor, current: field('current'), password: field('password') }
  try {
    await account.changePassword(c, wish)
  } catch (error) {
    const findings = findingsFrom(error, 'password')
    return c.html(shown(deps, account, visit, { told: null, findings }), 422)
  }
  return c.redirect('/settings/account?told=password', 303)
}

function shown(
  { store }: ServerDeps,
  account: Account,
  { frame, visitor }: Visit,
  said: { readonly told: 'password changed' | null; readonly findings: readonly Finding[] },
): string {
  const user = visitor.userId === null ? null : store.people.users.byId(visitor.userId)
  const sessions = account.sessionsOf(visitor).map((session) => ({
    id: sessionId(session),
    current: session.hash === visitor.session ? ('this' as const) : ('other' as const),
    agent: session.agent,
    address: session.address,
    seenAt: session.seenAt,
    createdAt: session.createdAt,
  }))
  const password = user === null ? null : user.passwordHash === null ? 'unset' : 'set'
  return accountPage(frame, { sessions, password, ...said })
}
