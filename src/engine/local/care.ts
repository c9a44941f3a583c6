import { closeSync, openSync, readFileSync } from 'node:fs'
import type { World } from '../../world.ts'
import { removeGroup } from './cgroup.ts'
import type { Folder } from './folder.ts'
import type { Condition } from './follow.ts'
import { isLocked } from './libc.ts'
import { FORMAT } from './records.ts'
import { killRemains } from './remains.ts'
import { wordsOf } from './words.ts'

/** A supervisor that does not come up is tried again, but not as fast as one can look. */
const BEGIN_AGAIN_MS = 5_000
/** Of what it said on its standard error, the last line is shown, this much of it. */
const WORDS_MAX = 300

interface Begun {
  readonly at: number
  readonly child: Bun.Subprocess | null
  /** Why it did not come up, once that is known. */
  failure: string | null
}

/** Looks after segments from the server's side: begins what nobody has claimed, buries what is lost. */
export class Care {
  readonly #self: readonly string[]
  readonly #environment: Readonly<Record<string, string>>
  readonly #world: World
  readonly #begun = new Map<string, Begun>()

  constructor(self: readonly string[], environment: Readonly<Record<string, string>>, world: World) {
    this.#self = self
    this.#environment = environment
    this.#world = world
  }

  /** What is known of a segment, after mending what can be mended. */
  condition(folder: Folder): Condition {
    const exit = folder.readExit()
    if (exit !== null) return { is: 'ended', exit }
    if (isLocked(folder.lock)) return { is: 'running' }
    // Its supervisor may have ended between the two looks: then the record is there now.
    const late = folder.readExit()
    if (late !== null) return { is: 'ended', exit: late }
    return folder.readClaim() === null ? this.#begin(folder) : this.#bury(folder)
  }

  #begin(folder: Folder): Condition {
    const before = this.#begun.get(folder.handle)
    const comingUp = before !== undefined && before.failure === null
    const now = this.#world.now()
    if (!comingUp && (before === undefined || now - before.at >= BEGIN_AGAIN_MS)) {
      this.#begun.set(folder.handle, this.#spawn(folder, now))
    }
    const failure = before?.failure ?? null
    return failure === null ? { is: 'running' } : { is: 'doubtful', reason: failure }
  }

  /**
   * Another process of this program, in a session of its own. It gets a directory of its own to stand in and an
   * environment without BUN_ variables, for either could make the runtime load code that is not ours.
   */
  #spawn(folder: Folder, at: number): Begun {
    const words = openSync(folder.file('supervisor.log'), 'w', 0o600)
    try {
      const child = Bun.spawn([...this.#self, 'supervise', folder.path], {
        cwd: folder.path,
        env: this.#environment,
        stdio: ['ignore', 'ignore', words],
        detached: true,
      })
      child.unref()
      const begun: Begun = { at, child, failure: null }
      child.exited.then((code) => this.#ended(folder, begun, code))
      return begun
    } catch (error) {
      return { at, child: null, failure: `Its supervisor cannot be started: ${wordsOf(error)}` }
    } finally {
      closeSync(words)
    }
  }

  #ended(folder: Folder, begun: Begun, code: number): void {
    if (!folder.exists() || folder.readClaim() !== null || folder.readExit() !== null) {
      this.#begun.delete(folder.handle)
      return
    }
    const words = readFileSync(folder.file('supervisor.log'), 'utf8').trim().split('\n').at(-1) ?? ''
    begun.failure = `Its supervisor did not come up (exit code ${code}). ${words.slice(0, WORDS_MAX)}`.trim()
  }

  #bury(folder: Folder): Condition {
    const left = killRemains(folder)
    if (left.length > 0) {
      const pids = left.map((one) => one.pid).join(', ')
      return {
        is: 'doubtful',
        reason: `Its supervisor is gone; what it left is being killed (process ${pids}).`,
      }
    }
    removeGroup(folder.readClaim()?.group ?? null)
    folder.dropSecrets()
    const exit = {
      format: FORMAT,
      lost: true,
      reason: 'Its supervisor is gone without a word: it was killed, or the machine went down.',
      at: this.#world.now(),
    } as const
    folder.writeExit(exit)
    return { is: 'ended', exit }
  }
}
