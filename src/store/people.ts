import { and, asc, count, eq, gt, isNull, lte, or } from 'drizzle-orm'
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

export type LinkRow = typeof signInLinks.$inferSelect

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

    list(): UserRow[] {
      return orm.select().from(users).orderBy(asc(users.name)).all()
    },

    count(): number {
      return orm.select({ count: count() }).from(users).all()[0]?.count ?? 0
    },

    /** A Fault where the name is taken. */
    create(name: string, role: Role, passwordHash: string | null, now: number): UserRow {
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
  }
}

function createSessions({ orm }: Db) {
  return {
    create(session: Omit<SessionRow, 'seenAt'>): void {
      orm
        .insert(sessions)
        .values({ ...session, seenAt: session.createdAt })
        .run()
    },

    /** A session that has not expired, with its user. */
    byHash(hash: string, now: number): { session: SessionRow; user: UserRow } | null {
      const row = orm
        .select({ session: sessions, user: users })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(sessions.hash, hash), gt(sessions.expiresAt, now)))
        .get()
      return row ?? null
    },

    touch(hash: string, now: number, expiresAt: number): void {
      orm.update(sessions).set({ seenAt: now, expiresAt }).where(eq(sessions.hash, hash)).run()
    },

    remove(hash: string): void {
      orm.delete(sessions).where(eq(sessions.hash, hash)).run()
    },

    /** All sessions of a user: signed out everywhere. */
    removeOf(userId: number): void {
      orm.delete(sessions).where(eq(sessions.userId, userId)).run()
    },

    expire(now: number): void {
      orm.delete(sessions).where(lte(sessions.expiresAt, now)).run()
    },
  }
}

function createTokens({ orm }: Db) {
  return {
    /** A Fault where the user has a token of that name. */
    create(token: Omit<TokenRow, 'id' | 'usedAt'>): TokenRow {
      const row = orm.insert(tokens).values(token).onConflictDoNothing().returning().all()[0]
      if (row === undefined) {
        throw new Fault(
          'conflict',
          `There is a token ${token.name} already; remove it first, or choose another name.`,
        )
      }
      return row
    },

    /** A token that has not expired, with its user. */
    byHash(hash: string, now: number): { token: TokenRow; user: UserRow } | null {
      const row = orm
        .select({ token: tokens, user: users })
        .from(tokens)
        .innerJoin(users, eq(users.id, tokens.userId))
        .where(and(eq(tokens.hash, hash), or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now))))
        .get()
      return row ?? null
    },

    byId(id: number): TokenRow | null {
      return orm.select().from(tokens).where(eq(tokens.id, id)).get() ?? null
    },

    /** Of one user, or of all (null). */
    list(userId: number | null): TokenRow[] {
      return orm
        .select()
        .from(tokens)
        .where(userId === null ? undefined : eq(tokens.userId, userId))
        .orderBy(asc(tokens.name))
        .all()
    },

    touch(id: number, now: number): void {
      orm.update(tokens).set({ usedAt: now }).where(eq(tokens.id, id)).run()
    },

    /** Whether there was one. */
    remove(id: number): boolean {
      return orm.delete(tokens).where(eq(tokens.id, id)).returning({ id: tokens.id }).all().length > 0
    },
  }
}

function createLinks({ orm }: Db) {
  const open = (hash: string, now: number) =>
    and(eq(signInLinks.hash, hash), isNull(signInLinks.usedAt), gt(signInLinks.expiresAt, now))

  return {
    /** A link for a user; null is the setup link, of which only the newest works. */
    create(hash: string, userId: number | null, now: number, expiresAt: number): void {
      if (userId === null) orm.delete(signInLinks).where(isNull(signInLinks.userId)).run()
      orm.insert(signInLinks).values({ hash, userId, createdAt: now, expiresAt }).run()
    },

    /** An unused link, left as it is. */
    look(hash: string, now: number): LinkRow | null {
      return orm.select().from(signInLinks).where(open(hash, now)).get() ?? null
    },

    /** Uses a link up: of two who try at once, one gets it. */
    take(hash: string, now: number): LinkRow | null {
      return orm.update(signInLinks).set({ usedAt: now }).where(open(hash, now)).returning().all()[0] ?? null
    },

    expire(now: number): void {
      orm.delete(signInLinks).where(lte(signInLinks.expiresAt, now)).run()
    },
  }
}
