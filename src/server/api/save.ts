import { type Role, reaches } from '../../domain/actor.ts'
import { Fault } from '../../domain/fault.ts'
import type { Definition } from '../../domain/workflow.ts'
import type { Store } from '../../store/store.ts'
import { audited } from '../audited.ts'
import type { ServerDeps, Visitor } from '../context.ts'

export type Outcome = 'created' | 'changed' | 'unchanged'

/** Gates stand in environments: whoever may change workflows only must not loosen what binds them all. */
const LEAST = { workflow: 'editor', environment: 'admin' } as const satisfies Record<Definition['kind'], Role>

/**
 * Saves one definition and says so in the audit log; the same text again changes nothing and needs no right. In the
 * caller's transaction.
 */
export function saveDefinition(
  deps: ServerDeps,
  document: Definition,
  visitor: Visitor,
): { outcome: Outcome; version: number | null } {
  const { store, world } = deps
  const { kind, text, definition } = document
  const outcome = outcomeOf(store, document)
  if (outcome === 'unchanged') return { outcome, version: versionOf(store, document) }
  if (!reaches(visitor.person.role, LEAST[kind])) {
    throw new Fault(
      'forbidden',
      `Only an ${LEAST[kind]} may save the ${kind} ${definition.name}; ${visitor.person.name} is ${visitor.person.role}.`,
    )
  }
  const saved = { slug: definition.name, text, by: visitor.person.name, now: world.now() }
  if (document.kind === 'workflow') store.workflows.save({ ...saved, definition: document.definition })
  else store.environments.save({ ...saved, definition: document.definition })
  const version = versionOf(store, document)
  const detail = version === null ? null : `version ${version}`
  audited(deps, visitor.person.name, `${kind}.save`, `${kind}:${definition.name}`, detail)
  return { outcome, version }
}

function outcomeOf(store: Store, { kind, definition: { name }, text }: Definition): Outcome {
  const workflow = kind === 'workflow' ? store.workflows.bySlug(name) : null
  const present = workflow === null ? null : store.workflows.latest(workflow)
  const before = kind === 'workflow' ? present : store.environments.bySlug(name)
  if (before === null) return 'created'
  return before.text === text ? 'unchanged' : 'changed'
}

function versionOf(store: Store, { kind, definition: { name } }: Definition): number | null {
  return kind === 'workflow' ? (store.workflows.bySlug(name)?.version ?? null) : null
}
