import { rulesWords } from '../../../views/environment/rules.ts'
import type { Choices, RefChoice, WorkflowLine } from '../../../views/workflow/model.ts'
import { reaches } from '../../domain/actor.ts'
import { ENGINE_NAMES, type GitRef } from '../../domain/definition.ts'
import { isWildcard } from '../../domain/ref.ts'
import { readDefinitions } from '../../domain/workflow.ts'
import type { WorkflowRow } from '../../store/tables.ts'
import type { Ctx, ServerDeps, Visitor } from '../context.ts'
import { findWorkflow } from '../lookup.ts'
import type { Draft } from './draft.ts'
import { filterFor } from './lines.ts'
import { refOf } from './sent.ts'

/** The workflow of an address; null for the one that is being made. */
export function workflowNamed({ store }: Pick<ServerDeps, 'store'>, c: Ctx): WorkflowRow | null {
  const slug = c.req.param('slug')
  return slug === undefined || slug === 'new' ? null : findWorkflow(store, slug)
}

/** How every page of a workflow is headed; null while it is being made. */
export function lineOf({ workflow, newest, beganAt }: Draft): WorkflowLine | null {
  if (workflow === null || newest === null) return null
  const { number, createdAt, createdBy } = newest
  return { slug: workflow.slug, newest: { number, at: createdAt, by: createdBy }, changedSince: beganAt }
}

/** What fields propose. Names of secrets and credentials are for those who may see their lists. */
export function choicesOf({ store, settings, tools }: ServerDeps, { person }: Visitor): Choices {
  const maySee = reaches(person.role, 'editor')
  const environments = store.environments.list().map(({ definition }) => definition)
  const engines = tools()
  const named = maySee ? [...store.credentials.kinds()] : []
  return {
    engines: ENGINE_NAMES.filter((name) => engines.has(name)),
    defaultEngine: settings.defaultEngine,
    environments: new Map(environments.map((environment) => [environment.name, rulesWords(environment)])),
    secrets: maySee ? store.secrets.names().map(({ name }) => name) : [],
    credentials: named.flatMap(([name, kind]) => (kind === 'registry' ? [] : [name])),
    registries: named.flatMap(([name, kind]) => (kind === 'registry' ? [name] : [])),
    people: [...new Set(environments.flatMap(({ approvers }) => approvers))].toSorted(),
  }
}

/** How far back refs are looked for, and how many of them help. */
const REF_EXECUTIONS = 50
const REFS_MAX = 12

/** Which commit is proposed: what was asked for, or else what the definition names; a name for many proposes none. */
export function refChoice(
  { store }: Pick<ServerDeps, 'store'>,
  { workflow, newest, text }: Draft,
  asked: GitRef | null,
  problem: string | null,
): RefChoice {
  const [document] = readDefinitions(text).documents
  const definition = document?.kind === 'workflow' ? document.definition : newest?.definition
  const own: GitRef = definition?.source.ref ?? { kind: 'branch', name: '' }
  const pattern = own.kind !== 'sha' && isWildcard(own.name) ? own.name : null
  const chosen: GitRef = asked ?? (own.kind === 'sha' || pattern === null ? own : { ...own, name: '' })
  return {
    kind: chosen.kind,
    name: nameOf(chosen),
    ...{ own: `${own.kind} ${nameOf(own)}`, pattern, problem },
    recent: workflow === null ? [] : recentRefs(store, workflow.slug),
  }
}

function nameOf(ref: GitRef): string {
  return ref.kind === 'sha' ? ref.sha : ref.name
}

/** What ran lately, newest first, each once. */
function recentRefs(store: ServerDeps['store'], slug: string): RefChoice['recent'] {
  const { rows } = store.history.page(filterFor({ workflow: slug }), null, REF_EXECUTIONS)
  const refs = rows.flatMap(({ branch, tag, sha }) => [
    ...(branch === null ? [] : [{ kind: 'branch', name: branch } as const]),
    ...(tag === null ? [] : [{ kind: 'tag', name: tag } as const]),
    ...(branch === null && tag === null && sha !== null ? [{ kind: 'sha', name: sha } as const] : []),
  ])
  const once = new Map(refs.map((ref) => [`${ref.kind} ${ref.name}`, ref]))
  return [...once.values()].slice(0, REFS_MAX)
}

/** The ref that an address names. */
export function askedRef(c: Ctx): GitRef | null {
  return refOf(c.req.query('ref-kind') ?? '', (c.req.query('ref') ?? '').trim())
}
