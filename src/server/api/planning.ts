import { PHASES } from '../../domain/status.ts'
import type { Asked, Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { dryRun } from '../dryrun.ts'
import { refOf } from './executions.ts'
import { plannedGateWire } from './render.ts'
import { subjectOf } from './subject.ts'

/** What an execution would do, cut as an execution's own plan is; neither repository nor cluster is asked. */
export function planningHandlers(deps: ServerDeps): Pick<Handlers, 'planWorkflow'> {
  return {
    planWorkflow: ({ body }: Asked<'planWorkflow'>) => {
      const { workflow, version, environments } = subjectOf(deps, body)
      const { event } = body
      const { plan, ...ref } = dryRun(deps, { workflow, environments, ref: refOf(body).ref ?? null, event })
      return {
        ...{ workflow: workflow.name, version, ...ref, event },
        phases: PHASES.map((phase) => ({
          phase,
          stages: plan.stages.flatMap((stage) =>
            stage.phase === phase ? [{ id: stage.id, segment: stage.segment, skipped: stage.skipped }] : [],
          ),
        })),
        segments: plan.segments.map(({ number, engine, environment, gate, stages }) => ({
          ...{ number, engine, environment, gate: plannedGateWire(gate) },
          stages: stages.map((ordinal) => plan.stages[ordinal]?.id ?? ''),
        })),
      }
    },
  }
}
