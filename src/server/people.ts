import type { Role } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { UserRow } from '../store/tables.ts'
import { audited } from './audited.ts'
import type { ServerDeps, Visitor } from './context.ts'
import { type Link, signInLink } from './links.ts'

/** Who may come in and as what. Whatever happens, one admin is left who can. */

const SHOWN_CHARS_MAX = 60

/** A person by name, whoever has left included. */
export function findUser({ store }: Pick<ServerDeps, 'store'>, name: string): UserRow {
  const user = store.people.users.byName(name)
  if (user !== null) return user
  const shown = name.slice(0, SHOWN_CHARS_MAX)
  const near = didYouMean(
    shown,
    store.people.users.list().map((one) => one.name),
  )
  throw new Fault('not_found', `There is nobody called ${shown}.${near}`)
}

/** Somebody new, who first comes in by a sign-in link. */
export function addUser(
  deps: ServerDeps,
  visitor: Visitor,
  { name, role }: { readonly name: string; readonly role: Role },
): UserRow {
  const { store, world } = deps
  return store.transaction(() => {
    audited(deps, visitor.person.name, 'user.create', `user:${name}`, role)
    return store.people.users.create({ name, role, passwordHash: null, now: world.now() })
  })
}

export function changeRole(deps: ServerDeps, visitor: Visitor, name: string, role: Role): UserRow {
  const { users } = deps.store.people
  return deps.store.transaction(() => {
    const user = findUser(deps, name)
    if (user.role === role) return user
    if (role !== 'admin') mustLeaveAnAdmin(deps, user)
    users.setRole(user.id, role)
    audited(deps, visitor.person.name, 'user.role', `user:${name}`, `${user.role} → ${role}`)
    return { ...user, role }
  })
}

/** Ends every session at once and refuses tokens and links; what the person began goes on. */
export function deactivate(deps: ServerDeps, visitor: Visitor, name: string): UserRow {
  const { store, world } = deps
  return store.transaction(() => {
    const user = findUser(deps, name)
    if (user.deactivatedAt !== null) return user
    mustLeaveAnAdmin(deps, user)
    const deactivatedAt = world.now()
    store.people.users.setDeactivated(user.id, deactivatedAt)
    store.people.sessions.removeOf(user.id)
    audited(deps, visitor.person.name, 'user.deactivate', `user:${name}`)
    return { ...user, deactivatedAt }
  })
}

export function reactivate(deps: ServerDeps, visitor: Visitor, name: string): UserRow {
  return deps.store.transaction(() => {
    const user = findUser(deps, name)
    if (user.deactivatedAt === null) return user
    deps.store.people.users.setDeactivated(user.id, null)
    audited(deps, visitor.person.name, 'user.reactivate', `user:${name}`)
    return { ...user, deactivatedAt: null }
  })
}

/** A link that lets a person in, once. */
export function linkFor(deps: ServerDeps, visitor: Visitor, user: UserRow): Link {
  if (user.deactivatedAt !== null) {
    throw new Fault(
      'conflict',
      `${user.name} is deactivated, so no link lets them in. Reactivate ${user.name} first.`,
    )
  }
  return deps.store.transaction(() => {
    audited(deps, visitor.person.name, 'sign-in-link.create', `user:${user.name}`)
    return signInLink(deps, user.id)
  })
}

function mustLeaveAnAdmin({ store }: ServerDeps, user: UserRow): void {
  if (user.role !== 'admin' || user.deactivatedAt !== null || store.people.users.hasOtherAdmin(user.id))
    return
  throw new Fault(
    'conflict',
    `${user.name} is the only admin who can come in; without one nobody could change anything here. Make somebody else an admin first.`,
  )
}
