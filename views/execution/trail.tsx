import { STATUS_WORDS } from '../../src/domain/status.ts'
import type { EventLine, Frame } from '../model.ts'
import { clock, instant } from '../words.ts'
import type { ExecutionProps } from './model.ts'

/** Everything that happened to it, with who and why; never changed afterwards. */
export function Trail(props: { frame: Frame; p: ExecutionProps }) {
  const { frame, p } = props
  return (
    <section class="pan trail" id="trail" aria-label="Audit trail">
      <header>
        <h2>Audit trail</h2>
        <span class="gap q">{p.events.length} events</span>
      </header>
      <section class="scroll" tabindex={0} aria-label="Events, oldest first">
        <table class="tb">
          <caption class="vh">Events of {p.execution.id}, oldest first</caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Status</th>
            </tr>
          </thead>
          <tbody>
            {p.events.map((event) => (
              <tr>
                <td class="nw q">
                  <time datetime={new Date(event.at).toISOString()} title={instant(event.at, frame.timezone)}>
                    {clock(event.at, frame.timezone)}
                  </time>
                </td>
                <th scope="row" class="nw">
                  {event.actor}
                </th>
                <td>{eventWords(event)}</td>
                <td class="nw q2">{statusWords(event)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function statusWords(event: EventLine): string {
  if (event.to === null) return ''
  return event.from === null || event.from === event.to
    ? STATUS_WORDS[event.to]
    : `${STATUS_WORDS[event.from]} to ${STATUS_WORDS[event.to]}`
}

const EVENT_WORDS: Readonly<Record<string, string>> = {
  triggered: 'triggered it',
  prepared: 'prepared the plan',
  'reports.read': 'read what its stages report',
  'validation.failed': 'found the workflow not valid',
  'submit.refused': 'refused to take it',
  'segment.submitted': 'took a segment',
  'segment.started': 'began a segment',
  'segment.finished': 'ended a segment',
  'segment.lost': 'lost a segment',
  'stage.started': 'began',
  'stage.finished': 'ended',
  'gate.opened': 'passed the gate of',
  'gate.rejected': 'rejected the deployment to',
  'gate.expired': 'closed, undecided, the gate of',
  'termination.requested': 'asked for its termination',
  'termination.confirmed': 'saw its end',
  'termination.failed': 'could not terminate it',
  'timeout.passed': 'saw its time run out',
  waits: 'waits',
}

function eventWords(event: EventLine): string {
  const what = EVENT_WORDS[event.type] ?? event.type
  const whom = event.stage ?? event.environment
  const said = event.comment === null ? '' : `: “${event.comment}”`
  const why = event.reason === null ? '' : `. ${event.reason}`
  return `${what}${whom === null ? '' : ` ${whom}`}${said}${why}`
}
