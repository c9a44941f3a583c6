import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_ARGO_SETTINGS } from '../../../src/domain/definition.ts'
import { compile, type Site, secretOf } from '../../../src/engine/argo/compile.ts'
import type { ArgoWorkflow } from '../../../src/engine/argo/kube.ts'
import { CHECKOUT_CONTAINER, nonceOf } from '../../../src/engine/argo/names.ts'
import type { SegmentOrder } from '../../../src/engine/engine.ts'
import { environment, expand } from '../../argo/expand.ts'
import type { EnvVar } from '../../argo/objects.ts'
import type { Shell } from './shells.ts'

export const SITE: Site = {
  namespace: 'delivery',
  instance: '01jcxyz',
  controllerInstance: null,
  defaults: { ...NO_ARGO_SETTINGS, image: 'registry.example/tools:1' },
  gitImage: 'registry.example/git:2',
  allowRoot: false,
  deadlineSeconds: 86_400,
  allowFile: true,
}

const EMISSARY = [process.execPath, join(import.meta.dir, 'emissary.ts')]

const ALONE = ['--pid', '--fork', '--mount-proc', '--kill-child']

const UNSHARE = Bun.which('unshare') ?? 'false'

/** How a command gets a process namespace of its own here; null where this machine lets nobody make one. */
const ISOLATION: readonly string[] | null =
  [
    [UNSHARE, ...ALONE],
    [UNSHARE, '--user', '--map-root-user', ...ALONE],
  ].find(isAlone) ?? null

function isAlone(command: readonly string[]): boolean {
  return Bun.spawnSync([...command, ...EMISSARY, 'true']).exitCode === 0
}

export const CANNOT_ISOLATE = ISOLATION === null
if (CANNOT_ISOLATE)
  console.warn('No process namespace can be made here: the wrapper stays untried in real shells.')

export interface Container {
  readonly name: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly EnvVar[]
}

export function containersOf(workflow: ArgoWorkflow): readonly Container[] {
  const [template] = workflow.spec['templates'] as readonly { containerSet: { containers: Container[] } }[]
  return template?.containerSet.containers ?? []
}

export interface PodOptions {
  readonly shell: Shell
  /** Containers that come up when the test says so, or never. */
  readonly without?: readonly string[]
  /** A command that starts the wrapper in the place of Argo's emissary. */
  readonly through?: readonly string[]
}

/** The containers of a segment as real processes: each in a process namespace of its own, one directory for all. */
export class Pod {
  readonly dir = mkdtempSync(join(tmpdir(), 'periplus-pod-'))
  readonly #runs = new Map<string, Run>()
  readonly #late = new Map<string, () => Run>()

  constructor(order: SegmentOrder, options: PodOptions) {
    // The checkout has a test of its own; in all others it has been.
    for (const name of ['.periplus', '.home', 'source']) mkdirSync(join(this.dir, name))
    writeFileSync(join(this.control, CHECKOUT_CONTAINER), '0\n')
    const secrets = secretOf(order, { name: order.handle, uid: 'uid' }, SITE)?.stringData ?? {}
    for (const container of containersOf(compile(order, SITE))) {
      const { name } = container
      if (name === CHECKOUT_CONTAINER) continue
      this.#late.set(name, () => this.#start(container, secrets, { order, ...options }))
      if (options.without?.includes(name) !== true) this.begin(name)
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

  /** Where the wrapper keeps what is its own. */
  get control(): string {
    return join(this.dir, '.periplus')
  }

  close(): void {
    for (const run of this.#runs.values()) run.kill()
    rmSync(this.dir, { recursive: true, force: true })
  }

  #start(
    { command, args, env }: Container,
    secrets: Readonly<Record<string, string>>,
    { order, shell, through = [] }: PodOptions & { readonly order: SegmentOrder },
  ): Run {
    const seen = environment(env, ({ secretKeyRef }) => secrets[secretKeyRef?.key ?? ''] ?? null)
    const here = (text: string) => text.replace(/^\/workspace(?=\/)/, this.dir)
    const variables = Object.entries(seen).map(([name, value]) => [name, here(value)])
    const argv = [...command, ...args].map((text) => here(expand(text, seen)))

    return new Run(
      [...through, ...argv],
      { PATH: shell.path, ...Object.fromEntries(variables) },
      nonceOf(order.handle),
    )
  }
}

/** A container at work. */
export class Run {
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'inherit'>
  readonly #nonce: string
  readonly #read: Promise<void>
  #bytes: Buffer[] = []
  #changed: () => void = () => {}

  constructor(argv: readonly string[], env: Record<string, string>, nonce: string) {
    if (ISOLATION === null) throw new Error('The wrapper never runs where it sees others’ processes.')
    this.#nonce = nonce
    this.#child = Bun.spawn([...ISOLATION, ...EMISSARY, ...argv], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#read = this.#pump()
  }

  async #pump(): Promise<void> {
    for await (const bytes of this.#child.stdout) {
      this.#bytes.push(Buffer.from(bytes))
      this.#changed()
    }
  }

  /** All that it wrote, byte by byte. */
  get bytes(): Buffer {
    this.#bytes = [Buffer.concat(this.#bytes)]
    return this.#bytes[0] ?? Buffer.alloc(0)
  }

  /** Resolves when it has written this. */
  async says(text: string): Promise<void> {
    const mark = text.startsWith('<') ? `\x1e${this.#nonce} ${text.slice(1, -1)}\n` : text
    while (!this.bytes.includes(mark)) {
      const more = new Promise<'more'>((resolve) => {
        this.#changed = () => resolve('more')
      })
      if ((await Promise.race([more, this.#read])) === undefined && !this.bytes.includes(mark))
        throw new Error(`It never said ${text}:\n${this.bytes}`)
    }
  }

  /** SIGTERM as a kubelet sends it: to the container's first process. */
  term(): void {
    process.kill(this.#first(), 'SIGTERM')
  }

  /** SIGTERM as from somebody who means the wrapper alone. */
  termWrapper(): void {
    const [wrapper] = childrenOf(this.#first())
    process.kill(wrapper ?? 0, 'SIGTERM')
  }

  /** SIGKILL to the whole container, as when the kernel is out of memory. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Its exit code, once all that it wrote was read. */
  async exit(): Promise<number> {
    await this.#read
    return await this.#child.exited
  }

  /** Its log at the end: lines of the script as they are, marks as `<words>`. */
  async log(): Promise<string[]> {
    await this.exit()
    return this.lines()
  }

  lines(): string[] {
    const text = this.bytes.toString().replaceAll(new RegExp(`\x1e${this.#nonce} (.*)\n`, 'g'), '\n<$1>\n')
    return text.split('\n').filter((line) => line !== '')
  }

  #first(): number {
    const [first] = childrenOf(this.#child.pid)
    if (first === undefined) throw new Error('The container has ended.')
    return first
  }
}

function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number)
}
