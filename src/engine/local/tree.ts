import type { World } from '../../world.ts'
import { membersOf } from './cgroup.ts'
import { reap } from './libc.ts'
import { allProcesses, bearsMarker, family, type Process, signal, survey } from './processes.ts'

/** How often an ending tree is looked at: short beside any grace, long beside the look. */
const LOOK_MS = 20
/** Dying processes are given this long before somebody is told that they do not die. */
const STUCK_MS = 5_000
/** And from then on nobody hurries: what sleeps in a dead device's driver may do so for days. */
const STUCK_LOOK_MS = 1_000

/**
 * All processes of a segment, seen from its supervisor: its descendants, for orphans come back to it, and whoever
 * is in the segment's control group or bears its marker. A daemon of the host that works for a stage (a container's, say) is not among them.
 */
export class Tree {
  readonly #handle: string
  /** The control group that its stages are begun in, where there is one. */
  readonly group: string | null
  readonly #world: World
  /** Children that the runtime waits for; `all` while a library starts processes of its own. */
  #ours: ReadonlySet<number> | 'all' = new Set()

  constructor(handle: string, group: string | null, world: World) {
    this.#handle = handle
    this.group = group
    this.#world = world
    process.on('SIGCHLD', () => this.bury())
  }

  /** Says which children the runtime will wait for; all others are orphans, buried here. */
  own(pids: ReadonlySet<number> | 'all'): void {
    this.#ours = pids
    this.bury()
  }

  bury(): void {
    const ours = this.#ours
    if (ours !== 'all') reap((pid) => ours.has(pid))
  }

  /** Living processes, by the quick look. */
  living(): Process[] {
    this.bury()
    return family(process.pid)
  }

  /** SIGTERM, the grace, SIGKILL. Resolves when nothing is left; tells `stuck` once if something outlives SIGKILL. */
  async end(graceMs: number, stuck: (left: readonly Process[]) => void): Promise<void> {
    for (const one of this.#everyone()) signal(one, 'SIGTERM')
    const deadline = this.#world.now() + graceMs
    while (this.living().length > 0 && this.#world.now() < deadline) await this.#world.sleep(LOOK_MS)
    await this.kill(stuck)
  }

  /** SIGKILL until nothing is left. */
  async kill(stuck: (left: readonly Process[]) => void): Promise<void> {
    const patience = this.#world.now() + STUCK_MS
    let pace = LOOK_MS
    for (let left = this.#everyone(); left.length > 0; left = this.#everyone()) {
      // Stopped first: whoever forks faster than it is killed would win.
      for (const one of left) signal(one, 'SIGSTOP')
      for (const one of left) signal(one, 'SIGKILL')
      if (pace === LOOK_MS && this.#world.now() > patience) {
        stuck(left)
        pace = STUCK_LOOK_MS
      }
      await this.#world.sleep(pace)
    }
  }

  #everyone(): Process[] {
    this.bury()
    const descendants = survey(process.pid)
    const known = new Set(descendants.map((one) => one.pid)).add(process.pid)
    const members = new Set(membersOf(this.group))
    const marked = allProcesses().filter(
      (one) =>
        !one.zombie && !known.has(one.pid) && (members.has(one.pid) || bearsMarker(one.pid, this.#handle)),
    )
    return [...descendants, ...marked]
  }
}
