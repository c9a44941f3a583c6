import { pipelinesPage, type WorkflowLine, workflowsPage } from '../../../views/workflow/list.tsx'
import { newWorkflowPage, workflowPage } from '../../../views/workflow/page.tsx'
import { reaches } from '../../domain/actor.ts'
import type { GitRef } from '../../domain/definition.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import { check } from '../../domain/validate.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import type { Version } from '../../store/workflows.ts'
import { factsOf } from '../api/definitions.ts'
import { saveDefinition } from '../api/save.ts'
import type { ServerDeps } from '../context.ts'
import { findWorkflow } from '../lookup.ts'
import { filterFor, historyLine } from './lines.ts'
import { parseDefinition, readText } from './text.ts'
import type { Visit } from './visit.ts'

const HISTORY_ROWS = 25

const EXAMPLE = `kind: workflow
name: storefront
source:
  git: { url: https://git.example/shop/storefront.git, branch: main }
tools:
  preBuild:
    - script: { name: unit tests, run: ./test.sh }
build:
  script: { run: ./build.sh }
deploy:
  - environment: dev
`

const TABS = ['builder', 'history', 'versions'] as const

/** Workflows: their list, one as an editor with its executions and versions, a new one, and saving. */
export function workflowPages(deps: ServerDeps) {
  const { store, ledger } = deps

  return {
    list: ({ c, frame }: Visit) => c.html(workflowsPage(frame, { workflows: workflowLines(deps) })),
    pipelines: ({ c, frame }: Visit) => c.html(pipelinesPage(frame, { workflows: workflowLines(deps) })),

    blank: ({ c, frame }: Visit) => c.html(newWorkflowPage(frame, { text: EXAMPLE, findings: [] })),

    create: async (visit: Visit) => {
      const { c, frame, visitor } = visit
      refuse(visit, 'editor')
      const text = await readText(c)
      const parsed = parseDefinition(text, 'workflow', null)
      const taken =
        parsed.document !== null && store.workflows.bySlug(parsed.document.definition.name) !== null
      const findings = taken
        ? [whole(`There is a workflow ${parsed.document?.definition.name} already.`)]
        : parsed.findings
      const { document } = parsed
      if (document === null || findings.length > 0)
        return c.html(newWorkflowPage(frame, { text, findings }), 422)
      store.transaction(() => saveDefinition(deps, document, visitor))
      return c.redirect(`/workflows/${document.definition.name}`, 303)
    },

    show: (visit: Visit) => {
      const workflow = findWorkflow(store, visit.c.req.param('slug') ?? '')
      const version = chosenVersion(workflow, visit.c.req.query('version'))
      return visit.c.html(editor(visit, workflow, version, { text: version.text, findings: [] }))
    },

    save: async (visit: Visit) => {
      const { c, visitor } = visit
      const workflow = findWorkflow(store, c.req.param('slug') ?? '')
      refuse(visit, 'editor')
      const form = await c.req.parseBody()
      const text = await readText(c)
      const execute = form['then'] === 'execute'
      const findings: readonly Finding[] = execute
        ? check(text, factsOf(deps)).findings
        : parseDefinition(text, 'workflow', workflow.slug).findings
      const { document, findings: own } = parseDefinition(text, 'workflow', workflow.slug)
      const all = findings.length > 0 ? findings : own
      if (document === null || all.length > 0) {
        const version = store.workflows.latest(workflow)
        return c.html(editor(visit, workflow, version, { text, findings: all }), 422)
      }
      if (!execute) {
        store.transaction(() => saveDefinition(deps, document, visitor))
        return c.redirect(`/workflows/${workflow.slug}`, 303)
      }
      const ref = branchOf(form['branch'])
      const made = store.transaction(() => {
        saveDefinition(deps, document, visitor)
        return ledger.trigger({
          workflow: workflow.slug,
          ...(ref === null ? {} : { ref }),
          trigger: 'manual',
          actor: visitor.person,
        })
      })
      return c.redirect(`/executions/${store.executions.displayId(made.id)}`, 303)
    },
  }

  function chosenVersion(workflow: WorkflowRow, asked: string | undefined): Version {
    if (asked === undefined) return store.workflows.latest(workflow)
    const version = /^[1-9]\d{0,8}$/.test(asked) ? store.workflows.version(workflow.id, Number(asked)) : null
    if (version !== null) return version
    throw new Fault(
      'not_found',
      `${workflow.slug} has no version ${asked.slice(0, 20)}; the newest is ${workflow.version}.`,
    )
  }

  function editor(
    { c, frame, visitor }: Visit,
    workflow: WorkflowRow,
    version: Version,
    draft: { text: string; findings: readonly Finding[] },
  ): string {
    const tab = TABS.find((name) => name === c.req.query('tab')) ?? 'builder'
    const { ref } = version.definition.source
    return workflowPage(frame, {
      slug: workflow.slug,
      version: { number: version.number, at: version.createdAt, by: version.createdBy },
      newest: workflow.version,
      ...draft,
      branch: ref.kind === 'branch' ? ref.name : null,
      executions:
        tab === 'history'
          ? store.history
              .page(filterFor({ workflow: workflow.slug }), null, HISTORY_ROWS)
              .rows.map((row) => historyLine(deps, row))
          : [],
      versions: store.workflows
        .versions(workflow.id)
        .map(({ number, createdAt, createdBy }) => ({ number, at: createdAt, by: createdBy })),
      refusal: reaches(visitor.person.role, 'editor')
        ? null
        : `${visitor.person.name} is a ${visitor.person.role}; to change a workflow one must be an editor.`,
      tab,
      since: store.events.last(),
    })
  }
}

function refuse({ visitor }: Visit, least: 'editor'): void {
  if (reaches(visitor.person.role, least)) return
  throw new Fault(
    'forbidden',
    `${visitor.person.name} is a ${visitor.person.role}; to change a workflow one must be an ${least}.`,
  )
}

function whole(message: string): Finding {
  return { path: 'name', line: null, column: null, message }
}

function branchOf(field: unknown): GitRef | null {
  return typeof field === 'string' && field.trim() !== '' ? { kind: 'branch', name: field.trim() } : null
}

function workflowLines(deps: ServerDeps): WorkflowLine[] {
  const { store } = deps
  return store.workflows.list().map((row) => {
    const last =
      row.executions === 0
        ? undefined
        : store.history.page(filterFor({ workflow: row.slug }), null, 1).rows[0]
    return {
      slug: row.slug,
      version: row.version,
      executions: row.executions,
      updatedAt: row.updatedAt,
      last: last === undefined ? null : historyLine(deps, last),
    }
  })
}
