import type { ContainerStatus, PodStatus, WorkflowNode } from '../../src/engine/argo/kube.ts'
import { type Pod, stamp, type Template, type Workflow } from './objects.ts'

export type Nodes = Readonly<Record<string, WorkflowNode>>

/** Ended, in Argo's words. */
const FULFILLED = ['Succeeded', 'Failed', 'Error']
/** The emissary's own exit code; Argo calls such a container an error rather than a failure. */
const EMISSARY_ERROR = 64

export function isFulfilled(node: WorkflowNode): boolean {
  return FULFILLED.includes(node.phase ?? '')
}

/** The nodes of a Workflow whose pod has just been made: the pod, and each container of it. */
export function pendingNodes({ metadata }: Workflow, template: Template, now: number): Nodes {
  const { name } = metadata
  const containers = template.containerSet?.containers ?? []
  const base = { phase: 'Pending', progress: '0/1', startedAt: stamp(now), templateName: template.name }
  const scope = { templateScope: `local/${name}` }
  const id = (container: string) => nodeId(name, `${name}.${container}`)
  const followers = (container: string | null) =>
    containers
      .filter(({ dependencies = [] }) =>
        container === null ? dependencies.length === 0 : dependencies.includes(container),
      )
      .map((one) => id(one.name))
  const node = (display: string, type: string, from: string | null) => {
    const children = followers(from)
    return { displayName: display, ...(children.length === 0 ? {} : { children }), type, ...base, ...scope }
  }
  const all = containers.map((one) => ({
    ...node(one.name, 'Container', one.name),
    id: id(one.name),
    name: `${name}.${one.name}`,
    boundaryID: name,
  }))
  return Object.fromEntries(
    [{ ...node(name, 'Pod', null), id: name, name }, ...all].map((one) => [one.id, one]),
  )
}

/** Argo's name for a node: FNV-1a of its full name. */
function nodeId(workflow: string, name: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return `${workflow}-${hash}`
}

/** What its pod says of a Workflow's nodes. */
export function assess(nodes: Nodes, pod: Pod, now: number): Nodes {
  const { status, spec } = pod
  return mapped(nodes, (node) => {
    if (node.type !== 'Pod') {
      const { phase, message } = ofContainer(statusOf(status, node.displayName ?? ''), status)
      return changed(node, phase, message, stamp(now))
    }
    const { phase, message } = ofPod(status)
    const host = spec.nodeName === undefined ? {} : { hostNodeName: spec.nodeName }
    return { ...changed(node, phase, message, lastFinish(status) ?? stamp(now)), ...host }
  })
}

/** Ends, or marks, every node that has not ended by itself. */
export function forced(
  nodes: Nodes,
  { phase, pod, container }: { readonly phase: string; readonly pod: string; readonly container: string },
  now: number,
): Nodes {
  return mapped(nodes, (node) =>
    isFulfilled(node) ? node : changed(node, phase, node.type === 'Pod' ? pod : container, stamp(now)),
  )
}

export function mapped(nodes: Nodes, change: (node: WorkflowNode) => WorkflowNode): Nodes {
  return Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, change(node)]))
}

/** The same node where nothing is new, so that a look that learns nothing writes nothing. */
export function changed(node: WorkflowNode, phase: string, message: string, finish: string): WorkflowNode {
  if (node.phase === phase && (node.message ?? '') === message) return node
  const { message: _, ...rest } = node
  return {
    ...rest,
    phase,
    ...(message === '' ? {} : { message }),
    ...(FULFILLED.includes(phase) ? { finishedAt: stamp(Date.parse(finish)) } : {}),
    ...(phase === 'Succeeded' ? { progress: '1/1' } : {}),
  }
}

/** `2/4`: of the pod and its containers. */
export function progressOf(nodes: Nodes): string {
  const all = Object.values(nodes)
  return `${all.filter(({ phase }) => phase === 'Succeeded').length}/${all.length}`
}

/** A stage of a running pod that has failed: its siblings are to end. */
export function hasFailedContainer({ containerStatuses = [] }: PodStatus): boolean {
  return containerStatuses.some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)
}

interface Verdict {
  readonly phase: string
  readonly message: string
}

function ofPod(status: PodStatus): Verdict {
  switch (status.phase) {
    case 'Succeeded':
    case 'Running':
      return { phase: status.phase, message: '' }
    case 'Failed':
      return failureOf(status)
    default:
      return { phase: 'Pending', message: waitingMessage(status) }
  }
}

function failureOf(status: PodStatus): Verdict {
  if (status.message !== undefined && status.message !== '')
    return { phase: 'Failed', message: status.message }
  const init = status.initContainerStatuses?.find(hasFailed)
  if (init !== undefined) return { phase: 'Error', message: said(init).replace(/: $/, '') }
  const all = status.containerStatuses ?? []
  const main = all.find((one) => one.name !== 'wait' && hasFailed(one))
  const culprit = main ?? all.find(hasFailed)
  const message = culprit === undefined ? '' : said(culprit).replace(/: $/, '')
  return { phase: main === undefined ? 'Error' : 'Failed', message }
}

function hasFailed({ state }: ContainerStatus): boolean {
  return (state?.terminated?.exitCode ?? 0) !== 0
}

/** `build: Error (exit code 3): ` with the container's own last words behind. */
function said({ name, state }: ContainerStatus): string {
  const { reason, exitCode, message = '' } = state?.terminated ?? { exitCode: 0 }
  return `${name}: ${reason} (exit code ${exitCode}): ${message}`
}

function waitingMessage({ conditions = [], containerStatuses = [] }: PodStatus): string {
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled !== undefined) return `${unscheduled.reason}: ${unscheduled.message}`
  const waiting = containerStatuses.flatMap(({ state }) => state?.waiting ?? [])[0]
  if (waiting === undefined) return ''
  return waiting.message === undefined ? (waiting.reason ?? '') : `${waiting.reason}: ${waiting.message}`
}

function ofContainer(container: ContainerStatus | undefined, { phase }: PodStatus): Verdict {
  const { terminated, running } = container?.state ?? {}
  if (container !== undefined && terminated !== undefined) {
    if (terminated.exitCode === 0) return { phase: 'Succeeded', message: '' }
    return {
      phase: terminated.exitCode === EMISSARY_ERROR ? 'Error' : 'Failed',
      message: said(container),
    }
  }
  if (phase === 'Failed') return { phase: 'Failed', message: 'Pod Failed whilst container running' }
  return { phase: running !== undefined && phase === 'Running' ? 'Running' : 'Pending', message: '' }
}

function statusOf(status: PodStatus, name: string): ContainerStatus | undefined {
  return status.containerStatuses?.find((one) => one.name === name)
}

function lastFinish(status: PodStatus): string | undefined {
  const all = (status.containerStatuses ?? []).flatMap(({ state }) => state?.terminated?.finishedAt ?? [])
  return all.toSorted().at(-1)
}
