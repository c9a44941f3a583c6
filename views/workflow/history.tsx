import { Newest } from '../history/newest.tsx'
import type { ExecutionLine, Frame } from '../model.ts'
import { workflowTab } from './frame.tsx'
import type { WorkflowLine } from './model.ts'

interface HistoryProps {
  readonly workflow: WorkflowLine
  readonly executions: readonly ExecutionLine[]
  readonly since: number
}

/** The newest executions of a workflow. */
export function historyTab(frame: Frame, { workflow, executions, since }: HistoryProps): string {
  const { slug } = workflow
  return workflowTab(
    frame,
    { workflow, tab: 'history', stream: `workflow=${slug}&since=${since}` },
    <Newest frame={frame} slug={slug} executions={executions} />,
  )
}
