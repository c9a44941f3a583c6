import type { ArgoWorkflow, KubeEvent, Pod } from './kube.ts'
import type { Act } from './names.ts'
import { nodesOf } from './nodes.ts'
import { containerState, isFinal, type Scene } from './scene.ts'
import { argoSays, sentence } from './words.ts'

/** A controller answers a new Workflow within a tenth of a second; so long without a word, and none is there. */
const CONTROLLER_MS = 20_000

const NO_CONTROLLER =
  'No Argo controller has looked at it yet. Is one running, and does it watch this namespace and this instance id? `periplus doctor --probe` finds out.'

/** What a container that waits says of it, where that deserves a sentence of its own. */
const WAITING: Readonly<Record<string, string>> = {
  ErrImagePull: 'The image cannot be pulled',
  ImagePullBackOff: 'The image cannot be pulled',
  ErrImageNeverPull: 'The image is not on the node, and may not be pulled',
  InvalidImageName: 'The image’s name is not valid',
  ImageInspectError: 'The image cannot be read',
  CreateContainerConfigError: 'The container cannot be made',
  CreateContainerError: 'The container cannot be made',
  RunContainerError: 'The container cannot be started',
  CrashLoopBackOff: 'The container ends as soon as it starts',
}

/** The kubelet tells the same failure in two ways in turn, with this before it and without. */
const BACK_OFF = /^Back-off pulling image "[^"]*": (?:ErrImagePull: )?/

/** What the kubelet and the scheduler tell in events alone. */
const EVENTS: Readonly<Record<string, string>> = {
  FailedMount: 'A volume cannot be mounted',
  FailedAttachVolume: 'A volume cannot be attached',
  FailedCreatePodSandBox: 'The pod’s network cannot be made',
  FailedScheduling: 'No node takes it',
  NetworkNotReady: 'The node’s network is not ready',
}

/**
 * Why a segment does not go on, in words for whoever waits; null where nothing holds it up. `seenMs` is for how long it
 * was looked at, by our own clock; `events` are those of its pod, where somebody has asked for them.
 */
export function whyItWaits(
  { workflow, pod }: Scene,
  act: Act,
  seenMs: number,
  events: readonly KubeEvent[] = [],
): string | null {
  if (workflow === null) return null
  if (pod === null) return isFinal(workflow) ? null : withoutPod(workflow, seenMs)
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  )
  if (unscheduled !== undefined)
    return sentence('No node takes it', unscheduled.message ?? unscheduled.reason)
  return ofContainers(pod, act) ?? ofEvents(events)
}

function withoutPod(workflow: ArgoWorkflow, seenMs: number): string | null {
  const { metadata, spec, status } = workflow
  if (spec.suspend === true)
    return `Somebody suspended its Workflow in Argo; argo resume ${metadata.name} lets it go on.`
  const message = nodesOf(workflow).find((node) => node.type === 'Pod')?.message ?? status?.message
  if (message !== undefined && message !== '') {
    if (/exceeded quota/i.test(message)) return sentence('The namespace’s quota is used up', message)
    if (/too many workflows are already running/.test(message))
      return sentence('Argo runs no more Workflows at once', message)
    return argoSays(message)
  }
  return (status?.phase ?? '') === '' && seenMs >= CONTROLLER_MS ? NO_CONTROLLER : null
}

function ofContainers(pod: Pod, act: Act): string | null {
  const initial = pod.status?.initContainerStatuses?.find(({ state }) => state?.waiting !== undefined)
  const own = containerState(pod, act.container)
  const waiting = own.is === 'waiting' ? own : null
  for (const [name, reason, message] of [
    [act.id, waiting?.reason, waiting?.message],
    ['Argo’s init container', initial?.state?.waiting?.reason, initial?.state?.waiting?.message],
  ] as const) {
    const words = WAITING[reason ?? '']
    if (words !== undefined) return sentence(`${words} (${name})`, message?.replace(BACK_OFF, ''))
  }
  return null
}

function ofEvents(events: readonly KubeEvent[]): string | null {
  const last = events.findLast(({ type, reason }) => type !== 'Normal' && EVENTS[reason ?? ''] !== undefined)
  return last === undefined ? null : sentence(EVENTS[last.reason ?? ''] ?? '', last.message)
}
