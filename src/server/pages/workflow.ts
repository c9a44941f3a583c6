import { pipelinesPage, type WorkflowLine, workflowsPage } from '../../../views/workflow/list.tsx'
import { newWorkflowPage, workflowPage } from '../../../views/workflow/page.tsx'
import { reaches } from '../../domain/actor.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import { isWildcard } from '../../domain/ref.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import type { Version } from '../../store/workflows.ts'
import type { ServerDeps, Visitor } from '../context.ts'
import { findWorkflow } from '../lookup.ts'
import { executionsOf } from './lines.ts'
import type { Visit } from './visit.ts'

const HISTORY_ROWS = 25
const TABS = ['builder', 'history', 'versions'] as const

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

/** Workflows: their list, their running sides, a new one, and one as an editor with its executions and versions. */
export function workflowPages(deps: ServerDeps) {
  return {
    list: ({ c, frame }: Visit) => c.html(workflowsPage(frame, { workflows: workflowLines(deps) })),
    pipelines: ({ c, frame }: Visit) => c.html(pipelinesPage(frame, { workflows: workflowLines(deps) })),
    blank: ({ c, frame }: Visit) => c.html(newWorkflowPage(frame, { text: EXAMPLE, findings: [] })),
    show: (visit: Visit) => {
      const workflow = findWorkflow(deps.store, visit.c.req.param('slug') ?? '')
      const version = chosenVersion(deps, workflow, visit.c.req.query('version'))
      return visit.c.html(editor(deps, visit, workflow, version, { text: version.text, findings: [] }))
    },
  }
}

function chosenVersion({ store }: ServerDeps, workflow: WorkflowRow, asked: string | undefined): Version {
  if (asked === undefined) return store.workflows.latest(workflow)
  const version = /^[1-9]\d{0,8}$/.test(asked) ? store.workflows.version(workflow.id, Number(asked)) : null
  if (version !== null) return version
  const shown = asked.slice(0, 20)
  throw new Fault('not_found', `${workflow.slug} has no version ${shown}; the newest is ${workflow.version}.`)
}

/** What is in the editor, and what is wrong with it. */
interface Draft {
  readonly text: string
  readonly findings: readonly Finding[]
}

/** The page of one workflow; `version` is what is looked at, the draft what stands in its editor. */
export function editor(
  deps: ServerDeps,
  visit: Visit,
  workflow: WorkflowRow,
  version: Version,
  draft: Draft,
): string {
  const { store } = deps
  const { c, frame, visitor } = visit
  const tab = TABS.find((name) => name === c.req.query('tab')) ?? 'builder'
  return workflowPage(frame, {
    slug: workflow.slug,
    version: { number: version.number, at: version.createdAt, by: version.createdBy },
    newest: workflow.version,
    ...draft,
    branch: branchField(version),
    executions: tab === 'history' ? executionsOf(deps, workflow.slug, HISTORY_ROWS) : [],
    versions: store.workflows
      .versions(workflow.id)
      .map(({ number, createdAt, createdBy }) => ({ number, at: createdAt, by: createdBy })),
    refusal: editRefusal(visitor),
    tab,
    since: store.events.last(),
  })
}

/** Where a branch may be chosen, and which is proposed: a wildcard proposes none. */
function branchField({ definition }: Version): { value: string; pattern: string | null } | null {
  const { ref } = definition.source
  if (ref.kind !== 'branch') return null
  return isWildcard(ref.name) ? { value: '', pattern: ref.name } : { value: ref.name, pattern: null }
}

/** Why somebody may not change workflows; null where they may. */
export function editRefusal({ person }: Visitor): string | null {
  if (reaches(person.role, 'editor')) return null
  return `${person.name} is a ${person.role}; to change a workflow one must be an editor.`
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
