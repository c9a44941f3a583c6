import { and, desc, eq, gte, lt, sql } from 'drizzle-orm'
import type { AuditAction, AuditFilter } from '../domain/audit.ts'
import type { Db } from './database.ts'
import { type AuditRow, audit } from './tables.ts'

type Entry = Omit<AuditRow, 'id' | 'action'> & { readonly action: AuditAction }

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
    append(entry: Entry): void {
      insert.run(entry)
    },

    /** Newest first, older than the row of the id `before` where given. */
    list(asked: AuditFilter & { readonly before?: number | undefined; readonly limit: number }): AuditRow[] {
      const { actor, action, subject, outcome, from, until, before } = asked
      return orm
        .select()
        .from(audit)
        .where(
          and(
            actor === undefined ? undefined : eq(audit.actor, actor),
            action === undefined ? undefined : eq(audit.action, action),
            subject === undefined ? undefined : eq(audit.subject, subject),
            outcome === undefined ? undefined : eq(audit.outcome, outcome),
            from === undefined ? undefined : gte(audit.at, from),
            until === undefined ? undefined : lt(audit.at, until),
            before === undefined ? undefined : lt(audit.id, before),
          ),
        )
        .orderBy(desc(audit.id))
        .limit(asked.limit)
        .all()
    },
  }
}
