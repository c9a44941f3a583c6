import type { Environment, GitRef, TriggerKind, Workflow } from '../domain/definition.ts'
import { type Plan, plan } from '../domain/plan.ts'
import { chooseRef } from '../domain/ref.ts'
import type { ServerDeps } from './context.ts'

interface DryRunWish {
  readonly workflow: Workflow
  readonly environments: ReadonlyMap<string, Environment>
  /** Null takes what the workflow names. */
  readonly ref: GitRef | null
  readonly event: TriggerKind
}

export interface DryRun {
  readonly branch: string | null
  readonly tag: string | null
  /** Only where it was named. */
  readonly sha: string | null
  readonly plan: Plan
}

/** The plan that an execution would get of definitions that are valid. A Fault where the ref must be chosen, or cannot be. */
export function dryRun({ settings }: Pick<ServerDeps, 'settings'>, wish: DryRunWish): DryRun {
  const ref = chooseRef(wish.workflow.source.ref, wish.ref)
  const branch = ref.kind === 'branch' ? ref.name : null
  const tag = ref.kind === 'tag' ? ref.name : null
  const made = plan(wish.workflow, wish.environments, {
    ...{ defaultEngine: settings.defaultEngine, branch, tag },
    events: [wish.event],
  })
  return { branch, tag, sha: ref.kind === 'sha' ? ref.sha : null, plan: made }
}
