import { basename } from 'node:path'
import type { SegmentVerdict } from '../../domain/machine.ts'
import type { World } from '../../world.ts'
import type { StageOrder } from '../engine.ts'
import { type Exit, FORMAT, Folder } from './folder.ts'
import { JournalWriter } from './journal.ts'
import { becomeSubreaper, takeLock } from './libc.ts'
import { family, processOf } from './processes.ts'
import { runStage, type StageContext, type StageResult } from './stage.ts'
import { Tree } from './tree.ts'
import { wordsOf } from './words.ts'
import { makeWorkspace } from './workspace.ts'

/** How often it looks whether it is to end, and writes down who its processes are. */
const WATCH_MS = 1_000

const TERMINATED = 'Terminated.'

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
  folder.claim(process.pid, processOf(process.pid)?.start ?? '')
  folder.dropSecrets()
  const tree = new Tree(folder.handle, world)
  const watch = new Watch(folder)
  const context = { order, settings, folder, journal, tree, termination: watch.termination, world }
  const exit = await runSegment(context).catch(async (error): Promise<Exit> => {
    await tree.kill(() => {})
    return ended('error', false, wordsOf(error), world)
  })
  watch.close()
  journal.freeReserve()
  folder.writeExit(exit)
}

/** Ends a segment that was told to end before any supervisor claimed it; false where one has, or is about to. */
export function endUnbegun(folder: Folder, world: World): boolean {
  const letGo = takeLock(folder.lock)
  if (letGo === null) return false
  try {
    if (!isUnbegun(folder)) return false
    const journal = new JournalWriter(folder)
    for (const stage of folder.readOrder().order.stages) skip(stage, TERMINATED, { journal, world })
    journal.freeReserve()
    folder.dropSecrets()
    folder.writeExit(ended('error', true, 'Terminated before it began.', world))
    return true
  } finally {
    letGo()
  }
}

function isUnbegun(folder: Folder): boolean {
  return folder.readExit() === null && folder.readClaim() === null
}

async function runSegment(context: StageContext): Promise<Exit> {
  const { order, settings, folder, journal, termination, world } = context
  if (termination.aborted) {
    for (const stage of order.stages) skip(stage, TERMINATED, context)
    return ended('error', true, 'Terminated before it began.', world)
  }
  journal.append({ type: 'segment.started', at: world.now() })
  makeWorkspace(folder, settings.runAs)
  let verdict: SegmentVerdict = 'succeeded'
  let reason: string | null = null
  let killed = false
  for (const stage of order.stages) {
    if (!killed && verdict === 'succeeded' && termination.aborted) {
      killed = true
      verdict = 'error'
      reason = TERMINATED
    }
    if (killed || verdict !== 'succeeded') {
      skip(stage, killed ? TERMINATED : 'An earlier stage failed.', context)
      continue
    }
    const result = await runStage(stage, context)
    killed = result.killed
    verdict = verdictOf(stage, result)
    if (verdict !== 'succeeded') reason = reasonOf(stage, result)
  }
  return ended(verdict, killed, reason, world)
}

function verdictOf(stage: StageOrder, { status, killed }: StageResult): SegmentVerdict {
  if (killed || status === 'error' || status === 'terminated') return 'error'
  return status === 'failed' && !stage.continueOnFailure ? 'failed' : 'succeeded'
}

function reasonOf(stage: StageOrder, { status, reason }: StageResult): string {
  if (status === 'terminated') return TERMINATED
  return status === 'failed'
    ? `Stage ${stage.id} failed. ${reason ?? ''}`
    : `Stage ${stage.id}: ${reason ?? 'error.'}`
}

function skip(
  stage: StageOrder,
  reason: string,
  { journal, world }: Pick<StageContext, 'journal' | 'world'>,
): void {
  journal.append({
    type: 'stage.finished',
    stage: stage.ordinal,
    status: 'skipped',
    exitCode: null,
    reason,
    at: world.now(),
    spool: 0,
  })
}

function ended(verdict: SegmentVerdict, killed: boolean, reason: string | null, world: World): Exit {
  return { format: FORMAT, lost: false, verdict, killed, reason, at: world.now() }
}

/** Looks after the segment from the side: whether its end was asked for, and who its processes are. */
class Watch {
  readonly termination: AbortSignal
  readonly #control = new AbortController()
  readonly #folder: Folder
  readonly #timer: Timer
  #known = ''

  constructor(folder: Folder) {
    this.#folder = folder
    this.termination = this.#control.signal
    // The request is a file, so that it outlives whoever made it; a signal says that it is there. Without the file it
    // is the machine that goes down, or somebody else: an end all the same.
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => this.#control.abort())
    this.#timer = setInterval(() => this.#look(), WATCH_MS)
    this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    if (this.#folder.terminationAsked()) this.#control.abort()
    const now = family(process.pid)
      .map((one) => `${one.pid} ${one.start}`)
      .join('\n')
    if (now === this.#known) return
    try {
      this.#folder.writeProcesses(now)
      this.#known = now
    } catch {
      // A full disk must not end a supervisor; the list is tried again, and it is one of several nets.
    }
  }
}
