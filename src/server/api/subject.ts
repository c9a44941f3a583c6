import type { Environment, Workflow } from '../../domain/definition.ts'
import { Fault } from '../../domain/fault.ts'
import { check } from '../../domain/validate.ts'
import type { Asked } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { findWorkflow } from '../lookup.ts'
import { factsOf } from './definitions.ts'

type Wish = Pick<Asked<'renderWorkflow'>['body'], 'workflow' | 'version' | 'text'>

/** What is to be planned. */
export interface Subject {
  readonly workflow: Workflow
  readonly version: number | null
  /** Those that are saved, and over them those of the text. */
  readonly environments: ReadonlyMap<string, Environment>
}

/** The one workflow that is meant, with the environments it would meet; a Fault where something is wrong with it. */
export function subjectOf(deps: ServerDeps, wish: Wish): Subject {
  const { text, version } = textOf(deps, wish)
  const { documents, findings } = check(text, factsOf(deps))
  if (findings.length > 0)
    throw new Fault('invalid', 'The definitions are not valid; nothing would be submitted.', { findings })
  const environments = new Map(deps.store.environments.definitions())
  const workflows: Workflow[] = []
  for (const document of documents) {
    if (document.kind === 'workflow') workflows.push(document.definition)
    else environments.set(document.definition.name, document.definition)
  }
  return { workflow: oneOf(workflows, wish.workflow), version, environments }
}

function textOf({ store }: ServerDeps, wish: Wish): { text: string; version: number | null } {
  if (wish.text !== undefined) {
    if (wish.version !== undefined)
      throw new Fault('invalid', 'version is of a saved workflow. Leave out version, or the text.')
    return { text: wish.text, version: null }
  }
  if (wish.workflow === undefined) throw new Fault('invalid', 'Which workflow? Name it, or send a text.')
  const workflow = findWorkflow(store, wish.workflow)
  const number = wish.version ?? workflow.version
  const version = store.workflows.version(workflow.id, number)
  if (version === null) throw new Fault('not_found', `Workflow ${workflow.slug} has no version ${number}.`)
  return { text: version.text, version: number }
}

function oneOf(workflows: readonly Workflow[], name: string | undefined): Workflow {
  const found = name === undefined ? workflows : workflows.filter((workflow) => workflow.name === name)
  const [one, ...others] = found
  const names = workflows.map((workflow) => workflow.name).join(', ')
  if (one === undefined)
    throw new Fault('invalid', `The text holds no workflow${name === undefined ? '' : ` ${name}`}.`)
  if (others.length > 0) throw new Fault('invalid', `The text holds ${names}. Say which is meant.`)
  return one
}
