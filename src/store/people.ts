import { and, asc, count, desc, eq, gt, isNull, lte, max, ne, or, sql } from 'drizzle-orm'
import type { Role } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import type { Db } from './database.ts'
import {
  type SessionRow,
  sessions,
  signInLinks,
  type TokenRow,
  tokens,
  type UserRow,
  users,
} from './tables.ts'

interface NewUser {
  readonly name: string
  readonly role: Role
  readonly passwordHash: string | null
  readonly now: number
}

interface NewSession {
  readonly hash: string
  readonly userId: number
  readonly csrf: string
  readonly now: number
  readonly expiresAt: number
  /** Which browser, and from where. */
  readonly agent?: string
  readonly address?: string
}

interface NewToken {
  readonly userId: number
  readonly name: string
  readonly hash: string
  readonly now: number
  readonly expiresAt: number | null
  /** The most it may do; null is as much as its owner. */
  readonly role?: Role | null
}

interface NewLink {
  readonly hash: string
  /** Null is the setup link, of which only the newest works. */
  readonly userId: number | null
  readonly now: number
  readonly expiresAt: number
}

/** Whom a link lets in; nobody yet for the setup link. */
export interface Link {
  readonly userId: number | null
  readonly user: string | null
}

/** Users and whatever lets them in. Of sessions, tokens and links only hashes are kept: a copy of the file opens nothing. */
export function createPeople(db: Db) {
  return {
    users: createUsers(db),
    sessions: createSessions(db),
    tokens: createTokens(db),
    links: createLinks(db),
  }
}

function createUsers({ orm }: Db) {
  function byName(name: string): UserRow | null {
    return orm.select().from(users).where(eq(users.name, name)).get() ?? null
  }

  return {
    byName,

    byId(id: number): UserRow | null {
      return orm.select().from(users).where(eq(users.id, id)).get() ?? null
    },

    /** All of them, those who have left included, with when each was here last. */
    list(): (UserRow & { readonly seenAt: number | null })[] {
      const lastSession = lastOf(
        orm
          .select({ id: sessions.userId, at: max(sessions.seenAt) })
          .from(sessions)
          .groupBy(sessions.userId)
          .all(),
      )
      const lastToken = lastOf(
        orm
          .select({ id: tokens.userId, at: max(tokens.usedAt) })
          .from(tokens)
          .groupBy(tokens.userId)
          .all(),
      )
      return orm
        .select()
        .from(users)
        .orderBy(asc(users.name))
        .all()
        .map((row) => ({ ...row, seenAt: later(lastSession.get(row.id), lastToken.get(row.id)) }))
    },

    count(): number {
      return orm.select({ count: count() }).from(users).all()[0]?.count ?? 0
    },

    /** A Fault where the name is taken. */
    create({ name, role, passwordHash, now }: NewUser): UserRow {
      const row = orm
        .insert(users)
        .values({ name, role, passwordHash, createdAt: now })
        .onConflictDoNothing()
        .returning()
        .all()[0]
      if (row === undefined)
        throw new Fault('conflict', `There is a user ${name} already; choose another name.`)
      return row
    },

    setPassword(id: number, passwordHash: string): void {
      orm.update(users).set({ passwordHash }).where(eq(users.id, id)).run()
    },

    setRole(id: number, role: Role): void {
      orm.update(users).set({ role }).where(eq(users.id, id)).run()
    },

    /** Null brings somebody back. */
    setDeactivated(id: number, at: number | null): void {
      orm.update(users).set({ deactivatedAt: at }).where(eq(users.id, id)).run()
    },

    /** Whether somebody else is an admin who can come in. */
    hasOtherAdmin(id: number): boolean {
      const other = and(eq(users.role, 'admin'), isNull(users.deactivatedAt), ne(users.id, id))
      return orm.select({ id: users.id }).from(users).where(other).limit(1).get() !== undefined
    },
  }
}

function lastOf(rows: readonly { readonly id: number; readonly at: number | null }[]) {
  return new Map(rows.map(({ id, at }) => [id, at]))
}

function later(a: number | null | undefined, b: number | null | undefined): number | null {
  return a == null || b == null ? (a ?? b ?? null) : Math.max(a, b)
}

function createSessions({ orm }: Db) {
  // Read with every request.
  const byHash = orm
    .select({ session: sessions, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.hash, sql.placeholder('hash')),
        gt(sessions.expiresAt, sql.placeholder('now')),
        isNull(users.deactivatedAt),
      ),
    )
    .prepare()

  return {
    create({ now, ...session }: NewSession): void {
      orm
        .insert(sessions)
        .values({ ...session, createdAt: now, seenAt: now })
        .run()
    },

    /** A session that has not expired, with its user, who has not left. */
    byHash(hash: string, now: number): (SessionRow & { readonly user: UserRow }) | null {
      const row = byHash.get({ hash, now })
      return row === undefined ? null : { ...row.session, user: row.user }
    },

    touch(hash: string, now: number, expiresAt: number): void {
      orm.update(sessions).set({ seenAt: now, expiresAt }).where(eq(sessions.hash, hash)).run()
    },

    remove(hash: string): void {
      orm.delete(sessions).where(eq(sessions.hash, hash)).run()
    },

    /** Those of a user that have not expired, the last used first. */
    list(userId: number, now: number): SessionRow[] {
      return orm
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
        .orderBy(desc(sessions.seenAt))
        .all()
    },

    /** All sessions of a user, but one where given. */
    removeOf(userId: number, but: string | null = null): void {
      orm
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), but === null ? undefined : ne(sessions.hash, but)))
        .run()
    },

    expire(now: number): void {
      orm.delete(sessions).where(lte(sessions.expiresAt, now)).run()
    },
  }
}

function createTokens({ orm }: Db) {
  // Read with every request.
  const byHash = orm
    .select({ token: tokens, user: users })
    .from(tokens)
    .innerJoin(users, eq(users.id, tokens.userId))
    .where(
      and(
        eq(tokens.hash, sql.placeholder('hash')),
        or(isNull(tokens.expiresAt), gt(tokens.expiresAt, sql.placeholder('now'))),
        isNull(users.deactivatedAt),
      ),
    )
    .prepare()

  return {
    /** A Fault where the user has a token of that name. */
    create({ now, ...token }: NewToken): TokenRow {
      const row = orm
        .insert(tokens)
        .values({ ...token, createdAt: now })
        .onConflictDoNothing()
        .returning()
        .all()[0]
      if (row === undefined) {
        throw new Fault(
          'conflict',
          `There is a token ${token.name} already; remove it first, or choose another name.`,
        )
      }
      return row
    },

    /** A token that has not expired, with its user, who has not left. */
    byHash(hash: string, now: number): (TokenRow & { readonly user: UserRow }) | null {
      const row = byHash.get({ hash, now })
      return row === undefined ? null : { ...row.token, user: row.user }
    },

    byId(id: number): TokenRow | null {
      return orm.select().from(tokens).where(eq(tokens.id, id)).get() ?? null
    },

    /** Of one user, or of all (null), with the name of each one's user. */
    list(userId: number | null): (TokenRow & { readonly user: string })[] {
      return orm
        .select({ token: tokens, user: users.name })
        .from(tokens)
        .innerJoin(users, eq(users.id, tokens.userId))
        .where(userId === null ? undefined : eq(tokens.userId, userId))
        .orderBy(asc(users.name), asc(tokens.name))
        .all()
        .map(({ token, user }) => ({ ...token, user }))
    },

    touch(id: number, now: number): void {
      orm.update(tokens).set({ usedAt: now }).where(eq(tokens.id, id)).run()
    },

    /** Whether there was one; of this user, where given. */
    remove(id: number, userId: number | null): boolean {
      return (
        orm
          .delete(tokens)
          .where(and(eq(tokens.id, id), userId === null ? undefined : eq(tokens.userId, userId)))
          .returning({ id: tokens.id })
          .all().length > 0
      )
    },
  }
}

function createLinks({ orm }: Db) {
  const usable = (hash: string, now: number) =>
    and(eq(signInLinks.hash, hash), isNull(signInLinks.usedAt), gt(signInLinks.expiresAt, now))

  /** A link that can still be used, left as it is. */
  function peek(hash: string, now: number): Link | null {
    const row = orm
      .select({ userId: signInLinks.userId, user: users.name })
      .from(signInLinks)
      .leftJoin(users, eq(users.id, signInLinks.userId))
      .where(and(usable(hash, now), isNull(users.deactivatedAt)))
      .get()
    return row ?? null
  }

  return {
    peek,

    create({ now, ...link }: NewLink): void {
      if (link.userId === null) orm.delete(signInLinks).where(isNull(signInLinks.userId)).run()
      orm
        .insert(signInLinks)
        .values({ ...link, createdAt: now })
        .run()
    },

    /** Uses a link up: of two who try at once, one gets it. */
    take(hash: string, now: number): Link | null {
      const link = peek(hash, now)
      if (link !== null) orm.update(signInLinks).set({ usedAt: now }).where(usable(hash, now)).run()
      return link
    },

    /** Forgets links that can no longer be used. */
    expire(now: number): void {
      orm.delete(signInLinks).where(lte(signInLinks.expiresAt, now)).run()
    },
  }
}
