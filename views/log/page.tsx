import { page } from '../layout.tsx'
import type { ExecutionLine, Frame, StageLine } from '../model.ts'
import { StageIcon } from '../parts.tsx'
import { STAGE_WORDS } from '../words.ts'
import type { LogWindow } from './model.ts'
import { isOnly, LogPanel } from './panel.tsx'

interface LogPageProps {
  readonly execution: ExecutionLine
  readonly stage: StageLine
  readonly log: LogWindow
  readonly since: number
}

/** One stage's log, alone: the page that a permalink leads to. */
export function logPage(frame: Frame, p: LogPageProps): string {
  const { execution, stage, log } = p
  const stream = new URLSearchParams({
    execution: execution.id,
    stage: log.stage,
    from: String(log.total + 1),
    since: String(p.since),
  })
  return page(
    frame,
    {
      title: `${stage.id} of ${execution.id}`,
      live: log.sealed ? null : { stream: stream.toString(), parts: null },
      name: 'log',
    },
    <>
      <nav class="crumb" aria-label="Breadcrumb">
        <a href="/executions">Executions</a>
        <span aria-hidden="true">/</span>
        <a href={`/executions/${execution.id}`}>{execution.id}</a>
      </nav>
      <div class="head" id="head">
        <div class="row wraps" role="status">
          <h1 class="nw">{stage.id}</h1>
          <span class="st">
            <StageIcon frame={frame} status={stage.status} />
            <span>{STAGE_WORDS[stage.status]}</span>
          </span>
        </div>
      </div>
      <LogPanel
        frame={frame}
        window={log}
        title="Log"
        follow={log.sealed ? 'no' : 'yes'}
        empty={
          isOnly(log)
            ? 'No line is like that.'
            : log.sealed
              ? 'This stage wrote nothing.'
              : 'Its lines appear here as soon as they are written.'
        }
      />
    </>,
  )
}
