import { join } from 'node:path'
import type { SegmentOrder, StageOrder } from '../engine.ts'
import { layArtifacts } from './artifacts.ts'
import { type CheckoutResult, checkout } from './checkout.ts'
import { Folder } from './folder.ts'
import type { SpoolWriter } from './spool.ts'
import type { StageContext } from './stage.ts'
import { STOPPED, type StageResult, SUCCEEDED } from './verdict.ts'
import { give } from './workspace.ts'

/** The commit, and over it what earlier segments kept; in a fold where the stage has lines of its own to come. */
export async function makeReady(
  stage: StageOrder,
  spool: SpoolWriter,
  context: StageContext,
): Promise<StageResult> {
  const { order, settings, folder, termination, tree, world, journal } = context
  const folded = stage.kind !== 'checkout'
  const say = (line: string) => spool.write(Buffer.from(`${line}\n`))
  if (folded) say('::group::Checkout')
  tree.own('all')
  const result = await checkout(order.source, {
    folder,
    settings,
    say,
    mark: (text) => spool.mark(text),
    termination,
    world,
  })
  if (tree.living().length > 0) {
    await tree.kill((left) => spool.mark(`Git outlives SIGKILL: ${left.map((one) => one.pid).join(', ')}.`))
  }
  tree.own(new Set())
  if (result.ok) {
    layEarlier(order, folder, say)
    give(folder.workspace, settings.runAs)
  }
  if (folded) say('::endgroup::')
  if (!result.ok) return notReady(result)
  journal.append({ type: 'outputs', stage: stage.ordinal, outputs: result.outputs })
  return SUCCEEDED
}

function notReady(result: Extract<CheckoutResult, { ok: false }>): StageResult {
  if (result.status === 'terminated') return STOPPED
  return { status: result.status, exitCode: null, reason: result.reason, killed: false }
}

function layEarlier(order: SegmentOrder, folder: Folder, say: (line: string) => void): void {
  for (const handle of order.artifactsFrom) {
    const earlier = new Folder(join(folder.path, '..', handle), handle)
    if (!earlier.exists()) throw new Error(`The artifacts of ${handle} are gone: it was released.`)
    const files = layArtifacts(earlier.artifacts, folder.workspace)
    if (files > 0) say(`Laid ${files} kept ${files === 1 ? 'file' : 'files'} into the workspace`)
  }
}
