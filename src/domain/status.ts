/** What an execution may be. Spelled for people in STATUS_WORDS; the value itself stands in URLs, JSON and tables. */
export const STATUSES = [
  'pending',
  'running',
  'deployment-pending',
  'approval-pending',
  'terminating',
  'termination-failed',
  'succeeded',
  'failed',
  'error',
  'approval-rejected',
  'terminated',
] as const
export type Status = (typeof STATUSES)[number]

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  pending: 'Pending',
  running: 'Running',
  'deployment-pending': 'Deployment Pending',
  'approval-pending': 'Approval Pending',
  terminating: 'Terminating',
  'termination-failed': 'Termination Failed',
  succeeded: 'Succeeded',
  failed: 'Failed',
  error: 'Error',
  'approval-rejected': 'Approval Rejected',
  terminated: 'Terminated',
}

export const FINAL_STATUSES = ['succeeded', 'failed', 'error', 'approval-rejected', 'terminated'] as const
export type FinalStatus = (typeof FINAL_STATUSES)[number]

const FINAL: ReadonlySet<string> = new Set(FINAL_STATUSES)

/** True where nothing can happen any more. */
export function isFinal(status: Status): status is FinalStatus {
  return FINAL.has(status)
}

/** What a stage may be: waiting is not reached, pending is handed to the engine and not begun. */
export const STAGE_STATUSES = [
  'waiting',
  'pending',
  'running',
  'succeeded',
  'failed',
  'error',
  'skipped',
  'terminated',
] as const
export type StageStatus = (typeof STAGE_STATUSES)[number]

/** The nine phases, always in this order. */
export const PHASES = [
  'validation',
  'source',
  'pre-build',
  'build',
  'post-build',
  'push',
  'post-push',
  'deploy',
  'post-deploy',
] as const
export type Phase = (typeof PHASES)[number]

export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  validation: 'Validation',
  source: 'Source',
  'pre-build': 'Pre-Build Tools',
  build: 'Build',
  'post-build': 'Post-Build Tools',
  push: 'Push',
  'post-push': 'Post-Push Tools',
  deploy: 'Deploy',
  'post-deploy': 'Post-Deploy Tools',
}
