import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Mount, ProcessHands, ProcessSpec, RunningProcess, Runtime } from './runtime.ts'

const SANDBOX = join(import.meta.dir, 'sandbox.sh')
const INIT = join(import.meta.dir, 'init.sh')
/** What an image gives, where its container says nothing else. */
const IMAGE_ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/' }
/** How often it is looked whether a container's init listens. */
const READY_MS = 5
/** The emissary's own directory; nothing that runs here needs it. */
const EMISSARY_DIR = '/var/run/argo'

/**
 * Runs containers as real process trees on this machine, each in namespaces of its own: it sees the host's files, its
 * pod's volumes at their paths, and no process but its own. Nothing is run where that cannot be had.
 */
export class ProcessRuntime implements Runtime {
  readonly #dir: string
  readonly #running = new Set<Bun.Subprocess>()
  #count = 0

  /** Keeps volumes under a directory of the caller's. */
  constructor(dir: string) {
    this.#dir = dir
  }

  /** Where a shared volume of a pod lies on this machine. */
  volume(podUid: string, name: string): string {
    const path = join(this.#dir, 'pods', podUid, name)
    mkdirSync(path, { recursive: true })
    chmodSync(path, 0o777)
    return path
  }

  finds(command: string): boolean {
    return command.includes('/') ? existsSync(command) : Bun.which(command) !== null
  }

  start(spec: ProcessSpec, hands: ProcessHands): RunningProcess {
    this.#count += 1
    const root = join(this.#dir, 'roots', String(this.#count))
    mkdirSync(root, { recursive: true })
    const ready = `${root}.ready`
    rmSync(ready, { force: true })
    const mounts = spec.mounts.filter(({ path }) => path !== EMISSARY_DIR)
    const places = mounts.flatMap((mount, index) => [mount.path, this.#source(spec, mount, index)])
    const sandbox = ['sh', SANDBOX, hostNamespace(), root, spec.workingDir ?? '/', ready, INIT]
    const process = Bun.spawn([...UNSHARE, ...sandbox, ...places, '--', ...userOf(spec), ...spec.argv], {
      cwd: '/',
      env: { ...IMAGE_ENV, HOSTNAME: spec.pod, ...spec.env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    this.#running.add(process)
    void this.#watch(process, hands)
    return {
      term: () => void term(process, ready),
      // `--kill-child`: the first process of the namespace goes with it, and the kernel takes all others.
      kill: () => process.kill('SIGKILL'),
    }
  }

  discard(podUid: string): void {
    rmSync(join(this.#dir, 'pods', podUid), { recursive: true, force: true })
  }

  /** Resolves when nothing runs, or after so long. */
  async idle(ms: number): Promise<void> {
    const all = Promise.all([...this.#running].map((process) => process.exited))
    await Promise.race([all, Bun.sleep(ms)])
  }

  /** Kills whatever still runs, and says how much that was. */
  async close(): Promise<number> {
    const left = [...this.#running]
    for (const process of left) process.kill('SIGKILL')
    await Promise.all(left.map((process) => process.exited))
    return left.length
  }

  async #watch(process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>, hands: ProcessHands): Promise<void> {
    const pump = async (stream: 'stdout' | 'stderr') => {
      for await (const bytes of process[stream]) hands.write(stream, bytes)
    }
    await Promise.all([pump('stdout'), pump('stderr'), process.exited])
    this.#running.delete(process)
    hands.ended(process.exitCode ?? 137)
  }

  #source({ podUid, container, user }: ProcessSpec, { from }: Mount, index: number): string {
    if (from.kind === 'shared') return this.volume(podUid, from.volume)
    const place = join(this.#dir, 'pods', podUid, 'files', container, String(index))
    const files = from.kind === 'file' ? [['', from.bytes] as const] : Object.entries(from.files)
    for (const [name, bytes] of files) {
      const path = join(place, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
      // The kubelet gives a volume's files to its group, and lets it read them.
      if (IS_ROOT) chownSync(path, 0, user.group)
      chmodSync(path, from.mode | 0o440)
    }
    return place
  }
}

const IS_ROOT = process.getuid?.() === 0

/** Only root can become another. */
function userOf({ user }: ProcessSpec): readonly string[] {
  if (!IS_ROOT || user.uid === 0) return []
  const { uid, gid, group } = user
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, `--groups=${group}`, '--']
}

/** Without root, a user namespace gives what is needed, where the machine allows one. */
const UNSHARE = [
  'unshare',
  ...(IS_ROOT ? [] : ['--user', '--map-root-user']),
  ...['--mount', '--pid', '--fork', '--kill-child', '--'],
]

/** Why no container can be run as processes on this machine; null where it can. */
export function cannotIsolate(): string | null {
  const probe = 'test "$$" = 1 && mount -t tmpfs tmpfs /tmp && readlink /proc/self/ns/pid'
  const { success, stdout, stderr } = Bun.spawnSync([...UNSHARE, 'sh', '-c', probe], { stderr: 'pipe' })
  const said = stdout.toString().trim()
  if (success && said.startsWith('pid:') && said !== hostNamespace()) return null
  return `containers need a PID namespace of their own, which this machine does not give (${stderr.toString().trim()})`
}

function hostNamespace(): string {
  return readlinkSync('/proc/self/ns/pid')
}

/** The first process of the namespace, as the host knows it: the only child of `unshare`. */
function initOf(unshare: number): number | null {
  try {
    const [first = ''] = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim().split(' ')
    return first === '' ? null : Number(first)
  } catch {
    // It has ended by itself.
    return null
  }
}

/** SIGTERM as soon as the namespace has somebody who hears it. */
async function term(process: Bun.Subprocess, ready: string): Promise<void> {
  while (process.exitCode === null && (!existsSync(ready) || statSync(ready).size === 0))
    await Bun.sleep(READY_MS)
  const init = initOf(process.pid)
  if (init !== null) signal(init, 'SIGTERM')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}
