import type { ArgoWorkflow, ContainerStatus, Pod, Terminated } from './kube.ts'
import { type Act, TERMINATION_ANNOTATION } from './names.ts'

/** A segment as the cluster shows it just now. */
export interface Scene {
  readonly workflow: ArgoWorkflow | null
  /** The newest where there are several; null where there is none, not yet or not any more. */
  readonly pod: Pod | null
  /** Whether a pod of it was ever seen. */
  readonly hadPod: boolean
}

export function newest(pods: readonly Pod[]): Pod | null {
  const made = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '') || 0
  return pods.reduce<Pod | null>((best, pod) => (best === null || made(pod) >= made(best) ? pod : best), null)
}

/** Whether a controller has said its last word of a Workflow. */
export function isFinal({ status }: ArgoWorkflow): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.phase === 'Error'
}

/** Whether a controller has ever looked at it. */
export function hasPhase({ status }: ArgoWorkflow): boolean {
  return status?.phase !== undefined && status.phase !== ''
}

/** Whether this server asked for its end. */
export function isEnding({ metadata }: ArgoWorkflow): boolean {
  return metadata.annotations?.[TERMINATION_ANNOTATION] !== undefined
}

/** Whether it was told to end, by whomever. */
export function isShutDown({ spec }: ArgoWorkflow): boolean {
  return spec.shutdown !== undefined && spec.shutdown !== ''
}

export type ContainerState =
  | { readonly is: 'absent' }
  | { readonly is: 'waiting'; readonly reason: string | null; readonly message: string | null }
  | { readonly is: 'running' }
  | { readonly is: 'ended'; readonly how: Terminated }

export function containerState(pod: Pod | null, container: string): ContainerState {
  return stateOf(pod?.status?.containerStatuses?.find((status) => status.name === container))
}

function stateOf(status: ContainerStatus | undefined): ContainerState {
  const { waiting, running, terminated } = status?.state ?? {}
  if (terminated !== undefined) return { is: 'ended', how: terminated }
  if (running !== undefined) return { is: 'running' }
  if (waiting === undefined) return { is: 'absent' }
  return { is: 'waiting', reason: waiting.reason ?? null, message: waiting.message ?? null }
}

/**
 * Whether nothing of a segment runs any more: each of its containers was seen to have ended, or the pod is gone. A pod
 * whose phase is final has no living container: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 * Where nobody knows which containers it has, that phase alone says so.
 */
export function isOver(pod: Pod | null, acts: readonly Act[]): boolean {
  if (pod === null || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return true
  return acts.length > 0 && acts.every(({ container }) => containerState(pod, container).is === 'ended')
}

/** Whether any of its stages' containers ever began. */
export function hasBegun(pod: Pod | null, acts: readonly Act[]): boolean {
  return acts.some(({ container }) => {
    const state = containerState(pod, container)
    if (state.is === 'running') return true
    return (
      state.is === 'ended' && state.how.startedAt != null && state.how.reason !== 'ContainerStatusUnknown'
    )
  })
}
