import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_ARGO_SETTINGS } from '../../../src/domain/definition.ts'
import { compile, type Site, secretOf } from '../../../src/engine/argo/compile.ts'
import { CHECKOUT_CONTAINER, nonceOf } from '../../../src/engine/argo/names.ts'
import type { SegmentOrder } from '../../../src/engine/engine.ts'
import { ApiServer } from '../../argo/model.ts'
import type { Pod as PodObject } from '../../argo/objects.ts'
import { podOf } from '../../argo/podspec.ts'
import { cannotIsolate, ProcessRuntime } from '../../argo/processes.ts'
import { REAL_TIME } from '../../argo/realtime.ts'
import { processOf } from '../../argo/resolve.ts'
import type { ProcessSpec, RunningProcess } from '../../argo/runtime.ts'
import { markedProcesses } from '../ground.ts'
import type { Shell } from './shells.ts'

export const SITE: Site = {
  namespace: 'delivery',
  instance: '01jcxyz',
  controllerInstance: null,
  defaults: { ...NO_ARGO_SETTINGS, image: 'registry.example/tools:1' },
  gitImage: 'registry.example/git:2',
  buildkit: null,
  buildImage: 'registry.example/buildkit:1',
  pushImage: 'registry.example/skopeo:1',
  allowRoot: false,
  deadlineSeconds: 86_400,
  allowFile: false,
}

/** The wrapper kills whatever it sees: it never runs where that would be this machine's own. */
const REASON = cannotIsolate()
export const CANNOT_ISOLATE = REASON !== null
if (REASON !== null) console.warn(`The wrapper stays untried in real shells: ${REASON}.`)

/** A segment's pod as Argo's controller would make it, and where its objects are. */
export function podFrom(
  order: SegmentOrder,
  site: Site,
): { readonly api: ApiServer; readonly pod: PodObject } {
  const api = new ApiServer(REAL_TIME, [site.namespace])
  const workflow = api.create('workflows', site.namespace, compile(order, site))
  const { name, uid } = workflow.metadata
  const secret = secretOf(order, { name, uid }, site)
  if (secret !== null) api.create('secrets', site.namespace, secret)
  return { api, pod: api.create('pods', site.namespace, podOf(workflow, REAL_TIME.now())) }
}

export interface PodOptions {
  readonly shell: Shell
  readonly site?: Site
  /** Containers that come up when the test says so, or never. */
  readonly without?: readonly string[]
  /** A command that starts the wrapper in the place of Argo's emissary. */
  readonly through?: readonly string[]
}

/** Where the containers of a segment share their files. */
const VOLUME = 'workspace'

/** The containers of a segment as real processes, each in namespaces of its own; but for the checkout, which has been. */
export class Pod {
  readonly #dir = mkdtempSync(join(tmpdir(), 'periplus-pod-'))
  readonly #runtime = new ProcessRuntime(this.#dir)
  readonly #runs = new Map<string, Run>()
  readonly #late = new Map<string, () => Run>()
  /** Where the shared volume lies on this machine. */
  readonly volume: string

  constructor(order: SegmentOrder, options: PodOptions) {
    const { site = SITE, without = [CHECKOUT_CONTAINER], through = [], shell } = options
    // Its containers run as somebody else.
    chmodSync(this.#dir, 0o755)
    const { api, pod } = podFrom(order, site)
    this.volume = this.#runtime.volume(pod.metadata.uid, VOLUME)
    if (without.includes(CHECKOUT_CONTAINER)) this.#checkedOut()
    for (const container of pod.spec.containers.filter(({ name }) => name !== 'wait')) {
      const spec = processOf(api, pod, container)
      const argv = ['env', `PATH=${shell.path}`, ...through, ...spec.argv]
      this.#late.set(container.name, () => new Run(this.#runtime, { ...spec, argv }, order.handle))
      if (!without.includes(container.name)) this.begin(container.name)
    }
  }

  begin(container: string): Run {
    const run = this.#late.get(container)?.()
    if (run === undefined) throw new Error(`There is no container ${container}.`)
    this.#runs.set(container, run)
    return run
  }

  run(container: string): Run {
    const run = this.#runs.get(container)
    if (run === undefined) throw new Error(`Container ${container} has not begun.`)
    return run
  }

  async close(): Promise<void> {
    await this.#runtime.close()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  #checkedOut(): void {
    for (const name of ['.periplus', '.home', 'source']) {
      mkdirSync(join(this.volume, name))
      if (process.getuid?.() === 0) chownSync(join(this.volume, name), 1000, 1000)
    }
    writeFileSync(join(this.volume, '.periplus', CHECKOUT_CONTAINER), '0\n')
  }
}

/** A container at work. */
export class Run {
  readonly #handle: string
  readonly #process: RunningProcess
  readonly #exit = Promise.withResolvers<number>()
  #bytes: Buffer[] = []
  #changed: () => void = () => {}

  constructor(runtime: ProcessRuntime, spec: ProcessSpec, handle: string) {
    this.#handle = handle
    this.#process = runtime.start(spec, {
      write: (_, bytes) => {
        this.#bytes.push(Buffer.from(bytes))
        this.#changed()
      },
      ended: this.#exit.resolve,
    })
  }

  /** All that it wrote, byte by byte. */
  get bytes(): Buffer {
    this.#bytes = [Buffer.concat(this.#bytes)]
    return this.#bytes[0] ?? Buffer.alloc(0)
  }

  /** Resolves when it has written this: a mark where it is in `<>`. */
  async says(text: string): Promise<void> {
    const wanted = text.startsWith('<') ? `${this.#sign}${text.slice(1, -1)}\n` : text
    while (!this.bytes.includes(wanted)) {
      const more = new Promise<'more'>((resolve) => {
        this.#changed = () => resolve('more')
      })
      const next = await Promise.race([more, this.#exit.promise])
      if (next !== 'more' && !this.bytes.includes(wanted))
        throw new Error(`It never said ${text}:\n${this.bytes}`)
    }
  }

  /** SIGTERM as from a kubelet: to the container's first process, which hands it on to the wrapper's group. */
  term(): void {
    this.#process.term()
  }

  /** SIGTERM to the wrapper, and to nobody else. */
  termWrapper(): void {
    const wrappers = markedProcesses(this.#handle).filter((pid) => isWrapper(pid))
    process.kill(Math.min(...wrappers), 'SIGTERM')
  }

  /** Its exit code, once all that it wrote was read. */
  exit(): Promise<number> {
    return this.#exit.promise
  }

  /** Its log at the end: lines of the script as they are, marks as `<words>`. */
  async log(): Promise<string[]> {
    await this.exit()
    return this.lines()
  }

  lines(): string[] {
    const text = this.bytes.toString().replaceAll(new RegExp(`${this.#sign}(.*)\n`, 'g'), '\n<$1>\n')
    return text.split('\n').filter((line) => line !== '')
  }

  get #sign(): string {
    return `\x1e${nonceOf(this.#handle)} `
  }
}

function isWrapper(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sh\0-c\0')
}
