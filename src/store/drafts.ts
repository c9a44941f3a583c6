import { and, eq } from 'drizzle-orm'
import type { Db } from './database.ts'
import { type DraftRow, drafts } from './tables.ts'

/** The workflow of a draft that is none yet. */
export const NEW_WORKFLOW = 0

/** Whose, and of which workflow. */
export type DraftKey = Pick<DraftRow, 'owner' | 'workflowId'>

/** What people changed in workflows and have not saved: each their own, and one for each workflow. */
export function createDrafts({ orm }: Db) {
  const of = ({ owner, workflowId }: DraftKey) =>
    and(eq(drafts.owner, owner), eq(drafts.workflowId, workflowId))

  return {
    find(key: DraftKey): DraftRow | null {
      return orm.select().from(drafts).where(of(key)).get() ?? null
    },

    /** Keeps it in the place of the one before, whose beginning stays its own. */
    put(draft: DraftRow): void {
      const { base, writer, text } = draft
      orm
        .insert(drafts)
        .values(draft)
        .onConflictDoUpdate({ target: [drafts.owner, drafts.workflowId], set: { base, writer, text } })
        .run()
    },

    remove(key: DraftKey): void {
      orm.delete(drafts).where(of(key)).run()
    },
  }
}
