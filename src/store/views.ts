import { and, asc, eq, isNull, or, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { type ViewRow, views } from './tables.ts'

/** Saved views: a person's own, and everybody's, whose owner is null. */
export function createViews({ orm }: Db) {
  const whose = (owner: string | null) => (owner === null ? isNull(views.owner) : eq(views.owner, owner))
  const named = (owner: string | null, name: string) => and(whose(owner), eq(views.name, name))

  return {
    /** What a person can choose from: their own first, each by name. */
    list: (person: string): ViewRow[] =>
      orm
        .select()
        .from(views)
        .where(or(eq(views.owner, person), isNull(views.owner)))
        .orderBy(sql`${views.owner} IS NULL`, asc(views.name))
        .all(),

    /** A view of the same owner and name is replaced. */
    save(view: Omit<ViewRow, 'id'>): ViewRow {
      orm.delete(views).where(named(view.owner, view.name)).run()
      return orm.insert(views).values(view).returning().get()
    },

    /** Whether there was one. */
    remove: (owner: string | null, name: string): boolean =>
      orm.delete(views).where(named(owner, name)).returning({ id: views.id }).all().length > 0,
  }
}
