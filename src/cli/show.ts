import type { ExecutionDetailWire, GateWire, StageWire } from '../contract/schemas.ts'
import { PHASE_WORDS } from '../domain/status.ts'
import type { Context, Terminal } from './command.ts'
import { connect } from './connect.ts'
import { type Cell, clean, moment, paint, ran, refOf, stageCell, statusCell, table } from './print.ts'

/** `periplus show`: one execution with its stages and gates. */
export async function show(context: Context): Promise<number> {
  const [id = ''] = context.line.arguments
  const execution = await connect(context).call('getExecution', { params: { id } })
  const text = context.line.flags.has('--json')
    ? `${JSON.stringify(execution)}\n`
    : describe(execution, context.world.now(), context.terminal)
  await context.terminal.out(text)
  return 0
}

/** What `show` prints for people. */
export function describe(
  execution: ExecutionDetailWire,
  now: number,
  look: Pick<Terminal, 'columns' | 'colour'>,
): string {
  const status = paint(...statusCell(execution.status), look)
  const facts: (readonly [string, string | null])[] = [
    ['Workflow', `${execution.workflow}, version ${execution.version}`],
    ['Triggered', `${moment(execution.triggeredAt)} by ${execution.triggeredBy} (${execution.trigger})`],
    ['Ref', refOf(execution)],
    ['Commit', execution.title],
    ['Image', execution.image?.reference ?? null],
    ['Duration', ran(execution, now)],
    ['Reason', execution.reason],
    ['Waiting for', execution.waitingFor],
    [execution.redeploys === null ? 'Re-run of' : 'Redeploys', execution.rerunOf],
    ['Only to', execution.redeploys],
  ]
  const told = facts.flatMap(([name, value]) =>
    value === null ? [] : [`  ${name.padEnd(12)}${clean(value)}\n`],
  )
  const stages = table(
    ['  STAGE', 'PHASE', 'STATUS', 'DURATION', 'LINES', ''],
    execution.stages.map((stage) => stageRow(stage, now)),
    look,
  )
  const gates = execution.gates.map((gate) => gateLines(gate)).join('')
  return `${execution.id} ${status}\n${told.join('')}\n${stages}${gates === '' ? '' : `\n${gates}`}`
}

function stageRow(stage: StageWire, now: number): readonly Cell[] {
  return [
    `  ${stage.id}`,
    PHASE_WORDS[stage.phase],
    stageCell(stage.status),
    ran(stage, now),
    String(stage.lines),
    stage.takenFrom === null ? (stage.reason ?? '') : `taken over from ${stage.takenFrom}`,
  ]
}

function gateLines(gate: GateWire): string {
  const who =
    gate.kind === 'approval'
      ? `${gate.quorum} of ${gate.approvers.join(', ')} must approve`
      : 'somebody must trigger it'
  const decisions = gate.decisions.map(
    ({ person, verdict, at, comment }) =>
      `    ${moment(at)} ${person} ${verdict}${comment === null ? '' : `: ${clean(comment)}`}\n`,
  )
  return `  Gate before ${gate.environment} (${gate.state}): ${who}.\n${decisions.join('')}`
}
