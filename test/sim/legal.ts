import type { Status } from '../../src/domain/status.ts'

/** PRODUCT §2's table: whatever else an execution does is a lie. */
export const LEGAL: Readonly<Record<Status, readonly Status[]>> = {
  pending: ['running', 'failed', 'error', 'terminating', 'deployment-pending', 'approval-pending'],
  running: ['succeeded', 'failed', 'error', 'deployment-pending', 'approval-pending', 'terminating'],
  'deployment-pending': ['running', 'terminated'],
  'approval-pending': ['running', 'approval-rejected', 'terminated'],
  terminating: ['terminated', 'termination-failed', 'succeeded', 'failed', 'error'],
  'termination-failed': ['terminating', 'terminated', 'succeeded', 'failed', 'error'],
  succeeded: [],
  failed: [],
  error: [],
  'approval-rejected': [],
  terminated: [],
}
