import type { Reply } from '../../contract/endpoints.ts'
import type { GateRule } from '../../domain/plan.ts'
import { chooseRef } from '../../domain/ref.ts'
import type { Handlers } from '../api.ts'
import type { Rendered, ServerDeps } from '../context.ts'
import { refOf } from './executions.ts'
import { subjectOf } from './subject.ts'

/** What an execution would submit, by the same validation, planning and compiling. */
export function renderHandlers(deps: ServerDeps): Pick<Handlers, 'renderWorkflow'> {
  return {
    renderWorkflow: async ({ body, c }) => {
      const { workflow, version, environments } = subjectOf(deps, body)
      const ref = chooseRef(workflow.source.ref, refOf(body).ref ?? null)
      const rendered = await deps.render({ workflow, environments, ref }, c.req.raw.signal)
      return wireOf(workflow.name, version, rendered)
    },
  }
}

function wireOf(workflow: string, version: number | null, rendered: Rendered): Reply<'renderWorkflow'> {
  const { plan, objects, branch, tag, sha } = rendered
  return {
    ...{ workflow, version, branch, tag, sha },
    segments: plan.segments.map(({ number, engine, environment, gate, stages }) => ({
      ...{ number, engine, environment },
      gate: plannedGateWire(gate),
      stages: stages.map((ordinal) => plan.stages[ordinal]?.id ?? ''),
      objects: [...(objects[number] ?? [])],
    })),
    skipped: plan.stages.flatMap(({ id, skipped }) =>
      skipped === null ? [] : [{ stage: id, reason: skipped }],
    ),
  }
}

/** A gate that stands in a plan. */
export function plannedGateWire(gate: GateRule | null) {
  if (gate === null) return null
  const { kind, environment, approvers, quorum, expiresMs } = gate
  return { kind, environment, approvers: [...approvers], quorum, expiresMs }
}
