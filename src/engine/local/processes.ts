import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The variable that every stage's processes inherit: what is left of a lost segment is found by it. */
export const MARKER = 'PERIPLUS_SEGMENT'

/** A process as /proc knows it. Its start time, in ticks since boot, tells it from a later one with the same id. */
export interface Process {
  readonly pid: number
  readonly parent: number
  readonly session: number
  readonly start: string
  readonly zombie: boolean
}

// Fields of /proc/<pid>/stat behind the command's name, which may hold anything. See proc(5).
const STATE = 0
const PARENT = 1
const SESSION = 3
const START = 19

/** Kernels are built with or without these lists (CONFIG_PROC_CHILDREN). */
const HAS_CHILDREN = existsSync(`/proc/${process.pid}/task/${process.pid}/children`)

/** Another after each start of the machine: process ids of before mean nothing then. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** Null where the process is gone. */
export function processOf(pid: number): Process | null {
  const text = readProc(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    parent: Number(fields[PARENT]),
    session: Number(fields[SESSION]),
    start: fields[START] ?? '',
    zombie: fields[STATE] === 'Z' || fields[STATE] === 'X',
  }
}

/** Every process of this machine that may be seen. */
export function allProcesses(): Process[] {
  return listProc('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processOf(Number(name)))
    .filter((found) => found !== null)
}

/**
 * Living descendants of a process, itself excluded, by the kernel's own lists of children: the cost is theirs alone.
 * The lists may skip one while another ends (proc(5)); whoever must be sure asks `survey`.
 */
export function family(root: number): Process[] {
  if (!HAS_CHILDREN) return survey(root)
  return grow(root, childrenOf)
}

/** Living descendants of a process, itself excluded, by the parents of all processes: slower, and complete. */
export function survey(root: number): Process[] {
  const children = Map.groupBy(allProcesses(), (one) => one.parent)
  return grow(root, (pid) => children.get(pid) ?? [])
}

function grow(root: number, childrenOf: (pid: number) => readonly Process[]): Process[] {
  const found: Process[] = []
  const open = [root]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of childrenOf(pid)) {
      if (!child.zombie) found.push(child)
      open.push(child.pid)
    }
  }
  return found
}

/** Whether a process bears the marker of a segment in the environment it was started with. */
export function bearsMarker(pid: number, handle: string): boolean {
  return readProc(`/proc/${pid}/environ`)?.split('\0').includes(`${MARKER}=${handle}`) ?? false
}

/** Sends a signal to a process, unless it is gone; false where that is not allowed. */
export function signal(target: Process, name: NodeJS.Signals): boolean {
  if (processOf(target.pid)?.start !== target.start) return true
  try {
    process.kill(target.pid, name)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM')
  }
}

function childrenOf(pid: number): Process[] {
  return listProc(`/proc/${pid}/task`)
    .flatMap((thread) => readProc(`/proc/${pid}/task/${thread}/children`)?.split(' ') ?? [])
    .filter((child) => child !== '')
    .map((child) => processOf(Number(child)))
    .filter((found) => found !== null)
}

function listProc(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    // It has just ended.
    return []
  }
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has just ended, or is another user's: neither can be asked.
    return null
  }
}
