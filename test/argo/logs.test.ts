import { beforeEach, describe, expect, test } from 'bun:test'
import { ApiError, type WorkflowStatus } from '../../src/engine/argo/kube.ts'
import { Clock, settled } from '../sim/clock.ts'
import { ContainerLog } from './logfile.ts'
import { HAS_RECORDINGS, isEmissarys, readJson, recordingText } from './recorded.ts'
import { type Program, SimulatedRuntime } from './simulated.ts'
import { StandIn } from './standin.ts'

const LOGS = 'k-log-behaviours'
const ERRORS = 'l-watch-and-api-errors'
const LONG_MS = 25_000

let clock: Clock
let standIn: StandIn
let runs: Program

beforeEach(() => {
  clock = new Clock(Date.UTC(2026, 0, 5))
  runs = async () => 0
  const runtime = new SimulatedRuntime(clock, (container) => runs(container))
  standIn = new StandIn({ time: clock, runtime, logLimits: { bytesMax: 10_000, filesMax: 3 } })
})

describe.skipIf(!HAS_RECORDINGS)('as recorded, there is no log', () => {
  test('of a container that is yet to start', async () => {
    const [{ status, body }] = readJson(LOGS, 'attach-before-container-starts.json') as [Refusal]
    make('klog-xe9qo', ['source'])
    await pass(100)

    expect(refusedLog('klog-xe9qo', 'source')).toEqual({ status, body })
  })

  const nowhere: readonly [recording: string, pod: string, container: string | null][] = [
    ['log-of-unknown-pod-404.json', 'nope', 'source'],
    ['log-of-unknown-container-400.json', 'klog-xe9qo', 'nope'],
    ['log-without-container-name-400.json', 'klog-xe9qo', null],
  ]
  test.each(nowhere)('%s', async (recording, pod, container) => {
    make('klog-xe9qo', ['source', 'build'])
    await pass(LONG_MS)

    const { status, body } = readJson(LOGS, recording) as Refusal
    expect(refusedLog(pod, container)).toEqual({ status, body })
  })

  test('while the kubelet comes up again, whose streams ended', async () => {
    runs = ({ sleep }) => sleep(60_000).then(() => 0)
    make('krestart-term-kubelett0f', ['source'])
    await pass(5_000)
    const follow = listen('krestart-term-kubelett0f', 'source')

    standIn.kubelet.restart()

    const { body } = refusedLog('krestart-term-kubelett0f', 'source')
    const words = /pods\/log krestart[^,]*/.exec(recordingText(LOGS, 'kubelet-restart-SIGTERM.json'))?.[0]
    expect(follow.hasEnded()).toBe(true)
    expect(JSON.stringify(body).replaceAll('"', '\\"')).toContain(words ?? '?')
    await pass(5_000)
    expect(listen('krestart-term-kubelett0f', 'source').hasEnded()).toBe(false)
  })
})

describe.skipIf(!HAS_RECORDINGS)('as recorded, there waits', () => {
  test('a pod that no node takes', async () => {
    const { podStatus } = readJson(ERRORS, 'unschedulable-pod-log-204.json') as {
      readonly podStatus: { readonly conditions: readonly { readonly message: string }[] }
    }
    standIn.troubles.unschedulable = () => podStatus.conditions[0]?.message ?? ''
    make('unsched-1', ['source'])
    await pass(11_000)

    expect(standIn.kubelet.log('argo', 'unsched-1', QUERY, DEAF).status).toBe(204)
    expect(shortened(statusOf('unsched-1'))).toEqual(
      shortened(readJson(ERRORS, 'unschedulable-workflow-status-after-11s.json') as WorkflowStatus),
    )
  })

  const stuck: readonly [recording: string, name: string, image: string, secret: string | null][] = [
    ['invalid-image-name', 'badimg-1', 'BAD IMAGE', null],
    ['missing-secret-CreateContainerConfigError', 'nosecret-1', 'tools:1', 'no-such-secret'],
  ]
  test.each(stuck)('%s', async (recording, name, image, secret) => {
    make(name, ['source'], image, secret)
    await pass(11_000)

    const { podContainerStates, wfStatus } = readJson(ERRORS, `${recording}.json`) as {
      readonly podContainerStates: readonly (readonly [string, object])[]
      readonly wfStatus: WorkflowStatus
    }
    const { containerStatuses = [] } = standIn.api.get('pods', 'argo', name).status
    expect(containerStatuses.find((one) => one.name === 'source')?.state).toEqual(
      podContainerStates.find(([one]) => one === 'source')?.[1] ?? {},
    )
    expect(shortened(statusOf(name))).toEqual(shortened(wfStatus))
  })
})

describe('a log', () => {
  const log = (bytesMax = 1_000_000) => new ContainerLog(clock, { bytesMax, filesMax: 2 })

  test.skipIf(!HAS_RECORDINGS)(
    'gives back bytes as they came, and an unfinished line behind the emissary’s',
    async () => {
      const recorded = recordingText(LOGS, 'mixed-output-raw.txt', 'latin1').split('\n')
      const texts = recorded.filter((line) => line !== '').map((line) => line.slice(line.indexOf(' ') + 1))
      const own = texts.filter((text) => !isEmissarys(text))
      const one = log()

      one.say(texts[0] ?? '')
      one.write('stdout', Buffer.from(own.join('\n'), 'latin1'))
      for (const text of texts.slice(1).filter(isEmissarys)) one.say(text)
      one.close()

      const lines = Buffer.from(one.read(null)).toString('latin1').split('\n').slice(0, -1)
      expect(lines.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual(texts)
    },
  )

  test('has timestamps of nanoseconds that never go back, and a time is cut to its second', async () => {
    const one = log()
    for (const text of ['a', 'b', 'c']) {
      one.say(text)
      if (text === 'a') await pass(1_500)
    }

    const stamps = linesOf(one.read(null)).map((line) => line.slice(0, line.indexOf(' ')))

    expect(stamps).toEqual(stamps.toSorted())
    expect(new Set(stamps).size).toBe(3)
    for (const stamp of stamps) expect(stamp).toMatch(/^\d{4}(-\d\d){2}T\d\d(:\d\d){2}\.\d{9}Z$/)
    expect(linesOf(one.read(Date.parse(stamps[2] ?? '')))).toHaveLength(2)
  })

  test('is followed through rotations, and read afterwards from its last file alone', () => {
    const one = log(1_000)
    let heard = ''
    one.follow(
      null,
      (bytes) => {
        heard += Buffer.from(bytes)
      },
      () => {},
    )

    for (let line = 1; line <= 100; line += 1) one.write('stdout', Buffer.from(`line ${line}\n`))

    expect(heard.split('\n')).toHaveLength(101)
    expect(linesOf(one.read(null)).length).toBeLessThan(30)
    expect(linesOf(one.read(null)).at(-1)).toEndWith(' line 100')
  })

  test('cannot be followed by more than a node can watch: it says so, without a timestamp, and ends', async () => {
    runs = ({ sleep }) => sleep(60_000).then(() => 0)
    make('one', ['source'])
    await pass(5_000)
    standIn.kubelet.followsMax = 1
    const first = listen('one', 'source')

    const second = listen('one', 'source')

    expect([first.hasEnded(), second.hasEnded()]).toEqual([false, true])
    expect(second.text()).toEndWith('\nfailed to create fsnotify watcher: too many open files')
  })
})

const QUERY = { container: 'source', follow: false, sinceMs: null }
const DEAF = { tell: () => {}, end: () => {} }

/** Lets time pass. */
async function pass(ms: number): Promise<void> {
  const end = clock.now() + ms
  for (await settled(); clock.step(end); await settled());
}

interface Refusal {
  readonly status: number
  readonly body: object
}

function refusedLog(pod: string, container: string | null): Refusal {
  try {
    standIn.kubelet.log('argo', pod, { ...QUERY, container }, DEAF)
  } catch (error) {
    if (error instanceof ApiError) return { status: error.code, body: error.status }
  }
  throw new Error('It was not refused.')
}

/** Follows a log; what it told so far, and whether it has ended. */
function listen(pod: string, container: string) {
  let text = ''
  let isOver = false
  standIn.kubelet.log(
    'argo',
    pod,
    { container, follow: true, sinceMs: null },
    {
      tell: (bytes) => {
        text += Buffer.from(bytes)
      },
      end: () => {
        isOver = true
      },
    },
  )
  return { text: () => text, hasEnded: () => isOver }
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString().split('\n').slice(0, -1)
}

function statusOf(name: string): WorkflowStatus {
  return standIn.api.get('workflows', 'argo', name).status ?? {}
}

/** What a status says, without times, names of nodes' machines and what the stand-in leaves out. */
function shortened({ phase, conditions, nodes = {}, ...status }: WorkflowStatus) {
  const all = Object.values(nodes).map(({ id, displayName, type, phase, message, children }) => ({
    ...{ id, displayName, type, phase, message, children },
  }))
  const progress = 'progress' in status ? status.progress : null
  return { phase, conditions, progress, nodes: all.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

function make(
  name: string,
  containers: readonly string[],
  image = 'tools:1',
  secret: string | null = null,
): void {
  const env =
    secret === null ? [] : [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: secret, key: 'token' } } }]
  const all = containers.map((one) => ({ name: one, image, command: ['sh', '-c'], args: ['true'], env }))
  standIn.api.create('workflows', 'argo', {
    metadata: { name },
    spec: { entrypoint: 'main', templates: [{ name: 'main', containerSet: { containers: all } }] },
  })
}
