import type {
  ArgoWorkflow,
  ContainerStatus,
  Pod,
  Terminated,
  WorkflowStatus,
} from '../../../src/engine/argo/kube.ts'
import type { Act } from '../../../src/engine/argo/names.ts'

/** A container that runs a script, and how it may be told apart from others. */
export function act(more: Partial<Act> = {}): Act {
  return {
    container: 's1',
    stage: 1,
    id: 'build',
    does: 'script',
    passes: false,
    timeoutMs: null,
    retries: 0,
    reports: [],
    ...more,
  }
}

type State = NonNullable<ContainerStatus['state']>

/** A pod whose containers stand so. */
export function pod(states: Readonly<Record<string, State>> = {}, more: Partial<Pod> = {}): Pod {
  const containerStatuses = Object.entries(states).map(([name, state]) => ({ name, state }))
  return {
    ...more,
    metadata: { name: 'p-1-0', uid: 'pod-1', ...more.metadata },
    status: { containerStatuses, ...more.status },
  }
}

export function ended(exitCode: number, more: Partial<Terminated> = {}): State {
  const times = { startedAt: '2026-11-23T15:00:00Z', finishedAt: '2026-11-23T15:00:09Z' }
  return { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', ...times, ...more } }
}

export function workflow(status: WorkflowStatus = {}, more: Partial<ArgoWorkflow> = {}): ArgoWorkflow {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    spec: {},
    status,
    ...more,
    metadata: { name: 'p-1-0', uid: 'workflow-1', ...more.metadata },
  }
}
