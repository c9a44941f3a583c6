import { and, eq, gt, isNull, or } from 'drizzle-orm'
import type { Db } from './database.ts'
import { type IgnoreRow, ignores } from './tables.ts'

/** Findings that a workflow does not want to be told of. */
export function createIgnores({ orm }: Db) {
  const named = (workflowId: number, fingerprint: string) =>
    and(eq(ignores.workflowId, workflowId), eq(ignores.fingerprint, fingerprint))

  return {
    /** Fingerprints that are ignored at a time. */
    inForce: (workflowId: number, now: number): string[] =>
      orm
        .select({ fingerprint: ignores.fingerprint })
        .from(ignores)
        .where(
          and(eq(ignores.workflowId, workflowId), or(isNull(ignores.expiresAt), gt(ignores.expiresAt, now))),
        )
        .all()
        .map(({ fingerprint }) => fingerprint),

    list: (workflowId: number): IgnoreRow[] =>
      orm.select().from(ignores).where(eq(ignores.workflowId, workflowId)).all(),

    /** The same finding is ignored anew, with the newer reason. */
    put(row: IgnoreRow): void {
      const { workflowId, fingerprint, ...rest } = row
      orm
        .insert(ignores)
        .values(row)
        .onConflictDoUpdate({ target: [ignores.workflowId, ignores.fingerprint], set: rest })
        .run()
    },

    /** Whether there was one. */
    remove: (workflowId: number, fingerprint: string): boolean =>
      orm.delete(ignores).where(named(workflowId, fingerprint)).returning({ rule: ignores.rule }).all()
        .length > 0,
  }
}
