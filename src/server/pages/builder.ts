import { questionPage } from '../../../views/settings/question.tsx'
import { builderPage } from '../../../views/workflow/builder.tsx'
import type { Overtaken } from '../../../views/workflow/model.ts'
import { reaches } from '../../domain/actor.ts'
import type { Workflow } from '../../domain/definition.ts'
import { diff } from '../../domain/diff.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import { withChanges } from '../../domain/form/change.ts'
import { formOf } from '../../domain/form/read.ts'
import { withWish } from '../../domain/form/wish.ts'
import { pathOf, pathText, valueAt } from '../../domain/path.ts'
import { chooseRef } from '../../domain/ref.ts'
import { check } from '../../domain/validate.ts'
import { readDefinitions } from '../../domain/workflow.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import { factsOf } from '../api/definitions.ts'
import { saveDefinition } from '../api/save.ts'
import type { ServerDeps, Visitor } from '../context.ts'
import { findWorkflow } from '../lookup.ts'
import { summaryOf } from '../versions.ts'
import { askedRef, choicesOf, lineOf, refChoice, workflowNamed } from './choices.ts'
import { type Draft, draftOf, dropDraft, keepDraft } from './draft.ts'
import { readSent, type Sent } from './sent.ts'
import { findingsFrom, parseDefinition } from './text.ts'
import type { Visit } from './visit.ts'

/** The builder of a workflow: its form and its text, what is changed in them, saved and run. */
export function builderPages(deps: ServerDeps) {
  return {
    blank: (visit: Visit) => show(deps, visit, draftOf(deps, visit.visitor, null)),
    change: (visit: Visit) => change(deps, visit, workflowNamed(deps, visit.c)),
    askDiscard: (visit: Visit) => {
      mustEdit(visit)
      return askDiscard(deps, visit)
    },
    discard: (visit: Visit) => {
      mustEdit(visit)
      const workflow = workflowNamed(deps, visit.c)
      dropDraft(deps, visit.visitor, workflow)
      return visit.c.redirect(pathTo(workflow), 303)
    },
  }
}

function pathTo(workflow: WorkflowRow | null): string {
  return `/workflows/${workflow?.slug ?? 'new'}`
}

/** What else is said besides what the text itself says. */
interface Remarks {
  readonly findings?: readonly Finding[]
  readonly tried?: 'tried' | 'not yet'
  readonly sent?: Sent
  /** What is wrong with the commit that was chosen. */
  readonly refProblem?: string
  readonly status?: 200 | 409 | 422
}

/** The builder with a draft in it. */
export function show(deps: ServerDeps, visit: Visit, draft: Draft, remarks: Remarks = {}) {
  const { c, frame, visitor } = visit
  const { text } = draft
  const { findings, stops } = problemsOf(deps, draft, remarks)
  const page = builderPage(frame, {
    workflow: lineOf(draft),
    ...{ text, base: draft.base, window: deps.world.id(), seen: draft.writer },
    form: formOf(text),
    ...{ findings, stops },
    tried: remarks.tried ?? 'not yet',
    overtaken: overtakenOf(deps, draft),
    choices: choicesOf(deps, visitor),
    ref: refChoice(deps, draft, remarks.sent?.ref ?? askedRef(c), remarks.refProblem ?? null),
    rights: { edit: editRefusal(visitor), run: runRefusal(visitor) },
    at: c.req.query('at') ?? null,
  })
  return c.html(page, remarks.status ?? 200)
}

/** Why somebody may not change workflows; null where they may. */
function editRefusal({ person }: Visitor): string | null {
  if (reaches(person.role, 'editor')) return null
  return `${person.name} is a ${person.role}; to change a workflow one must be an editor.`
}

function runRefusal({ person }: Visitor): string | null {
  return reaches(person.role, 'executor') ? null : `${person.name} is a ${person.role}.`
}

/** Everything that is wrong with a draft, and what it hinders: to be saved it must be whole, to be run all it names be there. */
function problemsOf(deps: ServerDeps, { workflow, text }: Draft, { findings = [], tried, status }: Remarks) {
  const own = parseDefinition(text, 'workflow', workflow?.slug ?? null).findings
  const checked = check(text, factsOf(deps)).findings
  const all = [...own.filter((one) => !checked.some((other) => isSame(one, other))), ...checked]
  // Nobody who has just begun needs to be told what they have not come to yet.
  const value = workflow === null && tried !== 'tried' ? formOf(text)?.value : undefined
  const told =
    value === undefined ? all : all.filter(({ path }) => valueAt(value, pathOf(path)) !== undefined)
  return {
    findings: [...findings, ...told],
    stops: own.length > 0 || status === 409 ? ('update' as const) : ('execution' as const),
  }
}

function isSame(one: Finding, other: Finding): boolean {
  return one.path === other.path && one.message === other.message
}

/** A newer version than the one that this draft began from; null where there is none, or it says the same. */
function overtakenOf({ store }: ServerDeps, draft: Draft): Overtaken | null {
  const { workflow, newest, base, beganAt, text } = draft
  if (workflow === null || newest === null || beganAt === null) return null
  if (base === newest.number || text === newest.text) return null
  const { number, createdAt, createdBy } = newest
  const began = store.workflows.version(workflow.id, base)
  return {
    newest: { number, at: createdAt, by: createdBy },
    ...{ base, summary: began === null ? [] : summaryOf(began, newest), lines: diff(newest.text, text) },
  }
}

/** What a form asks for: it is kept first, whatever becomes of it. */
async function change(deps: ServerDeps, visit: Visit, workflow: WorkflowRow | null): Promise<Response> {
  const { c, visitor } = visit
  const sent = await readSent(c)
  const before = draftOf(deps, visitor, workflow)
  if (sent.act.is === 'execute' && workflow !== null && editRefusal(visitor) !== null)
    return run(deps, visit, before, sent)
  mustEdit(visit)
  const { text, at, refused } = changed(sent)
  if (before.writer !== sent.window && before.writer !== sent.seen)
    return show(deps, visit, { ...before, text, base: sent.base }, { ...elsewhere(sent), status: 409 })
  keepDraft(deps, visitor, workflow, { text, base: sent.base, writer: sent.window })
  const draft = draftOf(deps, visitor, workflow)
  if (refused.length > 0) return show(deps, visit, draft, { sent, findings: refused, status: 422 })
  switch (sent.act.is) {
    case 'update':
    case 'execute':
      return save(deps, visit, draft, sent)
    case 'plan':
      return c.redirect(`${pathTo(workflow)}/dry-run?${refQuery(sent)}`, 303)
    case 'apply':
    case 'wish':
      return c.redirect(`${pathTo(workflow)}?${new URLSearchParams({ at })}&${refQuery(sent)}`, 303)
    default:
      return sent.act satisfies never
  }
}

/** The text with all that was sent in it, and what it was about last. */
function changed({ text, changes, act }: Sent): {
  readonly text: string
  readonly at: string
  readonly refused: readonly Finding[]
} {
  const filled = withChanges(text, changes)
  const at = changes.at(-1)?.key.replace(/@.*$/, '') ?? ''
  if (act.is !== 'wish') return { ...filled, at }
  try {
    const granted = withWish(filled.text, act.wish, act.target)
    return { text: granted.text, at: pathText(granted.path), refused: filled.refused }
  } catch (error) {
    const problems = findingsFrom(error, pathText(pathOf(act.target)))
    return { text: filled.text, at, refused: [...filled.refused, ...problems] }
  }
}

/** Two windows of one person: neither silently wins over the other. */
function elsewhere(sent: Sent): Remarks {
  const message =
    'You changed this workflow in another window meanwhile. What stands here is kept nowhere yet; press again to keep it in the place of the other.'
  return { sent, findings: [whole(message)] }
}

function save(deps: ServerDeps, visit: Visit, draft: Draft, sent: Sent): Response | Promise<Response> {
  const { workflow, newest, text } = draft
  const { document, findings } = parseDefinition(text, 'workflow', workflow?.slug ?? null)
  const runs = sent.act.is === 'execute'
  const problems = findings.length === 0 && runs ? check(text, factsOf(deps)).findings : findings
  const tried = { sent, tried: 'tried' as const }
  if (document === null || problems.length > 0) return show(deps, visit, draft, { ...tried, status: 422 })
  const { name } = document.definition
  if (workflow === null && deps.store.workflows.bySlug(name) !== null) {
    const taken = { ...whole(`There is a workflow ${name} already. Choose another name.`), path: 'name' }
    return show(deps, visit, draft, { ...tried, findings: [taken], status: 422 })
  }
  const refProblem = runs ? refProblemOf(document.definition, sent) : null
  if (refProblem !== null) return show(deps, visit, draft, { ...tried, refProblem, status: 422 })
  const over = sent.act.is === 'update' ? sent.act.over : null
  if (newest !== null && overtakenOf(deps, draft) !== null && over !== newest.number) {
    const message = `${newest.createdBy} saved version ${newest.number} meanwhile, so nothing was saved.`
    return show(deps, visit, draft, { ...tried, findings: [whole(message)], status: 409 })
  }
  deps.store.transaction(() => {
    saveDefinition(deps, document, visit.visitor)
    dropDraft(deps, visit.visitor, workflow)
  })
  const saved = findWorkflow(deps.store, name)
  return runs
    ? run(deps, visit, draftOf(deps, visit.visitor, saved), sent)
    : visit.c.redirect(pathTo(saved), 303)
}

/** Begins an execution of what is saved by now; what hinders it is said in the builder. */
function run(deps: ServerDeps, visit: Visit, draft: Draft, sent: Sent): Response | Promise<Response> {
  const { store, ledger } = deps
  const { workflow, newest } = draft
  if (workflow === null || newest === null) throw new Fault('invalid', 'There is nothing to run yet.')
  const refProblem = refProblemOf(newest.definition, sent)
  if (refProblem !== null) return show(deps, visit, draft, { sent, refProblem, status: 422 })
  try {
    const made = ledger.trigger({
      workflow: workflow.slug,
      ...(sent.ref === null ? {} : { ref: sent.ref }),
      trigger: 'manual',
      actor: visit.visitor.person,
    })
    return visit.c.redirect(`/executions/${store.executions.displayId(made.id)}`, 303)
  } catch (error) {
    return show(deps, visit, draft, { sent, findings: findingsFrom(error, ''), status: 422 })
  }
}

/** Why a commit cannot be run, or must be chosen first; null where it can. */
function refProblemOf({ source }: Workflow, { ref }: Sent): string | null {
  try {
    chooseRef(source.ref, ref)
    return null
  } catch (error) {
    return findingsFrom(error, '')
      .map(({ message }) => message)
      .join(' ')
  }
}

/** Asks before changes go that are kept nowhere else. */
function askDiscard(deps: ServerDeps, { c, frame, visitor }: Visit): Response | Promise<Response> {
  const workflow = workflowNamed(deps, c)
  const { newest, text, beganAt } = draftOf(deps, visitor, workflow)
  const path = pathTo(workflow)
  if (beganAt === null) return c.redirect(path, 303)
  const name = workflow?.slug ?? 'the new workflow'
  const { documents } = readDefinitions(text)
  const [document] = documents
  const definition = document?.kind === 'workflow' ? document.definition : null
  const summary = newest === null ? [] : summaryOf(newest, { text, definition })
  return c.html(
    questionPage(frame, {
      title: `Discard your changes to ${name}?`,
      consequence:
        newest === null
          ? 'It was never saved.'
          : `${summary.join(' ')} Version ${newest.number} stays as it is.`,
      lasting: 'for good',
      action: `${path}/discard`,
      button: 'Discard changes',
      back: { path, word: 'Keep editing' },
    }),
  )
}

/** The commit that was chosen, for the page that follows. */
function refQuery({ ref }: Sent): string {
  if (ref === null) return ''
  return new URLSearchParams({
    'ref-kind': ref.kind,
    ref: ref.kind === 'sha' ? ref.sha : ref.name,
  }).toString()
}

function mustEdit({ visitor }: Visit): void {
  const refusal = editRefusal(visitor)
  if (refusal !== null) throw new Fault('forbidden', refusal)
}

function whole(message: string): Finding {
  return { path: '', line: null, column: null, message }
}
