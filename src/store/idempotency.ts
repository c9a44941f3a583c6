import { and, eq, lte } from 'drizzle-orm'
import type { Db } from './database.ts'
import { idempotency } from './tables.ts'

/** An answered request, kept so that asking again with the same key gives the same answer. */
export type Answered = typeof idempotency.$inferSelect

/** Answers by actor and Idempotency-Key; saved in the transaction that did what was asked. */
export function createIdempotency({ orm }: Db) {
  return {
    find(actor: string, key: string): Answered | null {
      const row = orm
        .select()
        .from(idempotency)
        .where(and(eq(idempotency.actor, actor), eq(idempotency.key, key)))
        .get()
      return row ?? null
    },

    save(answered: Answered): void {
      orm.insert(idempotency).values(answered).run()
    },

    /** Forgets what was answered before then. */
    expire(before: number): void {
      orm.delete(idempotency).where(lte(idempotency.createdAt, before)).run()
    },
  }
}
