import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where version 2 is mounted: alone, or beside version 1. */
const MOUNTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']

/**
 * Makes a control group for a segment's processes, below this process's own. Nothing leaves one by forking, so that
 * what a killed supervisor leaves is found for certain. Null where the kernel or the rights do not allow it.
 */
export function makeGroup(handle: string): string | null {
  try {
    const mount = MOUNTS.find((path) => existsSync(join(path, 'cgroup.procs')))
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
    if (mount === undefined || own === undefined) return null
    const group = join(mount, own, `periplus-${handle}`)
    mkdirSync(group, { recursive: true })
    return existsSync(join(group, 'cgroup.procs')) ? group : null
  } catch {
    // Most servers may not: the other nets are theirs.
    return null
  }
}

/** Ids of the processes in a group; none where there is no group any more. */
export function membersOf(group: string | null): number[] {
  if (group === null) return []
  try {
    const lines = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n')
    return lines.filter((line) => line !== '').map(Number)
  } catch {
    return []
  }
}

/** Takes an empty group away. */
export function removeGroup(group: string | null): void {
  if (group === null) return
  try {
    rmdirSync(group)
  } catch {
    // It is gone already, or a last zombie holds it: an empty group does no harm.
  }
}
