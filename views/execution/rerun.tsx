import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Csrf, Icon } from '../parts.tsx'
import { shortSha } from '../words.ts'
import type { ExecutionProps, RerunLine } from './model.ts'

type From = 'start' | 'failed'

interface Props {
  readonly frame: Frame
  readonly p: ExecutionProps
}

/** Whether it can be run again from where it stopped. */
export function canResume({ rerun }: ExecutionProps): boolean {
  return rerun !== null && rerun.from !== null && rerun.gone === null
}

/** What is run again, and what is not; the safe choice has the focus. */
export function RerunDialogs(props: Props) {
  const { p } = props
  if (p.rerun === null) return null
  return (
    <>
      <dialog id="rerun" aria-labelledby="rerun-title">
        <RerunForm {...props} from="start" rerun={p.rerun} alone="no" />
      </dialog>
      {canResume(p) ? (
        <dialog id="rerun-failed" aria-labelledby="rerun-failed-title">
          <RerunForm {...props} from="failed" rerun={p.rerun} alone="no" />
        </dialog>
      ) : null}
    </>
  )
}

/** The same question as a page of its own, where no script opens the dialog; null where it cannot be asked. */
export function rerunPage(frame: Frame, p: ExecutionProps, from: From): string | null {
  if (p.rerun === null || (from === 'failed' && !canResume(p))) return null
  return page(
    frame,
    { title: `Re-run ${p.execution.id}?`, live: null, name: 'rerun' },
    <div class="alone top0">
      <div class="pan asks">
        <RerunForm frame={frame} p={p} from={from} rerun={p.rerun} alone="yes" />
      </div>
    </div>,
  )
}

function RerunForm(props: Props & { from: From; rerun: RerunLine; alone: 'yes' | 'no' }) {
  const { frame, p, from, rerun, alone } = props
  const { id, workflow } = p.execution
  const Title = alone === 'yes' ? 'h1' : 'h2'
  const where = from === 'failed' ? ` from ${rerun.from}` : ''
  return (
    <form method="post" action={`/executions/${id}/rerun`}>
      <Csrf visitor={frame.visitor} />
      <input type="hidden" name="from" value={from} />
      <div class="stack ask-body">
        <Title id={from === 'failed' ? 'rerun-failed-title' : 'rerun-title'}>
          Re-run {id}
          {where}?
        </Title>
        <p>
          {what(p)} {from === 'failed' ? taken(rerun, id) : ''}
          {gates(p, from)}
        </p>
        {from === 'start' && rerun.gone !== null ? <p class="q2">{rerun.gone}</p> : null}
        <p class="q2">
          The newest version is run from{' '}
          <a class="u" href={`/workflows/${workflow}`}>
            its workflow
          </a>
          .
        </p>
      </div>
      <footer>
        <a class="btn" href={`/executions/${id}`} data-close="" autofocus>
          Not now
        </a>
        <button type="submit" class="btn pri">
          <Icon frame={frame} name="ui-rerun" />
          Re-run {id}
          {where}
        </button>
      </footer>
    </form>
  )
}

/** “A new execution runs version 12 at 4f6612b of main again.” */
function what({ execution }: ExecutionProps): string {
  const { version, sha, branch, tag } = execution
  const ref = branch ?? tag
  if (sha === null) return `A new execution runs version ${version}${ref === null ? '' : ` on ${ref}`} again.`
  return `A new execution runs version ${version} at ${shortSha(sha)}${ref === null ? '' : ` of ${ref}`} again.`
}

function taken({ from, kept }: RerunLine, id: string): string {
  const before = kept === 1 ? 'The stage before it is' : `The ${kept} stages before it are`
  return `It begins with ${from}. ${before} taken over from ${id}, outputs and kept files included.`
}

/** Whoever decided then decided about that execution. */
function gates(p: ExecutionProps, from: From): string {
  const asked = p.gates.length > 0 || p.stages.some((stage) => stage.phase === 'deploy')
  return asked ? ` ${from === 'failed' ? 'Gates are asked anew.' : 'Gates on its way are asked anew.'}` : ''
}
