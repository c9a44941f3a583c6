/*
 * What Git says of a remote, in regular expressions that grep -E reads, too: an engine may have nothing but a shell where
 * it checks out.
 */

/** Where a remote serves branches and tags only, or where the commit is none of its own. */
export const BARE_REFUSED = /unadvertised object|not our ref|couldn't find remote ref|no such remote ref/i

/** Only what can never come right is the stage's failure; of all else nobody knows, and it is tried again. */
export const CERTAIN_NO =
  /not our ref|transport '.*' not allowed|does not appear to be a git repository|repository.*(not found|does not exist)|authentication failed|could not read (username|password)|returned error: 40[134]|permission denied \(publickey|host key verification failed|http 30[0-9]|returned error: 30[0-9]/i

/** A remote that cannot be reached is tried this often, waiting a little longer each time, before it is the platform's fault. */
export const TRIES_MAX = 4
/** A transfer slower than this for so long has died: what else would end a fetch nobody watches? */
export const LOW_SPEED_BYTES = 1
export const LOW_SPEED_S = 30
/** When a remote refuses to be asked for a bare commit, this much of the branch is most often enough to hold it. */
export const FALLBACK_DEPTH = 50

/** A URL without the name and password that may stand in it. */
export function shown(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}

/** Where a remote that gives no bare commits keeps this one; null where only everything will do. */
export function refspec({ branch, tag }: { branch: string | null; tag: string | null }): string | null {
  if (branch !== null) return `+refs/heads/${branch}:refs/remotes/origin/${branch}`
  return tag === null ? null : `+refs/tags/${tag}:refs/tags/${tag}`
}
