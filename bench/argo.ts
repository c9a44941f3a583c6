/**
 * Figures 15–18: `bun bench/argo.ts [15|16|17|18]`, on dist/periplus before the tests' own cluster over HTTPS. For 15 the
 * containers are simulated, because 200 pods of processes would be measured instead; for the others they are processes.
 */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { OUTLINE_ANNOTATION } from '../src/engine/argo/names.ts'
import { ProcessRuntime } from '../test/argo/processes.ts'
import { REAL_TIME } from '../test/argo/realtime.ts'
import { ClusterServer } from '../test/argo/server.ts'
import { SimulatedRuntime } from '../test/argo/simulated.ts'
import { type Delays, QUICK, RECORDED, StandIn } from '../test/argo/standin.ts'
import { repository, type Server, scratch, serve, until } from '../test/binary/support.ts'
import { gitOverHttp } from '../test/outside/remotes.ts'
import { actOf, wrapper } from '../test/sim/wrapper.ts'
import { percentile, print, type Row } from './report.ts'
import { cpuMs, residentMb } from './server.ts'

const RUNNING = 200
/** A line every two seconds of each, for so long. */
const RUN_MS = 60_000
const LOOK_MS = 20_000
const BURST = 200_000
const ROUNDS = 5

const FIGURES: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  15: many,
  16: burst,
  17: ends,
  18: leads,
}

for (const [figure, measure] of Object.entries(FIGURES))
  if (process.argv[2] === undefined || process.argv[2] === figure) print('Argo', await measure())
process.exit(0)

interface Cluster {
  readonly standIn: StandIn
  readonly api: ClusterServer
  readonly server: Server
  readonly url: string
  close(): Promise<void>
}

async function open(delays: Delays, runs: 'processes' | 'simulated'): Promise<Cluster> {
  const { dir, remove } = scratch()
  chmodSync(dir, 0o755)
  const processes = new ProcessRuntime(join(dir, 'node'))
  const simulated: SimulatedRuntime = new SimulatedRuntime(REAL_TIME, (container) => {
    const { podUid, container: name } = container.spec
    const pod = standIn.api.all('pods').find(({ metadata }) => metadata.uid === podUid)
    const workflow = standIn.api.get('workflows', 'argo', pod?.metadata.ownerReferences?.[0]?.name ?? '')
    return wrapper(
      container,
      actOf(workflow.metadata.annotations ?? { [OUTLINE_ANNOTATION]: '' }, name),
      () => {},
    )
  })
  const standIn: StandIn = new StandIn({
    time: REAL_TIME,
    runtime: runs === 'processes' ? processes : simulated,
    delays,
  })
  const api = new ClusterServer(standIn, REAL_TIME)
  await api.start()
  const remote = gitOverHttp(dir)
  repository(join(dir, 'shop.git'), { 'app.txt': 'hello\n' })
  const kubeconfig = api.kubeconfig(join(dir, 'kubeconfig'))
  const flags = ['--argo-namespace', 'argo', '--kubeconfig', kubeconfig, '--argo-image', 'tools:1']
  const server = await serve(join(dir, 'data'), [
    ...flags,
    '--argo-git-image',
    'git:1',
    '--engine',
    'argo',
    '--grace',
    '3s',
  ])
  return {
    ...{ standIn, api, server, url: `${remote.url}/shop.git/.git` },
    close: async () => {
      await server.stop()
      await processes.close()
      standIn.close()
      await api.close()
      await remote[Symbol.asyncDispose]()
      remove()
    },
  }
}

/** Saves a workflow of these scripts, one a stage of the first segment, and what stands behind them. */
async function apply(
  { server, url }: Cluster,
  name: string,
  runs: readonly string[],
  more = '',
): Promise<void> {
  const tools = runs.map((run) => `    - script: { run: ${JSON.stringify(run)} }`).join('\n')
  const text = `kind: workflow\nname: ${name}\nsource: { git: { url: "${url}", branch: main } }\ntools:\n  preBuild:\n${tools}\n${more}`
  await server.client.call('applyDefinitions', { body: { text } })
}

async function trigger({ server }: Cluster, workflow: string): Promise<string> {
  return (await server.client.call('triggerExecution', { body: { workflow } })).id
}

/** 200 executions that run at once. */
async function many(): Promise<readonly Row[]> {
  const cluster = await open(QUICK, 'simulated')
  const { server, api } = cluster
  const lines = RUN_MS / 2_000
  await apply(cluster, 'many', [JSON.stringify({ does: 'works', lines, ms: RUN_MS, exit: 0 })])
  const idle = residentMb(server)
  const ids: string[] = []
  for (let n = 0; n < RUNNING; n += 1) ids.push(await trigger(cluster, 'many'))
  for (const id of ids) await until(server.client, id, ({ stages }) => (stages[2]?.lines ?? 0) > 0)
  const before = { cpu: cpuMs(server), asked: asked(api), at: performance.now() }
  await Bun.sleep(LOOK_MS)
  const ms = performance.now() - before.at
  const cpu = ((cpuMs(server) - before.cpu) / ms) * 100
  const calls = asked(api) - before.asked
  const [watches, logs] = [api.open('watch workflows') + api.open('watch pods'), api.open('get pods/log')]
  const each = (residentMb(server) - idle) / RUNNING
  for (const id of ids) await until(server.client, id)
  await cluster.close()
  return [
    {
      figure: `15 ${RUNNING} running executions, a line every 2 s of each`,
      measured: `${watches} watches, ${logs} log streams, ${calls} other requests in ${(ms / 1000).toFixed(0)} s; ${cpu.toFixed(1)} % of a core; ${each.toFixed(2)} MB each`,
      beside: '–',
      target: '2 watches; ≤ 10 % of a core; ≤ 1 MB each; no request per execution but its log streams',
    },
  ]
}

function asked(api: ClusterServer): number {
  const routes = [
    'list workflows',
    'list pods',
    'get workflows',
    'get pods',
    'patch workflows',
    'list events',
    'get pods/log',
  ]
  return routes.reduce((sum, route) => sum + api.asked(route), 0)
}

/** A log that is written as fast as a process can, stored whole; beside it, the same log read and thrown away. */
async function burst(): Promise<readonly Row[]> {
  const cluster = await open(QUICK, 'processes')
  const { server, standIn, api } = cluster
  await apply(cluster, 'burst', [`seq 1 ${BURST}`])
  const ours: number[] = []
  const thrown: number[] = []
  let missing = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await trigger(cluster, 'burst')
    const { stages, uid } = await until(server.client, id)
    const stage = stages.find(({ phase }) => phase === 'pre-build')
    missing += BURST - (stage?.lines ?? 0)
    const pod = standIn.api.all('pods').find(({ metadata }) => metadata.name.includes(uid.toLowerCase()))
    ours.push(Date.parse(stage?.finishedAt ?? '') - Date.parse(stage?.startedAt ?? ''))
    const begun = performance.now()
    const { url, ...how } = api.asCaller(
      `/api/v1/namespaces/argo/pods/${pod?.metadata.name}/log?container=s2&timestamps=true`,
    )
    for await (const _ of (await fetch(url, how)).body ?? []);
    thrown.push(performance.now() - begun)
  }
  await cluster.close()
  const [own, floor] = [percentile(ours.toSorted(asc), 50), percentile(thrown.toSorted(asc), 50)]
  return [
    {
      figure: `16 ${BURST.toLocaleString('en')} lines at once: written, read, stored, sealed`,
      measured: `${own.toFixed(0)} ms, ${Math.round(BURST / own)} lines a millisecond; ${missing} lines missing`,
      beside: `the log read again and thrown away ${floor.toFixed(0)} ms`,
      target: '≥ 0.8× of throwing away at 1,000 lines/s; a burst of 100,000 whole',
    },
  ]
}

/** From the click on Terminate to the last process gone. */
async function ends(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [words, run, target] of [
    ['obeyed', 'echo ready; sleep 600', '≤ 3 s'],
    ['ignored, grace 3 s', "trap '' TERM; echo ready; while :; do sleep 0.2; done", 'grace + 1 s'],
  ] as const) {
    const cluster = await open(RECORDED, 'processes')
    const { server } = cluster
    await apply(cluster, 'endless', [run])
    const gone: number[] = []
    const told: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const id = await trigger(cluster, 'endless')
      await until(server.client, id, ({ stages }) => (stages[2]?.lines ?? 0) > 0)
      const begun = performance.now()
      await server.client.call('terminateExecution', { params: { id }, body: { reason: 'bench' } })
      while (alive() > 0) await Bun.sleep(10)
      gone.push(performance.now() - begun)
      await until(server.client, id)
      told.push(performance.now() - begun)
    }
    await cluster.close()
    rows.push({
      figure: `17 Terminate, SIGTERM ${words}: to the last process gone`,
      measured: `${percentile(gone.toSorted(asc), 50).toFixed(0)} ms; Terminated shown after ${percentile(told.toSorted(asc), 50).toFixed(0)} ms`,
      beside: 'Argo itself 12–20 s',
      target,
    })
  }
  return rows
}

/** Scripts of stages that run just now: those that a wrapper started. */
function alive(): number {
  return Bun.spawnSync(['pgrep', '-fc', 'sh -e /workspace/.periplus']).stdout.toString().trim() === '0'
    ? 0
    : 1
}

/** Three × `true`, and a fourth in a segment of its own, on a cluster as slow as the recorded one. */
async function leads(): Promise<readonly Row[]> {
  const cluster = await open(RECORDED, 'processes')
  const { server } = cluster
  const environment =
    '---\nkind: environment\nname: dev\nactive: true\nengine: argo\ndeploy: { script: { run: "true" } }\n'
  await apply(cluster, 'four', ['true', 'true'], `deploy: [{ environment: dev }]\n${environment}`)
  const first: number[] = []
  const all: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await trigger(cluster, 'four')
    const { stages, uid } = await until(server.client, id)
    const workflow = standInWorkflow(cluster, `p-${uid.toLowerCase()}-0`)
    const ended = (name: string) => Date.parse(stages.find((stage) => stage.id === name)?.finishedAt ?? '')
    first.push(ended('pre-build.script-2') - workflow)
    all.push(ended('deploy.dev') - workflow)
  }
  await cluster.close()
  const median = (times: number[]) => (percentile(times.toSorted(asc), 50) / 1000).toFixed(1)
  return [
    {
      figure: '18 checkout and two × `true` in one segment; then one more in its own',
      measured: `${median(first)} s; ${median(all)} s`,
      beside: 'Argo’s own answer 10 s and 20 s, a pod per step 30 s',
      target: '≤ 5 s; ≤ 9 s',
    },
  ]
}

/** When a Workflow was created, in whole seconds as the API tells it: figures are up to a second too long. */
function standInWorkflow({ standIn }: Cluster, name: string): number {
  const { metadata } = standIn.api.get('workflows', 'argo', name)
  return Date.parse(metadata.creationTimestamp)
}

function asc(a: number, b: number): number {
  return a - b
}
