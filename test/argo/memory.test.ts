import { beforeEach, describe, expect, test } from 'bun:test'
import type { ApiError, ArgoWorkflow, WatchEvent } from '../../src/engine/argo/kube.ts'
import { Clock, settled } from '../sim/clock.ts'
import { MemoryCluster } from './memory.ts'
import { type Program, SimulatedRuntime } from './simulated.ts'
import { StandIn } from './standin.ts'

const NEVER = new AbortController().signal

let clock: Clock
let standIn: StandIn
let cluster: MemoryCluster

/** A stage writes its arguments' last, and ends with the code that stands there. */
const program: Program = async ({ spec, write, sleep, term }) => {
  const last = spec.argv.at(-1) ?? ''
  write(`says ${last} ${spec.env['TOKEN'] ?? ''}`.trim())
  if (last === 'waits')
    await Promise.race([sleep(600_000), new Promise((resolve) => term.addEventListener('abort', resolve))])
  if (last === 'waits') return 143
  await sleep(1_000)
  return Number(last)
}

beforeEach(() => {
  clock = new Clock(Date.UTC(2026, 0, 5))
  standIn = new StandIn({ time: clock, runtime: new SimulatedRuntime(clock, program) })
  cluster = new MemoryCluster(standIn, clock)
})

describe('a Workflow', () => {
  test('runs its stages in one pod and ends as they end, on the controller’s grid', async () => {
    await cluster.createWorkflow(workflow('one', ['0', '0']))
    await pass(9_000)
    const running = await cluster.workflow('one')
    await pass(2_000)
    const ended = await cluster.workflow('one')

    expect(running?.status?.phase).toBe('Running')
    expect(ended?.status).toMatchObject({ phase: 'Succeeded', progress: '3/3' })
    expect(await read('one', 's2')).toContain(' says 0\n')
  })

  test('that fails names the stage', async () => {
    await cluster.createWorkflow(workflow('one', ['3', '0']))
    await pass(25_000)

    const { items } = await cluster.list('pods', { labelSelector: 'workflows.argoproj.io/workflow=one' })
    expect((await cluster.workflow('one'))?.status).toMatchObject({
      phase: 'Failed',
      message: 's1: Error (exit code 3)',
    })
    expect(items[0]?.status?.phase).toBe('Failed')
  })

  test('is not made twice', async () => {
    await cluster.createWorkflow(workflow('one', ['0']))

    const again = cluster.createWorkflow(workflow('one', ['0']))

    await expect(again).rejects.toMatchObject({ code: 409, status: { reason: 'AlreadyExists' } })
  })

  test('keeps its name until its finalizer is removed, and its pod goes with it', async () => {
    await cluster.createWorkflow(workflow('one', ['0'], { finalizers: ['periplus.dev/release'] }))
    await pass(25_000)
    const { metadata } = (await cluster.workflow('one')) ?? workflow('none', [])

    await cluster.deleteWorkflow('one', metadata.uid ?? '')
    const refused = await failure(cluster.createWorkflow(workflow('one', ['0'])))
    await cluster.patchWorkflow('one', [
      { op: 'test', path: '/metadata/finalizers/0', value: 'periplus.dev/release' },
      { op: 'remove', path: '/metadata/finalizers/0' },
    ])
    await pass(1_000)

    expect(refused.message).toStartWith('object is being deleted: ')
    expect(await cluster.workflow('one')).toBeNull()
    expect((await cluster.list('pods', {})).items).toEqual([])
  })

  test('that is shut down with its pod deleted has ended at the next tick', async () => {
    await cluster.createWorkflow(workflow('one', ['waits']))
    await pass(12_000)
    const [pod] = (await cluster.list('pods', {})).items

    await cluster.patchWorkflow('one', { spec: { shutdown: 'Terminate' } })
    await cluster.deletePod('one', pod?.metadata.uid ?? '', 5)
    await pass(10_000)

    expect((await cluster.workflow('one'))?.status).toMatchObject({
      phase: 'Error',
      message: "Stopped with strategy 'Terminate'",
    })
  })
})

describe('a secret', () => {
  test('whose owner is there reaches the stage; without its owner it is collected', async () => {
    const { metadata } = await cluster.createWorkflow(workflow('one', ['0'], {}, 'token'))
    const owner = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      name: 'one',
      uid: metadata.uid ?? '',
    }
    await cluster.createSecret(secret('token', owner))
    await cluster.createSecret(secret('token', owner))
    await cluster.createSecret(secret('stray', { ...owner, uid: 'nobody' }))
    await pass(25_000)

    expect(await read('one', 's1')).toContain(' says 0 s3cret\n')
    expect(standIn.api.all('secrets').map((one) => one.metadata.name)).toEqual(['token'])
  })
})

describe('a watch', () => {
  test('tells every change from the list on', async () => {
    const { metadata } = await cluster.list('workflows', {})
    await cluster.createWorkflow(workflow('one', ['0']))

    const events = collect(
      cluster.watch('workflows', { resourceVersion: metadata.resourceVersion }, NEVER),
      3,
    )
    await pass(25_000)

    expect((await events).map((event) => [event.type, phaseOf(event)])).toEqual([
      ['ADDED', undefined],
      ['MODIFIED', 'Running'],
      ['MODIFIED', 'Succeeded'],
    ])
  })

  test('from a version that is compacted away is told so once', async () => {
    await cluster.createWorkflow(workflow('one', ['0']))
    standIn.api.history.compact()

    const events = await collect(cluster.watch('workflows', { resourceVersion: '1' }, NEVER), 2)

    expect(events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }])
  })

  test('breaks where the server goes down', async () => {
    const next = cluster.watch('pods', { resourceVersion: '1' }, NEVER).next()
    await settled()
    cluster.down()

    await expect(next).rejects.toThrow('The cluster has not answered')
    await expect(cluster.list('pods', {})).rejects.toThrow('The cluster has not answered')
  })
})

/** Lets time pass. */
async function pass(ms: number): Promise<void> {
  const end = clock.now() + ms
  for (await settled(); clock.step(end); await settled());
}

async function read(pod: string, container: string): Promise<string> {
  let text = ''
  for await (const bytes of cluster.log(pod, container, { follow: false }, NEVER)) text += Buffer.from(bytes)
  return text
}

async function collect<T>(stream: AsyncGenerator<T>, count: number): Promise<T[]> {
  const all: T[] = []
  for await (const one of stream) if (all.push(one) === count) break
  return all
}

function phaseOf(event: WatchEvent<ArgoWorkflow>): string | undefined {
  return event.type === 'ERROR' ? undefined : event.object.status?.phase
}

async function failure(work: Promise<unknown>): Promise<ApiError> {
  return work.then(
    () => Promise.reject(new Error('It was not refused.')),
    (error: ApiError) => error,
  )
}

function workflow(
  name: string,
  stages: readonly string[],
  meta: Partial<ArgoWorkflow['metadata']> = {},
  token: string | null = null,
): ArgoWorkflow {
  const env =
    token === null ? [] : [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: token, key: 'token' } } }]
  const containers = stages.map((stage, index) => ({
    name: `s${index + 1}`,
    image: 'tools:1',
    command: ['sh', '-c'],
    args: [stage],
    env,
  }))
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name, ...meta },
    spec: { entrypoint: 'main', templates: [{ name: 'main', containerSet: { containers } }] },
  }
}

function secret(name: string, owner: { apiVersion: string; kind: string; name: string; uid: string }) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ownerReferences: [owner] },
    type: 'Opaque',
    stringData: { token: 's3cret' },
  } as const
}
