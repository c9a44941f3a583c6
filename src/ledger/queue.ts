import type { ExecutionRow } from '../store/tables.ts'
import { apply } from './apply.ts'
import { type Desk, executionOf } from './desk.ts'
import { assign, type Occupancy, type Turn, type Wait } from './slots.ts'

/** Opens, oldest execution first, every queued segment whose slots are free. In the transaction that freed or asked. */
export function admit(desk: Desk): void {
  const now = desk.world.now()
  for (const { entry, wait } of turns(desk)) {
    if (wait !== null) continue
    desk.store.segments.open(entry.executionId, entry.segment)
    desk.store.effects.admit(entry.effectId, now)
    if (entry.group !== null) desk.store.executions.update(entry.executionId, { holdsSlot: 1 })
  }
}

/** Whether something could begin now that waits: after a disk that was too full, nothing else would notice. */
export function mayAdmit(desk: Desk): boolean {
  return turns(desk).some((turn) => turn.wait === null)
}

function turns(desk: Desk): Turn[] {
  const queue = desk.store.effects.queued()
  return queue.length === 0 ? [] : assign(queue, occupancy(desk))
}

function occupancy({ store, options }: Desk): Occupancy {
  return {
    room: (options.freeBytes() ?? Number.POSITIVE_INFINITY) >= options.freeBytesMin,
    localOpen: store.segments.openOn('local'),
    localMax: options.localMaxRunning,
    environments: store.segments.openAt(),
    held: (group) => store.executions.groupHolders(group).length,
  }
}

/** Why an execution waits, in a sentence, computed as things stand; null where it does not wait. */
export function waitingFor(desk: Desk, id: number): string | null {
  const row = executionOf(desk, id)
  const wait = turns(desk).find((turn) => turn.entry.executionId === id)?.wait ?? null
  return wait === null ? row.waits : sentence(desk, row, wait)
}

function sentence(desk: Desk, row: ExecutionRow, wait: Wait): string {
  switch (wait.for) {
    case 'disk':
      return `The disk has less than ${gib(desk.options.freeBytesMin)} GiB free; nothing new starts until there is more.`
    case 'group': {
      const holders = desk.store.executions.groupHolders(wait.group).filter((id) => id !== row.id)
      return place(desk, wait.ahead, holders, `in group ${wait.group}`)
    }
    case 'environment': {
      const holder = desk.store.segments.openAt().get(wait.environment)
      return place(
        desk,
        wait.ahead,
        holder === undefined ? [] : [holder],
        `for ${wait.environment}, which takes one deploy at a time`,
      )
    }
    case 'engine':
      return place(
        desk,
        wait.ahead,
        [],
        `for this machine, which runs ${desk.options.localMaxRunning} at once`,
      )
    default:
      return wait satisfies never
  }
}

/** “2nd in queue in group shop, behind storefront-12.” */
function place(desk: Desk, ahead: readonly number[], holders: readonly number[], what: string): string {
  const before = ahead.at(-1) ?? holders.at(-1)
  const behind = before === undefined ? '' : `, behind ${desk.store.executions.displayId(before)}`
  return `${ordinal(ahead.length + 1)} in queue ${what}${behind}.`
}

function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`
}

/** An execution that comes to its group's queue may end older ones there, as its workflow says. */
export function supersede(desk: Desk, row: ExecutionRow): void {
  const group = row.concurrencyGroup
  if (group === null) return
  const onConflict = desk.store.workflows.version(row.workflowId, row.version)?.definition.concurrency
    ?.onConflict
  if (onConflict === undefined || onConflict === 'queue') return
  const name = desk.store.executions.displayId(row.id)
  for (const older of desk.store.executions.olderInGroup(group, row.id)) {
    if (onConflict === 'cancelPending' && older.status !== 'pending') continue
    apply(
      desk,
      older.id,
      { type: 'termination.requested' },
      {
        actor: { kind: 'system', name: 'concurrency' },
        reason: `Superseded by ${name}.`,
      },
    )
  }
}

function gib(bytes: number): string {
  return String(Math.round((bytes / 1024 ** 3) * 100) / 100)
}
