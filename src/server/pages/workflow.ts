import { historyTab } from '../../../views/workflow/history.tsx'
import { type WorkflowLine, workflowsPage } from '../../../views/workflow/list.tsx'
import { triggersTab } from '../../../views/workflow/triggers.tsx'
import { variablesTab } from '../../../views/workflow/variables.tsx'
import { reaches } from '../../domain/actor.ts'
import type { ConflictRule, Workflow } from '../../domain/definition.ts'
import type { ServerDeps } from '../context.ts'
import { variableGroups } from '../variables.ts'
import { show } from './builder.ts'
import { lineOf, refChoice, workflowNamed } from './choices.ts'
import { type Draft, draftOf } from './draft.ts'
import { executionsOf } from './lines.ts'
import { versionsShown } from './versions.ts'
import type { Visit } from './visit.ts'

const HISTORY_ROWS = 25

/** Workflows: their list, and one with its tabs. */
export function workflowPages(deps: ServerDeps) {
  return {
    list: ({ c, frame }: Visit) => c.html(workflowsPage(frame, { workflows: workflowLines(deps) })),
    show: (visit: Visit) => shown(deps, visit, draftOf(deps, visit.visitor, workflowNamed(deps, visit.c))),
  }
}

function shown(deps: ServerDeps, visit: Visit, draft: Draft): Response | Promise<Response> {
  const { c, frame, visitor } = visit
  const workflow = lineOf(draft)
  if (workflow === null || draft.newest === null) return show(deps, visit, draft)
  if (c.req.query('version') !== undefined) return versionsShown(deps, visit, draft)
  const { definition } = draft.newest
  switch (c.req.query('tab')) {
    case 'history':
      return c.html(
        historyTab(frame, {
          ...{ workflow, executions: executionsOf(deps, workflow.slug, HISTORY_ROWS) },
          since: deps.store.events.last(),
        }),
      )
    case 'variables':
      return c.html(
        variablesTab(frame, {
          ...{ workflow, groups: variableGroups(deps.store, definition) },
          mayOpenSecrets: reaches(visitor.person.role, 'editor') ? 'may' : 'may not',
        }),
      )
    case 'triggers':
      return c.html(
        triggersTab(frame, {
          ...{ workflow, ref: refChoice(deps, draft, null, null), address: new URL(c.req.url).origin },
          conflict: conflictWords(definition),
        }),
      )
    case 'versions':
      return versionsShown(deps, visit, draft)
    default:
      return show(deps, visit, draft)
  }
}

const CONFLICT_WORDS: Readonly<Record<ConflictRule, string>> = {
  queue: 'the others wait their turn',
  cancelPending: 'a new one takes the place of those that wait',
  terminateRunning: 'a new one terminates the one that runs',
}

function conflictWords({ name, concurrency }: Workflow): string {
  if (concurrency === null) return `Executions of ${name} do not wait for one another.`
  const { group, limit, onConflict } = concurrency
  const many = limit === 1 ? 'One execution runs' : `${limit} executions run`
  return `${many} at a time in the group ${group}; ${CONFLICT_WORDS[onConflict]}.`
}

function workflowLines(deps: ServerDeps): WorkflowLine[] {
  return deps.store.workflows.list().map((row) => ({
    slug: row.slug,
    version: row.version,
    executions: row.executions,
    updatedAt: row.updatedAt,
    last: (row.executions === 0 ? undefined : executionsOf(deps, row.slug, 1)[0]) ?? null,
  }))
}
