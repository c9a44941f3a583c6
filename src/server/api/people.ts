import { reaches } from '../../domain/actor.ts'
import { Fault } from '../../domain/fault.ts'
import type { TokenRow, UserRow } from '../../store/tables.ts'
import type { Handlers } from '../api.ts'
import { audited } from '../audited.ts'
import type { ServerDeps, Visitor } from '../context.ts'
import { setupLink, signInLink } from '../links.ts'
import { makeToken } from '../tokens.ts'
import { time, timeOrNull } from '../wire.ts'

type Operations =
  | 'listTokens'
  | 'createToken'
  | 'removeToken'
  | 'listUsers'
  | 'createUser'
  | 'createSignInLink'
  | 'getMe'

const DAY_MS = 24 * 60 * 60 * 1000

/** People, and what lets them in. */
export function peopleHandlers(deps: ServerDeps): Pick<Handlers, Operations> {
  const { store, world } = deps
  const { users, tokens } = store.people

  return {
    listTokens: ({ visitor }) => ({
      items: tokens
        .list(reaches(visitor.person.role, 'admin') ? null : visitor.userId)
        .map((row) => tokenWire(row, row.user)),
    }),

    createToken: ({ body, visitor }) => {
      const user = ownerOf(body.user, visitor)
      const lifeMs = body.expiresInDays === null ? null : body.expiresInDays * DAY_MS
      const { row, secret } = makeToken(deps, visitor, user, body.name, lifeMs)
      return { ...tokenWire(row, user.name), token: secret }
    },

    removeToken: ({ params, visitor }) => {
      const token = /^\d{1,9}$/.test(params.id) ? tokens.byId(Number(params.id)) : null
      const own = token !== null && (token.userId === visitor.userId || reaches(visitor.person.role, 'admin'))
      if (token === null || !own) throw new Fault('not_found', `You have no token ${params.id.slice(0, 20)}.`)
      store.transaction(() => {
        tokens.remove(token.id, null)
        audited(deps, visitor.person.name, 'token.remove', `user:${users.byId(token.userId)?.name ?? ''}`)
      })
      return null
    },

    listUsers: () => ({ items: users.list().map(userWire) }),

    createUser: ({ body, visitor }) =>
      store.transaction(() => {
        audited(deps, visitor.person.name, 'user.create', `user:${body.name}`)
        return userWire(users.create({ ...body, passwordHash: null, now: world.now() }))
      }),

    createSignInLink: ({ body, visitor }) => {
      if (body.user === undefined && users.count() === 0) {
        const { path, expiresAt } = setupLink(deps) ?? refuseNobody()
        return { path, user: null, expiresAt: time(expiresAt) }
      }
      const user = body.user === undefined ? onlyAdmin() : named(body.user)
      const { path, expiresAt } = signInLink(deps, user.id)
      audited(deps, visitor.person.name, 'sign-in-link.create', `user:${user.name}`)
      return { path, user: user.name, expiresAt: time(expiresAt) }
    },

    getMe: ({ visitor: { person } }) => ({ name: person.name, role: person.role, local: person.local }),
  }

  function named(name: string): UserRow {
    const user = users.byName(name)
    if (user === null) throw new Fault('not_found', `There is nobody called ${name.slice(0, 60)}.`)
    return user
  }

  function onlyAdmin(): UserRow {
    const admins = users.list().filter((user) => user.role === 'admin')
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
    return named(name)
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
    createdAt: time(row.createdAt),
    expiresAt: timeOrNull(row.expiresAt),
    usedAt: timeOrNull(row.usedAt),
  }
}

function userWire({ name, role, createdAt }: UserRow) {
  return { name, role, createdAt: time(createdAt) }
}
