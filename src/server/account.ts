import { Fault } from '../domain/fault.ts'
import type { SessionRow } from '../store/tables.ts'
import { audited } from './audited.ts'
import type { Ctx, ServerDeps, Visitor } from './context.ts'
import { createLimiter } from './limiter.ts'
import { hashPassword, passwordTrouble, verifyPassword } from './password.ts'
import { openSession } from './session.ts'

/** Whoever sits down at somebody's open browser may guess so often. */
const FAILURES_MAX = 10
const WINDOW_MS = 15 * 60 * 1000
/** Of a session's hash: enough to tell a person's few sessions apart, and it opens nothing. */
const ID_CHARS = 16

/** What a person may do about themselves: their password and the browsers they are signed in with. */
export function createAccount(deps: ServerDeps) {
  const { store, world } = deps
  const { users, sessions } = store.people
  const tries = createLimiter(FAILURES_MAX, WINDOW_MS)

  /** Sets a password, ends all other sessions and gives this one a new secret. Trouble is named by its field. */
  async function changePassword(
    c: Ctx,
    { visitor, current, password }: { visitor: Visitor; current: string; password: string },
  ): Promise<void> {
    const user = visitor.userId === null || visitor.how !== 'session' ? null : users.byId(visitor.userId)
    if (user === null) {
      throw new Fault(
        'forbidden',
        'A password is set by whoever is signed in with a browser, at /settings/account.',
      )
    }
    const wait = tries.waitFor(user.name, world.now())
    if (wait > 0) {
      throw new Fault(
        'limited',
        `There were too many wrong passwords. Try again in ${Math.ceil(wait / 60_000)} minutes.`,
      )
    }
    if (user.passwordHash !== null && !(await verifyPassword(current, user.passwordHash))) {
      tries.failed(user.name, world.now())
      throw wrong('current', 'That is not your present password.')
    }
    const trouble = passwordTrouble(password)
    if (trouble !== null) throw wrong('password', trouble)
    const passwordHash = await hashPassword(password)
    tries.forget(user.name)
    store.transaction(() => {
      users.setPassword(user.id, passwordHash)
      sessions.removeOf(user.id)
      audited(deps, user.name, 'user.password', `user:${user.name}`)
      openSession(deps, c, user.id)
    })
  }

  /** Ends a session of one's own. */
  function endSession(visitor: Visitor, id: string): void {
    store.transaction(() => {
      const found = sessionsOf(visitor).find((session) => sessionId(session) === id)
      if (found === undefined) {
        throw new Fault('not_found', 'You have no such session; it may have ended already.')
      }
      sessions.remove(found.hash)
      audited(deps, visitor.person.name, 'session.end', `user:${visitor.person.name}`)
    })
  }

  function endOtherSessions(visitor: Visitor): void {
    const { userId, session } = visitor
    if (userId === null) return
    store.transaction(() => {
      sessions.removeOf(userId, session)
      audited(
        deps,
        visitor.person.name,
        'session.end',
        `user:${visitor.person.name}`,
        'All but the present one.',
      )
    })
  }

  function sessionsOf({ userId }: Visitor): readonly SessionRow[] {
    return userId === null ? [] : sessions.list(userId, world.now())
  }

  return { changePassword, endSession, endOtherSessions, sessionsOf }
}

/** How a session is named to its owner. */
export function sessionId({ hash }: Pick<SessionRow, 'hash'>): string {
  return hash.slice(0, ID_CHARS)
}

function wrong(path: string, message: string): Fault {
  return new Fault('invalid', `${path}: ${message}`, {
    findings: [{ path, line: null, column: null, message }],
  })
}
