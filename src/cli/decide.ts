import type { Client } from '../contract/client.ts'
import type { ExecutionDetailWire } from '../contract/schemas.ts'
import { Fault } from '../domain/fault.ts'
import { isFinal, STATUS_WORDS } from '../domain/status.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { paint, statusCell } from './print.ts'

/** `periplus approve`. */
export async function approve(context: Context): Promise<number> {
  const { client, id, environment, comment } = await gateOf(context)
  const confirm = context.line.flags.has('--confirm')
  return await tell(
    context,
    await client.call('approveExecution', { params: { id }, body: { environment, comment, confirm } }),
  )
}

/** `periplus reject`. */
export async function reject(context: Context): Promise<number> {
  const { client, id, environment, comment } = await gateOf(context)
  if (comment === null) throw new Fault('invalid', 'A rejection says why: --comment "…".')
  return await tell(
    context,
    await client.call('rejectExecution', { params: { id }, body: { environment, comment } }),
  )
}

/** `periplus deploy`: through the gate where one waits; what has ended, once more. */
export async function deploy(context: Context): Promise<number> {
  const [id = '', named] = context.line.arguments
  const confirm = context.line.flags.has('--confirm')
  if (named !== undefined) {
    const client = connect(context)
    const execution = await client.call('getExecution', { params: { id } })
    if (isFinal(execution.status)) {
      const body = { environment: named, confirm }
      return await tell(context, await client.call('redeployExecution', { params: { id }, body }))
    }
  }
  const { client, environment, comment } = await gateOf(context)
  return await tell(
    context,
    await client.call('deployExecution', { params: { id }, body: { environment, comment, confirm } }),
  )
}

/** `periplus terminate`. */
export async function terminate(context: Context): Promise<number> {
  const [id = ''] = context.line.arguments
  const reason = context.line.flags.get('--reason') ?? null
  return await tell(
    context,
    await connect(context).call('terminateExecution', { params: { id }, body: { reason } }),
  )
}

interface Gate {
  readonly client: Client
  readonly id: string
  readonly environment: string
  readonly comment: string | null
}

/** The gate that was named, or the one that is open just now. */
async function gateOf(context: Context): Promise<Gate> {
  const [id = '', named] = context.line.arguments
  const client = connect(context)
  const comment = context.line.flags.get('--comment') ?? null
  if (named !== undefined) return { client, id, environment: named, comment }
  const execution = await client.call('getExecution', { params: { id } })
  const open = execution.gates.find((gate) => gate.state === 'open')
  if (open === undefined) {
    throw new Fault('conflict', `${id} waits for no decision: it is ${STATUS_WORDS[execution.status]}.`)
  }
  return { client, id, environment: open.environment, comment }
}

async function tell({ line, terminal }: Context, execution: ExecutionDetailWire): Promise<number> {
  const status = paint(...statusCell(execution.status), terminal)
  await terminal.out(
    line.flags.has('--json') ? `${JSON.stringify(execution)}\n` : `${execution.id} ${status}\n`,
  )
  return 0
}
