import { and, desc, eq, lt, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { type AuditRow, audit } from './tables.ts'

/** Who changed what, and who was refused. Nothing here is ever changed or removed. */
export function createAudit({ orm }: Db) {
  const insert = orm
    .insert(audit)
    .values({
      at: sql.placeholder('at'),
      actor: sql.placeholder('actor'),
      action: sql.placeholder('action'),
      subject: sql.placeholder('subject'),
      outcome: sql.placeholder('outcome'),
      detail: sql.placeholder('detail'),
    })
    .prepare()

  return {
    append(entry: Omit<AuditRow, 'id'>): void {
      insert.run(entry)
    },

    /** Newest first; older than `before` where given, of one subject where given. */
    list(options: { subject?: string; before?: number; limit: number }): AuditRow[] {
      return orm
        .select()
        .from(audit)
        .where(
          and(
            options.subject === undefined ? undefined : eq(audit.subject, options.subject),
            options.before === undefined ? undefined : lt(audit.id, options.before),
          ),
        )
        .orderBy(desc(audit.id))
        .limit(options.limit)
        .all()
    },
  }
}
