import type { Client } from '../contract/client.ts'
import type { ExecutionDetailWire } from '../contract/schemas.ts'
import { Fault } from '../domain/fault.ts'
import { isFinal } from '../domain/status.ts'
import type { Context, Line } from './command.ts'
import { connect } from './connect.ts'
import { STATUS_EXITS } from './exit.ts'
import { clean, paint, ran, stageCell, statusCell } from './print.ts'
import { watch } from './watch.ts'

const REF_FLAGS = ['--branch', '--tag', '--sha'] as const

/** `periplus run`: prints the new execution's id; with --wait its course, too. */
export async function run(context: Context): Promise<number> {
  const client = connect(context)
  const options = { idempotencyKey: context.world.id() }
  return await tell(
    context,
    client,
    await client.call('triggerExecution', { body: wishOf(context) }, options),
  )
}

/** `periplus rerun`: the same of an execution that runs an earlier one again. */
export async function rerun(context: Context): Promise<number> {
  const [id = ''] = context.line.arguments
  const client = connect(context)
  const from = context.line.flags.has('--from-failed') ? 'failed' : 'start'
  const options = { idempotencyKey: context.world.id() }
  return await tell(
    context,
    client,
    await client.call('rerunExecution', { params: { id }, body: { from } }, options),
  )
}

async function tell(context: Context, client: Client, begun: ExecutionDetailWire): Promise<number> {
  const { line, terminal } = context
  const json = line.flags.has('--json')
  if (!line.flags.has('--wait')) {
    await terminal.out(`${json ? JSON.stringify(begun) : begun.id}\n`)
    return 0
  }
  const show = json ? async () => {} : progress(context)
  const ended = await watch(context, client, begun.id, show)
  if (json) await terminal.out(`${JSON.stringify(ended)}\n`)
  return isFinal(ended.status) ? STATUS_EXITS[ended.status] : 0
}

/** Prints a line for each stage that ended and each status that was reached, once each. */
export function progress({
  terminal,
  world,
}: Pick<Context, 'terminal' | 'world'>): (execution: ExecutionDetailWire) => Promise<void> {
  const told = new Set<string>()
  const tell = async (text: string) => {
    if (told.has(text)) return
    told.add(text)
    await terminal.out(`${text}\n`)
  }
  return async (execution) => {
    for (const stage of execution.stages) {
      if (stage.finishedAt === null || stage.status === 'skipped') continue
      if (stage.takenFrom !== null) {
        await tell(`  ${stage.id} is taken over from ${stage.takenFrom}`)
        continue
      }
      const reason = stage.reason === null ? '' : `: ${clean(stage.reason)}`
      await tell(
        `  ${stage.id} ${paint(...stageCell(stage.status), terminal)}, ${ran(stage, world.now())}${reason}`,
      )
    }
    const reason = execution.reason ?? gateSentence(execution) ?? execution.waitingFor
    const status = paint(...statusCell(execution.status), terminal)
    await tell(`${execution.id} ${status}${reason === null ? '' : `: ${clean(reason)}`}`)
  }
}

/** What an open gate waits for, and the command that opens it. */
function gateSentence({ id, gates }: ExecutionDetailWire): string | null {
  const gate = gates.find(({ state }) => state === 'open')
  if (gate === undefined) return null
  const { environment, approvers, quorum } = gate
  if (gate.kind === 'deployment')
    return `waits to be deployed to ${environment}: periplus deploy ${id} ${environment}`
  const many = quorum > 1 ? `${quorum} of ${approvers.join(', ')}` : approvers.join(' or ')
  return `waits for ${many} to approve ${environment}: periplus approve ${id} ${environment}`
}

function wishOf({ line }: Context) {
  const [workflow = ''] = line.arguments
  return { workflow, ...commitOf(line) }
}

/** The version and the commit that a line asks for, as requests have them. */
export function commitOf(line: Line) {
  const [ref, other] = REF_FLAGS.filter((flag) => line.flags.has(flag))
  if (other !== undefined)
    throw new Fault('invalid', `${ref} and ${other} exclude each other; give one of them.`)
  const version = line.flags.get('--version')
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) {
    throw new Fault('invalid', `--version must be a number such as 3, not “${version}”.`)
  }
  return {
    ...(ref === undefined ? {} : { [ref.slice(2)]: line.flags.get(ref) }),
    ...(version === undefined ? {} : { version: Number(version) }),
  }
}
