import type { Hono } from 'hono'
import { linkPage, setupPage, signInPage } from '../../views/login.tsx'
import { UserBody } from '../contract/inputs.ts'
import { Fault, type Finding } from '../domain/fault.ts'
import type { Link } from '../store/people.ts'
import { addressOf } from './address.ts'
import { audited } from './audited.ts'
import type { Ctx, Env, ServerDeps } from './context.ts'
import { frameOf } from './frame.ts'
import { createLimiter } from './limiter.ts'
import { hashPassword, passwordTrouble, verifyPassword } from './password.ts'
import { hashOf } from './secret.ts'
import { closeSession, openSession } from './session.ts'

/** Ten wrong passwords for a name from one address; the same name from elsewhere is not held up by them. */
const FAILURES_MAX = 10
const WINDOW_MS = 15 * 60 * 1000
/** One address that tries many names. */
const FAILURES_OF_ADDRESS_MAX = 50

/** How people come in and go: the setup link, sign-in links, name and password. */
export function mountSignIn(app: Hono<Env>, deps: ServerDeps): void {
  const byName = createLimiter(FAILURES_MAX, WINDOW_MS)
  const byAddress = createLimiter(FAILURES_OF_ADDRESS_MAX, WINDOW_MS)

  app.get('/setup/:token', (c) => {
    usableLink(deps, c.req.param('token'), 'setup')
    return c.html(setupPage(frameOf(c, deps), { token: c.req.param('token'), name: '', findings: [] }))
  })
  app.post('/setup/:token', (c) => setUp(deps, c, c.req.param('token')))

  app.get('/sign-in', (c) => {
    if (c.get('visitor')?.how === 'session') return c.redirect('/', 303)
    return c.html(
      signInPage(frameOf(c, deps), { name: '', next: localPath(c.req.query('next')), findings: [] }),
    )
  })
  app.post('/sign-in', async (c) => {
    const { name, password, next } = await fields(c)
    const address = addressOf(c)
    const now = deps.world.now()
    const key = `${address} ${name}`
    const wait = Math.max(byName.waitFor(key, now), byAddress.waitFor(address, now))
    if (wait > 0) {
      throw new Fault(
        'limited',
        `There were too many wrong passwords. Try again in ${Math.ceil(wait / 60_000)} minutes, or use a sign-in link.`,
      )
    }
    const user = deps.store.people.users.byName(name)
    // Somebody who has left is told no more than a stranger.
    const hash = user === null || user.deactivatedAt !== null ? null : user.passwordHash
    if (!(await verifyPassword(password, hash)) || user === null) {
      byName.failed(key, now)
      byAddress.failed(address, now)
      const findings = [finding('password', 'Name or password is wrong.')]
      return c.html(signInPage(frameOf(c, deps), { name, next: localPath(next), findings }), 422)
    }
    byName.forget(key)
    audited(deps, name, 'sign-in', `user:${name}`)
    openSession(deps, c, user.id)
    return c.redirect(localPath(next), 303)
  })

  // A preview of the link by a chat program must not use it up: only the button does.
  app.get('/sign-in/:token', (c) => {
    const token = c.req.param('token')
    const { user } = usableLink(deps, token, 'sign-in')
    return c.html(linkPage(frameOf(c, deps), { token, user: user ?? '' }))
  })
  app.post('/sign-in/:token', (c) => {
    const link = deps.store.people.links.take(hashOf(c.req.param('token')), deps.world.now())
    if (link === null || link.userId === null) throw spent('sign-in')
    audited(deps, link.user ?? '', 'sign-in', `user:${link.user ?? ''}`)
    openSession(deps, c, link.userId)
    return c.redirect('/', 303)
  })

  app.post('/sign-out', (c) => {
    const name = c.get('visitor')?.person.name
    if (name !== undefined) audited(deps, name, 'sign-out', `user:${name}`)
    closeSession(deps, c)
    return c.redirect('/sign-in', 303)
  })
}

/** Makes the one admin. What is wrong is said before the link is used up. */
async function setUp(deps: ServerDeps, c: Ctx, token: string): Promise<Response> {
  const { store, world } = deps
  const { name, password } = await fields(c)
  usableLink(deps, token, 'setup')
  const findings = [
    ...(UserBody.shape.name.safeParse(name).error?.issues ?? []).map((issue) =>
      finding('name', `The name ${issue.message}.`),
    ),
    ...[passwordTrouble(password)].flatMap((trouble) =>
      trouble === null ? [] : [finding('password', trouble)],
    ),
  ]
  if (findings.length > 0) return c.html(setupPage(frameOf(c, deps), { token, name, findings }), 422)
  const passwordHash = await hashPassword(password)
  const user = store.transaction(() => {
    const link = store.people.links.take(hashOf(token), world.now())
    if (link === null || link.userId !== null || store.people.users.count() > 0) throw spent('setup')
    audited(deps, name, 'setup', `user:${name}`)
    return store.people.users.create({ name, role: 'admin', passwordHash, now: world.now() })
  })
  openSession(deps, c, user.id)
  return c.redirect('/', 303)
}

type Purpose = 'setup' | 'sign-in'

/** A link that could be used now, left unused. */
function usableLink({ store, world }: ServerDeps, token: string, purpose: Purpose): Link {
  const link = store.people.links.peek(hashOf(token), world.now())
  if (link === null || (link.userId === null) !== (purpose === 'setup')) throw spent(purpose)
  if (purpose === 'setup' && store.people.users.count() > 0) throw spent(purpose)
  return link
}

function spent(purpose: Purpose): Fault {
  return purpose === 'setup'
    ? new Fault(
        'not_found',
        'This setup link was used or has expired. Where nobody has set Periplus up yet, starting it again prints a new one.',
      )
    : new Fault(
        'not_found',
        'This sign-in link was used or has expired. “periplus login-link” makes a new one.',
      )
}

async function fields(c: Ctx): Promise<{ name: string; password: string; next: string }> {
  const form = await c.req.parseBody()
  const field = (name: string) => (typeof form[name] === 'string' ? form[name] : '')
  return { name: field('name').trim(), password: field('password'), next: field('next') }
}

/** Only ever leads to a page of ours. */
function localPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[^\s\\]*$/.test(next) ? next : '/'
}

function finding(path: string, message: string): Finding {
  return { path, line: null, column: null, message }
}
