import { TRIGGER_KINDS } from '../../src/domain/definition.ts'
import type { GateRule } from '../../src/domain/plan.ts'
import { PHASE_WORDS } from '../../src/domain/status.ts'
import type { Frame } from '../model.ts'
import { Findings, Icon, leadWords } from '../parts.tsx'
import { counted, duration, list } from '../words.ts'
import { tabPath, workflowTab } from './frame.tsx'
import type { DryRunLine, DryRunProps } from './model.ts'
import { RefFields } from './ref.tsx'

/** What an execution would do, without beginning one: phases with their stages, then segments and gates in order. */
export function dryRunPage(frame: Frame, p: DryRunProps): string {
  const { workflow, plan } = p
  const back = workflow === null ? '/workflows/new' : tabPath(workflow.slug, 'builder')
  return workflowTab(
    frame,
    {
      workflow,
      tab: 'builder',
      actions: (
        <a class="btn" href={back}>
          Back to the Builder
        </a>
      ),
    },
    <div class="stack">
      <Findings frame={frame} lead={leadWords(p.findings, 'execution')} findings={p.findings} />
      <div class="plan">
        <Wish frame={frame} p={p} />
        {plan === null ? (
          <p class="pan none q2">Mend what is wrong, and the plan stands here.</p>
        ) : (
          <Plan frame={frame} plan={plan} />
        )}
      </div>
    </div>,
  )
}

function Wish({ frame, p }: { frame: Frame; p: DryRunProps }) {
  return (
    <form id="wish" class="pan" method="get" aria-label="What would be run">
      <header>
        <h2>Dry run</h2>
      </header>
      <div class="fields">
        <RefFields frame={frame} choice={p.ref} form="wish" />
        <div>
          <label class="l" for="event">
            Triggered by
          </label>
          <select class="in" id="event" name="event">
            {TRIGGER_KINDS.map((kind) => (
              <option value={kind} selected={kind === p.event}>
                {kind}
              </option>
            ))}
          </select>
        </div>
        <div>
          <button type="submit" class="btn pri">
            Show the plan
          </button>
        </div>
        <p class="hint">
          {p.workflow?.changedSince == null ? 'Of what is saved.' : 'Of your changes, not saved yet.'} Nothing
          is run, and no repository is asked.
        </p>
      </div>
    </form>
  )
}

function Plan({ frame, plan }: { frame: Frame; plan: DryRunLine }) {
  return (
    <div class="stack">
      <section class="pan" aria-labelledby="segments-title">
        <header>
          <h2 id="segments-title">{counted(plan.segments.length, 'segment')}</h2>
          <span class="q2 gap">in this order</span>
        </header>
        <ol class="segments">
          {plan.segments.map((segment) => (
            <>
              {segment.gate === null ? null : <GateStep frame={frame} gate={segment.gate} />}
              <li>
                <b class="b">
                  {segment.environment === null
                    ? `Segment ${segment.number + 1}`
                    : `Deploy to ${segment.environment}`}
                </b>
                <span class="q2">on {segment.engine}</span>
                <span class="m">{segment.stages.join(' · ')}</span>
              </li>
            </>
          ))}
        </ol>
      </section>
      <Phases frame={frame} plan={plan} />
    </div>
  )
}

function GateStep({ frame, gate }: { frame: Frame; gate: GateRule }) {
  const isApproval = gate.kind === 'approval'
  return (
    <li class="person">
      <b class="b">
        <Icon frame={frame} name={isApproval ? 'st-approval-pending' : 'st-deployment-pending'} />
        {isApproval ? 'Approval gate' : 'Deployment gate'}
      </b>
      <span>{gateWords(gate)}</span>
    </li>
  )
}

/** Who opens a gate, and by when. */
function gateWords({ kind, environment, approvers, quorum, selfApproval, expiresMs }: GateRule): string {
  if (kind === 'deployment') return `Any executor triggers the deploy to ${environment}.`
  const needed = quorum === 1 ? 'One approval' : `${quorum} approvals`
  const others = selfApproval ? '' : '; whoever started it has none'
  const end = expiresMs === null ? '' : ` Undecided for ${duration(expiresMs)}, it is rejected.`
  return `${needed} of ${list(approvers)} before the deploy to ${environment}${others}.${end}`
}

function Phases({ frame, plan }: { frame: Frame; plan: DryRunLine }) {
  return (
    <section class="pan" aria-labelledby="phases-title">
      <header>
        <h2 id="phases-title">Phases</h2>
      </header>
      <table class="tb rows">
        <caption class="vh">The nine phases and their stages</caption>
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col">Stages</th>
          </tr>
        </thead>
        <tbody>
          {plan.phases.map(({ phase, stages }) => (
            <tr>
              <th scope="row" class="nw">
                {PHASE_WORDS[phase]}
              </th>
              <td data-l="Stages">
                {stages.length === 0 ? <span class="q">not configured</span> : null}
                <ul>
                  {stages.map((stage) => (
                    <li class="row wraps">
                      {stage.skipped === null ? null : <Icon frame={frame} name="st-skipped" class="still" />}
                      <span class="m">{stage.id}</span>
                      {stage.skipped === null ? null : <span class="q2">skipped, {stage.skipped}</span>}
                    </li>
                  ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
