import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WORKFLOW_LABEL } from '../../src/engine/argo/names.ts'
import type { Engine, Handle, SegmentOrder } from '../../src/engine/engine.ts'
import type { Behaviour, Harness } from '../engine/conformance.ts'
import { git } from '../engine/ground.ts'
import { podScriptOf } from '../engine/scripts.ts'
import type { Pod } from './objects.ts'
import { ProcessRuntime } from './processes.ts'
import { REAL_TIME } from './realtime.ts'
import { ClusterServer } from './server.ts'
import { type Delays, QUICK, StandIn } from './standin.ts'

/** A stranger deletes with so much patience. */
const STRANGER_GRACE_SECONDS = 1
const LAST_MOMENT_MS = 10_000
/** In the directory that the stages share, beside their workspace. */
const PROCEED = '.proceed'
const VOLUME_PATH = '/workspace'

/** A cluster behind HTTPS whose containers are real processes, and a small repository that they reach as a file. */
export class ArgoGround implements Harness {
  readonly dir: string
  readonly runtime: ProcessRuntime
  readonly standIn: StandIn
  readonly server: ClusterServer
  readonly source: SegmentOrder['source']
  readonly #open: () => Engine
  engine: Engine

  /** `open` opens an engine as a server would, given a kubeconfig that leads to the stand-in. */
  static async make(open: (kubeconfig: string) => Engine, delays: Delays = QUICK): Promise<ArgoGround> {
    const dir = mkdtempSync(join(tmpdir(), 'periplus-argo-'))
    // Containers run as somebody else.
    chmodSync(dir, 0o755)
    const runtime = new ProcessRuntime(join(dir, 'node'))
    const standIn = new StandIn({ time: REAL_TIME, runtime, delays })
    const server = new ClusterServer(standIn, REAL_TIME)
    await server.start()
    const kubeconfig = server.kubeconfig(join(dir, 'kubeconfig'))
    return new ArgoGround(dir, runtime, standIn, server, () => open(kubeconfig))
  }

  private constructor(
    dir: string,
    runtime: ProcessRuntime,
    standIn: StandIn,
    server: ClusterServer,
    open: () => Engine,
  ) {
    this.dir = dir
    this.runtime = runtime
    this.standIn = standIn
    this.server = server
    this.source = makeRepository(join(dir, 'repository'))
    this.#open = open
    this.engine = open()
  }

  script(behaviour: Behaviour): string {
    return podScriptOf(behaviour, `until [ -e ${VOLUME_PATH}/${PROCEED} ]; do sleep 0.02; done`)
  }

  async restart(): Promise<void> {
    this.engine = this.#open()
  }

  async proceed(handle: Handle): Promise<void> {
    const pod = this.pod(handle)
    const mounts = pod.spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
    const volume = mounts.find(({ mountPath }) => mountPath === VOLUME_PATH)?.name ?? ''
    writeFileSync(join(this.runtime.volume(pod.metadata.uid, volume), PROCEED), '')
  }

  async kill(handle: Handle): Promise<void> {
    const { namespace, name } = this.pod(handle).metadata
    this.standIn.api.delete('pods', namespace, name, { graceSeconds: STRANGER_GRACE_SECONDS })
  }

  async lose(handle: Handle): Promise<void> {
    this.standIn.api.delete('workflows', 'argo', handle, { propagation: 'Foreground' })
  }

  during<T>(work: Promise<T>): Promise<T> {
    return work
  }

  async close(): Promise<void> {
    const handles = this.standIn.api.all('workflows').map(({ metadata }) => metadata.name)
    for (const handle of handles) await this.engine.terminate(handle)
    for (const handle of handles)
      for await (const _ of this.engine.follow(handle, {}, new AbortController().signal));
    // The story of a segment ends with its wrappers' last marks, and their containers a moment later.
    await this.runtime.idle(LAST_MOMENT_MS)
    const left = await this.runtime.close()
    this.standIn.close()
    await this.server.close()
    rmSync(this.dir, { recursive: true, force: true })
    if (left > 0) throw new Error(`Containers were left over: ${left}.`)
  }

  /** The pod that runs a segment. */
  pod(handle: Handle): Pod {
    const found = this.standIn.api
      .all('pods')
      .find(({ metadata }) => metadata.labels?.[WORKFLOW_LABEL] === handle)
    if (found === undefined) throw new Error(`${handle} has no pod.`)
    return found
  }
}

/** Whoever a pod's containers run as, where its workflow says nothing else: Git reads a repository of nobody else's. */
const USER = '1000:1000'

/** A repository with one commit on main. */
function makeRepository(path: string): SegmentOrder['source'] {
  mkdirSync(path)
  git(path, 'init', '-q', '-b', 'main')
  writeFileSync(join(path, 'readme'), 'first\n')
  git(path, 'add', '.')
  git(path, 'commit', '-qm', 'First words')
  const sha = git(path, 'rev-parse', 'HEAD')
  if (process.getuid?.() === 0) Bun.spawnSync(['chown', '-R', USER, path])
  return { url: `file://${path}`, sha, branch: 'main', tag: null, credential: null }
}
