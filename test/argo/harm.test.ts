import { beforeEach, expect, test } from 'bun:test'
import { CONTROLLER_LABEL } from '../../src/engine/argo/names.ts'
import { Clock, settled } from '../sim/clock.ts'
import { forbidden } from './failures.ts'
import { type Program, SimulatedRuntime } from './simulated.ts'
import { StandIn, type StandInOptions } from './standin.ts'

const HOUR = 3_600_000

let clock: Clock
let standIn: StandIn
/** Runs until it is told to end. */
const runs: Program = ({ term }) =>
  new Promise((resolve) => void term.addEventListener('abort', () => resolve(143)))

beforeEach(() => {
  standIn = open()
})

function open(options: Partial<StandInOptions> = {}): StandIn {
  clock = new Clock(Date.UTC(2026, 0, 5))
  return new StandIn({ time: clock, runtime: new SimulatedRuntime(clock, runs), ...options })
}

test('a pod that its node throws out has failed, and so has its Workflow at the next look', async () => {
  make('one')
  await pass(15_000)

  standIn.kubelet.evict(pod('one'), 'The node was low on resource: memory.')
  await pass(10_000)

  expect(pod('one').status).toMatchObject({ phase: 'Failed', reason: 'Evicted' })
  expect(statusOf('one')).toMatchObject({ phase: 'Failed', message: 'The node was low on resource: memory.' })
})

test('a container that takes too much is killed with its emissary, and its sibling at the next look', async () => {
  make('one', ['s1', 's2'])
  await pass(15_000)

  standIn.kubelet.oom(pod('one'), 's1')
  await pass(25_000)

  const ends = (pod('one').status.containerStatuses ?? []).map(({ name, state }) => [
    name,
    state?.terminated?.reason,
    state?.terminated?.exitCode,
  ])
  expect(ends).toEqual([
    ['s1', 'OOMKilled', 137],
    ['s2', 'Error', 143],
    ['wait', 'Completed', 0],
  ])
})

test('a node that is lost is missed late: its pods are told to go, and never say how they ended', async () => {
  make('one')
  await pass(15_000)

  standIn.kubelet.lose()
  await pass(60_000)
  const missed = pod('one').status.conditions?.find(({ type }) => type === 'Ready')
  await pass(HOUR)

  expect(missed).toMatchObject({ status: 'False', reason: 'NodeNotReady' })
  expect(pod('one').metadata.deletionTimestamp).toBeString()
  expect(pod('one').status).toMatchObject({ phase: 'Running', reason: 'NodeLost' })
})

test('a quota that is used up keeps a Workflow waiting, until there is room', async () => {
  const message =
    'pods "one" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1'
  standIn.api.admit = ({ metadata }) => forbidden('pods', metadata.name, message)
  make('one')
  await pass(25_000)
  const waiting = statusOf('one')

  standIn.api.admit = () => null
  await pass(20_000)

  expect(waiting?.phase).toBe('Running')
  expect(waiting?.nodes?.['one']).toMatchObject({ phase: 'Pending', message })
  expect(statusOf('one')?.nodes?.['one']?.phase).toBe('Running')
})

test('a controller with an instance id sees only the Workflows that name it, and one without only the others', async () => {
  const both = [null, 'ours'] as const
  const seen: (string | undefined)[] = []
  for (const instanceId of both) {
    standIn = instanceId === null ? open() : open({ instanceId })
    make('plain')
    make('labelled', ['s1'], { [CONTROLLER_LABEL]: 'ours' })
    await pass(1_000)
    seen.push(statusOf('plain')?.phase, statusOf('labelled')?.phase)
  }

  expect(seen).toEqual(['Running', undefined, undefined, 'Running'])
})

test('while the controller is down nothing moves; then it looks at all that has not ended', async () => {
  standIn.controller.down()
  make('one')
  await pass(60_000)
  const before = statusOf('one')

  standIn.controller.up()
  await pass(15_000)

  expect(before).toBeUndefined()
  expect(statusOf('one')?.phase).toBe('Running')
})

/** Lets time pass. */
async function pass(ms: number): Promise<void> {
  const end = clock.now() + ms
  for (await settled(); clock.step(end); await settled());
}

function pod(name: string) {
  return standIn.api.get('pods', 'argo', name)
}

function statusOf(name: string) {
  return standIn.api.get('workflows', 'argo', name).status
}

function make(
  name: string,
  names: readonly string[] = ['s1'],
  labels: Readonly<Record<string, string>> = {},
): void {
  const containers = names.map((one) => ({ name: one, image: 'tools:1', command: ['sh'] }))
  standIn.api.create('workflows', 'argo', {
    metadata: { name, labels },
    spec: { entrypoint: 'main', templates: [{ name: 'main', containerSet: { containers } }] },
  })
}
