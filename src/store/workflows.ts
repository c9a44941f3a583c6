import { and, asc, desc, eq, lt, sql } from 'drizzle-orm'
import type { Workflow } from '../domain/definition.ts'
import { storedWorkflow } from '../domain/stored.ts'
import type { Db } from './database.ts'
import { type VersionRow, versions, type WorkflowRow, workflows } from './tables.ts'

/** One save of a workflow: as it was written, and as it is understood. */
export type Version = Omit<VersionRow, 'definition'> & { readonly definition: Workflow }

/** A save to come. */
export interface WorkflowSave {
  readonly slug: string
  readonly text: string
  readonly definition: Workflow
  readonly by: string
  readonly now: number
}

/** Reading a definition takes a while; what the busiest do is what most do. */
const BUSIEST = 50

/** Workflows and their versions, which are never changed. */
export function createWorkflows({ orm, sqlite, transaction }: Db) {
  const lastEnvironment = sqlite.query<{ environment: string }, [number, number]>(
    `SELECT json_extract(v.definition, '$.deploy[#-1].environment') AS environment
     FROM (SELECT id, version FROM workflows WHERE ?1 IN (0, id) ORDER BY executions DESC LIMIT ?2) w
     JOIN versions v ON v.workflow_id = w.id AND v.number = w.version
     WHERE environment IS NOT NULL
     GROUP BY environment
     ORDER BY count(*) DESC, environment
     LIMIT 1`,
  )
  // These are asked with every trigger.
  const findBySlug = orm
    .select()
    .from(workflows)
    .where(eq(workflows.slug, sql.placeholder('slug')))
    .prepare()
  const findVersion = orm
    .select()
    .from(versions)
    .where(
      and(
        eq(versions.workflowId, sql.placeholder('workflowId')),
        eq(versions.number, sql.placeholder('number')),
      ),
    )
    .prepare()
  const takeNumber = orm
    .update(workflows)
    .set({ executions: sql`${workflows.executions} + 1` })
    .where(eq(workflows.id, sql.placeholder('workflowId')))
    .returning({ number: workflows.executions })
    .prepare()

  function bySlug(slug: string): WorkflowRow | null {
    return findBySlug.get({ slug }) ?? null
  }

  function version(workflowId: number, number: number): Version | null {
    const row = findVersion.get({ workflowId, number })
    return row === undefined ? null : parsed(row)
  }

  function latest(workflow: WorkflowRow): Version {
    const found = version(workflow.id, workflow.version)
    if (found === null) throw new Error(`Workflow ${workflow.slug} has no version ${workflow.version}.`)
    return found
  }

  /** The same text as the newest version's makes no new one: saving twice is saving once. */
  function save(wanted: WorkflowSave): Version {
    return transaction(() => {
      const before = bySlug(wanted.slug)
      const present = before === null ? null : latest(before)
      if (present !== null && present.text === wanted.text) return present
      const number = (before?.version ?? 0) + 1
      const { id } = orm
        .insert(workflows)
        .values({ slug: wanted.slug, version: number, createdAt: wanted.now, updatedAt: wanted.now })
        .onConflictDoUpdate({ target: workflows.slug, set: { version: number, updatedAt: wanted.now } })
        .returning({ id: workflows.id })
        .get()
      const row = orm
        .insert(versions)
        .values({
          workflowId: id,
          number,
          text: wanted.text,
          definition: JSON.stringify(wanted.definition),
          createdAt: wanted.now,
          createdBy: wanted.by,
        })
        .returning()
        .get()
      return parsed(row)
    })
  }

  return {
    bySlug,
    version,
    latest,
    save,

    byId(id: number): WorkflowRow | null {
      return orm.select().from(workflows).where(eq(workflows.id, id)).get() ?? null
    },

    /** All of them, by name. */
    list(): WorkflowRow[] {
      return orm.select().from(workflows).orderBy(asc(workflows.slug)).all()
    },

    /** The newest version of each, with its slug, by name. */
    newest(): { readonly id: number; readonly slug: string; readonly definition: Workflow }[] {
      return orm
        .select({ id: workflows.id, slug: workflows.slug, definition: versions.definition })
        .from(workflows)
        .innerJoin(
          versions,
          and(eq(versions.workflowId, workflows.id), eq(versions.number, workflows.version)),
        )
        .orderBy(asc(workflows.slug))
        .all()
        .map((row) => ({ ...row, definition: JSON.parse(row.definition) as Workflow }))
    },

    /** Newest first, without their texts. */
    versions(workflowId: number): Omit<VersionRow, 'text' | 'definition'>[] {
      return orm
        .select({
          workflowId: versions.workflowId,
          number: versions.number,
          createdAt: versions.createdAt,
          createdBy: versions.createdBy,
        })
        .from(versions)
        .where(eq(versions.workflowId, workflowId))
        .orderBy(desc(versions.number))
        .all()
    },

    /** The environment that a workflow deploys to last, or 0: that most of the busiest do. Null where none deploys. */
    lastEnvironment: (workflowId: number): string | null =>
      lastEnvironment.get(workflowId, BUSIEST)?.environment ?? null,

    /** A page of them with their texts, newest first: older than `before`, or the newest. */
    page(workflowId: number, before: number | null, limit: number): Version[] {
      return orm
        .select()
        .from(versions)
        .where(
          and(eq(versions.workflowId, workflowId), before === null ? undefined : lt(versions.number, before)),
        )
        .orderBy(desc(versions.number))
        .limit(limit)
        .all()
        .map(parsed)
    },

    /** The number of its next execution, taken; in the caller's transaction. */
    nextNumber(workflowId: number): number {
      return takeNumber.get({ workflowId }).number
    },
  }
}

/** Written by `save` alone, from a Workflow. */
function parsed(row: VersionRow): Version {
  return { ...row, definition: storedWorkflow(row.definition) }
}
