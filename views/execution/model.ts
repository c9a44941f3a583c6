import type { PushedImage } from '../../src/domain/image/pushed.ts'
import type { LogWindow } from '../log/model.ts'
import type { CommitLine, EventLine, ExecutionLine, GateLine, StageLine } from '../model.ts'
import type { ReportLine } from '../report/list.tsx'

/** What kept a segment from beginning, and how long. */
export interface WaitLine {
  /** Ordinal of the first stage of the segment. */
  readonly stage: number
  readonly why: 'gate' | 'queue' | 'engine'
  readonly from: number
  /** Null where it waits still. */
  readonly until: number | null
}

/** The last success before it, which it is measured against. */
export interface BaselineLine {
  readonly id: string
  /** Commits that were run since, the newest first. */
  readonly commits: readonly CommitLine[]
}

/** How it can be run again. */
export interface RerunLine {
  /** The stage that a re-run from where it stopped would begin with; null where that is its start. */
  readonly from: string | null
  /** Why that cannot be, in a sentence; null where it can. */
  readonly gone: string | null
  /** Stages that would be taken over. */
  readonly kept: number
}

/** All that the page of one execution is made from. */
export interface ExecutionProps {
  readonly execution: ExecutionLine
  readonly rerunOf: string | null
  /** The one environment that it deploys to again; null where it is no redeploy. */
  readonly redeploys: string | null
  /** Environments that it came to, where this visitor may deploy it there again. */
  readonly deployed: readonly string[]
  /** The newest execution that runs it again. */
  readonly rerunAs: string | null
  readonly stages: readonly StageLine[]
  readonly gates: readonly GateLine[]
  /** What it pushed; null until then. */
  readonly image: PushedImage | null
  readonly waits: readonly WaitLine[]
  readonly events: readonly EventLine[]
  /** The newest event this page knows; the stream begins after it. */
  readonly since: number
  /** The stage whose log is shown, and who chose it. */
  readonly log: LogWindow
  readonly chosenBy: 'reader' | 'page'
  /** How long stages, by id, and the whole of it take where all goes well; what never did is not there. */
  readonly usual: ReadonlyMap<string, number>
  readonly usualMs: number | null
  readonly baseline: BaselineLine | null
  readonly reports: readonly ReportLine[]
  /** The executions of the workflow beside it. */
  readonly neighbours: { readonly older: string | null; readonly newer: string | null }
  /** Null where it has not ended, or this visitor may not. */
  readonly rerun: RerunLine | null
  /** Why this visitor may not terminate; null where they may. */
  readonly terminateRefusal: string | null
}

/** The gate that waits now. */
export function openGate(p: ExecutionProps): GateLine | null {
  return p.gates.find((gate) => gate.state === 'open') ?? null
}

/** The stage that failed first, by its own verdict or the platform's; one that was allowed to is not it. */
export function failedStage(p: ExecutionProps): StageLine | null {
  const wrong = p.stages.filter((stage) => stage.status === 'failed' || stage.status === 'error')
  return wrong.find((stage) => stage.takenFrom === null) ?? wrong[0] ?? null
}

/** How long a stage has worked; null where it has not begun. */
export function stageMs(stage: StageLine, now: number): number | null {
  return stage.startedAt === null ? null : (stage.finishedAt ?? now) - stage.startedAt
}
