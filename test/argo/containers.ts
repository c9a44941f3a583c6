import { WORKFLOW_LABEL } from '../../src/engine/argo/names.ts'
import { Emissary, ExitCodes, executorLine, type Outcome, terminated } from './emissary.ts'
import { recordEvent } from './events.ts'
import { ContainerLog } from './logfile.ts'
import type { Node } from './node.ts'
import { type Container, type Pod, stamp, type Template } from './objects.ts'
import { TOKEN_PATH } from './podspec.ts'
import { ConfigError, processOf } from './resolve.ts'
import type { ContainerState } from './statuses.ts'

const NO_CONFIGURATION =
  'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable'
const STATUS_UNKNOWN = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
}
const IMAGE = /^[a-z0-9]([\w.-]*[a-z0-9])?(:\d+)?(\/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/

/** What a pod's containers tell whoever looks after the pod. */
export interface ContainerHands {
  /** Something is otherwise than it was last seen. */
  readonly changed: () => void
  /** What could not be started is to be tried again. */
  readonly again: (container: Container) => void
  /** As long as the pod is there. */
  readonly sleep: (ms: number, then: () => void) => void
}

/** A pod's containers as they are, whether or not anybody has looked: Argo's `init` and `wait`, and its stages. */
export class Containers {
  readonly #node: Node
  readonly #pod: Pod
  readonly #hands: ContainerHands
  readonly #exits = new ExitCodes()
  readonly #logs = new Map<string, ContainerLog>()
  readonly #emissaries = new Map<string, Emissary>()
  readonly #startedAt = new Map<string, number>()
  readonly #states = new Map<string, ContainerState>()
  readonly #beginnings: (() => void)[] = []

  constructor(pod: Pod, node: Node, hands: ContainerHands) {
    this.#pod = pod
    this.#node = node
    this.#hands = hands
  }

  /** How each is now. */
  get states(): ReadonlyMap<string, ContainerState> {
    return new Map(this.#states)
  }

  get isRunning(): boolean {
    return [...this.#states.values()].some(({ running }) => running !== undefined)
  }

  log(name: string): ContainerLog | null {
    return this.#logs.get(name) ?? null
  }

  endFollowers(): void {
    for (const log of this.#logs.values()) log.endFollowers()
  }

  finishLogs(): void {
    for (const log of this.#logs.values()) log.finish()
  }

  /** False where it cannot be made yet. */
  startInit(init: Container): boolean {
    const problem = this.#rootProblem(init)
    if (problem !== null) {
      this.#waits(init.name, 'CreateContainerConfigError', problem)
      return false
    }
    this.#started(init.name)
    this.#say(init.name, 'Starting Workflow Executor')
    this.#hands.sleep(this.#node.delays.initRunMs, () => {
      if (!this.#runs(init.name)) return
      if (hasToken(init)) this.#ended(init.name, { code: 0, reason: 'Completed' })
      else this.#ended(init.name, { code: 2, reason: 'Error', message: NO_CONFIGURATION })
    })
    return true
  }

  /** Makes a container, or notes why it waits. What it runs comes with `begin`. */
  start(container: Container): void {
    const { name, image } = container
    if (!IMAGE.test(image)) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format: repository name (library/${image}) must be lowercase`
      return void this.#waits(name, 'InvalidImageName', message)
    }
    const unpulled = this.#node.troubles.image(image)
    if (unpulled !== null) return void this.#cannotPull(container, unpulled)
    try {
      const problem = this.#rootProblem(container)
      if (problem !== null) throw new ConfigError(problem)
      if (name === 'wait') this.#startWait(container)
      else this.#startStage(container)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.#waits(name, 'CreateContainerConfigError', error.message)
      this.#event('Failed', `Error: ${error.message}`)
      this.#hands.sleep(this.#node.delays.configRetryMs, () => this.#hands.again(container))
    }
  }

  /** Lets what was made run: by then it was told that it does. */
  begin(): void {
    for (const begin of this.#beginnings.splice(0)) begin()
  }

  /** SIGTERM to every container, one after another, as Argo's controller gives it through `argoexec`. */
  termInTurn(): void {
    const { signalMs } = this.#node.delays
    const names = this.#pod.spec.containers.map(({ name }) => name).toSorted()
    const alive = names.filter((name) => this.#runs(name))
    for (const [index, name] of alive.entries())
      this.#hands.sleep(signalMs * (index + 1), () => this.#term(name))
  }

  /** SIGTERM to every container, as the kubelet gives it. */
  termAll(): void {
    if (this.#runs('init')) this.#ended('init', { code: 143, reason: 'Error' })
    for (const { name } of this.#pod.spec.containers) this.#term(name)
  }

  killAll(): void {
    for (const name of ['init', 'wait'])
      if (this.#runs(name)) this.#ended(name, { code: 137, reason: 'Error' })
    for (const emissary of [...this.#emissaries.values()]) emissary.kill()
  }

  oom(name: string): void {
    this.#emissaries.get(name)?.oom()
  }

  /** Why a container waited is no matter any more. */
  forgetReasons(): void {
    for (const [name, { waiting }] of this.#states)
      if (waiting !== undefined) this.#states.set(name, { waiting: { reason: 'PodInitializing' } })
  }

  /** Nobody knows of what never ran. */
  giveUp(names: readonly string[]): void {
    for (const name of names) this.#states.set(name, { terminated: STATUS_UNKNOWN })
  }

  #term(name: string): void {
    if (name === 'wait') this.#endWait(this.#waitOutcome())
    else this.#emissaries.get(name)?.term()
  }

  /** The first back-off is short; every later one lasts until it is tried again. */
  #cannotPull(container: Container, why: string): void {
    const { name, image } = container
    const { backoffMs, imageRetryMs } = this.#node.delays
    const isFirst = this.#states.get(name)?.waiting === undefined
    this.#waits(name, 'ErrImagePull', why)
    this.#event('Failed', `Failed to pull image "${image}": ${why}`)
    this.#hands.sleep(isFirst ? backoffMs : imageRetryMs / 2, () => {
      if (this.#states.get(name)?.waiting?.reason !== 'ErrImagePull') return
      this.#waits(name, 'ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${why}`)
      this.#hands.changed()
    })
    this.#hands.sleep(imageRetryMs, () => this.#hands.again(container))
  }

  #startStage(container: Container): void {
    const { api, time, runtime, delays } = this.#node
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
    this.#beginnings.push(() => emissary.start())
  }

  /** `argoexec wait` ends when every emissary has left its exit code: not where one was killed with its container. */
  #startWait(container: Container): void {
    const stages = this.#pod.spec.containers.filter(({ name }) => name !== 'wait')
    this.#started('wait')
    this.#say('wait', 'Starting Workflow Executor')
    if (!hasToken(container)) {
      this.#beginnings.push(() => this.#endWait({ code: 2, reason: 'Error', message: NO_CONFIGURATION }))
      return
    }
    this.#exits.onPut(() => {
      if (stages.every(({ name }) => this.#exits.get(name) !== undefined))
        this.#hands.sleep(this.#node.delays.waitMs, () => this.#endWait(this.#waitOutcome()))
    })
  }

  #waitOutcome(): Outcome {
    const { api, troubles } = this.#node
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
    if (!this.#runs('wait')) return
    this.#say('wait', 'Main container completed')
    this.#ended('wait', outcome)
  }

  #runs(name: string): boolean {
    return this.#states.get(name)?.running !== undefined
  }

  #started(name: string): void {
    const now = this.#node.time.now()
    this.#startedAt.set(name, now)
    this.#logOf(name)
    this.#states.set(name, { running: { startedAt: stamp(now) } })
  }

  #waits(name: string, reason: string, message: string): void {
    this.#states.set(name, { waiting: { reason, message } })
  }

  #ended(name: string, outcome: Outcome): void {
    const now = this.#node.time.now()
    this.#states.set(name, { terminated: terminated(outcome, this.#startedAt.get(name) ?? now, now) })
    const log = this.#logs.get(name)
    log?.close()
    this.#hands.sleep(this.#node.delays.logEndMs, () => log?.finish())
    this.#hands.changed()
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
    if (!this.#node.troubles.runsAsRoot(image)) return null
    return `container has runAsNonRoot and image will run as root (pod: "${pod}_${namespace}(${uid})", container: ${name})`
  }

  #logOf(name: string): ContainerLog {
    const { time, logLimits } = this.#node
    const log = this.#logs.get(name) ?? new ContainerLog(time, logLimits)
    this.#logs.set(name, log)
    return log
  }

  #say(name: string, message: string): void {
    this.#logs.get(name)?.say(executorLine(this.#node.time.now(), message))
  }

  #event(reason: string, message: string): void {
    recordEvent(this.#node.api, this.#pod, 'Warning', reason, message, this.#node.time.now())
  }
}

function hasToken({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ mountPath }) => mountPath === TOKEN_PATH)
}
