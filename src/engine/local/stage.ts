import { join } from 'node:path'
import { Fault } from '../../domain/fault.ts'
import type { World } from '../../world.ts'
import type { News, SegmentOrder, StageOrder } from '../engine.ts'
import { becoming } from './account.ts'
import { keepArtifacts, layArtifacts } from './artifacts.ts'
import { type CheckoutResult, checkout } from './checkout.ts'
import { Folder, type Settings } from './folder.ts'
import type { JournalWriter } from './journal.ts'
import { readOutputs } from './outputs.ts'
import { MARKER } from './processes.ts'
import { type Ending, runScript } from './script.ts'
import { SpoolWriter } from './spool.ts'
import type { Tree } from './tree.ts'
import { wordsOf } from './words.ts'
import { give, writeScript } from './workspace.ts'

/** Signals by which somebody ends a process, as against those by which it fails. */
const ENDED_FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'])

export interface StageResult {
  readonly status: Extract<News, { type: 'stage.finished' }>['status']
  readonly exitCode: number | null
  readonly reason: string | null
  /** Ended by a signal from outside its own course. */
  readonly killed: boolean
}

export interface StageContext {
  readonly order: SegmentOrder
  readonly settings: Settings
  readonly folder: Folder
  readonly journal: JournalWriter
  readonly tree: Tree
  readonly termination: AbortSignal
  readonly world: World
}

const SUCCEEDED: StageResult = { status: 'succeeded', exitCode: 0, reason: null, killed: false }
const TERMINATED: StageResult = { status: 'terminated', exitCode: null, reason: 'Terminated.', killed: true }

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
    if (result.status !== 'failed' || number === attempts || context.termination.aborted) return result
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

/** The commit, and over it what earlier segments kept; in a fold where the stage has lines of its own to come. */
async function makeReady(stage: StageOrder, spool: SpoolWriter, context: StageContext): Promise<StageResult> {
  const { order, settings, folder, termination, tree, world, journal } = context
  const folded = stage.kind !== 'checkout'
  const say = (line: string) => spool.write(Buffer.from(`${line}\n`))
  if (folded) say('::group::Checkout')
  tree.own('all')
  const result = await checkout(order.source, {
    workspace: folder.workspace,
    settings,
    say,
    mark: (text) => spool.mark(text),
    termination,
    world,
  })
  await tree.kill((left) =>
    spool.mark(`Git still runs after SIGKILL: ${left.map((one) => one.pid).join(', ')}.`),
  )
  tree.own(new Set())
  if (!result.ok) return notReady(result)
  layEarlier(order, folder, say)
  give(folder.workspace, settings.runAs)
  if (folded) say('::endgroup::')
  journal.append({ type: 'outputs', stage: stage.ordinal, outputs: result.outputs })
  return SUCCEEDED
}

function notReady(result: Extract<CheckoutResult, { ok: false }>): StageResult {
  if (result.status === 'terminated') return TERMINATED
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

async function runOnce(stage: StageOrder, spool: SpoolWriter, context: StageContext): Promise<StageResult> {
  const { order, settings, folder } = context
  const account = stage.asRoot ? null : settings.runAs
  const outputs = folder.file(join('outputs', String(stage.ordinal)))
  const script = writeScript(folder, stage.id, stage.run ?? '', account)
  const user = account === null ? {} : { HOME: account.home, USER: account.name, LOGNAME: account.name }
  const ending = await runScript(
    {
      argv: [...becoming(account), 'sh', '-e', script],
      cwd: folder.workspace,
      env: {
        CI: 'true',
        ...settings.environment,
        ...user,
        ...stage.env,
        PERIPLUS_OUTPUT: outputs,
        PERIPLUS_WORKSPACE: folder.workspace,
        [MARKER]: folder.handle,
      },
      timeoutMs: stage.timeoutMs,
      graceMs: order.graceMs,
    },
    { ...context, spool },
  )
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

function judge(ending: Ending, stage: StageOrder): StageResult {
  switch (ending.how) {
    case 'exited':
      if (ending.code === 0) return SUCCEEDED
      return { status: 'failed', exitCode: ending.code, reason: `Exit code ${ending.code}.`, killed: false }
    case 'signalled': {
      const killed = ENDED_FROM_OUTSIDE.has(ending.signal)
      const reason = killed ? `Killed from outside by ${ending.signal}.` : `Ended by ${ending.signal}.`
      return { status: killed ? 'error' : 'failed', exitCode: null, reason, killed }
    }
    case 'timed-out':
      return {
        status: 'failed',
        exitCode: null,
        reason: `Timed out after ${durationText(stage.timeoutMs ?? 0)}.`,
        killed: false,
      }
    case 'terminated':
      return TERMINATED
    case 'broken':
      return { status: 'error', exitCode: null, reason: ending.reason, killed: false }
    default:
      return ending satisfies never
  }
}

/** A Fault is the stage's own doing; anything else is the platform's. */
function failure(error: unknown): StageResult {
  const status = error instanceof Fault ? 'failed' : 'error'
  return { status, exitCode: null, reason: wordsOf(error), killed: false }
}

/** `5 m`, `1 h 30 m`, `2 s`: as people write a limit. */
function durationText(ms: number): string {
  const parts: string[] = []
  let rest = ms
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)} ${unit}`)
    rest %= size
  }
  if (rest > 0) parts.push(`${rest} ms`)
  return parts.join(' ')
}
