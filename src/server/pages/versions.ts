import type { Comparison } from '../../../views/workflow/model.ts'
import { comparisonPage, versionPage, versionsTab } from '../../../views/workflow/versions.tsx'
import { reaches } from '../../domain/actor.ts'
import { Fault } from '../../domain/fault.ts'
import { readDefinitions } from '../../domain/workflow.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import type { Version } from '../../store/workflows.ts'
import { saveDefinition } from '../api/save.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { findVersion } from '../lookup.ts'
import { mustReach } from '../session.ts'
import { type Compared, summaryOf, versionChanges } from '../versions.ts'
import { lineOf, workflowNamed } from './choices.ts'
import type { Draft } from './draft.ts'
import { parseDefinition } from './text.ts'
import type { Visit } from './visit.ts'

/** As many versions as stand on one screen. */
const ROWS = 20

/** The versions of a workflow: their list, one of them, or two side by side. */
export function versionsShown(deps: ServerDeps, { c, frame, visitor }: Visit, draft: Draft) {
  const { store } = deps
  const { workflow: row, newest } = draft
  const workflow = lineOf(draft)
  if (row === null || newest === null || workflow === null)
    throw new Fault('not_found', 'It has no versions yet.')
  const mayRestore = reaches(visitor.person.role, 'editor') ? 'may' : 'may not'
  const asked = c.req.query('version')
  if (asked !== undefined) {
    const version = findVersion(store, row, asked)
    const before = store.workflows.version(row.id, version.number - 1)
    return c.html(
      versionPage(frame, {
        ...{ workflow, version: lineOfVersion(version), text: version.text, mayRestore },
        summary: summaryOf(before, version),
      }),
    )
  }
  if (c.req.query('to') !== undefined)
    return c.html(comparisonPage(frame, { workflow, comparison: comparison(deps, c, row, draft) }))
  const before = /^[1-9]\d{0,8}$/.test(c.req.query('before') ?? '') ? Number(c.req.query('before')) : null
  const versions = store.workflows.page(row.id, before, ROWS + 1)
  return c.html(
    versionsTab(frame, {
      workflow,
      rows: versions.slice(0, ROWS).map((version, at) => ({
        ...lineOfVersion(version),
        summary: summaryOf(versions[at + 1] ?? null, version),
      })),
      place: before === null ? 'newest' : 'older',
      before: versions.length > ROWS ? (versions[ROWS - 1]?.number ?? null) : null,
      mayRestore,
    }),
  )
}

function lineOfVersion({ number, createdAt, createdBy }: Version) {
  return { number, at: createdAt, by: createdBy }
}

/** Two versions, or one and this visitor's changes to it. */
function comparison({ store }: ServerDeps, c: Ctx, row: WorkflowRow, draft: Draft): Comparison {
  const from = findVersion(store, row, c.req.query('from') ?? '')
  const asked = c.req.query('to') ?? ''
  const to: Compared = asked === 'draft' ? draftCompared(draft) : findVersion(store, row, asked)
  const { summary, lines } = versionChanges(from, to)
  return {
    from: `Version ${from.number}`,
    to: asked === 'draft' ? 'Your changes' : `Version ${asked}`,
    ...{ summary, lines },
  }
}

function draftCompared({ text }: Draft): Compared {
  const [document] = readDefinitions(text).documents
  return { text, definition: document?.kind === 'workflow' ? document.definition : null }
}

/** Saves an older version's text as the newest: what came between stays in the history. */
export function restorePages(deps: ServerDeps) {
  const { store } = deps
  return {
    restore: async ({ c, visitor }: Visit): Promise<Response> => {
      mustReach(visitor, 'editor')
      const row = workflowNamed(deps, c)
      if (row === null) throw new Fault('not_found', 'A workflow that was never saved has no versions.')
      const { version } = await c.req.parseBody()
      const { number, text } = findVersion(store, row, String(version))
      const { document, findings } = parseDefinition(text, 'workflow', row.slug)
      if (document === null)
        throw new Fault('invalid', `Version ${number} is not valid any more, so it was not restored.`, {
          findings,
        })
      store.transaction(() => saveDefinition(deps, document, visitor))
      return c.redirect(`/workflows/${row.slug}?tab=versions`, 303)
    },
  }
}
