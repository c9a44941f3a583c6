import { basename, dirname } from 'node:path'
import type { World } from '../../world.ts'
import { makeGroup, removeGroup } from './cgroup.ts'
import { ended, isUnbegun, TERMINATED } from './ending.ts'
import { Folder } from './folder.ts'
import { JournalWriter } from './journal.ts'
import { becomeSubreaper, takeLock } from './libc.ts'
import { bootId, processOf } from './processes.ts'
import type { Exit } from './records.ts'
import { Roster } from './roster.ts'
import { runSegment } from './segment.ts'
import { Tree } from './tree.ts'
import { wordsOf } from './words.ts'
import { removeTree } from './workspace.ts'

/** How often it looks whether it is to end, and writes down who its processes are. */
const WATCH_MS = 1_000

/**
 * Runs the segment whose directory this is, to its end, whatever becomes of the server. Of all who try, one gets the
 * lock and claims it; a segment that was claimed before is never run again. The caller ends the process afterwards.
 */
export async function supervise(directory: string, world: World): Promise<void> {
  const folder = new Folder(directory, basename(directory))
  if (takeLock(folder.lock) === null || !isUnbegun(folder)) return
  const { order, settings } = folder.readWholeOrder()
  becomeSubreaper()
  const journal = new JournalWriter(folder)
  const group = makeGroup(folder.handle)
  const start = processOf(process.pid)?.start ?? ''
  folder.claim({ pid: process.pid, start, boot: bootId(), group })
  folder.dropSecrets()
  const tree = new Tree(folder.handle, group, world)
  const watch = new Watch(folder)
  const { termination, roster } = watch
  const context = { order, settings, folder, journal, tree, roster, termination, world }
  const exit = await runSegment(context).catch(async (error): Promise<Exit> => {
    await tree.kill(() => {})
    return ended('error', false, wordsOf(error), world)
  })
  watch.close()
  // It may be as large as all else together, and nobody looks for it outside its segment.
  removeTree(dirname(folder.imageArchive))
  removeGroup(group)
  journal.freeReserve()
  folder.writeExit(exit)
}

/** Looks after the segment from the side: whether its end was asked for, and who its processes are. */
class Watch {
  readonly termination: AbortSignal
  readonly roster: Roster
  readonly #control = new AbortController()
  readonly #folder: Folder
  readonly #timer: Timer

  constructor(folder: Folder) {
    this.#folder = folder
    this.roster = new Roster(folder)
    this.termination = this.#control.signal
    // The request is a file, so that it outlives whoever made it; a signal says that it is there.
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => this.#told(name))
    this.#timer = setInterval(() => this.#look(), WATCH_MS)
    this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    if (this.#folder.terminationAsked()) this.#control.abort(TERMINATED)
    this.roster.note()
  }

  /** Without the file it is the machine that goes down, or somebody else: an end all the same. */
  #told(signal: string): void {
    const asked = this.#folder.terminationAsked()
    this.#control.abort(asked ? TERMINATED : `Its supervisor was told to end from outside, by ${signal}.`)
  }
}
