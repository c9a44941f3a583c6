import { reaches } from '../../domain/actor.ts'
import { Fault } from '../../domain/fault.ts'
import type { SessionRow, TokenRow, UserRow } from '../../store/tables.ts'
import { createAccount, sessionId } from '../account.ts'
import type { Handlers } from '../api.ts'
import { audited } from '../audited.ts'
import type { ServerDeps, Visitor } from '../context.ts'
import { setupLink } from '../links.ts'
import { addUser, changeRole, deactivate, findUser, linkFor, reactivate } from '../people.ts'
import { makeToken } from '../tokens.ts'
import { time, timeOrNull } from '../wire.ts'

type Operations =
  | 'listTokens'
  | 'createToken'
  | 'removeToken'
  | 'listUsers'
  | 'createUser'
  | 'changeRole'
  | 'deactivateUser'
  | 'reactivateUser'
  | 'createSignInLink'
  | 'getMe'
  | 'changePassword'
  | 'listSessions'
  | 'endSession'

const DAY_MS = 24 * 60 * 60 * 1000

/** People, and what lets them in. */
export function peopleHandlers(deps: ServerDeps): Pick<Handlers, Operations> {
  const { store } = deps
  const { users, tokens } = store.people
  const account = createAccount(deps)

  return {
    listTokens: ({ visitor }) => ({
      items: tokens
        .list(reaches(visitor.person.role, 'admin') ? null : visitor.userId)
        .map((row) => tokenWire(row, row.user)),
    }),

    createToken: ({ body, visitor }) => {
      const user = ownerOf(body.user, visitor)
      const lifeMs = body.expiresInDays === null ? null : body.expiresInDays * DAY_MS
      const { row, secret } = makeToken(deps, visitor, user, { name: body.name, role: body.role, lifeMs })
      return { ...tokenWire(row, user.name), token: secret }
    },

    removeToken: ({ params, visitor }) => {
      const token = /^\d{1,9}$/.test(params.id) ? tokens.byId(Number(params.id)) : null
      const own = token !== null && (token.userId === visitor.userId || reaches(visitor.person.role, 'admin'))
      if (token === null || !own) throw new Fault('not_found', `You have no token ${params.id.slice(0, 20)}.`)
      store.transaction(() => {
        tokens.remove(token.id, null)
        audited(
          deps,
          visitor.person.name,
          'token.remove',
          `user:${users.byId(token.userId)?.name ?? ''}`,
          token.name,
        )
      })
      return null
    },

    listUsers: () => ({ items: users.list().map(userWire) }),

    createUser: ({ body, visitor }) => userWire(addUser(deps, visitor, body)),

    changeRole: ({ params, body, visitor }) => userWire(changeRole(deps, visitor, params.name, body.role)),

    deactivateUser: ({ params, visitor }) => userWire(deactivate(deps, visitor, params.name)),

    reactivateUser: ({ params, visitor }) => userWire(reactivate(deps, visitor, params.name)),

    createSignInLink: ({ body, visitor }) => {
      if (body.user === undefined && users.count() === 0) {
        const { path, expiresAt } = setupLink(deps) ?? refuseNobody()
        return { path, user: null, expiresAt: time(expiresAt) }
      }
      const user = body.user === undefined ? onlyAdmin() : findUser(deps, body.user)
      const { path, expiresAt } = linkFor(deps, visitor, user)
      return { path, user: user.name, expiresAt: time(expiresAt) }
    },

    getMe: ({ visitor: { person } }) => ({ name: person.name, role: person.role, local: person.local }),

    changePassword: async ({ body, visitor, c }) => {
      await account.changePassword(c, { visitor, current: body.current ?? '', password: body.password })
      return null
    },

    listSessions: ({ visitor }) => ({
      items: account.sessionsOf(visitor).map((row) => sessionWire(row, visitor)),
    }),

    endSession: ({ params, visitor }) => {
      account.endSession(visitor, params.id)
      return null
    },
  }

  function onlyAdmin(): UserRow {
    const admins = users.list().filter((user) => user.role === 'admin' && user.deactivatedAt === null)
    const [admin] = admins
    if (admin === undefined || admins.length > 1)
      throw new Fault('conflict', 'There are several admins, or none; say whom the link is for.')
    return admin
  }

  /** Whose token it becomes: one's own, or for admins anybody's. */
  function ownerOf(name: string | undefined, visitor: Visitor): UserRow {
    if (name === undefined || name === visitor.person.name) {
      const own = visitor.userId === null ? null : users.byId(visitor.userId)
      if (own === null)
        throw new Fault('invalid', 'user: local-admin has no tokens of its own; say whose it shall be.')
      return own
    }
    if (!reaches(visitor.person.role, 'admin'))
      throw new Fault('forbidden', 'Only an admin may make a token for somebody else.')
    return findUser(deps, name)
  }
}

function refuseNobody(): never {
  throw new Fault('conflict', 'Somebody has just set this server up; ask again.')
}

function tokenWire(row: TokenRow, user: string) {
  return {
    id: row.id,
    name: row.name,
    user,
    role: row.role,
    createdAt: time(row.createdAt),
    expiresAt: timeOrNull(row.expiresAt),
    usedAt: timeOrNull(row.usedAt),
  }
}

function userWire({ name, role, createdAt, deactivatedAt }: UserRow) {
  return {
    ...{ name, role, active: deactivatedAt === null },
    createdAt: time(createdAt),
    deactivatedAt: timeOrNull(deactivatedAt),
  }
}

function sessionWire(row: SessionRow, { session }: Visitor) {
  return {
    ...{ id: sessionId(row), current: row.hash === session, agent: row.agent, address: row.address },
    createdAt: time(row.createdAt),
    seenAt: time(row.seenAt),
    expiresAt: time(row.expiresAt),
  }
}
