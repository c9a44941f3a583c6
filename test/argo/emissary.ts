import type { ContainerLog } from './logfile.ts'
import { stamp, type Time } from './objects.ts'
import type { ProcessSpec, RunningProcess, Runtime } from './runtime.ts'

/** How a container ended. */
export interface Outcome {
  readonly code: number
  readonly reason: 'Completed' | 'Error' | 'OOMKilled'
  /** Its termination message. */
  readonly message?: string
}

/** The exit codes that emissaries leave for each other in `/var/run/argo`. */
export class ExitCodes {
  readonly #codes = new Map<string, number>()
  readonly #waiting = new Set<() => void>()

  get(container: string): number | undefined {
    return this.#codes.get(container)
  }

  put(container: string, code: number): void {
    this.#codes.set(container, code)
    for (const wake of [...this.#waiting]) wake()
  }

  onPut(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => void this.#waiting.delete(wake)
  }
}

/** Argo's own exit code for what never came to run. */
const NOT_RUN = 64
const TERMINATED = 143
const HANDLER_EXITS = 'msg="file signal handler exiting due to context cancellation" argo=true'

interface Surroundings {
  readonly time: Time
  readonly log: ContainerLog
  readonly runtime: Runtime
  readonly exits: ExitCodes
  /** It looks after what it runs only so often, counted from its start. */
  readonly pollMs: number
  readonly ended: (outcome: Outcome) => void
}

/**
 * Argo's emissary: PID 1 of a stage's container. It waits for the containers that this one depends on, runs the command,
 * and says so in between the command's own lines.
 */
export class Emissary {
  readonly #spec: ProcessSpec
  readonly #dependencies: readonly string[]
  readonly #around: Surroundings
  #process: RunningProcess | null = null
  #forget: () => void = () => {}
  #isTermed = false
  #startedAt = 0
  #isOver = false

  constructor(spec: ProcessSpec, dependencies: readonly string[], around: Surroundings) {
    this.#spec = spec
    this.#dependencies = dependencies
    this.#around = around
  }

  start(): void {
    const { exits } = this.#around
    const first = this.#dependencies.find((one) => exits.get(one) === undefined)
    if (first !== undefined) this.#say(`msg="waiting for dependency" argo=true dependency=${first}`)
    this.#forget = exits.onPut(() => this.#next())
    this.#next()
  }

  term(): void {
    if (this.#process === null) return void this.#give(TERMINATED, `exit status ${TERMINATED}`)
    if (this.#isOver) return
    if (!this.#isTermed) this.#say(HANDLER_EXITS)
    this.#isTermed = true
    this.#process.term()
  }

  /** Nothing of it is left, and no exit code for the others. */
  kill(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#forget()
    this.#process?.kill()
    this.#around.ended({ code: 137, reason: 'Error' })
  }

  /** The kernel kills the whole container. */
  oom(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#forget()
    this.#process?.kill()
    this.#around.ended({ code: 137, reason: 'OOMKilled' })
  }

  #next(): void {
    if (this.#isOver || this.#process !== null) return
    const { exits } = this.#around
    for (const dependency of this.#dependencies) {
      const code = exits.get(dependency)
      if (code !== undefined && code !== 0)
        return void this.#refuse(`dependency "${dependency}" exited with non-zero code: ${code}`, code)
    }
    if (this.#dependencies.every((one) => exits.get(one) === 0)) this.#run()
  }

  #run(): void {
    const { log, runtime } = this.#around
    const [command = ''] = this.#spec.argv
    if (!runtime.finds(command)) {
      const why = command.includes('/')
        ? `stat ${command}: no such file or directory`
        : 'executable file not found in $PATH'
      return void this.#refuse(`failed to find name in PATH: exec: "${command}": ${why}`, NOT_RUN)
    }
    this.#forget()
    const path = `/var/run/argo/ctr/${this.#spec.container}/signal`
    this.#say(`msg="waiting for signals" argo=true signalPath=${path}`)
    this.#startedAt = this.#around.time.now()
    this.#process = runtime.start(this.#spec, {
      write: (stream, bytes) => log.write(stream, bytes),
      ended: (code, cause) => {
        if (cause === 'oom') this.oom()
        else if (!this.#isOver) this.#exited(code)
      },
    })
  }

  #exited(code: number): void {
    const { time, pollMs } = this.#around
    time.after(pollMs - ((time.now() - this.#startedAt) % pollMs), () => {
      if (this.#isOver) return
      const error = code === 0 ? '<nil>' : `"exit status ${code}"`
      this.#say(`msg="sub-process exited" argo=true error=${error}`)
      this.#say('msg="not saving outputs - not main container" argo=true')
      if (!this.#isTermed) this.#say(HANDLER_EXITS)
      this.#give(code, code === 0 ? null : `exit status ${code}`)
    })
  }

  /** Ends without having run anything, with its reason as the container's last words. */
  #refuse(message: string, code: number): void {
    if (this.#isOver) return
    const { log, exits, ended } = this.#around
    this.#isOver = true
    this.#forget()
    log.say(`Error: ${message}`)
    log.say(message)
    ended({ code: NOT_RUN, reason: 'Error', message })
    exits.put(this.#spec.container, code)
  }

  #give(code: number, error: string | null): void {
    if (this.#isOver) return
    const { log, exits, ended } = this.#around
    this.#isOver = true
    this.#forget()
    if (error !== null) log.say(`Error: ${error}`)
    ended({ code, reason: code === 0 ? 'Completed' : 'Error' })
    exits.put(this.#spec.container, code)
  }

  #say(rest: string): void {
    const now = this.#around.time.now()
    this.#around.log.say(`time=${new Date(now).toISOString()} level=INFO ${rest}`)
  }
}

/** What `argoexec init` and `argoexec wait` say of themselves. */
export function executorLine(now: number, message: string): string {
  return `time=${new Date(now).toISOString()} level=INFO msg="${message}" argo=true`
}

/** A state of a container that runs, as the kubelet reports it. */
export function terminated(outcome: Outcome, startedAtMs: number, finishedAtMs: number) {
  const { code, reason, message } = outcome
  return {
    exitCode: code,
    reason,
    ...(message === undefined ? {} : { message }),
    startedAt: stamp(startedAtMs),
    finishedAt: stamp(finishedAtMs),
  }
}
