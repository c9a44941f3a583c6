import { readdir, readFile } from 'node:fs/promises'

/**
 * A killed parent's child may start another before it is seen, and on a busy machine what was killed takes its time to
 * be gone. A round takes milliseconds; what is still there after all of them cannot be killed.
 */
const ROUNDS_MAX = 100

/**
 * Kills every process whose environment holds `mark` (`NAME=value`), which children inherit. Git's helpers outlive the
 * git that is killed, and its own process id is not to be had. Where there is no /proc, git's own time limits end them.
 */
export async function killMarked(mark: string): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const found = await marked(mark)
    if (found.length === 0) return
    for (const pid of found) kill(pid)
  }
}

async function marked(mark: string): Promise<readonly number[]> {
  const pids = (await entries('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => ((await environmentOf(pid)).includes(mark) ? [pid] : [])),
  )
  return found.flat()
}

async function entries(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch {
    return []
  }
}

/** Empty where the process has ended meanwhile or is somebody else's. */
async function environmentOf(pid: number): Promise<readonly string[]> {
  try {
    return (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0')
  } catch {
    return []
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
