import { newWorkflowPage } from '../../../views/workflow/page.tsx'
import type { GitRef, Workflow } from '../../domain/definition.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import { check } from '../../domain/validate.ts'
import type { Definition } from '../../domain/workflow.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import { factsOf } from '../api/definitions.ts'
import { saveDefinition } from '../api/save.ts'
import type { ServerDeps } from '../context.ts'
import { findWorkflow } from '../lookup.ts'
import { parseDefinition, readText } from './text.ts'
import type { Visit } from './visit.ts'
import { editor, editRefusal } from './workflow.ts'

/** What the forms of the editor do. Whatever is wrong is said beside the text that was sent: nothing typed is lost. */
export function savingPages(deps: ServerDeps) {
  return {
    create: (visit: Visit) => create(deps, visit),
    save: (visit: Visit) => save(deps, visit),
  }
}

async function create(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c, frame, visitor } = visit
  mustEdit(visit)
  const text = await readText(c)
  const { document, findings } = parseDefinition(text, 'workflow', null)
  const name = document?.definition.name ?? ''
  const taken = document !== null && deps.store.workflows.bySlug(name) !== null
  const all = taken ? [whole(`There is a workflow ${name} already.`)] : findings
  if (document === null || all.length > 0) return c.html(newWorkflowPage(frame, { text, findings: all }), 422)
  deps.store.transaction(() => saveDefinition(deps, document, visitor))
  return c.redirect(`/workflows/${name}`, 303)
}

async function save(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c } = visit
  mustEdit(visit)
  const { store } = deps
  const workflow = findWorkflow(store, c.req.param('slug') ?? '')
  const form = await c.req.parseBody()
  const text = await readText(c)
  const execute = form['then'] === 'execute'
  const { document, findings } = parsed(deps, text, workflow, execute ? 'run' : 'save')
  const late = document === null ? [] : overtaken(deps, workflow, document, form['base'])
  if (document === null || findings.length > 0 || late.length > 0)
    return refused(deps, visit, workflow, { text, findings: [...late, ...findings] })
  store.transaction(() => saveDefinition(deps, document, visit.visitor))
  return execute
    ? run(deps, visit, workflow, { text, ref: branchOf(form['branch']) })
    : c.redirect(`/workflows/${workflow.slug}`, 303)
}

/** The changes are saved by now; what hinders the start is said beside them. */
function run(
  deps: ServerDeps,
  visit: Visit,
  workflow: WorkflowRow,
  wish: { text: string; ref: GitRef | null },
): Response | Promise<Response> {
  const { store, ledger } = deps
  try {
    const made = ledger.trigger({
      workflow: workflow.slug,
      ...(wish.ref === null ? {} : { ref: wish.ref }),
      trigger: 'manual',
      actor: visit.visitor.person,
    })
    return visit.c.redirect(`/executions/${store.executions.displayId(made.id)}`, 303)
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'invalid') throw error
    const findings = error.findings.length > 0 ? error.findings : [whole(error.message)]
    const saved = findWorkflow(store, workflow.slug)
    return refused(deps, visit, saved, { text: wish.text, findings })
  }
}

/** To be saved a definition must be whole; to be run, what it names must be there too. */
function parsed(deps: ServerDeps, text: string, workflow: WorkflowRow, purpose: 'save' | 'run') {
  const own = parseDefinition(text, 'workflow', workflow.slug)
  if (purpose === 'save' || own.findings.length > 0) return own
  return { document: own.document, findings: check(text, factsOf(deps)).findings }
}

/** Somebody else saved while this was being written: neither silently wins. */
function overtaken(
  { store }: ServerDeps,
  workflow: WorkflowRow,
  document: Definition & { definition: Workflow },
  base: unknown,
): Finding[] {
  const newest = store.workflows.latest(workflow)
  if (base === undefined || base === String(newest.number) || newest.text === document.text) return []
  return [
    whole(
      `${newest.createdBy} saved version ${newest.number} meanwhile. Your text is kept here; press again to save it over theirs.`,
    ),
  ]
}

function refused(
  deps: ServerDeps,
  visit: Visit,
  workflow: WorkflowRow,
  draft: { text: string; findings: readonly Finding[] },
): Response | Promise<Response> {
  const newest = deps.store.workflows.latest(workflow)
  return visit.c.html(editor(deps, visit, workflow, newest, draft), 422)
}

function mustEdit({ visitor }: Visit): void {
  const refusal = editRefusal(visitor)
  if (refusal !== null) throw new Fault('forbidden', refusal)
}

function whole(message: string): Finding {
  return { path: '', line: null, column: null, message }
}

function branchOf(field: unknown): GitRef | null {
  return typeof field === 'string' && field.trim() !== '' ? { kind: 'branch', name: field.trim() } : null
}
