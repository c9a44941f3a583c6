import { asc, eq } from 'drizzle-orm'
import type { Environment } from '../domain/definition.ts'
import { storedEnvironment } from '../domain/stored.ts'
import type { Db } from './database.ts'
import { type EnvironmentRow, environments } from './tables.ts'

/** An environment as it was written, and as it is understood. */
export type StoredEnvironment = Omit<EnvironmentRow, 'definition'> & { readonly definition: Environment }

/** A save to come. */
export interface EnvironmentSave {
  readonly slug: string
  readonly text: string
  readonly definition: Environment
  readonly by: string
  readonly now: number
}

/** Deploy targets with their present rules; executions keep the rules they were planned with. */
export function createEnvironments({ orm }: Db) {
  function list(): StoredEnvironment[] {
    return orm.select().from(environments).orderBy(asc(environments.slug)).all().map(parsed)
  }

  return {
    /** All of them, by name. */
    list,

    bySlug(slug: string): StoredEnvironment | null {
      const row = orm.select().from(environments).where(eq(environments.slug, slug)).get()
      return row === undefined ? null : parsed(row)
    },

    /** Their definitions by name, as validation and planning want them. */
    definitions(): ReadonlyMap<string, Environment> {
      return new Map(list().map((row) => [row.slug, row.definition]))
    },

    /** Makes it, or replaces its rules. */
    save({ slug, text, definition, by, now }: EnvironmentSave): StoredEnvironment {
      const rules = {
        active: definition.active ? (1 as const) : (0 as const),
        text,
        definition: JSON.stringify(definition),
        updatedAt: now,
        updatedBy: by,
      }
      const row = orm
        .insert(environments)
        .values({ slug, createdAt: now, ...rules })
        .onConflictDoUpdate({ target: environments.slug, set: rules })
        .returning()
        .get()
      return parsed(row)
    },
  }
}

/** Written by `save` alone, from an Environment. */
function parsed(row: EnvironmentRow): StoredEnvironment {
  return { ...row, definition: storedEnvironment(row.definition) }
}
