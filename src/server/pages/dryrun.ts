import { dryRunPage } from '../../../views/workflow/dryrun.tsx'
import type { DryRunLine } from '../../../views/workflow/model.ts'
import { TRIGGER_KINDS, type TriggerKind, type Workflow } from '../../domain/definition.ts'
import { Fault } from '../../domain/fault.ts'
import { PHASES } from '../../domain/status.ts'
import { check } from '../../domain/validate.ts'
import { factsOf } from '../api/definitions.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { dryRun } from '../dryrun.ts'
import { askedRef, lineOf, refChoice, workflowNamed } from './choices.ts'
import { draftOf } from './draft.ts'
import { findingsFrom } from './text.ts'
import type { Visit } from './visit.ts'

/** What an execution of a draft would do, without beginning one. */
export function dryRunPages(deps: ServerDeps) {
  return {
    show: ({ c, frame, visitor }: Visit) => {
      const draft = draftOf(deps, visitor, workflowNamed(deps, c))
      const event = TRIGGER_KINDS.find((kind) => kind === c.req.query('event')) ?? 'manual'
      const asked = askedRef(c)
      const { documents, findings } = check(draft.text, factsOf(deps))
      const [document] = documents
      const plan =
        document?.kind === 'workflow' && findings.length === 0
          ? planned(deps, c, document.definition, event)
          : null
      return c.html(
        dryRunPage(frame, {
          workflow: lineOf(draft),
          ref: refChoice(deps, draft, asked, plan?.problem ?? null),
          ...{ event, findings, plan: plan?.line ?? null },
        }),
      )
    },
  }
}

function planned(
  deps: ServerDeps,
  c: Ctx,
  workflow: Workflow,
  event: TriggerKind,
): { readonly line: DryRunLine | null; readonly problem: string | null } {
  try {
    const environments = deps.store.environments.definitions()
    const { plan } = dryRun(deps, { workflow, environments, ref: askedRef(c), event })
    return {
      problem: null,
      line: {
        phases: PHASES.map((phase) => ({
          phase,
          stages: plan.stages.filter((stage) => stage.phase === phase),
        })),
        segments: plan.segments.map((segment) => ({
          ...segment,
          stages: segment.stages.map((ordinal) => plan.stages[ordinal]?.id ?? ''),
        })),
      },
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { line: null, problem: findingsFrom(error, '')[0]?.message ?? error.message }
  }
}
