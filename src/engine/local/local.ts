import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../domain/fault.ts'
import { TOOL_PROGRAMS } from '../../domain/tools/tools.ts'
import type { World } from '../../world.ts'
import {
  type Engine,
  type Handle,
  type Health,
  type Offsets,
  Refused,
  type SegmentOrder,
  type Sighting,
} from '../engine.ts'
import { accountOf, cannotBecome, serverIsRoot } from './account.ts'
import { buildersOf, composersOf } from './builders.ts'
import { Care } from './care.ts'
import { endUnbegun } from './ending.ts'
import { Folder, isErrno, syncDirectory } from './folder.ts'
import { follow } from './follow.ts'
import { libc } from './libc.ts'
import { processOf, signal } from './processes.ts'
import type { Settings } from './records.ts'
import { wordsOf } from './words.ts'
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
  /** The user stages run as; the server must be root then. */
  readonly runAs?: string | null
}

const HANDLE = /^[a-z0-9][a-z0-9-]{0,99}$/

/** What a stage cannot run without, what a checkout cannot, and what deploys and tools of definitions ask for. */
const TOOLS = ['sh', 'git', 'kubectl', 'helm', ...TOOL_PROGRAMS]

const SHARED_USER =
  'Stages of the local engine run as the server’s own user: whoever may edit a workflow can read what the server reads.'

/** Runs segments on this machine, each under a supervisor of its own that outlives this process. */
export function createLocalEngine(options: LocalOptions): Engine {
  return new LocalEngine(options)
}

class LocalEngine implements Engine {
  readonly name = 'local'
  readonly #options: LocalOptions
  readonly #environment: Readonly<Record<string, string>>
  readonly #segments: string
  readonly #care: Care

  constructor(options: LocalOptions) {
    this.#options = options
    this.#segments = join(options.dir, 'segments')
    this.#environment = withoutOurs(options.environment)
    this.#care = new Care(options.self, this.#environment, options.world)
  }

  async submit(order: SegmentOrder): Promise<void> {
    const folder = this.#folder(order.handle)
    if (!folder.exists()) this.#put(order)
    const { planHash } = folder.readOrder().order
    if (planHash !== order.planHash) {
      throw new Refused(`A segment ${order.handle} of another plan exists (${planHash}).`)
    }
    this.#care.condition(folder)
  }

  async look(handle: Handle): Promise<Sighting> {
    const folder = this.#folder(handle)
    if (!folder.exists()) return 'absent'
    const { is } = this.#care.condition(folder)
    return is === 'doubtful' ? 'unknown' : is
  }

  async *follow(handle: Handle, from: Offsets, stop: AbortSignal) {
    const folder = this.#folder(handle)
    if (folder.exists()) yield* follow(folder, from, () => this.#care.condition(folder), stop)
    else
      yield { type: 'segment.lost', how: 'gone', reason: `This machine has no segment ${handle}.` } as const
  }

  async terminate(handle: Handle): Promise<void> {
    const folder = this.#folder(handle)
    if (!folder.exists() || folder.readExit() !== null) return
    folder.askTermination()
    if (endUnbegun(folder, this.#options.world)) return
    const claim = folder.readClaim()
    const supervisor = claim === null ? null : processOf(claim.pid)
    if (supervisor !== null && supervisor.start === claim?.start) signal(supervisor, 'SIGTERM')
  }

  async release(handle: Handle): Promise<void> {
    const folder = this.#folder(handle)
    const aside = join(this.#segments, `.released-${handle}`)
    removeTree(this.#draft(handle))
    if (folder.exists()) {
      if (this.#care.condition(folder).is !== 'ended')
        throw new Error(`The segment ${handle} has not ended yet.`)
      // Forgotten at once and whole; removing a workspace takes its time.
      removeTree(aside)
      renameSync(folder.path, aside)
    }
    removeTree(aside)
  }

  async check(): Promise<Health> {
    const found = TOOLS.filter((tool) => Bun.which(tool, { PATH: this.#path }) !== null)
    const tools = [
      ...found,
      ...(serverIsRoot() ? ['root'] : []),
      ...(await buildersOf(this.#environment)),
      ...(await composersOf(this.#environment)),
    ]
    const { runAs = null } = this.#options
    const warnings = runAs === null ? [SHARED_USER] : []
    const reason = this.#unable()
    return { reachable: reason === null, reason, tools, warnings }
  }

  get #path(): string {
    return this.#environment['PATH'] ?? ''
  }

  #unable(): string | null {
    try {
      libc()
      mkdirSync(this.#segments, { recursive: true, mode: 0o711 })
      const { runAs } = this.#settings()
      return runAs === null ? null : cannotBecome(runAs, this.#segments)
    } catch (error) {
      return `The local engine cannot run here. ${wordsOf(error)}`
    }
  }

  /** The directory gets its name when all of it is on the disk, and never twice. */
  #put(order: SegmentOrder): void {
    const draft = new Folder(this.#draft(order.handle), order.handle)
    mkdirSync(this.#segments, { recursive: true, mode: 0o711 })
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
    const { allowFile = false, runAs = null } = this.#options
    const account = runAs === null ? null : accountOf(runAs)
    // Never without it: a stage that should be somebody else must not be the server.
    if (runAs !== null && account === null) throw new Fault('invalid', `This machine has no user ${runAs}.`)
    return { environment: this.#environment, allowFile, runAs: account }
  }

  /** Where an order is written before it has its name. A crash may leave one, with secrets in it. */
  #draft(handle: Handle): string {
    return join(this.#segments, `.new-${handle}`)
  }

  #folder(handle: Handle): Folder {
    if (!HANDLE.test(handle)) throw new Refused(`${handle} cannot be the name of a segment here.`)
    return new Folder(join(this.#segments, handle), handle)
  }
}

/** BUN_ variables make the runtime load code, and ours configure a server: neither is anybody's business below it. */
function withoutOurs(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(BUN|PERIPLUS)_/.test(name)))
}
