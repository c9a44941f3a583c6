import { ApiError, type WorkflowStatus } from '../../src/engine/argo/kube.ts'
import { CONTROLLER_LABEL } from '../../src/engine/argo/names.ts'
import { recordEvent } from './events.ts'
import type { Change } from './history.ts'
import type { ApiServer } from './model.ts'
import {
  assess,
  changed,
  forced,
  hasFailedContainer,
  isFulfilled,
  mapped,
  type Nodes,
  pendingNodes,
  progressOf,
} from './nodes.ts'
import { type Pod, stamp, type Time, type Workflow } from './objects.ts'
import { deadlineOf, entryOf, normalized, podOf, problemOf } from './podspec.ts'
import { Sweeper } from './sweeper.ts'

export interface ControllerOptions {
  /** Argo's `DEFAULT_REQUEUE_TIME`: how often it looks at a Workflow, after the first time. */
  readonly requeueMs: number
  /** From a Workflow's creation to its pod's, and from there to the Workflow's first status. */
  readonly reactMs: number
  readonly writeMs: number
  /** What any later look takes. */
  readonly lookMs: number
  /** Looks only at Workflows that name it; null looks at those that name none. */
  readonly instanceId: string | null
  /** What every Workflow gets that does not say otherwise. */
  readonly workflowDefaults: Readonly<Record<string, unknown>>
  /** Signals every container of a pod, through the pod itself. */
  readonly terminate: (pod: Pod) => void
}

/** What one look at a Workflow found out. */
interface Finding {
  readonly nodes: Nodes
  readonly phase: NonNullable<WorkflowStatus['phase']>
  readonly message: string
  /** Whether the pod has just been seen running: the only thing that Argo's condition tells. */
  readonly isNewlyRunning: boolean
}

/**
 * Argo's workflow controller, as it was recorded for Workflows of one containerSet: it reacts at once to a new Workflow
 * and from then on only looks every `requeueMs`, whatever happens meanwhile.
 */
export class Controller {
  readonly #api: ApiServer
  readonly #time: Time
  readonly #options: ControllerOptions
  readonly #sweeper: Sweeper
  /** By the Workflow's UID: how to call off its next look. */
  readonly #looks = new Map<string, () => void>()
  #isUp = true

  constructor(api: ApiServer, time: Time, options: ControllerOptions) {
    this.#api = api
    this.#time = time
    this.#options = options
    this.#sweeper = new Sweeper(api, time)
    api.history.follow(api.history.version, (change) => this.#see(change))
  }

  /** It dies: nothing moves any more until it comes up again. */
  down(): void {
    this.#isUp = false
    for (const cancel of this.#looks.values()) cancel()
    this.#looks.clear()
  }

  /** It starts anew and looks at every Workflow that has not ended. */
  up(): void {
    this.#isUp = true
    for (const workflow of this.#api.all('workflows')) {
      if (hasEnded(workflow)) this.#sweeper.completed(workflow)
      else this.#begin(workflow)
    }
  }

  #see({ kind, type, object }: Change): void {
    if (!this.#isUp || kind !== 'workflows') return
    const workflow = object as Workflow
    if (type === 'ADDED') this.#begin(workflow)
    if (type === 'DELETED') {
      this.#looks.get(workflow.metadata.uid)?.()
      this.#looks.delete(workflow.metadata.uid)
    }
  }

  /** The first look is at the Workflow as it was created; what was patched right after it comes with the next. */
  #begin(workflow: Workflow): void {
    const instance = workflow.metadata.labels?.[CONTROLLER_LABEL] ?? null
    if (instance !== this.#options.instanceId) return
    this.#later(workflow, this.#options.reactMs, () => this.#look(workflow))
  }

  #later({ metadata }: Workflow, ms: number, look: () => void): void {
    this.#looks.get(metadata.uid)?.()
    const cancel = this.#time.after(ms, () => {
      this.#looks.delete(metadata.uid)
      look()
    })
    this.#looks.set(metadata.uid, cancel)
  }

  #again(workflow: Workflow, ms: number): void {
    this.#later(workflow, ms, () => {
      const now = this.#find(workflow)
      if (now !== null && !hasEnded(now)) this.#look(now)
    })
  }

  #find({ metadata }: Workflow): Workflow | null {
    const found = this.#api.find('workflows', metadata.namespace, metadata.name)
    return found?.metadata.uid === metadata.uid ? found : null
  }

  #look(workflow: Workflow): void {
    const isFirst = (workflow.status?.phase ?? '') === ''
    const { requeueMs, writeMs, lookMs } = this.#options
    const finding = this.#operate(workflow)
    if (isFirst) {
      // Only the first look reckons with the deadline; the queue keeps the earlier of two appointments.
      const left = (deadlineOf(workflow) ?? Number.POSITIVE_INFINITY) - this.#time.now()
      this.#again(workflow, Math.min(requeueMs, Math.max(writeMs, left)))
      this.#time.after(writeMs, () => this.#write(workflow, finding))
    } else {
      this.#again(workflow, requeueMs + lookMs)
      this.#write(workflow, finding)
    }
  }

  #operate(workflow: Workflow): Finding {
    const problem = workflow.status?.phase === undefined ? problemOf(workflow) : null
    const nodes = workflow.status?.nodes ?? {}
    if (problem !== null)
      return { nodes, phase: 'Failed', message: `invalid spec: ${problem}`, isNewlyRunning: false }
    const entry = nodes[workflow.metadata.name]
    if (entry === undefined) {
      if (workflow.spec.suspend === true) return running(nodes)
      return this.#makePod(workflow, pendingNodes(workflow, this.#entry(workflow), this.#time.now()))
    }
    const pod = this.#pod(workflow)
    if (pod === null) return this.#withoutPod(workflow, nodes)
    return this.#withPod(workflow, pod, nodes)
  }

  #makePod(workflow: Workflow, nodes: Nodes): Finding {
    const { shutdown } = workflow.spec
    const now = this.#time.now()
    const { name, namespace } = workflow.metadata
    if (shutdown !== undefined && workflow.status !== undefined) {
      const message = `workflow shutdown with strategy: ${shutdown}`
      const ended = mapped(nodes, (node) =>
        node.type === 'Pod' ? changed(node, 'Failed', message, stamp(now)) : node,
      )
      return { nodes: ended, phase: 'Failed', message: stopped(shutdown), isNewlyRunning: false }
    }
    try {
      this.#api.create('pods', namespace, podOf(workflow, now))
      return running(nodes)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.message.includes('exceeded quota') || error.code === 409)
        return running(
          mapped(nodes, (node) => (node.type === 'Pod' ? { ...node, message: error.message } : node)),
        )
      const pod = nodes[name]
      const ended = pod === undefined ? {} : { [name]: changed(pod, 'Error', error.message, stamp(now)) }
      const message = `error in entry template execution: ${error.message}`
      return { nodes: ended, phase: 'Error', message, isNewlyRunning: false }
    }
  }

  /** Its pod is gone. One that was never seen running is made anew, without a word, and runs its stages again. */
  #withoutPod(workflow: Workflow, nodes: Nodes): Finding {
    const entry = nodes[workflow.metadata.name]
    if (entry?.phase === 'Pending') return this.#makePod(workflow, nodes)
    const { shutdown } = workflow.spec
    const now = this.#time.now()
    const lost = { phase: 'Error', pod: 'pod deleted', container: 'container deleted' }
    const reopened = mapped(nodes, (node) => (node.type === 'Pod' ? { ...node, phase: 'Running' } : node))
    const message = shutdown === undefined ? 'pod deleted' : stopped(shutdown)
    return { nodes: forced(reopened, lost, now), phase: 'Error', message, isNewlyRunning: false }
  }

  #withPod(workflow: Workflow, pod: Pod, before: Nodes): Finding {
    const now = this.#time.now()
    const { name } = workflow.metadata
    const { shutdown } = workflow.spec
    const phase = pod.status.phase ?? 'Pending'
    const isNewlyRunning = phase === 'Running' && before[name]?.phase !== 'Running'
    if (phase === 'Succeeded' || phase === 'Failed') {
      const nodes = assess(before, pod, now)
      const verdict = nodes[name]?.phase as Finding['phase']
      const message = shutdown === undefined ? (nodes[name]?.message ?? '') : stopped(shutdown)
      return { nodes, phase: verdict, message, isNewlyRunning }
    }
    const deadline = deadlineOf(workflow)
    if (deadline !== null && now >= deadline) {
      const message = 'Step exceeded its deadline'
      const nodes = forced(
        assess(before, pod, now),
        { phase: 'Failed', pod: message, container: message },
        now,
      )
      return { nodes, phase: 'Failed', message, isNewlyRunning }
    }
    if (shutdown !== undefined) return this.#shutDown(pod, before, shutdown, isNewlyRunning ? 'new' : 'known')
    const nodes = assess(before, pod, now)
    if (phase === 'Running' && hasFailedContainer(pod.status)) this.#options.terminate(pod)
    return { ...running(nodes), isNewlyRunning }
  }

  /** The look that first sees the shutdown marks the nodes and sends TERM; the next one is the last, whatever still runs. */
  #shutDown(pod: Pod, before: Nodes, shutdown: string, sight: 'new' | 'known'): Finding {
    const now = this.#time.now()
    const message = `workflow shutdown with strategy:  ${shutdown}`
    const isNewlyRunning = sight === 'new'
    const wasMarked = before[pod.metadata.name]?.message === message
    const nodes = forced(assess(before, pod, now), { phase: 'Failed', pod: message, container: message }, now)
    const isBeingDeleted = pod.metadata.deletionTimestamp !== undefined
    const isPending = pod.status.phase !== 'Running'
    if (isPending && !isBeingDeleted)
      this.#time.after(this.#options.writeMs, () =>
        this.#api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid }),
      )
    if (wasMarked || isBeingDeleted || isPending)
      return { nodes: finished(nodes, now), phase: 'Failed', message: stopped(shutdown), isNewlyRunning }
    this.#options.terminate(pod)
    const open = mapped(nodes, (node) => (node.type === 'Pod' ? withoutFinish(node) : node))
    return { ...running(open), isNewlyRunning }
  }

  #write(seen: Workflow, finding: Finding): void {
    const now = this.#find(seen)
    if (now === null) return
    const isFirst = (seen.status?.phase ?? '') === ''
    const { nodes, phase, message } = finding
    const isOver = phase !== 'Running'
    if (!isFirst && !isOver && Bun.deepEquals(nodes, seen.status?.nodes ?? {})) return
    const conditions = [
      ...(isFirst ? [] : [{ status: finding.isNewlyRunning ? 'True' : 'False', type: 'PodRunning' }]),
      ...(isOver ? [{ status: 'True', type: 'Completed' }] : []),
    ]
    const at = stamp(this.#time.now())
    const status = {
      ...now.status,
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(Object.keys(nodes).length === 0 ? {} : { nodes }),
      phase,
      ...(message === '' ? {} : { message }),
      progress: progressOf(nodes),
      startedAt: now.status?.startedAt ?? at,
      ...(isOver ? { finishedAt: at } : {}),
    }
    const labels = {
      ...now.metadata.labels,
      'workflows.argoproj.io/completed': String(isOver),
      'workflows.argoproj.io/phase': phase,
    }
    const spec = isFirst ? normalized(now, this.#options.workflowDefaults) : now.spec
    const written = this.#api.write('workflows', {
      ...now,
      metadata: { ...now.metadata, labels },
      spec,
      status,
    })
    if (isFirst)
      recordEvent(this.#api, written, 'Normal', 'WorkflowRunning', 'Workflow Running', this.#time.now())
    if (isOver) this.#sweeper.completed(written)
  }

  #pod({ metadata }: Workflow): Pod | null {
    const pod = this.#api.find('pods', metadata.namespace, metadata.name)
    const isOurs = pod?.metadata.labels?.['workflows.argoproj.io/workflow'] === metadata.name
    return pod !== null && isOurs ? pod : null
  }

  #entry(workflow: Workflow) {
    const template = entryOf(workflow)
    if (template === undefined) throw new Error(`${workflow.metadata.name} has no entry.`)
    return template
  }
}

function running(nodes: Nodes): Finding {
  return { nodes, phase: 'Running', message: '', isNewlyRunning: false }
}

function stopped(shutdown: string): string {
  return `Stopped with strategy '${shutdown}'`
}

function hasEnded({ status }: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(status?.phase ?? '')
}

function finished(nodes: Nodes, now: number): Nodes {
  return mapped(nodes, (node) =>
    isFulfilled(node) && node.finishedAt === undefined ? { ...node, finishedAt: stamp(now) } : node,
  )
}

function withoutFinish(node: Nodes[string]): Nodes[string] {
  const { finishedAt: _, ...rest } = node
  return rest
}
