import { asc, eq } from 'drizzle-orm'
import type { Db } from './database.ts'
import { secrets } from './tables.ts'

/** What may be told of a secret. */
export interface SecretName {
  readonly name: string
  readonly updatedAt: number
  readonly updatedBy: string
}

/** Secrets as `keys` sealed them: this room never sees a value. */
export function createSecrets({ orm }: Db) {
  return {
    /** Names only, in order. */
    names(): SecretName[] {
      return orm
        .select({ name: secrets.name, updatedAt: secrets.updatedAt, updatedBy: secrets.updatedBy })
        .from(secrets)
        .orderBy(asc(secrets.name))
        .all()
    },

    sealed(name: string): Uint8Array | null {
      return (
        orm.select({ sealed: secrets.sealed }).from(secrets).where(eq(secrets.name, name)).get()?.sealed ??
        null
      )
    },

    put(name: string, sealed: Uint8Array, by: string, now: number): void {
      const value = { sealed: Buffer.from(sealed), updatedAt: now, updatedBy: by }
      orm
        .insert(secrets)
        .values({ name, ...value })
        .onConflictDoUpdate({ target: secrets.name, set: value })
        .run()
    },

    /** Whether there was one. */
    remove(name: string): boolean {
      return (
        orm.delete(secrets).where(eq(secrets.name, name)).returning({ name: secrets.name }).all().length > 0
      )
    },
  }
}
