import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCluster } from '../../src/engine/argo/client/client.ts'
import type { Cluster } from '../../src/engine/argo/cluster.ts'
import type { ArgoWorkflow } from '../../src/engine/argo/kube.ts'
import { realWorld } from '../../src/world.ts'
import { initializing } from './failures.ts'
import { cannotIsolate, ProcessRuntime } from './processes.ts'
import { REAL_TIME } from './realtime.ts'
import { ClusterServer } from './server.ts'
import { QUICK, StandIn } from './standin.ts'

const NEVER = new AbortController().signal
const trouble = cannotIsolate()
if (trouble !== null) console.warn(`Tests with containers are skipped: ${trouble}.`)

let dir: string
let runtime: ProcessRuntime
let standIn: StandIn
let server: ClusterServer
let cluster: Cluster

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'periplus-stand-in-'))
  runtime = new ProcessRuntime(dir)
  standIn = new StandIn({ time: REAL_TIME, runtime, delays: QUICK })
  server = new ClusterServer(standIn, REAL_TIME)
  await server.start()
  cluster = open()
})

afterEach(async () => {
  standIn.close()
  await runtime.close()
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

describe.skipIf(trouble !== null)('containers are real processes', () => {
  test('that see each other’s files at their paths, and nothing of other containers', async () => {
    const phases = ended('one')
    await cluster.createWorkflow(
      workflow('one', [
        'echo first > /workspace/said; while [ ! -e /workspace/heard ]; do sleep 0.02; done; cat /workspace/heard',
        'while [ ! -e /workspace/said ]; do sleep 0.02; done; cat /workspace/said; ls -d /proc/[0-9]*; echo second > /workspace/heard',
      ]),
    )

    expect(await phases).toBe('Succeeded')
    expect(await follow('one', 's1')).toEqual(['second'])
    expect((await follow('one', 's2'))[0]).toBe('first')
    expect((await follow('one', 's2')).filter((line) => line.startsWith('/proc/')).length).toBeLessThan(5)
  })

  test('that may kill everything they see, and harm nobody else', async () => {
    const phases = ended('one')
    const killer =
      'cd /proc; for x in [0-9]*; do case $x in 1|$$) ;; *) kill -KILL $x 2>/dev/null ;; esac; done; echo alone'
    await cluster.createWorkflow(workflow('one', [killer]))

    expect(await phases).toBe('Succeeded')
    expect(await follow('one', 's1')).toEqual(['alone'])
  })

  test('that get TERM when their pod is deleted, and KILL after its grace', async () => {
    await cluster.createWorkflow(
      workflow('one', [
        "trap 'echo asked; exit 7' TERM; echo ready; while :; do sleep 0.02; done",
        "trap '' TERM; echo ready; while :; do sleep 0.02; done",
      ]),
    )
    await Promise.all([said('one', 's1', 'ready'), said('one', 's2', 'ready')])
    const deaf = follow('one', 's2')
    const heard = follow('one', 's1')
    const [pod] = (await cluster.list('pods', {})).items

    await cluster.deletePod('one', pod?.metadata.uid ?? '', 1)

    expect(await heard).toContain('asked')
    expect(await deaf).toEqual(['ready'])
  })
})

describe('the server', () => {
  test('knows a caller by certificate, and refuses one that it does not know', async () => {
    const known = open('certificate')
    const path = server.kubeconfig(join(dir, 'stranger'))
    const config = JSON.parse(await Bun.file(path).text())
    config.users[0].user.token = 'another'
    await Bun.write(path, JSON.stringify(config))
    const stranger = openCluster({
      kubeconfig: path,
      context: null,
      variables: {},
      namespace: 'argo',
      world: realWorld(),
    })

    expect((await known.list('pods', {})).items).toEqual([])
    await expect(stranger.list('pods', {})).rejects.toMatchObject({ code: 401 })
  })

  test('goes wrong as often as it is told', async () => {
    server.trouble('list pods', initializing(), 1)
    server.trouble('list pods', 'reset', 1)

    await expect(cluster.list('pods', {})).rejects.toMatchObject({ code: 429, retryAfterMs: 1_000 })
    await expect(cluster.list('pods', {})).rejects.toThrow()
    expect((await cluster.list('pods', {})).items).toEqual([])
    expect(server.asked('list pods')).toBe(3)
  })

  test('performs what it cannot answer any more', async () => {
    server.trouble('create workflows', 'lost')

    await expect(cluster.createWorkflow(workflow('one', []))).rejects.toThrow()

    expect((await cluster.workflow('one'))?.metadata.name).toBe('one')
  })

  test('says which right is missing', async () => {
    server.denied.add('delete pods')

    await expect(cluster.deletePod('one', 'uid', 1)).rejects.toMatchObject({
      code: 403,
      status: { message: expect.stringContaining('cannot delete resource "pods"') },
    })
  })

  test('that is killed cuts its streams, and comes back on its port', async () => {
    const next = cluster.watch('workflows', { resourceVersion: '1' }, NEVER).next()
    while (server.open('watch workflows') === 0) await Bun.sleep(1)

    await server.kill()

    await expect(next).rejects.toThrow()
    await expect(cluster.list('pods', {})).rejects.toThrow()
    await server.start()
    expect((await cluster.list('pods', {})).items).toEqual([])
  })

  test('without Argo says so as a real one does', async () => {
    standIn.api.hasArgo = false

    await expect(cluster.list('workflows', {})).rejects.toThrow('does not know Argo Workflows')
  })
})

function open(by: 'token' | 'certificate' = 'token'): Cluster {
  const kubeconfig = server.kubeconfig(join(dir, by), by)
  return openCluster({ kubeconfig, context: null, variables: {}, namespace: 'argo', world: realWorld() })
}

/** The phase in which a Workflow ends. */
async function ended(name: string): Promise<string | undefined> {
  for await (const event of cluster.watch('workflows', { resourceVersion: '1' }, NEVER)) {
    if (event.type === 'ERROR' || event.object.metadata.name !== name) continue
    const { phase } = event.object.status ?? {}
    if (phase !== undefined && phase !== 'Running') return phase
  }
  return undefined
}

/** The script's own lines, until the log ends. */
async function follow(pod: string, container: string): Promise<string[]> {
  let text = ''
  for await (const bytes of cluster.log(pod, container, { follow: true }, NEVER)) text += Buffer.from(bytes)
  const lines = text.split('\n').map((line) => line.slice(line.indexOf(' ') + 1))
  return lines.filter((line) => line !== '' && !/ argo=true|^Error: /.test(line))
}

async function said(pod: string, container: string, word: string): Promise<void> {
  for (;;) {
    try {
      for await (const bytes of cluster.log(pod, container, { follow: true }, NEVER))
        if (Buffer.from(bytes).includes(word)) return
    } catch {
      await Bun.sleep(5)
    }
  }
}

function workflow(name: string, scripts: readonly string[]): ArgoWorkflow {
  const containers = scripts.map((script, index) => ({
    name: `s${index + 1}`,
    image: 'tools:1',
    command: ['sh', '-c'],
    args: [script.replaceAll('$', '$$$$')],
  }))
  const volumeMounts = [{ name: 'workspace', mountPath: '/workspace' }]
  const volumes = [{ name: 'workspace', emptyDir: {} }]
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name },
    spec: {
      entrypoint: 'main',
      templates: [{ name: 'main', volumes, containerSet: { volumeMounts, containers } }],
    },
  }
}
