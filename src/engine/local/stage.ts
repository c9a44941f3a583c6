import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '../../world.ts'
import type { SegmentOrder, StageOrder } from '../engine.ts'
import { unkept } from '../reports.ts'
import { becoming } from './account.ts'
import { keepArtifacts } from './artifacts.ts'
import type { Folder } from './folder.ts'
import type { JournalWriter } from './journal.ts'
import { readOutputs } from './outputs.ts'
import { MARKER } from './processes.ts'
import { makeReady } from './ready.ts'
import type { Settings } from './records.ts'
import { keepReports, pathOf } from './reports.ts'
import type { Roster } from './roster.ts'
import { runScript } from './script.ts'
import { SpoolWriter } from './spool.ts'
import type { Tree } from './tree.ts'
import { failure, judge, type StageResult } from './verdict.ts'
import { give, writeScript } from './workspace.ts'

export interface StageContext {
  readonly order: SegmentOrder
  readonly settings: Settings
  readonly folder: Folder
  readonly journal: JournalWriter
  readonly tree: Tree
  readonly roster: Roster
  readonly termination: AbortSignal
  readonly world: World
}

/** Runs one stage with its attempts and writes all of it down; whatever happens ends up in the result. */
export async function runStage(stage: StageOrder, context: StageContext): Promise<StageResult> {
  const { folder, journal, order, world } = context
  let spool: SpoolWriter | null = null
  try {
    spool = new SpoolWriter(folder.spool(stage.ordinal), order.logBytesMax, world.now)
    journal.append({
      type: 'stage.started',
      stage: stage.ordinal,
      attempt: 1,
      at: world.now(),
      spool: spool.flushed(),
    })
    const result = await attempt(stage, spool, context)
    finish(stage, result, spool.finish(), context)
    return result
  } catch (error) {
    const result = failure(error)
    finish(stage, result, spool?.salvage() ?? 0, context)
    return result
  }
}

/** Keeps the reports of a stage that ended by itself. What is wrong with them is no verdict on it. */
function report(
  stage: StageOrder,
  { status }: StageResult,
  spool: SpoolWriter,
  { folder, journal }: StageContext,
): void {
  if (status !== 'succeeded' && status !== 'failed') return
  for (const entry of keepReports(stage, folder)) {
    if ('problem' in entry.content) spool.mark(unkept(pathOf(stage.reports, entry), entry.content.problem))
    journal.append(entry)
  }
}

function finish(
  stage: StageOrder,
  result: StageResult,
  spool: number,
  { journal, world }: StageContext,
): void {
  const { status, exitCode, reason } = result
  journal.append({
    type: 'stage.finished',
    stage: stage.ordinal,
    status,
    exitCode,
    reason,
    at: world.now(),
    spool,
  })
}

async function attempt(stage: StageOrder, spool: SpoolWriter, context: StageContext): Promise<StageResult> {
  const { order, journal, world } = context
  const [first] = order.stages
  if (stage === first || stage.kind === 'checkout') {
    const ready = await makeReady(stage, spool, context)
    if (ready.status !== 'succeeded' || stage.kind === 'checkout') return ready
  }
  const attempts = 1 + stage.retries
  for (let number = 1; ; number += 1) {
    const result = await runOnce(stage, spool, context)
    if (result.status !== 'failed' || number === attempts || context.termination.aborted) {
      report(stage, result, spool, context)
      return result
    }
    spool.mark(`${result.reason ?? 'It failed.'} Attempt ${number + 1} of ${attempts} follows.`)
    journal.append({
      type: 'stage.started',
      stage: stage.ordinal,
      attempt: number + 1,
      at: world.now(),
      spool: spool.flushed(),
    })
  }
}

async function runOnce(stage: StageOrder, spool: SpoolWriter, context: StageContext): Promise<StageResult> {
  const { order, settings, folder } = context
  const account = stage.asRoot ? null : settings.runAs
  const outputs = folder.file(join('outputs', String(stage.ordinal)))
  // What a failed attempt handed on is not the next one's.
  rmSync(outputs, { force: true })
  const script = writeScript(folder, stage.id, stage.run ?? '', account)
  const user = account === null ? {} : { HOME: account.home, USER: account.name, LOGNAME: account.name }
  const files = folder.writeFiles(stage.files)
  if (files !== null) give(files, account)
  const ending = await runScript(
    {
      argv: [...becoming(account), '/bin/sh', '-e', script],
      cwd: folder.workspace,
      env: {
        CI: 'true',
        ...settings.environment,
        ...user,
        ...stage.env,
        PERIPLUS_OUTPUT: outputs,
        PERIPLUS_WORKSPACE: folder.workspace,
        PERIPLUS_IMAGE_ARCHIVE: folder.imageArchive,
        ...(files === null ? {} : { PERIPLUS_FILES: files }),
        [MARKER]: folder.handle,
      },
      timeoutMs: stage.timeoutMs,
      graceMs: order.graceMs,
    },
    { ...context, spool },
  ).finally(() => folder.dropFiles())
  const result = judge(ending, stage)
  return result.status === 'succeeded' || result.status === 'failed'
    ? handOn(stage, result, outputs, spool, context)
    : result
}

/** Outputs of every attempt that ran to its end; artifacts of one that succeeded. */
function handOn(
  stage: StageOrder,
  result: StageResult,
  path: string,
  spool: SpoolWriter,
  { folder, journal }: StageContext,
): StageResult {
  try {
    const outputs = readOutputs(path)
    if (Object.keys(outputs).length > 0) journal.append({ type: 'outputs', stage: stage.ordinal, outputs })
    if (result.status === 'succeeded' && stage.artifacts.length > 0) {
      const kept = keepArtifacts(stage.artifacts, folder.workspace, folder.artifacts)
      for (const remark of kept.remarks) spool.mark(remark)
      spool.mark(`${kept.files} ${kept.files === 1 ? 'file' : 'files'} kept for later.`)
    }
    return result
  } catch (error) {
    if (result.status === 'failed') return result
    return failure(error)
  }
}
