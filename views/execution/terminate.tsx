import { PHASE_WORDS } from '../../src/domain/status.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Csrf, Icon } from '../parts.tsx'
import { counted, list } from '../words.ts'
import { canEnd } from './head.tsx'
import type { ExecutionProps } from './model.ts'

interface Props {
  readonly frame: Frame
  readonly p: ExecutionProps
}

/** Names the execution and the consequence; the safe choice has the focus. */
export function TerminateDialog(props: Props) {
  const { p } = props
  if (!canEnd(p.execution.status) || p.terminateRefusal !== null) return null
  return (
    <dialog id="terminate" aria-labelledby="terminate-title">
      <TerminateForm {...props} />
    </dialog>
  )
}

/** The same question as a page of its own, where no script opens the dialog. */
export function terminatePage(frame: Frame, p: ExecutionProps): string {
  return page(
    frame,
    { title: `Terminate ${p.execution.id}?`, live: null, name: 'terminate' },
    <div class="alone top0">
      <div class="pan asks">
        <TerminateForm frame={frame} p={p} />
      </div>
    </div>,
  )
}

function TerminateForm(props: Props) {
  const { frame, p } = props
  const { id } = p.execution
  const Title = frame.path.endsWith('/terminate') ? 'h1' : 'h2'
  return (
    <form method="post" action={`/executions/${id}/termination`}>
      <Csrf visitor={frame.visitor} />
      <div class="stack ask-body">
        <Title id="terminate-title">Terminate {id}?</Title>
        <p>{consequence(p)}</p>
        <p class="b">This cannot be undone.</p>
        <div>
          <label class="l" for="reason">
            Reason <span class="q">(kept in the audit trail)</span>
          </label>
          <input class="in" id="reason" name="reason" maxlength={500} placeholder="Optional" />
        </div>
      </div>
      <footer>
        <a class="btn" href={`/executions/${id}`} data-close="" autofocus>
          Keep running
        </a>
        <button type="submit" class="btn bad pri">
          <Icon frame={frame} name="st-terminated" />
          Terminate {id}
        </button>
      </footer>
    </form>
  )
}

/** What stops, what does not begin, and what keeps what it has. */
function consequence(p: ExecutionProps): string {
  const running = p.stages.find((stage) => stage.status === 'running')
  const ahead = p.stages.filter((stage) => stage.status === 'waiting' || stage.status === 'pending')
  const kept = ahead.flatMap((stage) =>
    stage.phase === 'deploy' && stage.id.startsWith('deploy.') ? [stage.environment ?? ''] : [],
  )
  const stops =
    running === undefined ? 'Nothing of it runs just now' : `${PHASE_WORDS[running.phase]} is stopped`
  const rest =
    ahead.length === 0
      ? '.'
      : `, and the ${counted(ahead.length, 'stage')} after it ${ahead.length === 1 ? 'does' : 'do'} not start.`
  const keeps =
    kept.length === 0
      ? ''
      : ` ${list(kept)} ${kept.length === 1 ? 'keeps' : 'keep'} what ${kept.length === 1 ? 'it has' : 'they have'} now.`
  return stops + rest + keeps
}
