import { WORKFLOW_LABEL } from '../../src/engine/argo/names.ts'
import { Emissary, ExitCodes, executorLine, type Outcome, terminated } from './emissary.ts'
import { recordEvent } from './events.ts'
import { ContainerLog, type LogLimits } from './logfile.ts'
import type { ApiServer } from './model.ts'
import { type Container, type Pod, stamp, type Template, type Time } from './objects.ts'
import { TOKEN_PATH } from './podspec.ts'
import { ConfigError, missingVolumes, processOf } from './resolve.ts'
import type { Runtime } from './runtime.ts'
import { type ContainerState, type Sight, statusOf } from './statuses.ts'

/** How long a node takes for its steps. */
export interface KubeletDelays {
  readonly scheduleMs: number
  readonly acceptMs: number
  readonly sandboxMs: number
  readonly initMs: number
  readonly initRunMs: number
  readonly startMs: number
  /** How often the kubelet looks at its containers, and when: a container's end is told at the next look. */
  readonly relistMs: number
  readonly relistAtMs: number
  /** What happened so shortly before a look is seen at the next. */
  readonly relistLagMs: number
  /** Between the signals that Argo's controller sends to a pod's containers. */
  readonly signalMs: number
  /** From the end of a stopped pod's last container to its status. */
  readonly stoppedMs: number
  /** From the last container's end to the pod's last phase, and from a stopped pod's to its removal. */
  readonly clearMs: number
  readonly removeMs: number
  /** How often an emissary looks whether its command has ended, and how long `wait` outlives the last emissary. */
  readonly pollMs: number
  readonly waitMs: number
  readonly logEndMs: number
  /** Until something that was missing is looked for again: a node, a volume, a secret's key, an image. */
  readonly scheduleRetryMs: number
  readonly mountRetryMs: number
  readonly configRetryMs: number
  readonly backoffMs: number
  readonly imageRetryMs: number
}

/** What is wrong with the world that a pod meets; null where nothing is. Asked again at each retry. */
export interface Troubles {
  unschedulable: (pod: Pod) => string | null
  /** Why an image cannot be pulled. */
  image: (image: string) => string | null
  runsAsRoot: (image: string) => boolean
  /** What `argoexec wait` is told when it reports, where its service account may not. */
  executor: (pod: Pod) => string | null
}

export interface Surroundings {
  readonly api: ApiServer
  readonly time: Time
  readonly runtime: Runtime
  readonly delays: KubeletDelays
  readonly troubles: Troubles
  readonly logLimits: LogLimits
}

const NO_CONFIGURATION =
  'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable'
const STATUS_UNKNOWN = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
}
const NO_STATE: ContainerState = { waiting: { reason: 'PodInitializing' } }
const IMAGE = /^[a-z0-9]([\w.-]*[a-z0-9])?(:\d+)?(\/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/

/** The kubelet's work on one pod, from its scheduling to its end. */
export class PodWorker {
  readonly #around: Surroundings
  readonly #pod: Pod
  readonly #exits = new ExitCodes()
  readonly #logs = new Map<string, ContainerLog>()
  readonly #emissaries = new Map<string, Emissary>()
  readonly #startedAt = new Map<string, number>()
  /** How the containers are, and how the kubelet last saw them. */
  readonly #states = new Map<string, ContainerState>()
  #seen: ReadonlyMap<string, ContainerState> = new Map()
  readonly #starting: (() => void)[] = []
  #isSandboxed = false
  #isCleared = false
  #isRelisting = false
  #hasStarted = false
  #stopping: { readonly isRemoved: boolean } | null = null
  #failing: Sight['failing'] = null
  /** Nothing it does counts any more: its pod or its node is gone. */
  #isGone = false

  constructor(pod: Pod, around: Surroundings) {
    this.#pod = pod
    this.#around = around
    this.#after('scheduleMs', () => this.#schedule())
  }

  get uid(): string {
    return this.#pod.metadata.uid
  }

  state(container: string): ContainerState | null {
    return this.#seen.get(container) ?? null
  }

  log(container: string): ContainerLog | null {
    return this.#logs.get(container) ?? null
  }

  endFollowers(): void {
    for (const log of this.#logs.values()) log.endFollowers()
  }

  /** SIGTERM to every container, one after another, as Argo's controller gives it through `argoexec`. */
  term(): void {
    const { signalMs } = this.#around.delays
    const names = this.#pod.spec.containers.map(({ name }) => name).toSorted()
    const alive = names.filter((name) => this.#states.get(name)?.running !== undefined)
    for (const [index, name] of alive.entries())
      this.#sleep(signalMs * (index + 1), () => this.#termOne(name))
  }

  #termAll(): void {
    if (this.#states.get('init')?.running !== undefined) this.#ended('init', { code: 143, reason: 'Error' })
    for (const { name } of this.#pod.spec.containers) this.#termOne(name)
  }

  #termOne(name: string): void {
    if (name === 'wait') this.#endWait(this.#waitOutcome())
    else this.#emissaries.get(name)?.term()
  }

  oom(container: string): void {
    this.#emissaries.get(container)?.oom()
  }

  /** The pod is to end: TERM, and KILL when its grace is over. A shorter grace replaces a longer one. */
  stop(graceMs: number, then: 'removed' | 'kept'): void {
    const isFirst = this.#stopping === null
    this.#stopping = { isRemoved: then === 'removed' || this.#stopping?.isRemoved === true }
    if (isFirst) this.#termAll()
    if (isFirst && then === 'removed') this.#forgetWaiting()
    this.#sleep(graceMs, () => this.#killAll())
    if (!this.#isRunning()) this.#relist()
  }

  /** Why a container waited is no matter any more. */
  #forgetWaiting(): void {
    const waiting = [...this.#states].filter(([, { waiting }]) => waiting?.message !== undefined)
    for (const [name] of waiting) this.#states.set(name, NO_STATE)
    if (waiting.length === 0) return
    this.#seen = new Map([...this.#seen, ...waiting.map(([name]) => [name, NO_STATE] as const)])
    this.#report()
  }

  /** The node throws the pod out. */
  evict(message: string): void {
    this.#failing = { reason: 'Evicted', message }
    this.#stopping = { isRemoved: false }
    this.#killAll()
    if (!this.#isRunning()) this.#relist()
  }

  /** The pod's object is gone, or its node: whatever runs is killed, and nobody is told. */
  destroy(): void {
    if (this.#isGone) return
    this.#killAll()
    this.#isGone = true
    for (const log of this.#logs.values()) log.finish()
    this.#around.runtime.discard(this.uid)
  }

  #schedule(): void {
    const { api, time, troubles } = this.#around
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
      if (pod.status.conditions === undefined) this.#event('Warning', 'FailedScheduling', trouble)
      api.write('pods', { ...pod, status: pod.status.conditions === undefined ? status : pod.status })
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
    this.stop((this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000, 'kept')
  }

  #mount(): void {
    if (this.#stopping !== null) return
    const [missing] = missingVolumes(this.#around.api, this.#pod)
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
    const problem = this.#rootProblem(init)
    if (problem !== null) {
      this.#waits(init.name, 'CreateContainerConfigError', problem)
      this.#relist()
      return void this.#after('configRetryMs', () => this.#init())
    }
    this.#started(init.name)
    this.#look()
    this.#say(init.name, 'Starting Workflow Executor')
    this.#after('initRunMs', () => {
      if (this.#states.get(init.name)?.running === undefined) return
      if (hasToken(init)) this.#ended(init.name, { code: 0, reason: 'Completed' })
      else this.#ended(init.name, { code: 2, reason: 'Error', message: NO_CONFIGURATION })
    })
  }

  #start(): void {
    if (this.#stopping !== null || this.#hasStarted) return
    this.#hasStarted = true
    for (const container of this.#pod.spec.containers) this.#startOne(container)
    this.#begin()
  }

  /** That containers run is told before any of them can have ended. */
  #begin(): void {
    this.#look()
    const waiting = this.#starting.splice(0)
    for (const begin of waiting) begin()
  }

  #startOne(container: Container): void {
    if (this.#stopping !== null) return
    const { name, image } = container
    if (!IMAGE.test(image)) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format: repository name (library/${image}) must be lowercase`
      return void this.#waits(name, 'InvalidImageName', message)
    }
    const unpulled = this.#around.troubles.image(image)
    if (unpulled !== null) return void this.#cannotPull(container, unpulled)
    try {
      const problem = this.#rootProblem(container)
      if (problem !== null) throw new ConfigError(problem)
      if (name === 'wait') this.#startWait(container)
      else this.#startStage(container)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.#waits(name, 'CreateContainerConfigError', error.message)
      this.#event('Warning', 'Failed', `Error: ${error.message}`)
      this.#after('configRetryMs', () => this.#retry(container))
    }
  }

  #retry(container: Container): void {
    this.#startOne(container)
    this.#begin()
  }

  /** The first back-off is short; every later one lasts until it is tried again. */
  #cannotPull(container: Container, why: string): void {
    const { name, image } = container
    const { backoffMs, imageRetryMs } = this.#around.delays
    const isFirst = this.#states.get(name)?.waiting === undefined
    this.#waits(name, 'ErrImagePull', why)
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${why}`)
    this.#sleep(isFirst ? backoffMs : imageRetryMs / 2, () => {
      if (this.#stopping !== null) return
      this.#waits(name, 'ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${why}`)
      this.#relist()
    })
    this.#after('imageRetryMs', () => this.#retry(container))
  }

  #startStage(container: Container): void {
    const { api, time, runtime, delays } = this.#around
    const { name } = container
    const spec = processOf(api, this.#pod, container)
    this.#started(name)
    const emissary = new Emissary(spec, this.#dependencies(name), {
      time,
      log: this.#logOf(name),
      runtime,
      exits: this.#exits,
      pollMs: delays.pollMs,
      ended: (outcome) => {
        this.#emissaries.delete(name)
        this.#ended(name, outcome)
      },
    })
    this.#emissaries.set(name, emissary)
    this.#starting.push(() => emissary.start())
  }

  /** `argoexec wait` ends when every emissary has left its exit code: not where one was killed with its container. */
  #startWait(container: Container): void {
    const stages = this.#pod.spec.containers.filter(({ name }) => name !== 'wait')
    this.#started('wait')
    this.#say('wait', 'Starting Workflow Executor')
    if (!hasToken(container)) {
      this.#starting.push(() => this.#endWait({ code: 2, reason: 'Error', message: NO_CONFIGURATION }))
      return
    }
    const look = () => {
      if (stages.every(({ name }) => this.#exits.get(name) !== undefined))
        this.#after('waitMs', () => this.#endWait(this.#waitOutcome()))
    }
    this.#exits.onPut(look)
  }

  #waitOutcome(): Outcome {
    const { api, troubles } = this.#around
    const { namespace, labels = {} } = this.#pod.metadata
    const refusal = troubles.executor(this.#pod)
    if (refusal !== null) return { code: 64, reason: 'Error', message: refusal }
    // What it reports to belongs to the Workflow, and goes with it.
    const workflow = labels[WORKFLOW_LABEL] ?? ''
    if (api.find('workflows', namespace, workflow) !== null) return { code: 0, reason: 'Completed' }
    const message = `workflowtaskresults.argoproj.io "${workflow}" not found`
    return { code: 0, reason: 'Completed', message }
  }

  #endWait(outcome: Outcome): void {
    if (this.#states.get('wait')?.running === undefined) return
    this.#say('wait', 'Main container completed')
    this.#ended('wait', outcome)
  }

  #started(name: string): void {
    this.#startedAt.set(name, this.#around.time.now())
    this.#logOf(name)
    this.#states.set(name, { running: { startedAt: stamp(this.#around.time.now()) } })
  }

  #waits(name: string, reason: string, message: string): void {
    this.#states.set(name, { waiting: { reason, message } })
  }

  #ended(name: string, outcome: Outcome): void {
    const now = this.#around.time.now()
    const startedAt = this.#startedAt.get(name) ?? now
    this.#states.set(name, { terminated: terminated(outcome, startedAt, now) })
    const log = this.#logs.get(name)
    log?.close()
    this.#after('logEndMs', () => log?.finish())
    this.#relist()
  }

  /** The kubelet looks at its containers about once a second, not when something happens; but it waits for what it stops. */
  #relist(): void {
    const { relistMs, relistAtMs, relistLagMs, stoppedMs } = this.#around.delays
    if (this.#stopping !== null) {
      if (!this.#isRunning()) this.#sleep(stoppedMs, () => this.#look())
      return
    }
    if (this.#isRelisting) return
    this.#isRelisting = true
    const left = relistMs - ((this.#around.time.now() + relistLagMs - relistAtMs) % relistMs)
    this.#sleep(left, () => {
      this.#isRelisting = false
      const states = new Map(this.#states)
      this.#sleep(relistLagMs, () => this.#look(states))
    })
  }

  #look(states: ReadonlyMap<string, ContainerState> = new Map(this.#states)): void {
    // A pod that is being ended is told of again when nothing of it runs any more.
    if (this.#stopping !== null && this.#isRunning()) return
    this.#seen = this.#stopping === null ? states : new Map(this.#states)
    if (this.#stopping !== null) return void this.#clear()
    this.#report()
    const init = this.#seen.get('init')?.terminated
    if (init === undefined) return
    if (init.exitCode === 0 && !this.#hasStarted) this.#after('startMs', () => this.#start())
    const { containers } = this.#pod.spec
    const isOver = containers.every(({ name }) => this.#seen.get(name)?.terminated !== undefined)
    if (isOver || init.exitCode !== 0) this.#after('clearMs', () => this.#clear())
  }

  #clear(): void {
    if (this.#isCleared) return
    this.#isCleared = true
    this.#report()
    if (this.#stopping === null) return
    const unknown = this.#pod.spec.containers.filter(
      ({ name }) => this.#seen.get(name)?.terminated === undefined,
    )
    if (unknown.length > 0)
      this.#after('clearMs', () => {
        for (const { name } of unknown) this.#states.set(name, { terminated: STATUS_UNKNOWN })
        this.#seen = new Map(this.#states)
        this.#report()
      })
    this.#sleep(
      this.#around.delays.removeMs + this.#around.delays.clearMs * Number(unknown.length > 0),
      () => {
        const pod = this.#current()
        if (pod !== null && this.#stopping?.isRemoved === true) this.#around.api.remove('pods', pod)
      },
    )
  }

  #killAll(): void {
    if (this.#states.get('init')?.running !== undefined) this.#ended('init', { code: 137, reason: 'Error' })
    if (this.#states.get('wait')?.running !== undefined) this.#ended('wait', { code: 137, reason: 'Error' })
    for (const emissary of [...this.#emissaries.values()]) emissary.kill()
  }

  #isRunning(): boolean {
    return [...this.#states.values()].some(({ running }) => running !== undefined)
  }

  #report(): void {
    const pod = this.#current()
    if (pod === null) return
    const sight = {
      isSandboxed: this.#isSandboxed,
      states: this.#seen,
      isCleared: this.#isCleared,
      failing: this.#failing,
    }
    this.#around.api.write('pods', { ...pod, status: statusOf(pod, sight, this.#around.time.now()) })
  }

  #dependencies(name: string): readonly string[] {
    const text = this.#pod.spec.initContainers[0]?.env?.find((one) => one.name === 'ARGO_TEMPLATE')?.value
    const template: Template | null = text === undefined ? null : JSON.parse(text)
    return template?.containerSet?.containers.find((one) => one.name === name)?.dependencies ?? []
  }

  /** A pod may forbid root; an image that says nothing else runs as root. */
  #rootProblem({ name, image, securityContext }: Container): string | null {
    const { namespace, name: pod, uid } = this.#pod.metadata
    const both = { ...this.#pod.spec.securityContext, ...securityContext }
    if (both.runAsNonRoot !== true || both.runAsUser !== undefined) return null
    if (!this.#around.troubles.runsAsRoot(image)) return null
    return `container has runAsNonRoot and image will run as root (pod: "${pod}_${namespace}(${uid})", container: ${name})`
  }

  #logOf(name: string): ContainerLog {
    const { time, logLimits } = this.#around
    const log = this.#logs.get(name) ?? new ContainerLog(time, logLimits)
    this.#logs.set(name, log)
    return log
  }

  #say(container: string, message: string): void {
    this.#logs.get(container)?.say(executorLine(this.#around.time.now(), message))
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    recordEvent(this.#around.api, this.#pod, type, reason, message, this.#around.time.now())
  }

  #current(): Pod | null {
    const { namespace, name } = this.#pod.metadata
    const pod = this.#isGone ? null : this.#around.api.find('pods', namespace, name)
    return pod?.metadata.uid === this.uid ? pod : null
  }

  #after(delay: keyof KubeletDelays, then: () => void): void {
    this.#sleep(this.#around.delays[delay], then)
  }

  #sleep(ms: number, then: () => void): void {
    this.#around.time.after(ms, () => {
      if (!this.#isGone) then()
    })
  }
}

function hasToken({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ mountPath }) => mountPath === TOKEN_PATH)
}
