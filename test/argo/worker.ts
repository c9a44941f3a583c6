import { Containers } from './containers.ts'
import { recordEvent } from './events.ts'
import type { ContainerLog } from './logfile.ts'
import type { KubeletDelays, Node } from './node.ts'
import { type Container, type Pod, stamp } from './objects.ts'
import { missingVolumes } from './resolve.ts'
import { type ContainerState, type Sight, statusOf } from './statuses.ts'

const GRACE_SECONDS = 30
/** What the kubelet gives a pod that was deleted by force. */
const FORCED_GRACE_MS = 2_000

/** The kubelet's work on one pod, from its scheduling to its end. */
export class PodWorker {
  readonly #node: Node
  readonly #pod: Pod
  readonly #containers: Containers
  /** How the kubelet last saw the containers. */
  #seen: ReadonlyMap<string, ContainerState> = new Map()
  #isSandboxed = false
  #isCleared = false
  #isRelisting = false
  #hasStarted = false
  #stopping: { readonly isRemoved: boolean } | null = null
  #failing: Sight['failing'] = null
  /** Nothing it does counts any more: its pod or its node is gone. */
  #isGone = false

  constructor(pod: Pod, node: Node) {
    this.#pod = pod
    this.#node = node
    this.#containers = new Containers(pod, node, {
      changed: () => this.#relist(),
      again: (container) => this.#again(container),
      sleep: (ms, then) => this.#sleep(ms, then),
    })
    this.#after('scheduleMs', () => this.#schedule())
  }

  get uid(): string {
    return this.#pod.metadata.uid
  }

  state(container: string): ContainerState | null {
    return this.#seen.get(container) ?? null
  }

  log(container: string): ContainerLog | null {
    return this.#containers.log(container)
  }

  endFollowers(): void {
    this.#containers.endFollowers()
  }

  /** Argo's controller ends it from within. */
  term(): void {
    this.#containers.termInTurn()
  }

  oom(container: string): void {
    this.#containers.oom(container)
  }

  /** The pod is to end: TERM, and KILL when its grace is over. A shorter grace replaces a longer one. */
  stop(graceMs: number, then: 'removed' | 'kept'): void {
    const isFirst = this.#stopping === null
    this.#stopping = { isRemoved: then === 'removed' || this.#stopping?.isRemoved === true }
    if (isFirst) this.#containers.termAll()
    if (isFirst && then === 'removed') this.#forgetReasons()
    this.#sleep(graceMs, () => this.#containers.killAll())
    if (!this.#containers.isRunning) this.#relist()
  }

  /** The node throws the pod out. */
  evict(message: string): void {
    this.#failing = { reason: 'Evicted', message }
    this.#stopping = { isRemoved: false }
    this.#containers.killAll()
    if (!this.#containers.isRunning) this.#relist()
  }

  /** The pod's object is gone: what still runs gets the least grace there is, and nobody is told. */
  abandon(over: () => void): void {
    const end = () => {
      this.destroy()
      over()
    }
    if (!this.#containers.isRunning) return void end()
    this.#containers.termAll()
    this.#sleep(FORCED_GRACE_MS, end)
  }

  /** Whatever runs is killed at once, with its node, or because nobody needs it any more. */
  destroy(): void {
    if (this.#isGone) return
    this.#containers.killAll()
    this.#isGone = true
    this.#containers.finishLogs()
    this.#node.runtime.discard(this.uid)
  }

  #schedule(): void {
    const { api, time, troubles } = this.#node
    const pod = this.#current()
    if (pod === null) return
    const trouble = troubles.unschedulable(pod)
    const scheduled = {
      type: 'PodScheduled',
      status: trouble === null ? 'True' : 'False',
      lastProbeTime: null,
      lastTransitionTime: stamp(time.now()),
      ...(trouble === null ? {} : { reason: 'Unschedulable', message: trouble }),
    }
    const status = { ...pod.status, conditions: [scheduled] }
    if (trouble !== null) {
      const isKnown = pod.status.conditions !== undefined
      if (!isKnown) {
        this.#event('Warning', 'FailedScheduling', trouble)
        api.write('pods', { ...pod, status })
      }
      return void this.#after('scheduleRetryMs', () => this.#schedule())
    }
    api.write('pods', { ...pod, spec: { ...pod.spec, nodeName: 'localhost' }, status })
    const { namespace, name } = pod.metadata
    this.#event('Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to localhost`)
    this.#after('acceptMs', () => this.#accept())
  }

  #accept(): void {
    this.#report()
    const { activeDeadlineSeconds } = this.#pod.spec
    if (activeDeadlineSeconds !== undefined) this.#sleep(activeDeadlineSeconds * 1000, () => this.#overrun())
    this.#after('sandboxMs', () => this.#mount())
  }

  #overrun(): void {
    if (this.#isCleared || this.#stopping !== null) return
    const message = 'Pod was active on the node longer than the specified deadline'
    this.#failing = { reason: 'DeadlineExceeded', message }
    this.#report()
    this.stop((this.#pod.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS) * 1000, 'kept')
  }

  #mount(): void {
    if (this.#stopping !== null) return
    const [missing] = missingVolumes(this.#node.api, this.#pod)
    if (missing !== undefined) {
      this.#event('Warning', 'FailedMount', missing)
      return void this.#after('mountRetryMs', () => this.#mount())
    }
    this.#isSandboxed = true
    this.#report()
    this.#after('initMs', () => this.#init())
  }

  #init(): void {
    const [init] = this.#pod.spec.initContainers
    if (this.#stopping !== null || init === undefined) return
    if (this.#containers.startInit(init)) return void this.#look()
    this.#relist()
    this.#after('configRetryMs', () => this.#init())
  }

  #start(): void {
    if (this.#stopping !== null || this.#hasStarted) return
    this.#hasStarted = true
    for (const container of this.#pod.spec.containers) this.#containers.start(container)
    this.#look()
    this.#containers.begin()
  }

  #again(container: Container): void {
    if (this.#stopping !== null) return
    this.#containers.start(container)
    this.#look()
    this.#containers.begin()
  }

  /** The kubelet looks at its containers about once a second, not when something happens; but it waits for what it stops. */
  #relist(): void {
    const { relistMs, relistAtMs, relistLagMs, stoppedMs } = this.#node.delays
    if (this.#stopping !== null) {
      if (!this.#containers.isRunning) this.#sleep(stoppedMs, () => this.#look())
      return
    }
    if (this.#isRelisting) return
    this.#isRelisting = true
    const left = relistMs - ((this.#node.time.now() + relistLagMs - relistAtMs) % relistMs)
    this.#sleep(left, () => {
      this.#isRelisting = false
      const { states } = this.#containers
      this.#sleep(relistLagMs, () => this.#look(states))
    })
  }

  #look(states = this.#containers.states): void {
    // A pod that is being ended is told of again when nothing of it runs any more.
    if (this.#stopping !== null && this.#containers.isRunning) return
    this.#seen = this.#stopping === null ? states : this.#containers.states
    if (this.#stopping !== null) return void this.#clear()
    this.#report()
    const init = this.#seen.get('init')?.terminated
    if (init === undefined) return
    if (init.exitCode === 0 && !this.#hasStarted) this.#after('startMs', () => this.#start())
    if (init.exitCode !== 0 || this.#unended().length === 0) this.#after('clearMs', () => this.#clear())
  }

  #clear(): void {
    if (this.#isCleared) return
    this.#isCleared = true
    this.#report()
    if (this.#stopping === null) return
    const unended = this.#unended()
    if (unended.length === 0) return void this.#after('removeMs', () => this.#remove())
    this.#after('clearMs', () => {
      this.#containers.giveUp(unended)
      this.#seen = this.#containers.states
      this.#report()
      this.#after('removeMs', () => this.#remove())
    })
  }

  #remove(): void {
    const pod = this.#current()
    if (pod !== null && this.#stopping?.isRemoved === true) this.#node.api.remove('pods', pod)
  }

  #forgetReasons(): void {
    this.#containers.forgetReasons()
    const waiting = [...this.#containers.states].filter(([, state]) => state.waiting !== undefined)
    this.#seen = new Map([...this.#seen, ...waiting])
    this.#report()
  }

  /** Containers that were not seen to have ended. */
  #unended(): readonly string[] {
    const names = this.#pod.spec.containers.map(({ name }) => name)
    return names.filter((name) => this.#seen.get(name)?.terminated === undefined)
  }

  #report(): void {
    const pod = this.#current()
    if (pod === null || pod.spec.nodeName === undefined) return
    const sight = {
      isSandboxed: this.#isSandboxed,
      states: this.#seen,
      isCleared: this.#isCleared,
      failing: this.#failing,
    }
    this.#node.api.write('pods', { ...pod, status: statusOf(pod, sight, this.#node.time.now()) })
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    recordEvent(this.#node.api, this.#pod, type, reason, message, this.#node.time.now())
  }

  #current(): Pod | null {
    const { namespace, name } = this.#pod.metadata
    const pod = this.#isGone ? null : this.#node.api.find('pods', namespace, name)
    return pod?.metadata.uid === this.uid ? pod : null
  }

  #after(delay: keyof KubeletDelays, then: () => void): void {
    this.#sleep(this.#node.delays[delay], then)
  }

  #sleep(ms: number, then: () => void): void {
    this.#node.time.after(ms, () => {
      if (!this.#isGone) then()
    })
  }
}
