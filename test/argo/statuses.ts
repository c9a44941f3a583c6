import type { ContainerStatus, PodStatus } from '../../src/engine/argo/kube.ts'
import { type Pod, stamp } from './objects.ts'

export type ContainerState = NonNullable<ContainerStatus['state']>

/** What the kubelet has seen of a pod. */
export interface Sight {
  /** The pod's sandbox stands. */
  readonly isSandboxed: boolean
  readonly states: ReadonlyMap<string, ContainerState>
  /** All ended and cleared away: the pod is in its final phase. */
  readonly isCleared: boolean
  /** Why the pod as a whole fails: its deadline, an eviction. */
  readonly failing: { readonly reason: string; readonly message: string } | null
}

type Conditions = NonNullable<PodStatus['conditions']>

/** A pod's status as the kubelet writes it. */
export function statusOf(pod: Pod, sight: Sight, now: number): PodStatus {
  const phase = phaseOf(pod, sight)
  const { failing } = sight
  const isFailed = phase === 'Failed' && failing !== null
  return {
    ...pod.status,
    phase,
    ...(isFailed ? failing : {}),
    conditions: dated(conditionsOf(pod, sight), pod.status.conditions ?? [], now),
    startTime: pod.status.startTime ?? stamp(now),
    initContainerStatuses: pod.spec.initContainers.map(({ name, image }) =>
      containerStatus(name, image, sight),
    ),
    containerStatuses: pod.spec.containers
      .map(({ name, image }) => containerStatus(name, image, sight))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function phaseOf(pod: Pod, { states, isCleared, failing }: Sight): NonNullable<PodStatus['phase']> {
  const inits = pod.spec.initContainers.map(({ name }) => states.get(name))
  const mains = pod.spec.containers.map(({ name }) => states.get(name))
  const isWaiting = mains.some((state) => state === undefined || state.waiting !== undefined)
  if (!isCleared) return isWaiting ? 'Pending' : 'Running'
  if (failing !== null || [...inits, ...mains].some(hasFailed)) return 'Failed'
  return isWaiting ? 'Pending' : 'Succeeded'
}

function hasFailed(state: ContainerState | undefined): boolean {
  return (state?.terminated?.exitCode ?? 0) !== 0
}

function conditionsOf(pod: Pod, { isSandboxed, states, isCleared, failing }: Sight): Conditions {
  const containers = pod.spec.containers.map(({ name }) => name)
  const inits = pod.spec.initContainers.map(({ name }) => name)
  const isInitialized = inits.every((name) => states.get(name)?.terminated?.exitCode === 0)
  const unready = containers.filter((name) => states.get(name)?.running === undefined)
  const all = [...inits, ...containers].map((name) => states.get(name))
  const hasEnded = all.every((state) => state?.terminated !== undefined)
  const isOver = hasEnded || isCleared || inits.some((name) => hasFailed(states.get(name)))
  const isFailed = failing !== null || (isOver && all.some(hasFailed))
  const isCompleted = hasEnded && !isFailed
  const why = isFailed
    ? { reason: 'PodFailed' }
    : isCompleted
      ? { reason: 'PodCompleted' }
      : unready.length === 0
        ? {}
        : {
            reason: 'ContainersNotReady',
            message: `containers with unready status: [${unready.join(' ')}]`,
          }
  const ready = bool(unready.length === 0 && !isFailed)
  const uninitialized = {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${inits.join(' ')}]`,
  }
  return [
    { type: 'PodReadyToStartContainers', status: bool(isSandboxed && !isCleared) },
    {
      type: 'Initialized',
      status: bool(isInitialized),
      ...(isInitialized ? (isCompleted ? { reason: 'PodCompleted' } : {}) : uninitialized),
    },
    { type: 'Ready', status: ready, ...why },
    { type: 'ContainersReady', status: ready, ...why },
    { type: 'PodScheduled', status: 'True' },
  ]
}

/** A condition keeps its date as long as its status holds. */
function dated(conditions: Conditions, before: Conditions, now: number): Conditions {
  return conditions.map((condition) => {
    const old = before.find(({ type, status }) => type === condition.type && status === condition.status)
    const since = old !== undefined && 'lastTransitionTime' in old ? old.lastTransitionTime : stamp(now)
    return { ...condition, lastProbeTime: null, lastTransitionTime: since }
  })
}

function containerStatus(name: string, image: string, { states }: Sight): ContainerStatus {
  const state = states.get(name) ?? { waiting: { reason: 'PodInitializing' } }
  const isRunning = state.running !== undefined
  return {
    name,
    state,
    lastState: {},
    ready: isRunning,
    restartCount: 0,
    image,
    imageID: '',
    started: isRunning,
  } as ContainerStatus
}

function bool(is: boolean): 'True' | 'False' {
  return is ? 'True' : 'False'
}
