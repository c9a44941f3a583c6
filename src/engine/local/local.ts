import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '../../world.ts'
import {
  type Engine,
  type Handle,
  type Health,
  Refused,
  type SegmentOrder,
  type Sighting,
} from '../engine.ts'
import { accountOf } from './account.ts'
import { FORMAT, Folder, isErrno, type Settings, syncDirectory } from './folder.ts'
import { type Condition, follow } from './follow.ts'
import { isLocked } from './libc.ts'
import { processOf, signal } from './processes.ts'
import { killRemains } from './remains.ts'
import { removeTree } from './workspace.ts'

export interface LocalOptions {
  /** Where segments keep their directories; on a disk that holds workspaces, too. */
  readonly dir: string
  /** The command that starts this program anew; `supervise <directory>` is added. */
  readonly self: readonly string[]
  readonly world: World
  /** What supervisors, Git and stages see of the server's environment: PATH, HOME, proxies, nothing of our own. */
  readonly environment: Readonly<Record<string, string>>
  /** Lets a source be a path or a file URL; for demos and tests. */
  readonly allowFile?: boolean
  /** The user stages run as; the server must be allowed to become it. */
  readonly runAs?: string | null
}

const HANDLE = /^[a-z0-9][a-z0-9-]{0,99}$/

/** Runs segments on this machine, each under a supervisor of its own that outlives this process. */
export function createLocalEngine(options: LocalOptions): Engine {
  return new LocalEngine(options)
}

class LocalEngine implements Engine {
  readonly name = 'local'
  readonly #options: LocalOptions
  readonly #segments: string
  /** Supervisors that this process began and that have not ended, so that none is begun twice for nothing. */
  readonly #begun = new Map<Handle, Bun.Subprocess>()

  constructor(options: LocalOptions) {
    this.#options = options
    this.#segments = join(options.dir, 'segments')
  }

  async submit(order: SegmentOrder): Promise<void> {
    const folder = this.#folder(order.handle)
    if (!folder.exists()) this.#put(order)
    const { planHash } = folder.readOrder().order
    if (planHash !== order.planHash) {
      throw new Refused(`A segment ${order.handle} of another plan exists (${planHash}).`)
    }
    this.#condition(folder)
  }

  async look(handle: Handle): Promise<Sighting> {
    const folder = this.#folder(handle)
    if (!folder.exists()) return 'absent'
    const { is } = this.#condition(folder)
    return is === 'doubtful' ? 'unknown' : is
  }

  async *follow(handle: Handle, from: Readonly<Record<number, string>>, stop: AbortSignal) {
    const folder = this.#folder(handle)
    if (!folder.exists()) {
      const reason = `This machine has no segment ${handle}.`
      yield { type: 'segment.lost', how: 'gone', reason } as const
      return
    }
    yield* follow(folder, from, () => this.#condition(folder), stop)
  }

  async terminate(handle: Handle): Promise<void> {
    const folder = this.#folder(handle)
    if (!folder.exists() || folder.readExit() !== null) return
    folder.askTermination()
    this.#condition(folder)
    const claim = folder.readClaim()
    const supervisor = claim === null ? null : processOf(claim.pid)
    if (supervisor !== null && supervisor.start === claim?.start) signal(supervisor, 'SIGTERM')
  }

  async release(handle: Handle): Promise<void> {
    const folder = this.#folder(handle)
    if (folder.exists()) {
      if (this.#condition(folder).is !== 'ended') throw new Error(`The segment ${handle} has not ended yet.`)
      // Forgotten at once and whole; removing a workspace takes its time.
      renameSync(folder.path, this.#aside(handle))
    }
    removeTree(this.#aside(handle))
  }

  async check(): Promise<Health> {
    const tools = ['sh', 'git'].filter((tool) =>
      Bun.which(tool, { PATH: this.#options.environment['PATH'] ?? '' }),
    )
    return { reachable: true, reason: null, tools }
  }

  /** The directory gets its name when all of it is on the disk, and never twice. */
  #put(order: SegmentOrder): void {
    const draft = new Folder(join(this.#segments, `.new-${order.handle}`), order.handle)
    mkdirSync(this.#segments, { recursive: true, mode: 0o700 })
    rmSync(draft.path, { recursive: true, force: true })
    mkdirSync(draft.path, { mode: 0o700 })
    draft.writeOrder(order, this.#settings())
    try {
      renameSync(draft.path, this.#folder(order.handle).path)
    } catch (error) {
      if (!isErrno(error, 'ENOTEMPTY') && !isErrno(error, 'EEXIST')) throw error
      removeTree(draft.path)
    }
    syncDirectory(this.#segments)
  }

  #settings(): Settings {
    const { environment, allowFile = false, runAs = null } = this.#options
    return { environment, allowFile, runAs: runAs === null ? null : accountOf(runAs) }
  }

  /** What is known of a segment, after mending what can be: one that nobody claimed is begun, one that is lost is buried. */
  #condition(folder: Folder): Condition {
    const exit = folder.readExit()
    if (exit !== null) return { is: 'ended', exit }
    if (isLocked(folder.lock)) return { is: 'running' }
    // Its supervisor may have ended between the two looks: then the record is there now.
    const late = folder.readExit()
    if (late !== null) return { is: 'ended', exit: late }
    if (folder.readClaim() !== null) return this.#bury(folder)
    this.#begin(folder)
    return { is: 'running' }
  }

  #begin(folder: Folder): void {
    const begun = this.#begun.get(folder.handle)
    if (begun !== undefined && begun.exitCode === null && begun.signalCode === null) return
    const child = Bun.spawn([...this.#options.self, 'supervise', folder.path], {
      cwd: folder.path,
      env: this.#options.environment,
      stdio: ['ignore', 'ignore', Bun.file(folder.file('supervisor.log'))],
      detached: true,
    })
    child.unref()
    this.#begun.set(folder.handle, child)
    child.exited.then(() => this.#begun.delete(folder.handle))
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
    folder.dropSecrets()
    const exit = {
      format: FORMAT,
      lost: true,
      reason: 'Its supervisor is gone without a word: it was killed, or the machine went down.',
      at: this.#options.world.now(),
    } as const
    folder.writeExit(exit)
    return { is: 'ended', exit }
  }

  #folder(handle: Handle): Folder {
    if (!HANDLE.test(handle)) throw new Refused(`${handle} cannot be the name of a segment here.`)
    return new Folder(join(this.#segments, handle), handle)
  }

  #aside(handle: Handle): string {
    return join(this.#segments, `.released-${handle}`)
  }
}
