import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../../src/engine/argo/cluster.ts'
import type { ArgoWorkflow } from '../../src/engine/argo/kube.ts'
import { CHECKOUT_CONTAINER, containerOf } from '../../src/engine/argo/names.ts'
import { VOLUME } from '../../src/engine/argo/wrapper.ts'
import type { SegmentOrder } from '../../src/engine/engine.ts'
import { gitOverHttp } from '../outside/remotes.ts'
import type { Settings } from './settings.ts'

type Source = SegmentOrder['source']

/** What orders check out, and for how long it is there. */
export interface Repository extends AsyncDisposable {
  readonly source: Source
  readonly madeIn: 'pod' | null
  /** In words, for whoever reads what a run does. */
  readonly says: string
}

/** Whether pods can check it out: null where they can, otherwise why not. */
type Trial = (source: Source) => Promise<string | null>

/**
 * The repository that a run is given; else one that this machine serves, where pods reach it; else one that each pod
 * makes for itself before it checks it out.
 */
export async function findRepository(settings: Settings, dir: string, trial: Trial): Promise<Repository> {
  const sha = makeRepository(join(dir, 'repository'))
  if (settings.git !== null) return await given(settings.git, trial)
  const host = settings.host ?? ownAddress()
  const remote = gitOverHttp(dir, null, settings.listen)
  const { port } = new URL(remote.url)
  const source = sourceOf(`http://${host}:${port}/repository/.git`, sha)
  const problem = await trial(source)
  if (problem === null)
    return {
      ...{ source, madeIn: null, says: `Pods check out ${source.url}, which this machine serves.` },
      [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose](),
    }
  await remote[Symbol.asyncDispose]()
  return {
    source: sourceOf(`file://${IN_POD}`, sha),
    madeIn: 'pod',
    says: `Pods cannot check out ${source.url}, which this machine serves (${problem}), so each makes a repository for itself.`,
    [Symbol.asyncDispose]: async () => {},
  }
}

async function given({ url, sha, branch }: NonNullable<Settings['git']>, trial: Trial): Promise<Repository> {
  const source = { ...sourceOf(url, sha ?? headOf(url, branch)), branch }
  const problem = await trial(source)
  if (problem !== null) throw new Error(`Pods cannot check out ${url} at ${source.sha}: ${problem}`)
  return {
    ...{ source, madeIn: null, says: `Pods check out ${url} at ${source.sha}.` },
    [Symbol.asyncDispose]: async () => {},
  }
}

function sourceOf(url: string, sha: string): Source {
  return { url, sha, branch: 'main', tag: null, credential: null }
}

function headOf(url: string, branch: string): string {
  const { stdout } = Bun.spawnSync(['git', 'ls-remote', '--', url, `refs/heads/${branch}`])
  const [sha = ''] = stdout.toString().split('\t')
  if (/^[0-9a-f]{40,64}$/.test(sha)) return sha
  throw new Error(`This machine finds no branch ${branch} in ${url}. Set PERIPLUS_TEST_GIT_SHA.`)
}

/** Where others find this machine; its own loopback where it has nothing else. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

/** Beside the workspace of a pod. */
const IN_POD = `${VOLUME}/.repository`

/** One commit, the same wherever it is made: so its name is known before a pod makes it. */
function recipe(path: string): string {
  const who = ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    `GIT_${role}_NAME=Ada`,
    `GIT_${role}_EMAIL=ada@example.org`,
    `GIT_${role}_DATE=2026-01-05T00:00:00Z`,
  ])
  return `(export HOME=/nowhere GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 ${who.join(' ')}
git init -q -b main '${path}' && cd '${path}' && echo hello >app.txt && git add . && git commit -qm First) >/dev/null 2>&1`
}

function makeRepository(path: string): string {
  const { success } = Bun.spawnSync(['sh', '-c', recipe(path)])
  const { stdout } = Bun.spawnSync(['git', 'rev-parse', 'HEAD'], { cwd: path })
  if (!success) throw new Error('No repository can be made on this machine. Is git installed?')
  return stdout.toString().trim()
}

/** The cluster, but that the container which checks out makes its repository first. */
export function withRepository(cluster: Cluster): Cluster {
  return {
    namespace: cluster.namespace,
    createWorkflow: (workflow) => cluster.createWorkflow(prefixed(workflow)),
    workflow: (name) => cluster.workflow(name),
    patchWorkflow: (name, patch) => cluster.patchWorkflow(name, patch),
    deleteWorkflow: (name, uid) => cluster.deleteWorkflow(name, uid),
    createSecret: (secret) => cluster.createSecret(secret),
    deletePod: (name, uid, grace) => cluster.deletePod(name, uid, grace),
    list: (kind, query) => cluster.list(kind, query),
    watch: (kind, query, signal) => cluster.watch(kind, query, signal),
    log: (pod, container, query, signal) => cluster.log(pod, container, query, signal),
    events: (uid) => cluster.events(uid),
  }
}

interface Template {
  readonly containerSet: { readonly containers: readonly { name: string; args: readonly string[] }[] }
}

function prefixed(workflow: ArgoWorkflow): ArgoWorkflow {
  const spec = structuredClone(workflow.spec)
  for (const { containerSet } of spec['templates'] as readonly Template[])
    for (const container of containerSet.containers) {
      if (![CHECKOUT_CONTAINER, containerOf(0)].includes(container.name)) continue
      const [wrapper = '', ...rest] = container.args
      container.args = [`${recipe(IN_POD)}\n${wrapper}`, ...rest]
    }
  return { ...workflow, spec }
}
