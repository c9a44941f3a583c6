import { reaches } from '../../domain/actor.ts'
import { Fault } from '../../domain/fault.ts'
import type { Definition } from '../../domain/workflow.ts'
import type { ServerDeps, Visitor } from '../context.ts'

export type Outcome = 'created' | 'changed' | 'unchanged'

/** Saves one definition and says so in the audit log; the same text again changes nothing. In the caller's transaction. */
export function saveDefinition(
  deps: ServerDeps,
  document: Definition,
  visitor: Visitor,
): { outcome: Outcome; version: number | null } {
  const { store, world } = deps
  const saved =
    document.kind === 'workflow'
      ? saveWorkflow(deps, document, visitor)
      : saveEnvironment(deps, document, visitor)
  if (saved.outcome !== 'unchanged') {
    store.audit.append({
      at: world.now(),
      actor: visitor.person.name,
      action: `${document.kind}.save`,
      subject: `${document.kind}:${document.definition.name}`,
      outcome: 'done',
      detail: saved.version === null ? null : JSON.stringify({ version: saved.version }),
    })
  }
  return saved
}

function saveWorkflow(
  { store, world }: ServerDeps,
  document: Definition & { kind: 'workflow' },
  visitor: Visitor,
) {
  const slug = document.definition.name
  const before = store.workflows.bySlug(slug)
  const version = store.workflows.save({
    slug,
    text: document.text,
    definition: document.definition,
    by: visitor.person.name,
    now: world.now(),
  })
  const outcome: Outcome =
    before === null ? 'created' : before.version === version.number ? 'unchanged' : 'changed'
  return { outcome, version: version.number }
}

/** Gates stand in environments, so whoever may not change them must not loosen them either. */
function saveEnvironment(
  { store, world }: ServerDeps,
  document: Definition & { kind: 'environment' },
  visitor: Visitor,
) {
  const slug = document.definition.name
  const before = store.environments.bySlug(slug)
  if (before !== null && before.text === document.text)
    return { outcome: 'unchanged' as const, version: null }
  if (!reaches(visitor.person.role, 'admin')) {
    throw new Fault(
      'forbidden',
      `The environment ${slug} binds every workflow, so only an admin may save it; ${visitor.person.name} is ${visitor.person.role}.`,
    )
  }
  store.environments.save({
    slug,
    text: document.text,
    definition: document.definition,
    by: visitor.person.name,
    now: world.now(),
  })
  return { outcome: before === null ? ('created' as const) : ('changed' as const), version: null }
}
