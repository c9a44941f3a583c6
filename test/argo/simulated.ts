import type { Time } from './objects.ts'
import type { ProcessHands, ProcessSpec, RunningProcess, Runtime } from './runtime.ts'

/** What a simulated container's program sees and may do. */
export interface SimContainer {
  /** Name, arguments and environment as a real process would get them, `$$` and `$(NAME)` expanded, secrets resolved. */
  readonly spec: ProcessSpec
  /** The pod's shared volumes as one: path to content. What a container puts in, its siblings find. */
  readonly files: SharedFiles
  /** Fires at SIGTERM. What does not listen ignores it, and is killed when the grace is over. */
  readonly term: AbortSignal
  /** Writes a whole line to standard output. */
  write(line: string): void
  /** Lets time pass, also beyond a SIGTERM; who wants to hear it races this with `term`. */
  sleep(ms: number): Promise<void>
}

/**
 * The program of a simulated container: started with it, ended by returning its exit code, or `'oom'`. When it is killed
 * it is left where it stands: `sleep` and `files.changed` never return, and what it still writes goes nowhere.
 */
export type Program = (container: SimContainer) => Promise<number | 'oom'>

/** Files that the containers of a pod share. */
export class SharedFiles {
  readonly #contents = new Map<string, string>()
  readonly #waiting = new Set<() => void>()

  get(path: string): string | null {
    return this.#contents.get(path) ?? null
  }

  put(path: string, content: string): void {
    this.#contents.set(path, content)
    for (const wake of [...this.#waiting]) wake()
    this.#waiting.clear()
  }

  /** Resolves when anything is put. */
  changed(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.add(resolve))
  }
}

/** Runs containers as programs of the caller's, in the caller's time; neither processes nor files are touched. */
export class SimulatedRuntime implements Runtime {
  readonly #time: Time
  readonly #program: Program
  readonly #files = new Map<string, SharedFiles>()

  constructor(time: Time, program: Program) {
    this.#time = time
    this.#program = program
  }

  /** The shared files of a pod, for a test's own hands. */
  files(podUid: string): SharedFiles {
    const known = this.#files.get(podUid) ?? new SharedFiles()
    this.#files.set(podUid, known)
    return known
  }

  /** As a real container would: what lies in a directory that does not exist is not found. */
  finds(command: string): boolean {
    return !/^\/(no|nosuch)\//.test(command)
  }

  start(spec: ProcessSpec, hands: ProcessHands): RunningProcess {
    const term = new AbortController()
    let isKilled = false
    const unlessKilled = async <T>(work: Promise<T>): Promise<T> => {
      const value = await work
      return isKilled ? new Promise<T>(() => {}) : value
    }
    const files = this.files(spec.podUid)
    const container: SimContainer = {
      spec,
      files: Object.assign(Object.create(files), {
        get: (path: string) => files.get(path),
        put: (path: string, content: string) => isKilled || files.put(path, content),
        changed: () => unlessKilled(files.changed()),
      }),
      term: term.signal,
      write: (line) => {
        if (!isKilled) hands.write('stdout', Buffer.from(`${line}\n`))
      },
      sleep: (ms) => unlessKilled(new Promise((resolve) => void this.#time.after(ms, resolve))),
    }
    void this.#program(container).then((end) => {
      if (isKilled) return
      if (end === 'oom') hands.ended(137, 'oom')
      else hands.ended(end)
    })
    return {
      term: () => term.abort(),
      kill: () => {
        if (isKilled) return
        isKilled = true
        hands.ended(137)
      },
    }
  }

  discard(podUid: string): void {
    this.#files.delete(podUid)
  }
}
