import { asc, eq } from 'drizzle-orm'
import type { CredentialKind } from '../domain/credential.ts'
import type { Db } from './database.ts'
import { credentials } from './tables.ts'

/** What may be told of a credential. */
export interface CredentialName {
  readonly name: string
  readonly kind: CredentialKind
  readonly updatedAt: number
  readonly updatedBy: string
}

/** A save to come. */
export interface CredentialSave {
  readonly name: string
  readonly kind: CredentialKind
  readonly sealed: Uint8Array
  readonly by: string
  readonly now: number
}

/** Credentials of repositories and registries as `keys` sealed them: this room never sees a value. */
export function createCredentials({ orm }: Db) {
  const { name, kind, updatedAt, updatedBy } = credentials
  /** Names and kinds only, in order. */
  const list = (): CredentialName[] =>
    orm.select({ name, kind, updatedAt, updatedBy }).from(credentials).orderBy(asc(name)).all()

  return {
    list,

    /** Their kinds by name, as validation wants them. */
    kinds(): ReadonlyMap<string, CredentialKind> {
      return new Map(list().map((one) => [one.name, one.kind]))
    },

    sealed(wanted: string): Uint8Array | null {
      const row = orm.select({ sealed: credentials.sealed }).from(credentials).where(eq(name, wanted)).get()
      return row?.sealed ?? null
    },

    put({ name: target, kind, sealed, by, now }: CredentialSave): void {
      const value = { kind, sealed: Buffer.from(sealed), updatedAt: now, updatedBy: by }
      orm
        .insert(credentials)
        .values({ name: target, ...value })
        .onConflictDoUpdate({ target: name, set: value })
        .run()
    },

    /** Whether there was one. */
    remove(wanted: string): boolean {
      return orm.delete(credentials).where(eq(name, wanted)).returning({ name }).all().length > 0
    },
  }
}
