import type { EventLine, ExecutionLine, GateLine, LogWindow, StageLine } from '../model.ts'

/** All that the page of one execution is made from. */
export interface ExecutionProps {
  readonly execution: ExecutionLine
  readonly rerunOf: string | null
  readonly stages: readonly StageLine[]
  readonly gates: readonly GateLine[]
  readonly events: readonly EventLine[]
  /** The newest event this page knows; the stream begins after it. */
  readonly since: number
  /** The stage whose log is shown, and who chose it. */
  readonly log: LogWindow
  readonly chosenBy: 'reader' | 'page'
  /** Why this visitor may not terminate; null where they may. */
  readonly terminateRefusal: string | null
}

/** The gate that waits now. */
export function openGate(p: ExecutionProps): GateLine | null {
  return p.gates.find((gate) => gate.state === 'open') ?? null
}

/** The stage that failed first, by its own verdict or the platform's. */
export function failedStage(p: ExecutionProps): StageLine | null {
  return p.stages.find((stage) => stage.status === 'failed' || stage.status === 'error') ?? null
}

/** How long a stage has worked; null where it has not begun. */
export function stageMs(stage: StageLine, now: number): number | null {
  return stage.startedAt === null ? null : (stage.finishedAt ?? now) - stage.startedAt
}
