import { membersOf } from './cgroup.ts'
import type { Folder } from './folder.ts'
import { allProcesses, bearsMarker, bootId, type Process, processOf, signal } from './processes.ts'

/**
 * Sends SIGKILL to whatever a lost supervisor left behind, once, and says who was still there. They are known by their
 * control group, by the marker, by the supervisor's roster (with start times, for ids are given again) and its
 * sessions, and by descending from any of those.
 */
export function killRemains(folder: Folder): readonly Process[] {
  const left = remains(folder)
  for (const one of left) signal(one, 'SIGSTOP')
  for (const one of left) signal(one, 'SIGKILL')
  return left
}

function remains(folder: Folder): Process[] {
  const claim = folder.readClaim()
  // Nothing outlives the machine, and the ids of then are others' now.
  if (claim === null || claim.boot !== bootId()) return []
  const listed = folder.readProcesses()
  const members = new Set(membersOf(claim.group))
  const all = allProcesses()
  const known = new Set<number>()
  const isRoot = (one: Process): boolean =>
    members.has(one.pid) ||
    listed.get(one.pid) === one.start ||
    isOfSession(one, listed) ||
    bearsMarker(one.pid, folder.handle)
  for (const one of all) if (one.pid !== process.pid && isRoot(one)) known.add(one.pid)
  for (let before = -1; before < known.size; ) {
    before = known.size
    for (const one of all) if (known.has(one.parent)) known.add(one.pid)
  }
  return all.filter((one) => known.has(one.pid) && !one.zombie && one.pid !== process.pid)
}

/** A session keeps its leader's id; were that id given again, its new bearer would have another start time. */
function isOfSession(one: Process, listed: ReadonlyMap<number, string>): boolean {
  const start = listed.get(one.session)
  if (start === undefined) return false
  const leader = processOf(one.session)
  return leader === null || leader.start === start
}
