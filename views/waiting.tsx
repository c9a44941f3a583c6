import type { Frame } from './model.ts'
import { Ago, Icon } from './parts.tsx'
import { duration } from './words.ts'

/** A gate that waits, as a list shows it. */
export interface WaitingGate {
  readonly id: string
  readonly environment: string
  readonly kind: 'approval' | 'deployment'
  readonly title: string | null
  readonly askedAt: number
  readonly expiresAt: number | null
  /** Approvals that are still missing. */
  readonly missing: number
}

/** One gate with the way to its execution, where it is decided. */
export function GateItem(p: { frame: Frame; gate: WaitingGate }) {
  const { frame, gate } = p
  return (
    <div class="gate" data-row="">
      <Icon frame={frame} name={`st-${gate.kind}-pending`} class="call" />
      <div class="cut">
        <a class="b" href={`/executions/${gate.id}`}>
          {gate.id}
        </a>{' '}
        to <b class="b">{gate.environment}</b>
      </div>
      <a
        class="btn"
        href={`/executions/${gate.id}#gate`}
        aria-label={`Review ${gate.id} to ${gate.environment}`}
      >
        Review
      </a>
      <p>
        {gate.title === null ? '' : `${gate.title}. `}
        {gate.kind === 'approval' ? 'Asked' : 'Ready since'} <Ago frame={frame} at={gate.askedAt} />
        {gate.kind === 'approval' && gate.missing > 1 ? `, ${gate.missing} approvals are missing` : ''}
        {gate.expiresAt === null ? '' : `, expires in ${duration(gate.expiresAt - frame.now)}`}.
      </p>
    </div>
  )
}
