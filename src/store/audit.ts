import { and, desc, eq, lt } from 'drizzle-orm'
import type { Db } from './database.ts'
import { type AuditRow, audit } from './tables.ts'

/** Who changed what, and who was refused. Nothing here is ever changed or removed. */
export function createAudit({ orm }: Db) {
  return {
    append(entry: Omit<AuditRow, 'id'>): void {
      orm.insert(audit).values(entry).run()
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
